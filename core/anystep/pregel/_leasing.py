"""Runs that hold the lease of their thread from their first look at it to their end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any

from anystep.checkpoint._lease import LeasedSaver
from anystep.config import current_task

if TYPE_CHECKING:
    from ._scope import Scope


def leased(saver: Any, scope: Scope, seconds: float) -> LeasedSaver:
    """`saver`, for a run that holds the lease of its thread; a run inside a leased run on the
    same thread shares that lease.

    Raises: `TypeError` for a saver that cannot hold leases.
    """
    task = current_task.get()
    while task is not None:
        around = task.run.scope
        known = around.saver
        same = isinstance(known, LeasedSaver) and known.saver is saver
        if isinstance(known, LeasedSaver) and same and known.thread_id == scope.thread_id:
            return known.share()
        task = around.parent
    if hasattr(saver, "leased"):  # its host keeps leases
        held: LeasedSaver = saver.leased(scope.thread_id)
        return held
    if not hasattr(saver, "acquire_lease") or getattr(saver, "_lent", None) is not None:
        raise TypeError(
            f"{type(saver).__name__} cannot hold leases: use InMemorySaver, SqliteSaver or IndexedDBSaver, or "
            "leave RunPolicy(lease=...) out."
        )
    import os

    name = scope.host.random_bytes(4).hex()
    holder = f"run {name} of process {os.getpid()}"
    return LeasedSaver(saver, scope.thread_id, holder, seconds, scope.host.now_ns)


class LeasedDriver:
    """A driver whose run gives its lease back when it ends, however it ends."""

    def __init__(self, driver: Any, saver: LeasedSaver) -> None:
        self.driver = driver
        self.saver = saver

    def __getattr__(self, name: str) -> Any:
        return getattr(self.driver, name)

    def events(self) -> Any:
        """The driver's events."""
        if self.driver.scope.asynchronous:
            return self._aevents()
        return self._events()

    def _events(self) -> Generator[Any, None, Any]:
        try:
            return (yield from self.driver.events())
        finally:
            self.saver.release()

    async def _aevents(self) -> AsyncGenerator[Any, None]:
        events = self.driver.events()
        try:
            async for event in events:
                yield event
        finally:
            try:
                await events.aclose()
            finally:
                self.saver.release()
