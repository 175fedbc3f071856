"""Our ids are those of langgraph: of its hash library, its tasks and its interrupts."""

from __future__ import annotations

import random
from typing import Any

import pytest
from typing_extensions import TypedDict

from anystep._constants import PULL, PUSH
from anystep._ids import interrupt_id, task_id, uuid6, xxh3_128_hexdigest

xxhash = pytest.importorskip("xxhash")
pytest.importorskip("langgraph")

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph.types import Command, Send, interrupt


class State(TypedDict, total=False):
    n: int


def test_the_hash_is_the_library_s_at_every_length() -> None:
    """All lengths through every class and past three blocks of the longest."""
    source = random.Random(11)
    data = source.randbytes(3200)

    wrong = [
        size
        for size in range(len(data))
        if xxh3_128_hexdigest(data[:size]) != xxhash.xxh3_128_hexdigest(data[:size])
    ]

    assert wrong == []


def seen_tasks(graph: Any, given: Any, config: Any) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """(namespace, payload) of every task langgraph started."""
    stream = graph.stream(given, config, stream_mode="tasks", subgraphs=True)
    return [(ns, payload) for ns, payload in stream if "input" in payload]


def history(graph: Any, config: Any) -> dict[str, str]:
    """Task id to the id of the checkpoint it was planned from, for one namespace."""
    return {
        one.id: snapshot.config["configurable"]["checkpoint_id"]
        for snapshot in graph.get_state_history(config)
        for one in snapshot.tasks
    }


def step_of(graph: Any, config: Any) -> dict[str, int]:
    """Task id to the superstep it ran in."""
    return {
        one.id: snapshot.metadata["step"] + 1
        for snapshot in graph.get_state_history(config)
        for one in snapshot.tasks
    }


def test_pull_tasks_have_langgraph_s_ids() -> None:
    """Nodes of a graph, one with several triggers, and of the graph inside a node."""
    inner: Any = StateGraph(State)
    inner.add_node("leaf", lambda state: {"n": state["n"] + 1})
    inner.add_edge(START, "leaf")
    builder: Any = StateGraph(State)
    builder.add_node("a", lambda state: None)
    builder.add_node("b", lambda state: None)
    builder.add_node("sub", inner.compile())
    builder.add_edge(START, "a")
    builder.add_edge(START, "b")
    builder.add_edge(["a", "b"], "sub")
    saver = InMemorySaver()
    graph = builder.compile(checkpointer=saver)
    config: Any = {"configurable": {"thread_id": "1"}}
    tasks = seen_tasks(graph, {"n": 1}, config)
    checkpoints, steps = history(graph, config), step_of(graph, config)

    assert {payload["name"] for _, payload in tasks} == {"a", "b", "sub", "leaf"}
    for ns, payload in tasks:
        parent = "|".join(ns)
        if ns:
            inside: Any = {"configurable": {"thread_id": "1", "checkpoint_ns": parent}}
            found = list(saver.list(inside))
            [(checkpoint, step)] = [
                (one.checkpoint["id"], one.metadata["step"] + 1)
                for one in found
                if one.metadata["step"] == 0
            ]
            triggers: tuple[str, ...] = ("branch:to:leaf",)
        else:
            checkpoint, step = checkpoints[payload["id"]], steps[payload["id"]]
            triggers = tuple(graph.nodes[payload["name"]].triggers)
        name = payload["name"]

        assert payload["id"] == task_id(
            checkpoint_id=checkpoint,
            ns=parent,
            step=step,
            name=name,
            path=(PULL, name),
            triggers=triggers,
        )


def test_pushed_tasks_have_langgraph_s_ids() -> None:
    """Packets of one fan-out differ by their number."""
    builder: Any = StateGraph(State)
    builder.add_node("a", lambda state: None)
    builder.add_node("w", lambda arg: None)
    builder.add_edge(START, "a")
    builder.add_conditional_edges(
        "a", lambda state: [Send("w", {"n": i}) for i in range(12)], ["w"]
    )
    graph = builder.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    graph.invoke({"n": 1}, config)
    [snapshot] = [one for one in graph.get_state_history(config) if len(one.tasks) == 12]

    for index, one in enumerate(snapshot.tasks):
        assert one.path == (PUSH, index, False)
        assert one.id == task_id(
            checkpoint_id=snapshot.config["configurable"]["checkpoint_id"],
            ns="",
            step=step_of(graph, config)[one.id],
            name="w",
            path=(PUSH, index, False),
            triggers=(PUSH,),
        )


def test_called_tasks_have_langgraph_s_ids() -> None:
    """Calls are known by who called them and by their number."""

    @task
    def double(n: int) -> int:
        return 2 * n

    @entrypoint(checkpointer=InMemorySaver())
    def flow(n: int) -> int:
        return double(n).result() + double(n + 1).result()

    config: Any = {"configurable": {"thread_id": "1"}}
    caller, *calls = [payload for _, payload in seen_tasks(flow, 3, config)]
    [start] = [one for one in flow.get_state_history(config) if one.next == ("flow",)]

    assert [payload["id"] for payload in calls] == [
        task_id(
            checkpoint_id=start.config["configurable"]["checkpoint_id"],
            ns=f"flow:{caller['id']}",
            step=step_of(flow, config)[caller["id"]],
            name="double",
            path=(PUSH, (PULL, "flow"), index, True),
            triggers=(PUSH,),
        )
        for index in range(2)
    ]


def test_error_handlers_have_langgraph_s_ids() -> None:
    """A handler is known by the task that failed."""

    def fail(state: State) -> State:
        raise ValueError("no")

    found: list[str] = []

    def mend(state: State, config: RunnableConfig) -> State:
        found.append(config["metadata"]["langgraph_checkpoint_ns"])
        return {"n": 0}

    builder: Any = StateGraph(State)
    builder.add_node("a", fail, error_handler=mend)
    builder.add_edge(START, "a")
    graph = builder.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    [(_, failed)] = seen_tasks(graph, {"n": 1}, config)
    expected = task_id(
        checkpoint_id=history(graph, config)[failed["id"]],
        ns=f"a:{failed['id']}",
        step=1,
        name="__error_handler__a",
        path=(PUSH, "node_error_handler", failed["id"], False),
        triggers=(PUSH,),
    )

    assert found == [f"a:{failed['id']}|__error_handler__a:{expected}"]


def test_interrupts_have_langgraph_s_ids() -> None:
    """The first question of a task, and the next one after an answer."""

    def ask(state: State) -> State:
        return {"n": interrupt("one") + interrupt("two")}

    builder: Any = StateGraph(State)
    builder.add_node("a", ask)
    builder.add_edge(START, "a")
    graph = builder.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    graph.invoke({"n": 1}, config)
    [waiting] = graph.get_state(config).tasks
    graph.invoke(Command(resume=1), config)
    [again] = graph.get_state(config).tasks

    assert waiting.interrupts[0].id == interrupt_id(f"a:{waiting.id}")
    assert again.interrupts[0].id == interrupt_id(f"a:{waiting.id}", 1)


def test_checkpoint_ids_have_langgraph_s_form() -> None:
    """langgraph's own class reads the same time and sequence out of ours."""
    from langgraph.checkpoint.base.id import UUID

    now = 1_763_700_000_123_456_700
    parsed = UUID(uuid6(now, 7, 0x0123456789AB))

    assert parsed.version == 6
    assert parsed.clock_seq == 7
    assert parsed.node == 0x0123456789AB
    assert (parsed.time - 0x01B21DD213814000) * 100 == now
