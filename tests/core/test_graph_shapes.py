"""Chains, branches, loops, joins and deferred nodes run what they say, in that order."""

from __future__ import annotations

import operator
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

import pytest

from anystep.graph import END, START, StateGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.conftest import Driver

pytestmark = pytest.mark.host


class Log(TypedDict):
    """What ran, in the order in which it was applied."""

    log: Annotated[list[str], operator.add]


class Counted(TypedDict):
    """A number that loops watch, and what ran."""

    n: int
    log: Annotated[list[str], operator.add]


def says(word: str) -> Callable[[Any], dict[str, list[str]]]:
    """A node that appends `word` to the log."""
    return lambda state: {"log": [word]}


def builder(names: Iterable[str]) -> StateGraph[Log, None, Log, Log]:
    """A graph of nodes that say their names, without edges."""
    graph = StateGraph(Log)
    for name in names:
        graph.add_node(name, says(name))
    return graph


def ran(driver: Driver, graph: Any) -> list[str]:
    """The log of one run."""
    log: list[str] = driver.invoke(graph, {"log": []})["log"]
    return log


def by_step(driver: Driver, graph: Any) -> list[list[str]]:
    """The names of the nodes of each superstep, sorted within the step."""
    logs = [event["log"] for event in driver.stream(graph, {"log": []}, stream_mode="values")]
    return [sorted(later[len(log) :]) for log, later in pairwise(logs)]


# -- chains ----------------------------------------------------------------------------


def test_a_chain_runs_in_the_order_of_its_edges(driver: Driver) -> None:
    """Not in the order of its names."""
    graph = builder("cab").add_edge(START, "c").add_edge("c", "a").add_edge("a", "b")

    assert ran(driver, graph.compile()) == ["c", "a", "b"]


def test_each_node_sees_what_the_one_before_wrote(driver: Driver) -> None:
    """State passes from superstep to superstep."""
    graph = StateGraph(Counted)
    for name in "ab":
        graph.add_node(name, lambda s: {"n": s["n"] * 2, "log": [str(s["n"])]})
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", END)

    assert driver.invoke(graph.compile(), {"n": 3, "log": []}) == {"n": 12, "log": ["3", "6"]}


def test_a_sequence_is_a_chain(driver: Driver) -> None:
    """`add_sequence` links the nodes it adds; names come from functions or pairs."""

    def first(state: Log) -> Log:
        return {"log": ["first"]}

    graph = StateGraph(Log).add_sequence([first, ("then", says("then"))])
    graph.set_entry_point("first").set_finish_point("then")

    assert ran(driver, graph.compile()) == ["first", "then"]


def test_a_node_that_returns_none_writes_nothing(driver: Driver) -> None:
    """The state stays, the edge is followed."""
    graph = builder("b").add_node("a", lambda state: None)
    graph.add_edge(START, "a").add_edge("a", "b")

    assert ran(driver, graph.compile()) == ["b"]


def test_a_long_chain_ends(driver: Driver) -> None:
    """A chain of 500 nodes is 500 supersteps: nothing recurses."""
    names = [f"n{i:03}" for i in range(500)]
    graph = builder(names).add_edge(START, names[0])
    for a, b in pairwise(names):
        graph.add_edge(a, b)

    assert ran(driver, graph.compile()) == names


def test_two_graphs_of_one_builder_share_nothing(driver: Driver) -> None:
    """A builder can be added to and compiled again; what was compiled stays."""
    graph = builder("ab").add_edge(START, "a")
    short = graph.compile()
    with pytest.warns(UserWarning, match="Adding an edge to a graph that has already"):
        graph.add_edge("a", "b")

    assert ran(driver, short) == ["a"]
    assert ran(driver, graph.compile()) == ["a", "b"]


# -- branches --------------------------------------------------------------------------


def test_edges_from_one_node_fan_out(driver: Driver) -> None:
    """All targets run in one superstep, applied in the order of their names."""
    graph = builder("adcb").add_edge(START, "a")
    for target in "dcb":
        graph.add_edge("a", target)

    assert ran(driver, graph.compile()) == ["a", "b", "c", "d"]


def test_several_entries_run_side_by_side(driver: Driver) -> None:
    """START may lead to more than one node."""
    graph = builder("ba").add_edge(START, "b").add_edge(START, "a")

    assert by_step(driver, graph.compile()) == [["a", "b"]]


