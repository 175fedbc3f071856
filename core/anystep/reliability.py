"""Programs that have to keep their promises: limits, budgets, memoised steps, leases.

What a whole graph is held to is a `RunPolicy`, given to `StateGraph.compile(policy=...)`; what
one node is, `add_node(fallback=..., circuit_breaker=...)`. The functions here are called inside
nodes, or on threads that have failed.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from anystep._breaker import CircuitBreaker
from anystep._run_policy import Budget, RunPolicy, Usage
from anystep.config import current_task

if TYPE_CHECKING:
    from anystep.graph.state import CompiledStateGraph
    from anystep.pregel import Pregel
    from anystep.typing import RunnableConfig

__all__ = [
    "Budget",
    "CircuitBreaker",
    "RunPolicy",
    "Usage",
    "amemo",
    "aretry",
    "health",
    "memo",
    "report_usage",
    "retry",
    "usage",
]

P = ParamSpec("P")
T = TypeVar("T")


def memo(key: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`function(*args, **kwargs)`, once: a resumed node gets the stored result.

    For synchronous nodes, and functions of any. The result is saved before this returns, under
    `key`, which must be the call's own within its node.

    Raises: what the function raises, which is not remembered; `RuntimeError` outside a run.
    """
    result: T = _call(key, function, args, kwargs).result()
    return result


@overload
async def amemo(
    key: str, function: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
) -> T: ...
@overload
async def amemo(key: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...
async def amemo(key: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`memo` for coroutine nodes; the function may be one, too."""
    return await _call(key, function, args, kwargs)


def health(graph: CompiledStateGraph[Any, Any, Any, Any]) -> dict[str, Any]:
    """How a graph's circuit breakers are: what `GET /health` may answer.

    `{"healthy": bool, "nodes": {name: {"circuit": "closed" | "half_open" | "open",
    "consecutive_failures": int}}}`, with the nodes that have a breaker. Healthy is a graph none of
    whose breakers is open.
    """
    nodes = {
        name: {"circuit": breaker.state, "consecutive_failures": breaker.failures}
        for name, spec in graph.builder.nodes.items()
        if (breaker := spec.circuit_breaker) is not None
    }
    return {"healthy": all(node["circuit"] != "open" for node in nodes.values()), "nodes": nodes}


def _call(key: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    from anystep.func._task import called_node
    from anystep.pregel._calls import call_task

    return call_task(called_node(function, key), (args, kwargs), key)


def report_usage(*, tokens: int = 0, cost: float = 0.0) -> None:
    """Count what the running node has used, towards the budgets of the runs it is part of.

    Does nothing in a graph without limits. Raises: `RuntimeError` outside a run.
    """
    guard = _running().run.scope.guard
    if guard is not None:
        guard.report(tokens, cost)


def usage() -> Usage:
    """What the run has used up to now; nothing, in a graph without limits.

    Afterwards it is in `get_state(config).metadata["usage"]`. Raises: `RuntimeError` outside a
    run.
    """
    guard = _running().run.scope.guard
    return Usage() if guard is None else guard.usage


def retry(graph: Pregel[Any, Any, Any, Any], config: RunnableConfig, **options: Any) -> Any:
    """Go on with a thread whose last run failed: its failed tasks run again, no others do.

    `options` are those of `invoke`, whose result this returns.

    Raises: `ValueError` where nothing has failed.
    """
    _check_failed(graph.get_state(config), config)
    return graph.invoke(None, config, **options)


async def aretry(graph: Pregel[Any, Any, Any, Any], config: RunnableConfig, **options: Any) -> Any:
    """`retry`, awaiting."""
    _check_failed(await graph.aget_state(config), config)
    return await graph.ainvoke(None, config, **options)


def _check_failed(state: Any, config: Any) -> None:
    if not any(task.error is not None for task in state.tasks):
        thread = config["configurable"].get("thread_id")
        due = f"{', '.join(map(repr, state.next))} is due" if state.next else "it is finished"
        raise ValueError(
            f"Nothing has failed on thread {thread!r}: {due}. Go on with invoke(None, config)."
        )


def _running() -> Any:
    task = current_task.get()
    if task is None:
        raise RuntimeError("There is no usage outside of a run: call this inside a node.")
    return task
