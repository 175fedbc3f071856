"""Stopping an asynchronous run at once, when its `RunControl` is cancelled."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

from anystep._async_library import running_trio
from anystep.errors import GraphCancelled

if TYPE_CHECKING:
    from anystep.runtime import RunControl


class _TrioStop:
    """Cancels the trio task that drives the run, while it does."""

    __slots__ = ("_scope", "_wake", "attached")

    def __init__(self, trio: Any, scope: Any) -> None:
        token = trio.lowlevel.current_trio_token()
        self._scope = scope
        self._wake: Callable[[], Any] = lambda: token.run_sync_soon(self._cancel)
        self.attached = True

    def __call__(self) -> None:
        self._wake()

    def _cancel(self) -> None:
        if self.attached:
            self._scope.cancel()


class _Stop:
    """Cancels the asyncio task that drives the run, while it does."""

    __slots__ = ("_task", "_wake", "attached", "used")

    def __init__(self) -> None:
        import asyncio

        self._task: Any = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self._wake: Callable[[], Any] = lambda: loop.call_soon_threadsafe(self._cancel)
        self.attached = True
        self.used = False

    def __call__(self) -> None:
        self._wake()

    def _cancel(self) -> None:
        if self.attached:
            self.used = True
            self._task.cancel()

    def forgive(self) -> bool:
        """Take the cancellation back; whether the task was cancelled by nobody else."""
        return self.used and self._task.uncancel() == 0


async def cancellable(
    events: AsyncGenerator[Any, None], control: RunControl
) -> AsyncGenerator[Any, None]:
    """The events of a run, until `control` is cancelled.

    Raises: `GraphCancelled` then, when the run has saved what had finished.
    """
    stops = control._stops  # pyright: ignore[reportPrivateUsage]  # its other half
    trio = running_trio()
    if trio is not None:
        async for event in _cancellable_in_trio(events, control, trio):
            yield event
        return
    import asyncio

    try:
        while True:
            stop = _Stop()
            stops.append(stop)
            try:
                if control.cancel_requested:
                    stop()
                event = await anext(events)
            except asyncio.CancelledError:
                if stop.forgive():
                    raise GraphCancelled(control.cancel_reason or "cancelled") from None
                raise
            except StopAsyncIteration:
                return
            finally:
                stop.attached = False
                stops.remove(stop)
            yield event
    finally:
        await events.aclose()


async def _cancellable_in_trio(
    events: AsyncGenerator[Any, None], control: RunControl, trio: Any
) -> AsyncGenerator[Any, None]:
    """`cancellable`, with a cancel scope that is never open across a yield."""
    stops = control._stops  # pyright: ignore[reportPrivateUsage]  # its other half
    try:
        while True:
            scope = trio.CancelScope()
            stop = _TrioStop(trio, scope)
            stops.append(stop)
            event: Any = None
            try:
                with scope:
                    if control.cancel_requested:
                        stop()
                    event = await anext(events)
            except StopAsyncIteration:
                return
            finally:
                stop.attached = False
                stops.remove(stop)
            if scope.cancelled_caught:
                raise GraphCancelled(control.cancel_reason or "cancelled")
            yield event
    finally:
        await events.aclose()
