"""Streams tell what happens while it happens: each mode its own shape and order."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.config import get_stream_writer
from anystep.graph import START, MessagesState, StateGraph
from anystep.graph.message import push_message
from anystep.host import use_host
from anystep.messages import AIMessage
from anystep.testing import deterministic_host
from anystep.types import Command, Send, StreamWriter, interrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Driver

pytestmark = pytest.mark.host

CONFIG: dict[str, Any] = {"configurable": {"thread_id": "t"}}


class Log(TypedDict):
    """What ran, in the order in which it was applied."""

    log: Annotated[list[Any], operator.add]
    n: int


def says(word: Any) -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends `word` to the log."""
    return lambda state: {"log": [word]}


def chain(_saver: Any = None, **nodes: Any) -> Any:
    """The compiled chain of the nodes."""
    graph = StateGraph(Log)
    names = list(nodes)
    graph.add_sequence(list(nodes.items())).add_edge(START, names[0])
    return graph.compile(checkpointer=_saver)


def fan(**nodes: Any) -> Any:
    """The nodes in one superstep."""
    graph = StateGraph(Log)
    for name, node in nodes.items():
        graph.add_node(name, node).add_edge(START, name)
    return graph.compile()


def stream(driver: Driver, graph: Any, mode: Any, **options: Any) -> list[Any]:
    """All events of a run from the empty log."""
    return driver.stream(graph, {"log": []}, CONFIG, stream_mode=mode, **options)


# -- values and updates ------------------------------------------------------------------


def test_values_are_the_state_after_each_superstep(driver: Driver) -> None:
    """First the one after the input."""
    events = stream(driver, chain(a=says("a"), b=lambda s: {"n": 1}), "values")

    assert events == [{"log": []}, {"log": ["a"]}, {"log": ["a"], "n": 1}]


def test_values_are_told_when_something_was_written(driver: Driver) -> None:
    """A step that changes nothing is not shown."""
    events = stream(driver, chain(a=lambda s: None, b=says("b")), "values")

    assert [e["log"] for e in events] == [[], ["b"]]


def test_values_of_the_past_stay_as_they_were(driver: Driver) -> None:
    """Each event is a state of its own, however lists grow later."""
    graph = StateGraph(Log).add_node("a", says("a")).add_edge(START, "a")
    graph.add_conditional_edges("a", lambda s: "a" if len(s["log"]) < 5 else "__end__")
    events = stream(driver, graph.compile(), "values")

    assert [len(e["log"]) for e in events] == [0, 1, 2, 3, 4, 5]


def test_updates_are_what_each_node_returned(driver: Driver) -> None:
    """By node; None where it wrote nothing, a list where it wrote a key repeatedly."""
    twice = Command(update=[("log", ["c1"]), ("log", ["c2"])])
    events = stream(driver, chain(a=says("a"), b=lambda s: None, c=lambda s: twice), "updates")

    assert events == [
        {"a": {"log": ["a"]}},
        {"b": None},
        {"c": [{"log": ["c1"]}, {"log": ["c2"]}]},
    ]


def test_parallel_nodes_tell_their_updates_one_by_one(driver: Driver) -> None:
    """In the order in which they end; the values come once, after all."""
    events = stream(driver, fan(a=says("a"), b=says("b")), ["updates", "values"])

    assert sorted(list(p) for m, p in events if m == "updates") == [["a"], ["b"]]
    assert events[-1] == ("values", {"log": ["a", "b"]})
    assert [m for m, _ in events] == ["values", "updates", "updates", "values"]


def test_output_keys_choose_what_is_shown(driver: Driver) -> None:
    """In values and in updates."""
    graph = chain(a=lambda s: {"log": ["a"], "n": 1})

    assert stream(driver, graph, "values", output_keys=["n"]) == [{"n": 1}]
    assert stream(driver, graph, "updates", output_keys=["log"]) == [{"a": {"log": ["a"]}}]


def test_a_question_ends_the_stream(driver: Driver) -> None:
    """In updates and in values under `__interrupt__`."""
    graph = chain(InMemorySaver(), a=says("a"), ask=lambda s: {"log": [interrupt("?")]})
    events = stream(driver, graph, ["updates", "values"])
    (asked,) = driver.get_state(graph, CONFIG).interrupts

    assert events[-2:] == [
        ("updates", {"__interrupt__": (asked,)}),
        ("values", {"log": ["a"], "__interrupt__": (asked,)}),
    ]


def test_a_breakpoint_shows_in_updates(driver: Driver) -> None:
    """Without questions."""
    events = stream(driver, chain(InMemorySaver(), a=says("a")), "updates", interrupt_before=["a"])

    assert events == [{"__interrupt__": ()}]


