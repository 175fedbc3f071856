"""What is asked of whichever library runs the coroutines here: asyncio, or trio."""

import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def running_trio() -> Any:
    """The trio module if the caller is one of its tasks, else None. Never imports it."""
    trio = sys.modules.get("trio")
    if trio is None or not trio.lowlevel.in_trio_task():
        return None
    return trio


async def in_thread(work: Callable[[], T], limiter: Any = None) -> T:
    """What `work()` returns, called in a thread of the library's, in the caller's context."""
    trio = running_trio()
    if trio is not None:
        return await trio.to_thread.run_sync(work, limiter=limiter)  # type: ignore[no-any-return]
    import asyncio

    return await asyncio.to_thread(work)


def semaphore(limit: int) -> Any:
    """Lets `limit` of those who enter it be inside at a time."""
    trio = running_trio()
    if trio is not None:
        return trio.Semaphore(limit)
    import asyncio

    return asyncio.Semaphore(limit)


async def gather(
    coroutines: Sequence[Coroutine[Any, Any, Any]], return_exceptions: bool = False
) -> list[Any]:
    """Await them side by side: their results, in order; `return_exceptions`: errors too.

    Raises: what the first of them raised that failed.
    """
    trio = running_trio()
    if trio is None:
        import asyncio

        return list(await asyncio.gather(*coroutines, return_exceptions=return_exceptions))
    results: list[Any] = [None] * len(coroutines)
    failures: list[Exception] = []

    async def one(index: int, coroutine: Coroutine[Any, Any, Any]) -> None:
        try:
            results[index] = await coroutine
        except Exception as error:
            if return_exceptions:
                results[index] = error
                return
            failures.append(error)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for index, coroutine in enumerate(coroutines):
            nursery.start_soon(one, index, coroutine)
    if failures:
        raise failures[0]
    return results


__all__ = ["gather", "in_thread", "running_trio", "semaphore"]
