"""Retry policies: how often a node runs, and for which errors."""
# pyright: basic, reportInvalidTypeForm=false

from typing import Any

from ._kit import Words, fan, says
from ._oracle import Run, program, thread


class Flaky(Exception):
    """What the nodes here raise: retried by default."""


def _flaky(ran: list[Any], failures: int, error: type[Exception] = Flaky) -> Any:
    """Return a node that fails *failures* times."""

    def node(state: Any) -> dict[str, Any]:
        ran.append(len(ran))
        if len(ran) <= failures:
            raise error(f"attempt {len(ran)}")
        return {"xs": [f"after {len(ran)}"]}

    return node


def _one(lib: Any, node: Any, policy: Any, **options: Any) -> Any:
    builder = lib.StateGraph(Words).add_node("a", node, retry_policy=policy)
    return builder.add_edge(lib.START, "a").compile(**options)


def _soon(lib: Any, **options: Any) -> Any:
    """Return a policy that does not wait."""
    return lib.RetryPolicy(initial_interval=0, jitter=False, **options)


@program
async def succeeds_in_time(lib: Any, run: Run) -> None:
    """A node that fails twice succeeds with three attempts."""
    ran: list[Any] = []
    graph = _one(lib, _flaky(ran, 2), _soon(lib), checkpointer=lib.InMemorySaver())

    await run.stream(
        graph, {"xs": []}, thread(), stream_mode=["updates", "tasks", "values", "checkpoints"]
    )
    run.note("ran", ran)


@program
async def runs_out_of_attempts(lib: Any, run: Run) -> None:
    """The last error reaches the caller."""
    ran: list[Any] = []
    graph = _one(lib, _flaky(ran, 9), _soon(lib, max_attempts=4), checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread())
    run.note("ran", ran)


@program
async def one_attempt(lib: Any, run: Run) -> None:
    """max_attempts=1 does not retry."""
    ran: list[Any] = []

    await run.invoke(_one(lib, _flaky(ran, 1), _soon(lib, max_attempts=1)), {"xs": []})
    run.note("ran", ran)


@program
async def by_type(lib: Any, run: Run) -> None:
    """retry_on may be a type or several."""
    for retry_on in (KeyError, (KeyError, ValueError), [ValueError]):
        for error in (KeyError, ValueError):
            ran: list[Any] = []
            policy = _soon(lib, retry_on=retry_on)
            await run.invoke(_one(lib, _flaky(ran, 1, error), policy), {"xs": []})
            run.note("ran", ran)


@program
async def by_predicate(lib: Any, run: Run) -> None:
    """retry_on may be a function of the error."""
    ran: list[Any] = []
    asked: list[str] = []

    def again(error: Exception) -> bool:
        asked.append(str(error))
        return "1" in str(error)

    policy = _soon(lib, retry_on=again, max_attempts=5)

    await run.invoke(_one(lib, _flaky(ran, 3), policy), {"xs": []})
    run.note("ran", [ran, asked])


@program
async def by_default(lib: Any, run: Run) -> None:
    """Which errors the default policy retries."""
    errors = (
        ValueError,
        TypeError,
        RuntimeError,
        OSError,
        ConnectionError,
        TimeoutError,
        Flaky,
        LookupError,
        AssertionError,
        NotImplementedError,
    )
    for error in errors:
        ran: list[Any] = []
        await run.invoke(_one(lib, _flaky(ran, 1, error), _soon(lib)), {"xs": []})
        run.note(error.__name__, len(ran))


@program
async def several_policies(lib: Any, run: Run) -> None:
    """Of several policies the first that matches counts."""
    for error in (KeyError, ValueError, TypeError):
        ran: list[Any] = []
        policies = [
            _soon(lib, retry_on=KeyError, max_attempts=2),
            _soon(lib, retry_on=(KeyError, ValueError), max_attempts=4),
        ]
        await run.invoke(_one(lib, _flaky(ran, 9, error), policies), {"xs": []})
        run.note("ran", len(ran))


