"""A run driven by hand: any order, any failure, any passing of time."""

from __future__ import annotations

import itertools
import operator
from typing import Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.archive import pack_thread
from anystep.checkpoint.memory import InMemorySaver
from anystep.func import entrypoint, task
from anystep.graph import START, StateGraph
from anystep.testing import HandDriven, ManualClock
from anystep.types import RetryPolicy, interrupt

pytestmark = pytest.mark.host


class State(TypedDict):
    xs: Annotated[list[Any], operator.add]


def says(what: str) -> Any:
    """A node that writes its name."""
    return lambda state: {"xs": [what]}


def fan(saver: Any = None, **nodes: Any) -> Any:
    """The nodes side by side, and one that waits for them."""
    builder = StateGraph(State)
    for name, node in nodes.items():
        builder.add_node(name, node)
        builder.add_edge(START, name)
    builder.add_node("end", says("end"))
    builder.add_edge(list(nodes), "end")
    return builder.compile(checkpointer=saver)


def test_tasks_end_when_the_test_says_so() -> None:
    """Started tasks wait; the order of their ends changes no result."""
    run = HandDriven(fan(a=says("a"), b=says("b")), {"xs": []})
    assert run.running == ["a", "b"]

    run.finish("b")
    assert run.running == ["a"]
    assert not run.over

    run.finish("a").finish("end")
    assert run.over
    assert run.output == {"xs": ["a", "b", "end"]}


def test_every_order_stores_the_same_bytes() -> None:
    """Whatever order parallel tasks end in, the thread's checkpoints are byte for byte the same."""
    stored = set()
    for order in itertools.permutations("abcd"):
        saver = InMemorySaver()
        run = HandDriven(fan(saver, **{name: says(name) for name in "abcd"}), {"xs": []})
        for name in order:
            run.finish(name)
        run.finish("end")
        stored.add(pack_thread(saver, "test"))

    assert len(stored) == 1


def test_a_task_fails_without_running() -> None:
    """An error given by the test is the run's own, and what was running is stopped."""
    run = HandDriven(fan(a=says("a"), b=says("b")), {"xs": []})

    with pytest.raises(ValueError, match="no"):
        run.fail("a", ValueError("no"))

    assert run.over
    assert isinstance(run.error, ValueError)


def test_time_passes_when_the_test_says_so() -> None:
    """A task to be tried again waits until the clock is moved far enough."""
    policy = RetryPolicy(initial_interval=2.0, jitter=False, retry_on=ValueError)
    builder = StateGraph(State).add_node("a", says("a"), retry_policy=policy)
    clock = ManualClock()
    run = HandDriven(builder.add_edge(START, "a").compile(), {"xs": []}, clock=clock)

    run.fail("a", ValueError("once"))
    assert (run.running, run.sleeping) == ([], ["a"])
    run.advance(1.9)
    assert run.running == []
    run.advance(0.1)
    assert (run.running, run.sleeping) == (["a"], [])

    assert run.finish("a").output == {"xs": ["a"]}


def test_a_question_ends_the_run() -> None:
    """The questions of a run that stopped are there, and a second run answers them."""
    graph = fan(InMemorySaver(), a=lambda state: {"xs": [interrupt("ok?")]}, b=says("b"))
    run = HandDriven(graph, {"xs": []}).finish("a").finish("b")

    assert [question.value for question in run.interrupts] == ["ok?"]

    from anystep.types import Command

    run = HandDriven(graph, Command(resume="yes"))
    assert run.running == ["a"]
    assert run.finish("a").finish("end").output == {"xs": ["yes", "b", "end"]}


def test_streams_can_be_watched() -> None:
    """Events are there as soon as the engine has told them."""
    run = HandDriven(fan(a=says("a"), b=says("b")), {"xs": []}, stream_mode=("updates",))

    run.finish("b")

    assert list(run.events) == [("updates", {"b": {"xs": ["b"]}})]


def test_a_task_that_is_called_runs_with_its_caller() -> None:
    """A node that waits for a task gets its result."""

    @task
    def double(n: int) -> int:
        return 2 * n

    @entrypoint()
    def main(n: int) -> int:
        first: int = double(n).result()
        second: int = double(n + 1).result()
        return first + second

    run = HandDriven(main, 3)
    assert run.running == ["main"]
    assert run.finish("main").output == 14


def test_a_run_that_is_given_up_keeps_what_is_done() -> None:
    """Abandoned half way, a run goes on later without running what was finished."""
    graph = fan(InMemorySaver(), a=says("a"), b=says("b"))
    HandDriven(graph, {"xs": []}).finish("b").give_up()

    run = HandDriven(graph, None)

    assert run.running == ["a"]
    assert run.finish("a").finish("end").output == {"xs": ["a", "b", "end"]}


def test_a_name_that_does_not_run_is_refused() -> None:
    """The error names what runs, and a run that is over says so."""
    run = HandDriven(fan(a=says("a")), {"xs": []})
    with pytest.raises(LookupError, match=r"no task 'z' is running; running are \['a'\]"):
        run.finish("z")
    run.finish("a").finish("end")
    with pytest.raises(RuntimeError, match="over"):
        run.advance(1)
