"""Under trio a graph does what it does under asyncio; its nodes may use all that trio has."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest
import trio
import trio.testing

from anystep.cache.memory import InMemoryCache
from anystep.checkpoint.memory import InMemorySaver
from anystep.checkpoint.sqlite.aio import AsyncSqliteSaver
from anystep.config import get_stream_writer
from anystep.errors import GraphCancelled, NodeTimeoutError
from anystep.func import entrypoint, task
from anystep.graph import START, StateGraph
from anystep.reliability import amemo, memo
from anystep.runtime import RunControl, Runtime
from anystep.types import CachePolicy, Command, RetryPolicy, Send, TimeoutPolicy, interrupt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anystep.typing import RunnableConfig

CONFIG: RunnableConfig = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    """A log that every node may append to."""

    log: Annotated[list[Any], operator.add]


def says(word: Any) -> Callable[[Any], Any]:
    """A coroutine node that waits for a moment and appends `word`."""

    async def node(state: Any) -> dict[str, list[Any]]:
        await trio.lowlevel.checkpoint()
        return {"log": [word]}

    return node


def run(test: Callable[[], Any]) -> None:
    """Run an async function on a clock that jumps over every wait."""
    trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0))


def fan(*nodes: Any, **options: Any) -> Any:
    """START → all nodes at once → end."""
    builder: Any = StateGraph(State)
    for index, node in enumerate(nodes):
        builder.add_node(f"n{index}", node, **options).add_edge(START, f"n{index}")
    builder.add_node("end", says("end"))
    return builder.add_edge([f"n{i}" for i in range(len(nodes))], "end")


def test_nodes_run_side_by_side() -> None:
    """Each in a task of its own, with nurseries and cancel scopes; writes apply in order."""
    times: list[float] = []

    def sleeps(word: str, seconds: float) -> Any:
        async def node(state: Any) -> dict[str, list[str]]:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep, seconds)
            with trio.move_on_after(0.1):
                await trio.sleep(10)
            times.append(trio.current_time())
            return {"log": [word]}

        return node

    async def test() -> None:
        began = trio.current_time()
        graph = fan(sleeps("slow", 3), sleeps("quick", 1)).compile()

        assert (await graph.ainvoke({"log": []}))["log"] == ["slow", "quick", "end"]
        assert [round(t - began, 1) for t in times] == [1.1, 3.1]

    run(test)


def test_concurrency_is_limited() -> None:
    """`max_concurrency` tasks at a time."""
    running = most = 0

    async def node(given: Any) -> dict[str, list[Any]]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await trio.sleep(1)
        running -= 1
        return {"log": [given]}

    async def test() -> None:
        builder: Any = StateGraph(State).add_node("n", node)
        builder.add_conditional_edges(START, lambda s: [Send("n", i) for i in range(7)])
        result = await builder.compile().ainvoke({"log": []}, {"max_concurrency": 3})

        assert result["log"] == list(range(7))
        assert most == 3

    run(test)


def test_retries_wait_on_trios_clock() -> None:
    """As long as their policy says."""
    attempts: list[float] = []

    async def flaky(state: Any) -> dict[str, list[str]]:
        attempts.append(trio.current_time())
        if len(attempts) < 3:
            raise ConnectionError("down")
        return {"log": ["up"]}

    async def test() -> None:
        policy = RetryPolicy(initial_interval=2, jitter=False)
        graph = fan(flaky, retry_policy=policy).compile()

        assert (await graph.ainvoke({"log": []}))["log"] == ["up", "end"]
        assert [round(t - attempts[0]) for t in attempts] == [0, 2, 6]

    run(test)


@pytest.mark.parametrize(
    ("limits", "kind"),
    [(5, "run"), (TimeoutPolicy(idle_timeout=2), "idle")],
    ids=["run", "idle"],
)
def test_a_node_has_its_time_and_no_more(limits: Any, kind: str) -> None:
    """Progress starts the idle limit again."""

    async def node(state: Any, runtime: Runtime) -> dict[str, list[str]]:
        for _ in range(3):
            await trio.sleep(1.5)
            runtime.heartbeat()
        await trio.sleep(60)
        return {"log": ["late"]}

    async def test() -> None:
        graph = fan(node, timeout=limits).compile()
        with pytest.raises(NodeTimeoutError) as caught:
            await graph.ainvoke({"log": []})
        assert caught.value.kind == kind

    run(test)


def test_a_failure_cancels_the_others_and_is_raised_as_it_is() -> None:
    """No exception group: what asyncio raises, trio raises."""
    cancelled: list[str] = []

    async def waits(state: Any) -> None:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            cancelled.append("waits")
            raise

    async def fails(state: Any) -> None:
        await trio.sleep(1)
        raise ValueError("no")

    async def test() -> None:
        graph = fan(says("a"), fails, waits).compile(checkpointer=InMemorySaver())
        with pytest.raises(ValueError, match="no"):
            await graph.ainvoke({"log": []}, CONFIG)
        assert cancelled == ["waits"]
        state = await graph.aget_state(CONFIG)
        assert [task.name for task in state.tasks if task.result] == ["n0"]

    run(test)


def test_questions_are_asked_and_answered() -> None:
    """All of a superstep together; finished siblings do not run again."""
    ran: list[str] = []

    async def once(state: Any) -> dict[str, list[str]]:
        ran.append("once")
        return {"log": ["once"]}

    async def asks(state: Any) -> dict[str, list[Any]]:
        await trio.sleep(1)
        return {"log": [interrupt("?")]}

    async def test() -> None:
        graph = fan(once, asks, asks).compile(checkpointer=InMemorySaver())
        asked = (await graph.ainvoke({"log": []}, CONFIG))["__interrupt__"]
        answers = {i.id: n for n, i in enumerate(asked)}
        result = await graph.ainvoke(Command(resume=answers), CONFIG)

        assert sorted(map(str, result["log"])) == ["0", "1", "end", "once"]
        assert ran == ["once"]

    run(test)


def test_events_come_while_nodes_run() -> None:
    """A custom event is handed on before its node has ended."""

    async def test() -> None:
        told = trio.Event()

        async def node(state: Any) -> dict[str, list[str]]:
            get_stream_writer()("begun")
            await told.wait()
            return {"log": ["a"]}

        seen: list[Any] = []
        stream = fan(node).compile().astream({"log": []}, stream_mode=["custom", "updates"])
        async for event in stream:
            seen.append(event)
            told.set()
        assert [mode for mode, _ in seen] == ["custom", "updates", "updates"]

    run(test)


def test_a_stream_that_is_abandoned_saves_what_is_done() -> None:
    """Its tasks are stopped before `aclose` returns."""
    stopped: list[str] = []

    async def waits(state: Any) -> None:
        try:
            await trio.sleep_forever()
        finally:
            stopped.append("waits")

    async def test() -> None:
        graph = fan(says("a"), waits).compile(checkpointer=InMemorySaver())
        stream = graph.astream({"log": []}, CONFIG, stream_mode="updates")
        assert await anext(stream) == {"n0": {"log": ["a"]}}
        await stream.aclose()

        assert stopped == ["waits"]
        assert (await graph.aget_state(CONFIG)).next == ("n1",)

    run(test)


def test_a_cancelled_caller_is_cancelled() -> None:
    """Through its own scope, around one node or several; the thread can go on."""
    ran: list[str] = []

    async def waits(state: Any) -> dict[str, list[str]]:
        ran.append("waits")
        if len(ran) <= 1:
            await trio.sleep_forever()
        return {"log": ["waited"]}

    async def test() -> None:
        for nodes in ([waits], [waits, says("b")]):
            ran.clear()
            graph = fan(*nodes).compile(checkpointer=InMemorySaver())
            with trio.move_on_after(5) as scope:
                await graph.ainvoke({"log": []}, CONFIG)
            assert scope.cancelled_caught
            assert "n0" in (await graph.aget_state(CONFIG)).next
            assert "waited" in (await graph.ainvoke(None, CONFIG))["log"]

    run(test)


def test_a_control_cancels_the_run() -> None:
    """From another task, or another thread."""

    async def test() -> None:
        for cancel_from in ("task", "thread"):
            control, entered = RunControl(), trio.Event()

            async def waits(state: Any, entered: trio.Event = entered) -> None:
                entered.set()
                await trio.sleep_forever()

            graph = fan(waits).compile(checkpointer=InMemorySaver())
            async with trio.open_nursery() as nursery:

                async def cancel(
                    control: RunControl = control,
                    entered: trio.Event = entered,
                    cancel_from: str = cancel_from,
                ) -> None:
                    await entered.wait()
                    if cancel_from == "task":
                        control.cancel("enough")
                    else:
                        await trio.to_thread.run_sync(control.cancel, "enough")

                nursery.start_soon(cancel)
                with pytest.raises(GraphCancelled, match="enough"):
                    await graph.ainvoke({"log": []}, CONFIG, control=control)

    trio.run(test)


def test_tasks_are_called_and_remembered() -> None:
    """By entrypoints and by nodes, coroutines and functions in threads."""
    ran: list[int] = []

    @task
    async def double(n: int) -> int:
        ran.append(n)
        await trio.sleep(1)
        return 2 * n

    async def test() -> None:
        @entrypoint(checkpointer=InMemorySaver())
        async def flow(n: int) -> list[Any]:
            futures = [double(n), double(n + 1)]
            return [await future for future in futures] + [interrupt("?")]

        await flow.ainvoke(1, CONFIG)
        assert await flow.ainvoke(Command(resume="ok"), CONFIG) == [2, 4, "ok"]
        assert ran == [1, 2]

    run(test)


def test_steps_are_memoised() -> None:
    """In a coroutine, and in a function that runs in a thread."""

    async def shout(word: str) -> str:
        await trio.sleep(1)
        return word.upper()

    async def node(state: Any) -> dict[str, list[str]]:
        return {"log": [await amemo("a", shout, "hey")]}

    def function(state: Any) -> dict[str, list[str]]:
        return {"log": [memo("b", str.title, "ho")]}

    async def test() -> None:
        graph = fan(node, function).compile(checkpointer=InMemorySaver())
        assert (await graph.ainvoke({"log": []}, CONFIG))["log"] == ["HEY", "Ho", "end"]

    trio.run(test)


def test_a_task_that_fails_tells_its_caller() -> None:
    """And the driver survives a called task's error."""

    @task
    async def fails() -> None:
        raise ValueError("no")

    async def node(state: Any) -> dict[str, list[str]]:
        try:
            await fails()
        except ValueError as error:
            return {"log": [str(error)]}
        return {"log": []}

    async def test() -> None:
        assert (await fan(node).compile().ainvoke({"log": []}))["log"] == ["no", "end"]

    run(test)