def test_a_resumed_run_tells_where_it_stands(driver: Driver) -> None:
    """Its first value is the state it goes on from; finished siblings show as cached."""
    graph = StateGraph(Log).add_node("a", says("a")).add_edge(START, "a")
    graph.add_node("b", lambda s: {"log": [interrupt("?")]}).add_edge(START, "b")
    app = graph.compile(checkpointer=InMemorySaver())
    driver.invoke(app, {"log": []}, CONFIG)
    events = driver.stream(app, Command(resume="r"), CONFIG, stream_mode=["values", "updates"])

    assert events == [
        ("values", {"log": []}),
        ("updates", {"a": {"log": ["a"]}, "__metadata__": {"cached": True}}),
        ("updates", {"b": {"log": ["r"]}}),
        ("values", {"log": ["a", "r"]}),
    ]


def test_the_default_mode_of_a_state_graph_is_updates(driver: Driver) -> None:
    """As in LangGraph."""
    assert driver.stream(chain(a=says("a")), {"log": []}) == [{"a": {"log": ["a"]}}]


def test_invoke_with_another_mode_returns_its_events(driver: Driver) -> None:
    """All of them, as a list."""
    events = driver.invoke(chain(a=says("a")), {"log": []}, stream_mode="updates")

    assert events == [{"a": {"log": ["a"]}}]


# -- custom ------------------------------------------------------------------------------


def writes(state: Log) -> None:
    """A node that tells two things through the writer of its context."""
    writer = get_stream_writer()
    writer("one")
    writer({"two": 2})


def injected(state: Log, writer: StreamWriter) -> dict[str, Any]:
    """A node that is given its writer."""
    writer("three")
    return {"log": ["x"]}


def test_custom_events_are_what_nodes_write(driver: Driver) -> None:
    """From the context or from a parameter, before the node's own update."""
    graph = chain(a=writes, b=injected)

    assert stream(driver, graph, "custom") == ["one", {"two": 2}, "three"]
    assert stream(driver, graph, ["custom", "updates"])[-2:] == [
        ("custom", "three"),
        ("updates", {"b": {"log": ["x"]}}),
    ]


def test_writers_write_to_nobody_where_nobody_listens(driver: Driver) -> None:
    """A node need not know."""
    assert driver.invoke(chain(a=writes, b=injected), {"log": []}) == {"log": ["x"]}


# -- tasks, checkpoints, debug -------------------------------------------------------------


def test_tasks_are_told_when_they_start_and_when_they_end(driver: Driver) -> None:
    """With what they read, and what they wrote, asked or raised."""
    events = stream(driver, chain(a=says("a")), "tasks")
    identity = {"id": events[0]["id"], "name": "a"}

    assert events == [
        {**identity, "input": {"log": []}, "triggers": ("branch:to:a",)},
        {**identity, "error": None, "result": {"log": ["a"]}, "interrupts": []},
    ]


def test_tasks_show_the_metadata_they_run_with(driver: Driver) -> None:
    """The caller's and the node's, and tags."""
    graph = StateGraph(Log).add_node("a", says("a"), metadata={"kind": "k"}).add_edge(START, "a")
    config: dict[str, Any] = {"metadata": {"user": "u"}, "tags": ["x"]}
    start, _ = driver.stream(graph.compile(), {"log": []}, config, stream_mode="tasks")

    assert start["metadata"] == {"user": "u", "kind": "k", "tags": ["x"]}


def test_a_failed_task_tells_its_error(driver: Driver, run_async: Callable[[Any], None]) -> None:
    """Before the error comes out of the stream."""

    def fails(state: Log) -> None:
        raise ValueError("boom")

    events: list[Any] = []

    async def listen() -> None:
        async for event in graph.astream({"log": []}, CONFIG, stream_mode="tasks"):
            events.append(event)  # noqa: PERF401  # the events before the error count

    def hear() -> None:
        if driver.is_async:
            run_async(listen())
        else:
            events.extend(graph.stream({"log": []}, CONFIG, stream_mode="tasks"))

    graph = chain(InMemorySaver(), a=fails)
    with pytest.raises(ValueError, match="boom"):
        hear()

    assert isinstance(events[-1]["error"], ValueError)


def test_checkpoints_are_told_with_what_comes_next(driver: Driver) -> None:
    """One for the input and one after each superstep."""
    graph = chain(InMemorySaver(), a=says("a"), b=says("b"))
    events = stream(driver, graph, "checkpoints")

    assert [e["metadata"] for e in events] == [
        {"source": "input", "step": -1, "parents": {}},
        *({"source": "loop", "step": step, "parents": {}} for step in range(3)),
    ]
    assert [e["next"] for e in events] == [["__start__"], ["a"], ["b"], []]
    assert [e["values"]["log"] for e in events] == [[], [], ["a"], ["a", "b"]]
    assert [e["config"] for e in events[:-1]] == [e["parent_config"] for e in events[1:]]
    assert [e["config"]["configurable"]["checkpoint_id"] for e in reversed(events)] == [
        s.config["configurable"]["checkpoint_id"] for s in driver.history(graph, CONFIG)
    ]


def test_without_a_saver_there_are_no_checkpoints(driver: Driver) -> None:
    """Nothing is told that cannot be resumed."""
    assert stream(driver, chain(a=says("a")), "checkpoints") == []


