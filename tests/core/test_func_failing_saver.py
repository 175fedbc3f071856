"""Tasks that wait for an answer when the saver or the cache fails: they are told, and none hangs."""

import asyncio
from typing import Any

import pytest

from anystep.cache.memory import InMemoryCache
from anystep.checkpoint.memory import InMemorySaver
from anystep.func import entrypoint, task
from anystep.types import CachePolicy

THREAD: Any = {"configurable": {"thread_id": "t"}}


class BrokenSaver(InMemorySaver):
    def put_writes(self, *args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")


class BrokenCache(InMemoryCache[Any]):
    async def aget(self, keys: Any) -> Any:
        raise OSError("cache gone")


def run_within(seconds: float, graph: Any) -> Any:
    """What the graph returns, unless it takes longer."""

    async def bounded() -> Any:
        async with asyncio.timeout(seconds):
            return await graph.ainvoke(1, THREAD)

    return asyncio.run(bounded())


def test_a_coroutine_that_awaits_a_task_is_told_of_a_failing_saver() -> None:
    """The run fails with the saver's error; whoever catches it in the node cannot go on."""

    @task
    async def inner(x: int) -> int:
        return x

    @entrypoint(checkpointer=BrokenSaver())
    async def outer(x: int) -> Any:
        try:
            return await inner(x)
        except OSError:
            return await inner(x)

    with pytest.raises(OSError, match="disk full"):
        run_within(10, outer)


def test_a_function_that_waits_for_a_task_is_told_of_a_failing_saver() -> None:
    """It waits in a thread; the async run that serves it fails."""

    @task
    def inner(x: int) -> int:
        return x

    @entrypoint(checkpointer=BrokenSaver())
    def outer(x: int) -> int:
        waited: int = inner(x).result()
        return waited

    with pytest.raises(OSError, match="disk full"):
        run_within(10, outer)
    with pytest.raises(OSError, match="disk full"):
        outer.invoke(1, THREAD)


def test_a_failing_cache_ends_the_run() -> None:
    """The call that asks the cache gets no answer but its error."""

    async def inner(x: int) -> int:
        return x

    decorate: Any = task(cache_policy=CachePolicy())
    cached = decorate(inner)

    @entrypoint(cache=BrokenCache())
    async def outer(x: int) -> Any:
        return await cached(x)

    with pytest.raises(OSError, match="cache gone"):
        run_within(10, outer)


def test_a_caller_gets_its_answer_out_of_the_cache() -> None:
    """A task whose result is known already is not run, and its caller gets the result."""

    async def inner(x: int) -> int:
        return x

    decorate: Any = task(cache_policy=CachePolicy())
    cached = decorate(inner)

    @entrypoint(cache=InMemoryCache())
    async def outer(x: int) -> list[int]:
        return [await cached(x), await cached(x)]

    assert run_within(10, outer) == [1, 1]