def test_graphs_run_inside_nodes() -> None:
    """As nodes and called from nodes; they stream and stop with the run around them."""

    async def test() -> None:
        inner = fan(says("x"), says("y")).compile()

        async def calls(state: Any) -> Any:
            return await inner.ainvoke({"log": []})

        builder: Any = StateGraph(State).add_node("inner", inner).add_node("calls", calls)
        builder.add_edge(START, "inner").add_edge("inner", "calls")
        events = [
            namespace[0].split(":")[0] if namespace else ""
            async for namespace, _ in builder.compile().astream(
                {"log": []}, stream_mode="updates", subgraphs=True
            )
        ]
        assert events == ["inner"] * 3 + [""] + ["calls"] * 3 + [""]

    run(test)


def test_the_sqlite_saver_and_caches_work(tmp_path: Path) -> None:
    """Their threads are trio's."""

    async def test() -> None:
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "t.db")) as saver:
            graph = fan(says("a"), says("b"), cache_policy=CachePolicy()).compile(
                checkpointer=saver, cache=InMemoryCache()
            )
            await graph.ainvoke({"log": []}, CONFIG)
            assert (await graph.aget_state(CONFIG)).values["log"] == ["a", "b", "end"]
            assert len([s async for s in graph.aget_state_history(CONFIG)]) == 4

    trio.run(test)


def test_a_batch_runs_side_by_side() -> None:
    """Results come in the order of the inputs; the first failure is raised as it is."""

    async def node(state: Any) -> dict[str, list[str]]:
        if not state["log"]:
            raise ValueError("empty")
        await trio.sleep(state["log"][0])
        return {"log": ["done"]}

    async def test() -> None:
        graph = fan(node).compile()
        began = trio.current_time()
        results = await graph.abatch([{"log": [2]}, {"log": [1]}])
        assert [r["log"][0] for r in results] == [2, 1]
        assert trio.current_time() - began < 3
        with pytest.raises(ValueError, match="empty"):
            await graph.abatch([{"log": [9]}, {"log": []}])

    run(test)
