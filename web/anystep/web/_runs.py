"""The runs of a session: opened by number, pulled event by event, closed or cancelled."""

from __future__ import annotations

import asyncio  # noqa: TID253  an event loop is what runs these
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple, TypeVar

from anystep.checkpoint.base import BaseCheckpointSaver
from anystep.host import Host, use_host
from anystep.web._display import JSON, displayed

__all__ = ["CancelledError", "Loaded", "Runs"]

T = TypeVar("T")


class CancelledError(Exception):
    """The run was cancelled by the page."""


class Loaded(NamedTuple):
    """A graph, the saver that holds its threads, and the host it runs on."""

    graph: Any
    saver: BaseCheckpointSaver[Any]
    host: Host

    async def wait(self, awaited: Awaitable[T]) -> T:
        """Await something of the graph on its host."""
        # For every wait anew: operations of many graphs take turns in one event loop.
        with use_host(self.host):
            return await awaited

    def lease(self, thread: str, wait: bool) -> AbstractAsyncContextManager[None]:
        """Keep other tabs out of a thread, where the saver can."""
        lease = getattr(self.saver, "lease", None)
        return nullcontext() if lease is None else lease(thread, wait=wait)


class _Run:
    """A run that is not over."""

    __slots__ = ("cancelled", "ended", "events", "loaded", "pulling", "thread")

    def __init__(
        self, events: AsyncGenerator[tuple[Any, ...], None], loaded: Loaded, thread: str
    ) -> None:
        self.events = events
        self.loaded = loaded
        self.thread = thread
        self.pulling: asyncio.Task[Any] | None = None  # whoever waits for the next event
        self.cancelled = False
        self.ended = asyncio.Event()

    async def close(self) -> None:
        """Give the run up; what is finished of its step is stored."""
        await self.loaded.wait(self.events.aclose())
        self.ended.set()


class Runs:
    """All runs of a session."""

    def __init__(self) -> None:
        self._runs: dict[int, _Run] = {}
        self._cancelled: set[int] = set()  # and not yet pulled again
        self._opened = 0

    def open(
        self, loaded: Loaded, thread: str, events: AsyncIterator[tuple[Any, ...]], *, wait: bool
    ) -> int:
        """The number of a run that begins with its first event, under a lease of its thread."""

        async def leased() -> AsyncGenerator[tuple[Any, ...], None]:
            async with loaded.lease(thread, wait):
                try:
                    async for event in events:
                        yield event
                finally:
                    close = getattr(events, "aclose", None)
                    if close is not None:
                        await close()

        self._opened += 1
        self._runs[self._opened] = _Run(leased(), loaded, thread)
        return self._opened

    async def next(self, number: int) -> JSON:
        """The next event ``{"mode", "data", "ns"}``, or ``{"done": true}``.

        Raises LookupError for a run that is over, CancelledError for one that was cancelled, and
        what the graph raises.
        """
        run = self._runs.get(number)
        if run is None:
            if number in self._cancelled:
                self._cancelled.discard(number)
                raise CancelledError("the run was cancelled")
            raise LookupError(f"stream {number} has ended or was closed")
        run.pulling = asyncio.current_task()
        over = True
        try:
            event = await run.loaded.wait(anext(run.events))
            over = False
        except StopAsyncIteration:
            return {"done": True}
        except asyncio.CancelledError:
            if not run.cancelled or run.pulling is None:
                raise
            run.pulling.uncancel()
            raise CancelledError(f"the run of thread {run.thread!r} was cancelled") from None
        finally:
            run.pulling = None
            if over:
                self._runs.pop(number, None)
                run.ended.set()
        *ns, mode, data = event
        return {"mode": mode, "data": displayed(data), "ns": list(ns[0]) if ns else []}

    async def close(self, number: int) -> None:
        """Abandon a run; closing one that is over does nothing."""
        run = self._runs.pop(number, None)
        if run is not None:
            await run.close()

    async def cancel(self, graph: Any, thread: str) -> int:
        """Stop the runs of a graph on a thread, and wait until they are over; how many there were."""
        found = [
            (number, run)
            for number, run in self._runs.items()
            if run.thread == thread and run.loaded.graph is graph
        ]
        for number, run in found:
            run.cancelled = True
            if run.pulling is None:
                self._cancelled.add(number)
                await self.close(number)
            else:
                run.pulling.cancel()
        for _, run in found:
            await run.ended.wait()
        return len(found)
