"""Runs of which LangChain's callbacks are told: opened where langchain_core is in use.

Everything is decided before the run begins. A run without LangChain has its own program, its
own driver's events, and no trace.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from typing import TYPE_CHECKING, Any

from anystep._constants import CONF
from anystep._langchain import is_active
from anystep._planner import Node, Program

from ._config import Config
from ._scope import TASK_KEY
from ._stream import namespace

if TYPE_CHECKING:
    from anystep._langchain._trace import Trace

    from ._launch import Launch
    from ._running import Running
    from ._scope import Scope
    from ._stream import Stream


def config_in_runnable(bound: Any, call: Any) -> Config | None:
    """The config of a run that a Runnable of LangChain's has started, `bound` and `call` over
    the Runnable's own; None for any other run."""
    if not is_active(call):
        return None
    from anystep._langchain._config import ambient, ensure

    if not ambient():
        return None
    config: Config = ensure(bound, call)
    configurable = config.get(CONF) or {}
    config[CONF] = {
        k: v for k, v in configurable.items() if k == TASK_KEY or not k.startswith("__pregel_")
    }
    return config


def open_trace(
    graph: Running[Any, Any, Any, Any], scope: Scope, call: Any, stream: Stream | None
) -> Trace | None:
    """The trace of a run that is being launched; None where LangChain is not in use."""
    if not is_active(call) and not is_active(graph.config):
        return None
    from anystep._langchain._trace import Trace

    return Trace(
        (graph.config, call),
        graph.get_name(),
        () if stream is None else (stream,),
        lambda: namespace(scope.ns),
        scope.asynchronous,
    )


def traced_program(graph: Running[Any, Any, Any, Any], program: Program) -> Program:
    """`program` with nodes that tell; those are made once for each graph."""
    import copy

    nodes = graph.program.traced
    if nodes is None:
        nodes = graph.program.traced = [traced_node(node) for node in graph.program.nodes]
    twin = copy.copy(program)
    twin.nodes = nodes
    return twin


def traced_node(node: Node) -> Node:
    """A node that tells what it does; the node itself where it has nothing to tell."""
    import copy

    equipment: Any = node.writers
    if not hasattr(equipment, "trace"):
        return node
    twin = copy.copy(node)
    equipment.trace(twin)
    for surround in node.surrounded:
        surround(twin)
    if node.fallback is not None:
        twin.fallback = traced_node(node.fallback)
    return twin


def told_events(started: Launch) -> Generator[Any, None, Any]:
    """The events of a sync run, with its beginning and end told."""
    from anystep._langchain._settle import settle

    trace: Any = started.scope.trace
    settle(trace.start(started.given))
    try:
        result = yield from started.driver.events()
    except BaseException as error:
        settle(trace.fail(error))
        raise
    settle(trace.end(started.output))
    return result


async def told_aevents(started: Launch, events: Any) -> AsyncIterator[Any]:
    """The `events` of an async run, with its beginning and end told."""
    from anystep._langchain._settle import asettle

    trace: Any = started.scope.trace
    await asettle(trace.start(started.given))
    try:
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
    except BaseException as error:
        await asettle(trace.fail(error))
        raise
    await asettle(trace.end(started.output))