@program
async def no_policy(lib: Any, run: Run) -> None:
    """Without a policy nothing is retried."""
    ran: list[Any] = []

    await run.invoke(_one(lib, _flaky(ran, 1), None), {"xs": []})
    run.note("ran", ran)


@program
async def interrupt_is_no_failure(lib: Any, run: Run) -> None:
    """An interrupt is not retried; attempts before it do not lose its answer."""
    ran: list[Any] = []

    def node(state: Any) -> dict[str, Any]:
        ran.append("run")
        answer = lib.interrupt("q")
        if len(ran) == 2:
            raise Flaky("once")
        return {"xs": [answer]}

    graph = _one(lib, node, _soon(lib), checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread())
    run.note("ran", ran)


@program
async def attempt_number(lib: Any, run: Run) -> None:
    """A node can read which attempt it is."""
    seen: list[Any] = []

    def node(state: Any, runtime: lib.Runtime) -> dict[str, Any]:
        seen.append(runtime.execution_info.node_attempt)
        if len(seen) < 3:
            raise Flaky("again")
        return {"xs": ["done"]}

    await run.invoke(_one(lib, node, _soon(lib)), {"xs": []})
    run.note("seen", seen)


@program
async def defaults_of_the_graph(lib: Any, run: Run) -> None:
    """set_node_defaults gives a policy to nodes that have none."""
    first: list[Any] = []
    second: list[Any] = []
    builder = lib.StateGraph(Words)
    builder.set_node_defaults(retry_policy=_soon(lib, max_attempts=2))
    builder.add_node("a", _flaky(first, 1))
    builder.add_node("b", _flaky(second, 3), retry_policy=_soon(lib, max_attempts=4))
    builder.add_edge(lib.START, "a").add_edge("a", "b")

    await run.invoke(builder.compile(), {"xs": []})
    run.note("ran", [first, second])


@program(parallel=True)
async def beside_a_sibling(lib: Any, run: Run) -> None:
    """Only the failing one of two nodes is retried."""
    first: list[Any] = []
    second: list[Any] = []
    builder = lib.StateGraph(Words)
    builder.add_node("a", _flaky(first, 2), retry_policy=_soon(lib))
    builder.add_node("b", _flaky(second, 0), retry_policy=_soon(lib))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")

    await run.watch(builder.compile(), {"xs": []})
    run.note("ran", [first, second])


@program
async def writes_of_failed_attempts(lib: Any, run: Run) -> None:
    """What a router of a failed attempt chose is forgotten."""
    ran: list[Any] = []

    def router(state: Any) -> str:
        ran.append("r")
        if len(ran) == 1:
            raise Flaky("router")
        return "b"

    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a"), retry_policy=_soon(lib)).add_node("b", says("b"))
    builder.add_edge(lib.START, "a").add_conditional_edges("a", router)

    await run.watch(builder.compile(), {"xs": []})
    run.note("ran", ran)


@program
async def mutated_state(lib: Any, run: Run) -> None:
    """A retried node gets its input, keys set by the failed attempt are gone."""
    seen: list[Any] = []

    def node(state: Any) -> dict[str, Any]:
        seen.append(sorted(state))
        if len(seen) == 1:
            state["extra"] = 1
            raise Flaky("once")
        return {"xs": ["done"]}

    await run.invoke(_one(lib, node, _soon(lib)), {"xs": []})
    run.note("seen", seen)


@program
async def many_retries_in_a_fan(lib: Any, run: Run) -> None:
    """Each of several nodes has attempts of its own."""
    counts: dict[str, list[Any]] = {name: [] for name in "abc"}
    nodes = {name: _flaky(ran, index) for index, (name, ran) in enumerate(counts.items())}
    builder = lib.StateGraph(Words)
    for name, node in nodes.items():
        builder.add_node(name, node, retry_policy=_soon(lib))
        builder.add_edge(lib.START, name)

    await run.invoke(builder.compile(), {"xs": []})
    run.note("ran", counts)
    await run.invoke(fan(lib, Words, {"x": says("x")}), {"xs": []})
