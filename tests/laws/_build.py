"""The graphs of `_graphs` on the engine."""

import operator
from collections import Counter
from typing import Annotated, Any, TypedDict

from anystep.graph import END, START, StateGraph
from anystep.runtime import Runtime
from anystep.types import Command, RetryPolicy, Send, interrupt

from ._graphs import MANY, Graph, Node, routed


class State(TypedDict):
    """A list that shows who wrote, in order."""

    xs: Annotated[list[str], operator.add]


class Failed(Exception):
    """A node failed, as planned."""


class World:
    """What outlives a process: how often each task was tried, and which were finished."""

    def __init__(self) -> None:
        self.tries: Counter[tuple[str, str]] = Counter()
        self.finished: list[str] = []
        self.builders: dict[int, Any] = {}  # by id of their graph: each is built once

    def ends(self, runtime: Any) -> None:
        """Note that a task's node has returned."""
        self.finished.append(runtime.execution_info.task_id)


def build(graph: Graph, saver: Any, world: World) -> Any:
    """Compile a graph."""
    builder = world.builders.get(id(graph))
    if builder is None:
        builder = world.builders[id(graph)] = _builder(graph, world)
    return builder.compile(checkpointer=saver)


def _builder(graph: Graph, world: World) -> Any:
    builder = StateGraph(State)
    for node in graph.nodes:
        _add(builder, node, world)
    for name in graph.starts:
        builder.add_edge(START, name)
    for sources, target in graph.joins:
        builder.add_edge(list(sources), target)
    return builder


def _add(builder: Any, node: Node, world: World) -> None:
    retry = None
    if node.retried:
        retry = RetryPolicy(max_attempts=5, initial_interval=0.0, jitter=False, retry_on=Failed)
    builder.add_node(node.name, _action(node, world), defer=node.defer, retry_policy=retry)
    for target in node.edges:
        builder.add_edge(node.name, target)
    if node.router and node.kind != "goes":
        builder.add_conditional_edges(node.name, _router(node), [*node.router, END])
    if node.sends:
        builder.add_conditional_edges(node.name, _sender(node), [node.sends[0], END])


def _action(node: Node, world: World) -> Any:
    name, kind = node.name, node.kind
    inner = build(node.inner, None, world) if node.inner is not None else None

    def action(state: Any, runtime: Runtime[Any]) -> Any:
        seen = len(state["xs"])
        task = runtime.execution_info
        assert task is not None
        entry = f"{name}{seen}"
        if kind == "asks":
            entry = f"{name}:{interrupt(f'{name}1')}"
        elif kind == "asks twice":
            entry = f"{name}:{interrupt(f'{name}1')}{interrupt(f'{name}2')}"
        elif kind == "fails":
            tried = (task.task_id, name)
            world.tries[tried] += 1
            if world.tries[tried] <= node.failures:
                raise Failed(name)
        update = {"xs": [entry]}
        if inner is not None:
            update = inner.invoke({"xs": [f"{name}@{seen}"]})
        world.ends(runtime)
        if kind == "silent":
            return None
        if kind == "goes":
            return Command(update=update, goto=routed(node, seen))
        return update

    return action


def _router(node: Node) -> Any:
    def router(state: Any) -> Any:
        return [*routed(node, len(state["xs"]))] or END

    return router


def _sender(node: Node) -> Any:
    assert node.sends is not None
    target, count = node.sends

    def sender(state: Any) -> Any:
        if len(state["xs"]) >= MANY:
            return END
        return [Send(target, {"xs": [f"{node.name}>{i}"]}) for i in range(count)]

    return sender