@pytest.mark.parametrize(("n", "expected"), [(1, ["odd"]), (2, ["even"])])
def test_a_router_chooses_by_the_fresh_state(driver: Driver, n: int, expected: list[str]) -> None:
    """It sees what its node has just written."""
    graph = StateGraph(Counted)
    graph.add_node("count", lambda s: {"n": s["n"] + 1})
    graph.add_node("odd", says("odd")).add_node("even", says("even"))
    graph.add_edge(START, "count")
    graph.add_conditional_edges("count", lambda s: "even" if s["n"] % 2 == 0 else "odd")

    assert driver.invoke(graph.compile(), {"n": n - 1, "log": []})["log"] == expected


def test_a_router_may_answer_in_words_of_its_own(driver: Driver) -> None:
    """A path map translates what it returns."""
    graph = builder("ab").add_edge(START, "a")
    graph.add_conditional_edges("a", lambda s: len(s["log"]) == 1, {True: "b", False: END})

    assert ran(driver, graph.compile()) == ["a", "b"]


def test_a_router_may_name_several_nodes(driver: Driver) -> None:
    """A list leads to all of them, END among them to nowhere, twice is once."""
    graph = builder("abc").add_edge(START, "a")
    graph.add_conditional_edges("a", lambda s: ["c", END, "b", "c"])

    assert ran(driver, graph.compile()) == ["a", "b", "c"]


def test_a_router_may_end_the_run(driver: Driver) -> None:
    """END leads nowhere."""
    graph = builder("ab").add_edge(START, "a")
    graph.add_conditional_edges("a", lambda s: END, ["b", END])

    assert ran(driver, graph.compile()) == ["a"]


def test_a_router_adds_to_static_edges(driver: Driver) -> None:
    """A node with both kinds of edges follows both."""
    graph = builder("abc").add_edge(START, "a").add_edge("a", "b")
    graph.add_conditional_edges("a", lambda s: "c")

    assert ran(driver, graph.compile()) == ["a", "b", "c"]


def test_a_node_may_have_several_routers(driver: Driver) -> None:
    """Each is asked, each answer is followed."""

    def one(state: Log) -> str:
        return "b"

    def other(state: Log) -> str:
        return "c"

    graph = builder("abc").add_edge(START, "a")
    graph.add_conditional_edges("a", one).add_conditional_edges("a", other)

    assert ran(driver, graph.compile()) == ["a", "b", "c"]


def test_the_entry_may_be_chosen(driver: Driver) -> None:
    """A router at START sees the input."""
    graph = StateGraph(Counted).add_node("a", says("a")).add_node("b", says("b"))
    graph.set_conditional_entry_point(lambda s: "a" if s["n"] else "b")

    assert driver.invoke(graph.compile(), {"n": 1, "log": []})["log"] == ["a"]
    assert driver.invoke(graph.compile(), {"n": 0, "log": []})["log"] == ["b"]


def test_targets_may_stand_in_the_annotation(driver: Driver) -> None:
    """A router's `Literal` names where it leads, for drawing and for validation."""

    def path(state: Log) -> Literal["b"]:
        return "b"

    graph = builder("ab").add_edge(START, "a").add_conditional_edges("a", path).compile()

    assert ran(driver, graph) == ["a", "b"]
    assert ("a", "b") in {(e.source, e.target) for e in graph.get_graph().edges}


# -- loops -----------------------------------------------------------------------------


def test_a_loop_runs_until_its_router_leaves_it(driver: Driver) -> None:
    """One superstep a turn."""
    graph = StateGraph(Counted).add_node("turn", lambda s: {"n": s["n"] + 1, "log": [str(s["n"])]})
    graph.add_edge(START, "turn")
    graph.add_conditional_edges("turn", lambda s: "turn" if s["n"] < 4 else END)

    assert driver.invoke(graph.compile(), {"n": 0, "log": []}) == {"n": 4, "log": list("0123")}


def test_a_loop_may_go_through_several_nodes(driver: Driver) -> None:
    """A cycle of static edges with one way out."""
    graph = builder("abc").add_edge(START, "a").add_edge("a", "b").add_edge("c", "a")
    graph.add_conditional_edges("b", lambda s: "c" if len(s["log"]) < 6 else END)

    assert ran(driver, graph.compile()) == ["a", "b", "c", "a", "b", "c", "a", "b"]


def test_two_loops_run_side_by_side(driver: Driver) -> None:
    """Each with its own number of turns."""

    def leave(name: str, turns: int) -> Callable[[Log], str]:
        return lambda s: name if s["log"].count(name) < turns else END

    graph = builder("ab").add_edge(START, "a").add_edge(START, "b")
    graph.add_conditional_edges("a", leave("a", 2)).add_conditional_edges("b", leave("b", 3))

    assert by_step(driver, graph.compile()) == [["a", "b"], ["a", "b"], ["b"]]


