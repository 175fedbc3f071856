"""Graphs inside nodes: shared and other state, their threads, questions and namespaces."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import START, StateGraph
from anystep.types import Command, Send, interrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Driver

pytestmark = pytest.mark.host

CONFIG: dict[str, Any] = {"configurable": {"thread_id": "t"}}


class Log(TypedDict):
    """What ran, in the order in which it was applied."""

    log: Annotated[list[Any], operator.add]


class Last(TypedDict):
    """The same key without a reducer."""

    log: list[Any]


class Other(TypedDict):
    """A state of its own."""

    words: Annotated[list[Any], operator.add]


def says(word: Any, key: str = "log") -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends `word`."""
    return lambda state: {key: [word]}


def asks(question: Any) -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends the answer to its question."""
    return lambda state: {"log": [interrupt(question)]}


def chain(schema: Any, _saver: Any = None, **nodes: Any) -> Any:
    """The compiled chain of the nodes."""
    graph = StateGraph[Any](schema)
    names = list(nodes)
    graph.add_sequence(list(nodes.items())).add_edge(START, names[0])
    return graph.compile(checkpointer=_saver)


def answer(driver: Driver, graph: Any, resume: Any) -> Any:
    """Go on with an answer."""
    return driver.invoke(graph, Command(resume=resume), CONFIG)


def in_driver(driver: Driver, sync: Any, asynchronous: Any) -> Any:
    """The node that fits the driver: a graph is called or awaited."""
    return asynchronous if driver.is_async else sync


def calls(driver: Driver, graph: Any, *args: Any) -> Any:
    """A node that calls a graph of other state, and appends what comes out."""

    def call(state: Any) -> dict[str, Any]:
        return {"log": graph.invoke({"words": state["log"]}, *args)["words"]}

    async def acall(state: Any) -> dict[str, Any]:
        return {"log": (await graph.ainvoke({"words": state["log"]}, *args))["words"]}

    return in_driver(driver, call, acall)


# -- state -------------------------------------------------------------------------------


def test_a_graph_may_be_a_node(driver: Driver) -> None:
    """It reads and writes the keys that both schemas have."""
    inner = chain(Last, x=lambda s: {"log": [*s["log"], "x"]}, y=lambda s: {"log": s["log"][::-1]})
    outer = chain(Last, a=lambda s: {"log": ["a"]}, sub=inner, b=lambda s: {"log": s["log"] * 2})

    assert driver.invoke(outer, {"log": []}) == {"log": ["x", "a", "x", "a"]}


def test_a_reducer_folds_the_subgraphs_output(driver: Driver) -> None:
    """All of it: what went in comes out as well."""
    outer = chain(Log, a=says("a"), sub=chain(Log, x=says("x")))

    assert driver.invoke(outer, {"log": []}) == {"log": ["a", "a", "x"]}


def test_a_node_may_call_a_graph_of_other_state(driver: Driver) -> None:
    """The node translates."""
    inner = chain(Other, x=says("x", "words"))
    outer = chain(Log, a=says("a"), sub=calls(driver, inner))

    assert driver.invoke(outer, {"log": []}) == {"log": ["a", "a", "x"]}


def test_keys_of_the_subgraph_stay_inside(driver: Driver) -> None:
    """The parent takes what its schema knows."""
    inner = chain(Other, x=says("x", "words"))
    outer = chain(Last, a=says("a"), sub=inner, b=lambda s: {"log": [sorted(s)]})

    assert driver.invoke(outer, {"log": [], "words": []}) == {"log": [["log"]]}


def test_graphs_nest_to_any_depth(driver: Driver) -> None:
    """Each level is an ordinary node of the one around it."""
    graph = chain(Last, leaf=lambda s: {"log": [*s["log"], 0]})
    for level in range(1, 12):
        more: Any = lambda s, level=level: {"log": [*s["log"], level]}
        graph = chain(Last, sub=graph, after=more)

    assert driver.invoke(graph, {"log": []}) == {"log": list(range(12))}


def test_sends_may_lead_to_a_graph(driver: Driver) -> None:
    """Each runs with a state of its own."""
    inner = chain(Last, x=lambda s: {"log": [sum(s["log"])]})
    graph = StateGraph(Log).add_node("sub", inner)
    graph.set_conditional_entry_point(
        lambda s: [Send("sub", {"log": [n, n]}) for n in range(3)], ["sub"]
    )

    assert driver.invoke(graph.compile(), {"log": []}) == {"log": [0, 2, 4]}


# -- questions ---------------------------------------------------------------------------


def test_a_question_inside_stops_all_around(driver: Driver) -> None:
    """The answer finds its way in; what finished inside does not run again."""
    ran: list[str] = []
    inner = chain(Last, x=lambda s: ran.append("x"), ask=asks("?"))
    outer = chain(Log, InMemorySaver(), a=says("a"), sub=inner, b=says("b"))
    stopped = driver.invoke(outer, {"log": []}, CONFIG)

    assert [i.value for i in stopped["__interrupt__"]] == ["?"]
    assert driver.get_state(outer, CONFIG).next == ("sub",)
    assert answer(driver, outer, "r") == {"log": ["a", "r", "b"]}
    assert ran == ["x"]


def test_questions_two_levels_down_are_answered_one_after_another(driver: Driver) -> None:
    """Each answer is for the one that is open."""
    leaf = chain(Last, one=asks("1?"), two=lambda s: {"log": [*s["log"], interrupt("2?")]})
    outer = chain(Last, InMemorySaver(), sub=chain(Last, sub=leaf))
    stops = [driver.invoke(outer, {"log": []}, CONFIG), answer(driver, outer, "one")]

    assert [[i.value for i in stop["__interrupt__"]] for stop in stops] == [["1?"], ["2?"]]
    assert answer(driver, outer, "two") == {"log": ["one", "two"]}


def test_questions_of_parallel_graphs_are_answered_by_id(driver: Driver) -> None:
    """The same graph twice asks two questions."""
    inner = chain(Last, ask=asks("?"))
    graph = StateGraph(Log).add_node("a", inner).add_node("b", inner)
    outer = graph.add_edge(START, "a").add_edge(START, "b").compile(checkpointer=InMemorySaver())
    asked = driver.invoke(outer, {"log": []}, CONFIG)["__interrupt__"]

    assert len({i.id for i in asked}) == 2
    open_tasks = {t.interrupts[0].id: t.name for t in driver.get_state(outer, CONFIG).tasks}
    assert answer(driver, outer, open_tasks) == {"log": ["a", "b"]}


def test_a_called_graph_may_ask(driver: Driver) -> None:
    """The node around it runs again, the graph goes on where it stopped."""
    inner = chain(Other, x=says("x", "words"), ask=lambda s: {"words": [interrupt("?")]})
    outer = chain(Log, InMemorySaver(), sub=calls(driver, inner))
    driver.invoke(outer, {"log": []}, CONFIG)

    assert answer(driver, outer, "r") == {"log": ["x", "r"]}


def test_a_failed_graph_goes_on_where_it_failed(driver: Driver) -> None:
    """Its finished nodes do not run again."""
    ran: list[str] = []

    def fails_once(state: Any) -> dict[str, Any]:
        ran.append("flaky")
        if ran.count("flaky") == 1:
            raise RuntimeError("once")
        return {"log": ["done"]}

    inner = chain(Last, x=lambda s: ran.append("x"), flaky=fails_once)
    outer = chain(Log, InMemorySaver(), sub=inner)
    with pytest.raises(RuntimeError, match="once"):
        driver.invoke(outer, {"log": []}, CONFIG)

    assert driver.invoke(outer, None, CONFIG) == {"log": ["done"]}
    assert ran == ["x", "flaky", "flaky"]


# -- threads and namespaces ----------------------------------------------------------------


def test_the_state_of_a_stopped_graph_can_be_read(driver: Driver) -> None:
    """With `subgraphs=True` at its task, or by its namespace."""
    inner = chain(Last, x=says("x"), ask=asks("?"))
    outer = chain(Log, InMemorySaver(), sub=inner)
    driver.invoke(outer, {"log": []}, CONFIG)
    plain = driver.get_state(outer, CONFIG).tasks[0]
    inside = driver.get_state(outer, CONFIG, subgraphs=True).tasks[0].state

    assert plain.state == {"configurable": {"thread_id": "t", "checkpoint_ns": f"sub:{plain.id}"}}
    assert (inside.values, inside.next) == ({"log": ["x"]}, ("ask",))
    assert driver.get_state(outer, plain.state).values == {"log": ["x"]}


def test_a_graph_without_a_saver_inside_saves_nothing(driver: Driver) -> None:
    """`checkpointer=False`: it starts over, and asks again."""
    ran: list[str] = []
    inner = chain(Last, False, x=lambda s: ran.append("x"), ask=asks("?"))
    outer = chain(Log, InMemorySaver(), sub=inner)
    driver.invoke(outer, {"log": []}, CONFIG)

    assert answer(driver, outer, "r") == {"log": ["r"]}
    assert ran == ["x", "x"]


def test_a_graph_may_remember_between_calls(driver: Driver) -> None:
    """`checkpointer=True`: one thread of its own for all runs of the outer thread."""
    inner = chain(Other, True, x=lambda s: {"words": [len(s["words"])]})

    def call(state: Any) -> dict[str, Any]:
        return {"log": [inner.invoke({"words": ["in"]})["words"]]}

    async def acall(state: Any) -> dict[str, Any]:
        return {"log": [(await inner.ainvoke({"words": ["in"]}))["words"]]}

    outer = chain(Last, InMemorySaver(), sub=in_driver(driver, call, acall))
    outputs = [driver.invoke(outer, {"log": []}, CONFIG)["log"] for _ in range(2)]

    assert outputs == [[["in", 1]], [["in", 1, "in", 3]]]


def test_a_graph_that_remembers_needs_a_graph_around_it(driver: Driver) -> None:
    """At the root there is no saver to take."""
    with pytest.raises(RuntimeError, match="cannot be used for root graphs"):
        driver.invoke(chain(Last, True, x=says("x")), {"log": []}, CONFIG)


def test_a_call_with_a_thread_of_its_own_is_no_subgraph(driver: Driver) -> None:
    """It saves with its own saver, to its own thread."""
    saver = InMemorySaver()
    inner = chain(Other, saver, x=says("x", "words"))
    own: dict[str, Any] = {"configurable": {"thread_id": "own"}}
    outer = chain(Log, InMemorySaver(), sub=calls(driver, inner, own))
    for _ in range(2):
        driver.invoke(outer, {"log": []}, CONFIG)

    assert driver.get_state(inner, own).values["words"][:2] == ["x", "x"]
    assert driver.get_state(inner, CONFIG).values == {}


def test_each_run_inside_a_task_has_its_namespace(driver: Driver) -> None:
    """Two calls from one node do not share checkpoints."""
    inner = chain(Other, x=lambda s: {"words": [interrupt(s["words"][0])]})

    def call(state: Any) -> dict[str, Any]:
        return {"log": [inner.invoke({"words": [n]})["words"][1] for n in "pq"]}

    async def acall(state: Any) -> dict[str, Any]:
        return {"log": [(await inner.ainvoke({"words": [n]}))["words"][1] for n in "pq"]}

    outer = chain(Log, InMemorySaver(), sub=in_driver(driver, call, acall))
    stops = [driver.invoke(outer, {"log": []}, CONFIG), answer(driver, outer, "P")]

    assert [s["__interrupt__"][0].value for s in stops] == ["p", "q"]
    assert answer(driver, outer, "Q") == {"log": ["P", "Q"]}


def test_breakpoints_inside_stop_all_around(driver: Driver) -> None:
    """Going on with None goes on inside."""
    inner = StateGraph(Last).add_node("x", says("x")).add_node("y", lambda s: {"log": ["y"]})
    inner.add_edge(START, "x").add_edge("x", "y")
    outer = chain(Log, InMemorySaver(), sub=inner.compile(interrupt_before=["y"]), b=says("b"))

    assert driver.invoke(outer, {"log": []}, CONFIG) == {"log": []}
    assert driver.get_state(outer, CONFIG).next == ("sub",)
    assert driver.invoke(outer, None, CONFIG) == {"log": ["y", "b"]}


def test_a_subgraphs_state_can_be_edited(driver: Driver) -> None:
    """`update_state` with its namespace; the outer run goes on from there."""
    inner = chain(Log, x=says("x"), ask=asks("?"))
    outer = chain(Last, InMemorySaver(), sub=inner)
    driver.invoke(outer, {"log": []}, CONFIG)
    inside = driver.get_state(outer, CONFIG, subgraphs=True).tasks[0].state.config
    driver.update_state(outer, inside, {"log": ["edited"]}, "x")

    assert answer(driver, outer, "r") == {"log": ["x", "edited", "r"]}


def test_subgraphs_are_found(driver: Driver) -> None:
    """As nodes, in the closure of a function, and below those."""
    leaf = chain(Last, x=says("x"))
    outer = chain(Last, sub=chain(Last, leaf=leaf), call=lambda s: leaf.invoke(s))

    assert dict(outer.get_subgraphs())["call"] is leaf
    assert [name for name, _ in outer.get_subgraphs(recurse=True)] == ["call", "sub", "sub|leaf"]
