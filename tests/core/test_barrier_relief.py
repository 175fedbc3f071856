"""A join that does not wait for a node that a router has left out."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph
from anystep.types import Command, Send, interrupt

if TYPE_CHECKING:
    from tests.conftest import Driver

pytestmark = pytest.mark.host


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


def says(name: str) -> Any:
    """A node that tells its name."""
    return lambda _: {"log": [name]}


def graph(route: Any, *, relief: bool = True, path_map: Any = ("b", "other")) -> StateGraph[State]:
    """`decide` leads to `b` or past it; `end` waits for `a` and `b`."""
    builder = StateGraph(State)
    for name in ("a", "b", "other", "between", "end"):
        builder.add_node(name, says(name))
    builder.add_node("decide", says("decide"))
    builder.add_edge(START, "a")
    builder.add_edge(START, "decide")
    builder.add_conditional_edges("decide", route, path_map and list(path_map))
    builder.add_edge("between", "b")
    builder.add_edge(["a", "b"], "end")
    if relief:
        builder.add_barrier_relief("decide", "b", "end")
    return builder


def log(driver: Driver, builder: StateGraph[State], **options: Any) -> list[str]:
    """What was said, in order."""
    done = driver.invoke(builder.compile(**options), {"log": []})
    return list(done["log"])


def test_without_relief_the_join_waits_for_ever(driver: Driver) -> None:
    """As in LangGraph."""
    assert log(driver, graph(lambda _: "other", relief=False)) == ["a", "decide", "other"]


def test_a_node_that_is_left_out_is_not_waited_for(driver: Driver) -> None:
    """The join runs with the step after the decision."""
    assert log(driver, graph(lambda _: "other")) == ["a", "decide", "end", "other"]


@pytest.mark.parametrize("target", ["b", "between"])
def test_a_node_that_is_still_to_come_is_waited_for(driver: Driver, target: str) -> None:
    """Also where other nodes are between."""
    said = log(driver, graph(lambda _: target, path_map=("b", "between", "other")))

    assert said[-2:] == ["b", "end"]
    assert said.count("end") == 1


def test_a_router_on_the_way_may_still_lead_there(driver: Driver) -> None:
    """The join does not run early: whoever decides last is to be named as well."""
    one, both = graph(lambda _: "other"), graph(lambda _: "other")
    for builder in (one, both):
        builder.add_conditional_edges("other", lambda _: END, ["b", END])
    both.add_barrier_relief("other", "b", "end")

    assert log(driver, one) == ["a", "decide", "other"]
    assert log(driver, both) == ["a", "decide", "other", "end"]


def test_sends_and_commands_decide_too(driver: Driver) -> None:
    """What a Send leads to is not left out; what a command leaves out is."""
    assert log(driver, graph(lambda _: [Send("b", {})]))[-2:] == ["b", "end"]

    def decide(_: State) -> Command[Any]:
        return Command(update={"log": ["decide"]}, goto="other")

    builder = StateGraph(State).add_node("decide", decide, destinations=("b", "other"))
    for name in ("b", "other", "end"):
        builder.add_node(name, says(name))
    builder.add_edge(START, "decide").add_edge(["b", "other"], "end")
    builder.add_barrier_relief("decide", "b", "end")

    assert log(driver, builder) == ["decide", "other", "end"]


def test_a_waiver_survives_a_checkpoint(driver: Driver) -> None:
    """Decided before a question, joined after its answer."""
    builder = graph(lambda _: "other")
    builder.nodes["a"].action = lambda _: {"log": [interrupt("a?")]}
    compiled = builder.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    driver.invoke(compiled, {"log": []}, config)
    done = driver.invoke(compiled, Command(resume="yes"), config)

    assert done["log"] == ["yes", "decide", "end", "other"]


def test_a_loop_decides_anew(driver: Driver) -> None:
    """Each round of the join has its own waivers."""
    rounds: list[str] = ["other", "b"]
    builder = graph(lambda _: rounds.pop(0))

    def again(state: State) -> list[str]:
        return ["a", "decide"] if rounds else []

    builder.add_conditional_edges("end", again, ["a", "decide"])

    said = log(driver, builder)
    assert said.count("end") == 2
    assert said[-2:] == ["b", "end"]


def test_a_relief_of_nothing_is_refused() -> None:
    """By name, when the graph is compiled."""
    builder = graph(lambda _: "other")
    builder.add_barrier_relief("decide", "other", "end")
    with pytest.raises(ValueError, match="no join into 'end' waits for 'other'"):
        builder.compile()

    builder = graph(lambda _: "other").add_barrier_relief("nobody", "b", "end")
    with pytest.raises(ValueError, match="barrier relief at unknown node 'nobody'"):
        builder.compile()