# -- joins -----------------------------------------------------------------------------


def test_plain_edges_into_a_node_are_no_join(driver: Driver) -> None:
    """It runs once for each superstep that leads to it."""
    graph = builder("abcd").add_edge(START, "a").add_edge(START, "b").add_edge("b", "c")
    graph.add_edge("a", "d").add_edge("c", "d")

    assert by_step(driver, graph.compile()) == [["a", "b"], ["c", "d"], ["d"]]


def test_a_diamond_meets_in_one_superstep(driver: Driver) -> None:
    """Branches of equal length trigger their common target once."""
    graph = builder("abcd").add_edge(START, "a").add_edge("a", "b").add_edge("a", "c")
    graph.add_edge("b", "d").add_edge("c", "d")

    assert ran(driver, graph.compile()) == ["a", "b", "c", "d"]


def test_a_join_waits_for_all(driver: Driver) -> None:
    """Branches of different length: the target runs after the longer one, once."""
    graph = builder("abcd").add_edge(START, "a").add_edge(START, "b").add_edge("b", "c")
    graph.add_edge(["a", "c"], "d")

    assert by_step(driver, graph.compile()) == [["a", "b"], ["c"], ["d"]]


def test_a_join_that_is_never_complete_does_not_open(driver: Driver) -> None:
    """The run ends without its target."""
    graph = builder("abd").add_edge(START, "a").add_edge(["a", "b"], "d")

    assert ran(driver, graph.compile()) == ["a"]


def test_a_join_in_a_loop_opens_each_time_round(driver: Driver) -> None:
    """Having opened it waits for all again."""
    graph = builder("abcd").add_edge(START, "a").add_edge("a", "b").add_edge("a", "c")
    graph.add_edge(["b", "c"], "d")
    graph.add_conditional_edges("d", lambda s: "a" if len(s["log"]) < 8 else END)

    assert by_step(driver, graph.compile()) == [["a"], ["b", "c"], ["d"]] * 2


def test_one_node_may_arrive_at_two_joins(driver: Driver) -> None:
    """Each join counts for itself."""
    graph = builder("abcde").add_edge(START, "a").add_edge(START, "b").add_edge("b", "c")
    graph.add_edge(["a", "b"], "d").add_edge(["a", "c"], "e")

    assert by_step(driver, graph.compile()) == [["a", "b"], ["c", "d"], ["e"]]


# -- deferred nodes --------------------------------------------------------------------


def deferring(*edges: tuple[str, str]) -> Any:
    """A graph of the nodes its edges name, `z` deferred."""
    names = sorted({n for edge in edges for n in edge} - {START, "z"})
    graph = builder(names).add_node("z", says("z"), defer=True)
    for start, end in edges:
        graph.add_edge(start, end)
    return graph


def test_a_deferred_node_runs_last(driver: Driver) -> None:
    """However short the way to it was."""
    graph = deferring((START, "a"), (START, "z"), ("a", "b"), ("b", "c"))

    assert by_step(driver, graph.compile()) == [["a"], ["b"], ["c"], ["z"]]


def test_a_deferred_node_meets_branches_of_any_length(driver: Driver) -> None:
    """Reached twice it runs once."""
    graph = deferring((START, "a"), (START, "b"), ("b", "c"), ("a", "z"), ("c", "z"))

    assert by_step(driver, graph.compile()) == [["a", "b"], ["c"], ["z"]]


def test_a_deferred_join_waits_for_its_names_and_the_rest(driver: Driver) -> None:
    """Complete is not enough: nothing else may be left to run."""
    graph = deferring((START, "a"), (START, "b"), ("b", "c"), ("c", "d"))
    graph.add_edge(["a", "b"], "z")

    assert by_step(driver, graph.compile()) == [["a", "b"], ["c"], ["d"], ["z"]]


def test_edges_lead_on_from_a_deferred_node(driver: Driver) -> None:
    """It ends nothing."""
    graph = deferring((START, "a"), (START, "z"), ("a", "b"), ("z", "y"))

    assert by_step(driver, graph.compile()) == [["a"], ["b"], ["z"], ["y"]]


def test_a_router_may_choose_a_deferred_node(driver: Driver) -> None:
    """Chosen early, run late."""
    graph = deferring((START, "a"), ("b", "c"))
    graph.add_conditional_edges("a", lambda s: ["z", "b"])

    assert by_step(driver, graph.compile()) == [["a"], ["b"], ["c"], ["z"]]
