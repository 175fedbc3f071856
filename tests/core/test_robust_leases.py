"""One run at a time on a thread, and no write of a run that has been replaced."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import LeaseError
from anystep.graph import START, StateGraph
from anystep.host import use_host
from anystep.reliability import RunPolicy
from anystep.testing import ManualClock, deterministic_host
from anystep.types import Command, interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Driver

CONFIG: dict[str, Any] = {"configurable": {"thread_id": "t"}}
LEASED = RunPolicy(lease=60)


class State(TypedDict, total=False):
    """A log that every node may append to."""

    log: Annotated[list[Any], operator.add]


@pytest.fixture(params=["memory", "sqlite"])
def savers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """What two workers have: one saver in memory, or two connections to one file."""
    if request.param == "memory":
        saver = InMemorySaver()
        yield saver, saver
        return
    from anystep.checkpoint.sqlite import SqliteSaver  # not every host has SQLite

    path = str(tmp_path / "threads.db")
    with SqliteSaver.from_conn_string(path) as one, SqliteSaver.from_conn_string(path) as other:
        yield one, other


def graph(saver: Any, node: Callable[[Any], Any], policy: RunPolicy | None = LEASED) -> Any:
    """START → a → b, on that saver."""
    builder: Any = StateGraph(State).add_node("a", node).add_edge(START, "a")
    builder.add_node("b", lambda state: {"log": ["b"]}).add_edge("a", "b")
    return builder.compile(checkpointer=saver, policy=policy)


def quiet(state: Any) -> dict[str, list[str]]:
    """A node that does nothing else."""
    return {"log": ["a"]}


def test_a_second_run_of_a_thread_is_refused(savers: tuple[Any, Any]) -> None:
    """While the first goes on; the error names thread, holder and remedy. Other threads are
    free, and so is this one afterwards."""
    mine, yours = savers

    def node(state: Any) -> dict[str, list[str]]:
        other = graph(yours, quiet)
        assert other.invoke({"log": []}, {"configurable": {"thread_id": "u"}})["log"] == ["a", "b"]
        return {"log": ["a"]}

    first = graph(mine, node).stream({"log": []}, CONFIG, stream_mode="updates")
    next(first)
    with pytest.raises(LeaseError, match=r"'t' is being run by run \w+ of process \d+") as caught:
        graph(yours, quiet).invoke({"log": []}, CONFIG)
    assert "break_lease('t')" in str(caught.value)
    assert caught.value.thread_id == "t"
    assert list(first) == [{"b": {"log": ["b"]}}]
    assert graph(yours, quiet).invoke({"log": []}, CONFIG)["log"] == ["a", "b"] * 2


def test_a_lease_is_given_back_however_the_run_ends(driver: Driver) -> None:
    """By an end, an error, a question, an input that is refused, or a stream that is dropped."""

    def fails(state: Any) -> None:
        raise ValueError("no")

    saver = InMemorySaver()
    asks = graph(saver, lambda state: {"log": [interrupt("?")]})
    with pytest.raises(ValueError, match="no"):
        driver.invoke(graph(saver, fails), {"log": []}, CONFIG)
    with pytest.raises(TypeError):
        driver.invoke(graph(saver, quiet), {"log": 5}, CONFIG)
    driver.invoke(asks, {"log": []}, CONFIG)
    assert driver.invoke(asks, Command(resume=1), CONFIG)["log"][-2:] == [1, "b"]
    stream = asks.stream({"log": []}, CONFIG)
    next(stream)
    stream.close()
    assert driver.invoke(graph(saver, quiet), {"log": []}, CONFIG)["log"][-1] == "b"


def test_a_late_worker_is_refused(savers: tuple[Any, Any]) -> None:
    """It was silent for longer than its lease and another run took over: its writes are not
    believed, and the thread is the other's."""
    mine, yours = savers
    clock = ManualClock()
    with use_host(deterministic_host(clock=clock)):
        late = graph(mine, quiet).stream({"log": []}, CONFIG, stream_mode="updates")
        next(late)
        clock.advance(61)
        assert graph(yours, quiet).invoke({"log": ["new"]}, CONFIG)["log"][-3:] == ["new", "a", "b"]
        before = graph(yours, quiet).get_state(CONFIG)

        with pytest.raises(LeaseError, match="has lost the lease of thread 't'"):
            list(late)
        assert graph(yours, quiet).get_state(CONFIG) == before


