"""Nodes that wait, side by side; limits on how many; readers that are slower than the run."""

import asyncio
import threading
import time
from typing import Any

from bench.scenario import Scenario, Work, both, expect, invoking, limit

from .chains import Number
from .fans import Gathered, Item, gathers

_SECONDS = 0.05
_AT_ONCE = 10
_NAP = 0.0002


def _waits(state: Item) -> dict[str, list[int]]:
    time.sleep(_SECONDS)
    return {"found": [state["i"]]}


async def _awaits(state: Item) -> dict[str, list[int]]:
    await asyncio.sleep(_SECONDS)
    return {"found": [state["i"]]}


def _spreading(lib: Any, size: int, node: Any) -> Any:
    def spread(state: Gathered) -> list[Any]:
        return [lib.Send("work", {"i": index}) for index in range(size)]

    builder = lib.StateGraph(Gathered).add_node("work", node)
    return builder.add_conditional_edges(lib.START, spread, ["work"]).compile()


def blocking(lib: Any, size: int, is_async: bool) -> Work:
    """Send to *size* tasks that sleep in their thread; how long it takes says how many at once."""
    graph = _spreading(lib, size, _waits)
    return Work(invoking(graph, {"found": []}, {}, is_async), size, gathers(size))


def awaiting(lib: Any, size: int, is_async: bool) -> Work:
    """Send to *size* coroutines that sleep: together they should take no longer than one."""
    graph = _spreading(lib, size, _awaits)
    return Work(invoking(graph, {"found": []}, {}, is_async), size, gathers(size))


def limited(lib: Any, size: int, is_async: bool) -> Work:
    """Send to *size* tasks with ``max_concurrency``: never more of them at once."""
    running = most = 0
    lock = threading.Lock()

    def counted(step: int) -> None:
        nonlocal running, most
        with lock:
            running += step
            most = max(most, running)

    def node(state: Item) -> dict[str, list[int]]:
        counted(1)
        time.sleep(0.001)
        counted(-1)
        return {"found": [state["i"]]}

    async def anode(state: Item) -> dict[str, list[int]]:
        counted(1)
        await asyncio.sleep(0.001)
        counted(-1)
        return {"found": [state["i"]]}

    graph = _spreading(lib, size, anode if is_async else node)
    config = {"max_concurrency": _AT_ONCE}

    def check(result: Any) -> None:
        gathers(size)(result)
        if not 1 <= most <= _AT_ONCE:
            raise AssertionError(f"{most} tasks at once, at most {_AT_ONCE} are allowed")

    return Work(invoking(graph, {"found": []}, config, is_async), size, check)


def slow_reader(lib: Any, size: int, is_async: bool) -> Work:
    """Stream to a reader that naps at every event: the run waits for it.

    The result is how many events came, and how many steps the run was ahead at most.
    """
    done = 0

    def node(state: Number) -> dict[str, int]:
        nonlocal done
        done = state["n"] + 1
        return {"n": done}

    async def anode(state: Number) -> dict[str, int]:
        return node(state)

    builder = lib.StateGraph(Number).add_node("step", anode if is_async else node)
    builder.add_edge(lib.START, "step")
    builder.add_conditional_edges(
        "step", lambda state: "step" if state["n"] < size else "__end__", ["step", lib.END]
    )
    graph = builder.compile()

    def call() -> tuple[int, int]:
        ahead = [0]
        for event in graph.stream({"n": 0}, limit(size), stream_mode="updates"):
            time.sleep(_NAP)
            ahead.append(done - event["step"]["n"])
        return len(ahead) - 1, max(ahead)

    async def acall() -> tuple[int, int]:
        ahead = [0]
        async for event in graph.astream({"n": 0}, limit(size), stream_mode="updates"):
            await asyncio.sleep(_NAP)
            ahead.append(done - event["step"]["n"])
        return len(ahead) - 1, max(ahead)

    def check(result: tuple[int, int]) -> None:
        expect("events", result[0], size)
        if result[1] > 1:
            raise AssertionError(f"the run was {result[1]} steps ahead of its reader")

    return Work(acall if is_async else call, size, check)


SCENARIOS = (
    *both(Scenario("blocking_100", blocking, 100, "task", wall=1)),
    Scenario("waiting_100_async", awaiting, 100, "task", is_async=True, wall=1),
    Scenario("waiting_1000_async", awaiting, 1000, "task", is_async=True, wall=1, quick=False),
    *both(Scenario("max_concurrency_10", limited, 200, "task", quick=False)),
    *both(Scenario("slow_reader", slow_reader, 200, "event", quick=False)),
)