def test_debug_wraps_tasks_and_checkpoints(driver: Driver) -> None:
    """With step, time and type."""
    graph = chain(InMemorySaver(), a=says("a"))
    with use_host(deterministic_host()):
        events = stream(driver, graph, "debug")

    assert [(e["type"], e["step"]) for e in events] == [
        ("checkpoint", -1),
        ("checkpoint", 0),
        ("task", 1),
        ("task_result", 1),
        ("checkpoint", 1),
    ]
    assert all(set(e) == {"step", "timestamp", "type", "payload"} for e in events)
    assert all(e["timestamp"].startswith("2026-01-01T00:00:00.") for e in events)
    assert events[2]["payload"]["name"] == "a"


def test_events_of_a_superstep_have_their_order(driver: Driver) -> None:
    """Checkpoint, start, what the node writes, update, end, values."""
    graph = chain(InMemorySaver(), a=injected)
    modes = ["values", "updates", "custom", "tasks", "checkpoints"]
    events = [mode for mode, _ in stream(driver, graph, modes)]

    assert events == [
        *("checkpoints", "values", "checkpoints"),
        *("tasks", "custom", "updates", "tasks", "values"),
        "checkpoints",
    ]


# -- messages ------------------------------------------------------------------------------


def talks(state: MessagesState) -> dict[str, Any]:
    """A node that pushes a message and returns another."""
    push_message(AIMessage("pushed", id="p"))
    return {"messages": [AIMessage("returned", id="r")]}


def test_messages_are_told_once_each(driver: Driver) -> None:
    """A pushed one at once, a returned one when its node ends; each with where it is from."""
    graph = StateGraph(MessagesState).add_node("talk", talks).add_edge(START, "talk").compile()
    events = driver.stream(graph, {"messages": ["hi"]}, stream_mode="messages")

    assert [(m.content, meta["langgraph_node"]) for m, meta in events] == [
        ("pushed", "talk"),
        ("returned", "talk"),
    ]
    assert driver.invoke(graph, {"messages": ["hi"]})["messages"][1:] == [
        AIMessage("pushed", id="p"),
        AIMessage("returned", id="r"),
    ]


# -- version two -----------------------------------------------------------------------------


def test_version_two_says_what_each_event_is(driver: Driver) -> None:
    """Its type, its namespace, its data; for values also the questions."""
    graph = chain(InMemorySaver(), a=says("a"), ask=lambda s: {"log": [interrupt("?")]})
    events = stream(driver, graph, ["values", "updates"], version="v2")
    (asked,) = driver.get_state(graph, CONFIG).interrupts

    assert events[:2] == [
        {"type": "values", "ns": (), "data": {"log": []}, "interrupts": ()},
        {"type": "updates", "ns": (), "data": {"a": {"log": ["a"]}}},
    ]
    assert events[-1] == {
        "type": "values",
        "ns": (),
        "data": {"log": ["a"]},
        "interrupts": (asked,),
    }


# -- subgraphs -------------------------------------------------------------------------------


def nested(writer: Any = None) -> Any:
    """A graph inside a node."""
    return chain(a=says("a"), sub=chain(x=writer or says("x")))


def test_subgraphs_are_silent_unless_asked_for(driver: Driver) -> None:
    """Only their node's own update is told."""
    events = stream(driver, nested(), "updates")

    assert [list(event) for event in events] == [["a"], ["sub"]]


def test_events_of_subgraphs_carry_their_namespace(driver: Driver) -> None:
    """Empty at the root, `node:task id` per level below."""
    events = stream(driver, nested(), "updates", subgraphs=True)
    ((name, _, task),) = [ns[0].partition(":") for ns, _ in events if ns]

    assert [(len(ns), list(event)) for ns, event in events] == [
        (0, ["a"]),
        (1, ["x"]),
        (0, ["sub"]),
    ]
    assert name == "sub"
    assert task.count("-") == 4


def test_modes_and_namespaces_go_together(driver: Driver) -> None:
    """`(namespace, mode, payload)`."""
    events = stream(driver, nested(writes), ["updates", "custom"], subgraphs=True)

    assert [(len(ns), mode) for ns, mode, _ in events] == [
        (0, "updates"),
        (1, "custom"),
        (1, "custom"),
        (1, "updates"),
        (0, "updates"),
    ]


def test_what_a_subgraph_writes_is_told_by_its_node(driver: Driver) -> None:
    """Custom events reach the caller who wants subgraphs only."""
    assert stream(driver, nested(writes), "custom") == []


def test_sent_tasks_have_namespaces_of_their_own(driver: Driver) -> None:
    """Two runs of one node can be told apart."""
    graph = StateGraph(Log).add_node("sub", chain(x=says("x")))
    graph.set_conditional_entry_point(lambda s: [Send("sub", {"log": []})] * 2, ["sub"])
    events = stream(driver, graph.compile(), "updates", subgraphs=True)

    assert len({ns for ns, _ in events if ns}) == 2