def test_every_write_renews_the_lease(savers: tuple[Any, Any]) -> None:
    """A run of many supersteps may take longer than its lease."""
    mine, yours = savers
    clock = ManualClock()
    with use_host(deterministic_host(clock=clock)):

        def slow(state: Any) -> dict[str, list[str]]:
            clock.advance(40)
            return {"log": ["a"]}

        run = graph(mine, slow).stream({"log": []}, CONFIG, stream_mode="updates")
        next(run)
        clock.advance(40)
        with pytest.raises(LeaseError):
            graph(yours, quiet).invoke({"log": []}, CONFIG)
        assert list(run) == [{"b": {"log": ["b"]}}]


@pytest.mark.host
def test_a_node_may_run_a_graph_on_its_own_thread(driver: Driver) -> None:
    """The lease is shared with the run around it; graphs inside nodes are held to it as well."""
    saver = InMemorySaver()
    inner = graph(saver, quiet)
    nested = StateGraph(State).add_node("n", quiet).add_edge(START, "n").compile()

    def node(state: Any) -> dict[str, list[Any]]:
        inner.update_state(CONFIG, {"log": ["edit"]}, as_node="b")
        return {"log": [len(inner.get_state(CONFIG).values["log"])]}

    builder: Any = StateGraph(State).add_node("a", node).add_edge(START, "a")
    builder.add_node("nested", nested).add_edge("a", "nested")
    outer = builder.compile(checkpointer=saver, policy=LEASED)

    assert "a" in driver.invoke(outer, {"log": []}, CONFIG)["log"]
    assert inner.invoke({"log": []}, CONFIG)["log"][-2:] == ["a", "b"]


@pytest.mark.host
def test_a_run_inside_a_run_shares_its_lease() -> None:
    """Re-entrant: the same thread, through the same saver."""
    saver = InMemorySaver()
    inner = graph(saver, quiet)
    outer = graph(saver, lambda state: {"log": [len(inner.invoke({"log": ["in"]}, CONFIG)["log"])]})

    other = graph(saver, quiet).stream({"log": []}, CONFIG)
    next(other)
    with pytest.raises(LeaseError):  # while it is held, nobody else gets it
        inner.invoke({"log": []}, CONFIG)
    other.close()
    assert outer.invoke({"log": []}, CONFIG)["log"]


@pytest.mark.host
def test_edits_and_forks_need_no_lease(driver: Driver) -> None:
    """Whoever edits a thread says what he does; nobody else is stopped by it."""
    saver = InMemorySaver()
    leased = graph(saver, quiet)
    driver.invoke(leased, {"log": []}, CONFIG)
    fork = driver.update_state(leased, driver.history(leased, CONFIG)[1].config, {"log": ["e"]})

    assert driver.invoke(leased, None, fork)["log"][-1] == "b"


@pytest.mark.host
def test_a_dead_runs_lease_can_be_broken() -> None:
    """The thread is free at once, and the dead run stays refused should it wake up."""
    saver = InMemorySaver()
    dead = graph(saver, quiet).stream({"log": []}, CONFIG)
    next(dead)
    saver.break_lease("t")

    assert graph(saver, quiet).invoke({"log": []}, CONFIG)["log"][-1] == "b"
    with pytest.raises(LeaseError):
        list(dead)


@pytest.mark.host
def test_runs_without_a_lease_are_as_free_as_langgraphs() -> None:
    """Nothing is held unless a policy asks for it."""
    saver = InMemorySaver()
    one = graph(saver, quiet, policy=None).stream({"log": []}, CONFIG)
    next(one)

    assert graph(saver, quiet, policy=None).invoke({"log": []}, CONFIG)["log"][-1] == "b"
    assert list(one)


@pytest.mark.host
def test_a_saver_that_cannot_hold_leases_is_refused() -> None:
    """Before anything runs."""

    class Plain:
        """Delegates to a saver, but for leases."""

        native = True

        def __init__(self) -> None:
            self.saver = InMemorySaver()

        def get_tuple(self, config: Any) -> Any:
            return self.saver.get_tuple(config)

    app = graph(InMemorySaver(), quiet)
    app.checkpointer = Plain()
    with pytest.raises(TypeError, match="Plain cannot hold leases: use InMemorySaver"):
        app.invoke({"log": []}, CONFIG)
