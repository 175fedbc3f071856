"""Simulated storms: faults, crashes, order and time from a seed."""

from __future__ import annotations

import operator
from functools import partial
from typing import Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import START, StateGraph
from anystep.testing import Crash, FaultySaver, SaverFault, assert_survives, simulate
from anystep.types import interrupt

pytestmark = pytest.mark.host
CONFIG: Any = {"configurable": {"thread_id": "t"}}


class State(TypedDict):
    xs: Annotated[list[Any], operator.add]


def says(what: str) -> Any:
    """A node that writes its name."""
    return lambda state: {"xs": [what]}


def diamond(saver: Any) -> Any:
    """One node, three of which one asks, and one that waits for them."""
    builder = StateGraph(State)
    for name in "abcd":
        builder.add_node(name, says(name))
    builder.add_node("ask", lambda state: {"xs": [interrupt("who?")]})
    builder.add_edge(START, "a").add_edge("a", "b").add_edge("a", "c").add_edge("a", "ask")
    return builder.add_edge(["b", "c", "ask"], "d").compile(checkpointer=saver)


def _lost(write: int, number: int) -> str:
    return "lost" if number == write else ""


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_sound_graph_survives(asynchronous: bool) -> None:
    """Fifty storms end with the state of the calm run."""
    state = assert_survives(
        diamond,
        {"xs": []},
        seeds=range(50),
        answer=lambda question: question.upper(),
        asynchronous=asynchronous,
    )

    assert state == {"xs": ["a", "WHO?", "b", "c", "d"]}


async def test_a_simulation_runs_inside_a_task() -> None:
    """Which it leaves as it was: in a browser everything is called from one."""
    import asyncio

    around = asyncio.current_task()
    one = simulate(diamond, {"xs": []}, seed=5, answer=str, asynchronous=True)

    assert one.state == simulate(diamond, {"xs": []}, seed=5, answer=str).state
    assert asyncio.current_task() is around
    await asyncio.sleep(0)


def test_a_seed_is_a_run() -> None:
    """The same seed brings the same faults; another one others; None brings none."""
    one, same, other, calm = (
        simulate(diamond, {"xs": []}, seed=seed, answer=str) for seed in (5, 5, 7, None)
    )

    assert one.writes == same.writes
    assert one.writes != other.writes
    assert one.faults > 0
    assert calm.faults == 0
    assert calm.stretches == 2


def test_a_graph_that_counts_its_runs_is_found_out() -> None:
    """A node whose result depends on how often it ran fails, and the message names the seed."""
    runs: list[int] = []

    def build(saver: Any) -> Any:
        runs.append(1)
        return (
            StateGraph(State)
            .add_node("a", lambda state: {"xs": [len(runs)]})
            .add_edge(START, "a")
            .compile(checkpointer=saver)
        )

    with pytest.raises(AssertionError, match="seed 0 ends with"):
        assert_survives(build, {"xs": []}, seeds=range(5))


def test_an_endless_graph_is_given_up() -> None:
    """A graph whose questions nobody answers does not simulate for ever."""
    with pytest.raises(AssertionError, match="did not end within 5 runs"):
        simulate(diamond, {"xs": []}, seed=None, limit=5)


@pytest.mark.parametrize(
    ("fate", "error", "stored"),
    [
        ("lost", SaverFault, False),
        ("untold", SaverFault, True),
        ("crash", Crash, False),
        ("crash after", Crash, True),
    ],
)
def test_a_write_goes_wrong_as_planned(fate: str, error: type[BaseException], stored: bool) -> None:
    """Each fate stores or loses the write, raises its error, and nothing after a crash is stored."""
    inner = InMemorySaver()
    faulty = FaultySaver(inner, lambda number: fate if number == 2 else "")
    graph = StateGraph(State).add_node("a", says("a")).add_edge(START, "a")

    with pytest.raises(error):
        graph.compile(checkpointer=faulty).invoke({"xs": []}, CONFIG)

    steps = [found.metadata.get("step") for found in inner.list(CONFIG)]
    assert (1 in steps) == stored
    assert faulty.crashed == (error is Crash)
    if faulty.crashed:
        with pytest.raises(Crash):
            faulty.put_writes(CONFIG, [], "task")


def test_after_any_fault_the_thread_goes_on() -> None:
    """Whichever single write is lost, a new run finishes the graph."""
    for write in range(6):
        inner = InMemorySaver()
        faulty = FaultySaver(inner, partial(_lost, write))
        builder = StateGraph(State).add_node("a", says("a")).add_node("b", says("b"))
        builder.add_edge(START, "a").add_edge("a", "b")
        try:
            builder.compile(checkpointer=faulty).invoke({"xs": []}, CONFIG)
        except SaverFault:
            graph = builder.compile(checkpointer=inner)
            there = graph.get_state(CONFIG).metadata is not None
            graph.invoke(None if there else {"xs": []}, CONFIG)

        assert builder.compile(checkpointer=inner).get_state(CONFIG).values == {"xs": ["a", "b"]}
