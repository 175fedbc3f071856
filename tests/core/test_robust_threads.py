"""Threads that keep what they have: edits beside due work, cancelled and drained runs."""

from __future__ import annotations

import asyncio
import operator
import threading
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import GraphCancelled, GraphDrained
from anystep.graph import START, StateGraph
from anystep.reliability import RunPolicy, memo
from anystep.runtime import RunControl, Runtime
from anystep.types import Send

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Driver

CONFIG: dict[str, Any] = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    """A key that takes one write a superstep, and one that takes any number."""

    n: int
    log: Annotated[list[Any], operator.add]


def says(word: Any) -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends `word` to the log."""
    return lambda state: {"log": [word]}


# -- edits ---------------------------------------------------------------------------


@pytest.mark.host
def test_an_edit_may_leave_other_work_due() -> None:
    """`keep_pending`: what finished stays finished, what failed stays due, joins see both."""
    ran: list[str] = []
    failures = [ConnectionError("down")]

    def ok(state: Any) -> dict[str, list[str]]:
        ran.append("ok")
        return {"log": ["ok"]}

    def bad(state: Any) -> dict[str, list[str]]:
        if failures:
            raise failures.pop()
        return {"log": ["bad"]}

    builder: Any = StateGraph(State).add_node("a", says("a")).add_node("ok", ok)
    builder.add_node("zbad", bad).add_node("c", says("c")).add_edge(START, "a")
    builder.add_edge("a", "ok").add_edge("a", "zbad").add_edge(["ok", "zbad"], "c")
    graph = builder.compile(checkpointer=InMemorySaver(), policy=RunPolicy(keep_pending=True))
    with pytest.raises(ConnectionError):
        graph.invoke({"log": []}, CONFIG)

    graph.update_state(CONFIG, {"n": 3}, as_node="c")  # leads nowhere: only adds
    assert graph.get_state(CONFIG).next == ("zbad",)
    assert graph.invoke(None, CONFIG) == {"n": 3, "log": ["a", "ok", "bad", "c"]}
    assert ran == ["ok"]


@pytest.mark.host
def test_an_edit_in_the_place_of_a_due_node_ends_only_that_node(driver: Driver) -> None:
    """The others keep their places, Sends their arguments."""
    builder: Any = StateGraph(State).add_node("a", says("a")).add_node("b", says("b"))
    builder.add_node("s", lambda given: {"log": [given]}).add_node("d", says("d"))
    builder.add_edge(START, "a").add_edge("b", "d").add_edge("a", "b")
    builder.add_conditional_edges("a", lambda s: [Send("s", 1), Send("s", 2)], ["s"])
    saver = InMemorySaver()
    policy = RunPolicy(keep_pending=True)
    graph = builder.compile(checkpointer=saver, interrupt_after=["a"], policy=policy)
    driver.invoke(graph, {"log": []}, CONFIG)
    driver.update_state(graph, CONFIG, {"log": ["by hand"]}, as_node="b")

    assert sorted(driver.get_state(graph, CONFIG).next) == ["d", "s", "s"]
    result = driver.invoke(graph, None, CONFIG)
    assert sorted(map(str, result["log"])) == ["1", "2", "a", "by hand", "d"]


# -- stopping ----------------------------------------------------------------------------


@pytest.mark.host
def test_a_drained_run_finishes_its_superstep(driver: Driver) -> None:
    """It says why it stopped, and goes on from there."""
    control = RunControl()

    def node(state: Any) -> dict[str, list[str]]:
        control.request_drain("deploy")
        return {"log": ["a"]}

    builder: Any = StateGraph(State).add_node("a", node).add_node("b", says("b"))
    builder.add_edge(START, "a").add_edge("a", "b")
    graph = builder.compile(checkpointer=InMemorySaver())

    with pytest.raises(GraphDrained) as caught:
        driver.invoke(graph, {"log": []}, CONFIG, control=control)
    assert caught.value.reason == "deploy"
    assert driver.get_state(graph, CONFIG).next == ("b",)
    assert driver.invoke(graph, None, CONFIG)["log"] == ["a", "b"]


@pytest.mark.host
def test_a_cancelled_run_stops_before_its_next_superstep(driver: Driver) -> None:
    """A node of a synchronous run finishes first. The first reason stays."""
    control = RunControl()

    def node(state: Any, runtime: Runtime) -> dict[str, list[str]]:
        if runtime.control is not None:
            runtime.control.cancel("changed my mind")
            control.cancel("again")
        return {"log": ["a"]}

    builder: Any = StateGraph(State).add_node("a", node).add_node("b", says("b"))
    builder.add_edge(START, "a").add_edge("a", "b")
    graph = builder.compile(checkpointer=InMemorySaver())

    with pytest.raises(GraphCancelled, match="changed my mind"):
        driver.invoke(graph, {"log": []}, CONFIG, control=control)
    assert driver.invoke(graph, None, CONFIG)["log"] == ["a", "b"]


def waiting(entered: asyncio.Event, ran: list[str]) -> Any:
    """A graph whose second node waits for ever the first time it runs."""

    async def wait(state: Any) -> dict[str, list[str]]:
        ran.append("wait")
        if len(ran) == 1:
            entered.set()
            await asyncio.Event().wait()
        return {"log": ["waited"]}

    builder: Any = StateGraph(State).add_node("a", says("a")).add_node("b", wait)
    builder.add_edge(START, "a").add_edge("a", "b")
    return builder.compile(checkpointer=InMemorySaver())


@pytest.mark.parametrize("beside", [False, True])
async def test_cancelling_stops_coroutine_nodes_at_once(beside: bool) -> None:
    """The run raises GraphCancelled, and the thread goes on where it was."""
    entered, ran, control = asyncio.Event(), list[str](), RunControl()
    graph = waiting(entered, ran)
    if beside:
        graph.builder.compiled = False
        graph.builder.add_node("c", says("c")).add_edge("a", "c")
        graph = graph.builder.compile(checkpointer=InMemorySaver())
    run = asyncio.create_task(graph.ainvoke({"log": []}, CONFIG, control=control))
    await entered.wait()
    control.cancel("enough")

    with pytest.raises(GraphCancelled, match="enough"):
        await run
    assert not run.cancelled()
    state = await graph.aget_state(CONFIG)
    assert "b" in state.next
    assert "waited" in (await graph.ainvoke(None, CONFIG))["log"]
    assert ran == ["wait", "wait"]


async def test_cancelling_from_another_thread_works_too() -> None:
    """Whoever holds the control may use it."""
    entered, ran, control = asyncio.Event(), list[str](), RunControl()
    graph = waiting(entered, ran)

    async def cancel() -> None:
        await entered.wait()
        threading.Thread(target=control.cancel).start()

    canceller = asyncio.create_task(cancel())
    with pytest.raises(GraphCancelled):
        async for _ in graph.astream({"log": []}, CONFIG, control=control):
            pass
    await canceller
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_cancelled_caller_leaves_a_thread_that_can_go_on() -> None:
    """The caller gets its CancelledError; what finished does not run again."""
    entered, ran = asyncio.Event(), list[str]()
    graph = waiting(entered, ran)
    run = asyncio.create_task(graph.ainvoke({"log": []}, CONFIG))
    await entered.wait()
    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        await run
    assert (await graph.aget_state(CONFIG)).next == ("b",)
    assert (await graph.ainvoke(None, CONFIG))["log"] == ["a", "waited"]


@pytest.mark.parametrize("fan", [False, True])
async def test_a_node_that_swallows_its_cancellation_does_not_keep_the_run(fan: bool) -> None:
    """Its result may be kept; but the run ends as cancelled, and does not go on to new nodes."""
    entered, ran = asyncio.Event(), list[str]()

    async def stubborn(state: Any) -> dict[str, list[str]]:
        ran.append("stubborn")
        if len(ran) > 1:
            return {"log": ["stubborn"]}
        try:
            entered.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass
        return {"log": ["stubborn"]}

    def after(state: Any) -> dict[str, list[str]]:
        ran.append("after")
        return {"log": ["after"]}

    builder: Any = StateGraph(State).add_node("a", stubborn).add_node("b", after)
    builder.add_edge(START, "a").add_edge("a", "b")
    if fan:
        builder.add_node("c", says("c")).add_edge(START, "c")
    graph = builder.compile(checkpointer=InMemorySaver())
    run = asyncio.create_task(graph.ainvoke({"log": []}, CONFIG))
    await entered.wait()
    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        await run
    assert "after" not in ran
    state = await graph.aget_state(CONFIG)
    assert state.next
    assert "after" in (await graph.ainvoke(None, CONFIG))["log"]


# -- memo in threads -------------------------------------------------------------------


async def test_a_function_node_of_an_asynchronous_run_remembers_too() -> None:
    """It runs in a thread of the executor, and waits there."""
    ran: list[int] = []

    def double(n: int) -> int:
        ran.append(n)
        return 2 * n

    builder: Any = StateGraph(State).add_edge(START, "a")
    builder.add_node("a", lambda state: {"log": [memo("x", double, 4)]})
    graph = builder.compile(checkpointer=InMemorySaver())

    assert (await graph.ainvoke({"log": []}, CONFIG))["log"] == [8]
    assert ran == [4]
