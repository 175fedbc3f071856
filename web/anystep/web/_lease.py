"""A thread's lease by the browser: `RunPolicy(lease=...)` over IndexedDB."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from anystep.checkpoint._lease import LeasedSaver
from anystep.errors import LeaseError
from anystep.web._javascript import wait_for

if TYPE_CHECKING:
    from anystep.web._saver import IndexedDBSaver


class LockedSaver(LeasedSaver):
    """A saver as one run sees it that holds the browser's lock of its thread.

    A lock ends with its run, or with its tab, and nobody can take it over before: so no epoch is
    compared, and no lease runs out. Every step checks all the same that nobody else went on.
    """

    stages = True  # nothing is looked at together with a write

    def __init__(self, saver: "IndexedDBSaver", thread_id: str) -> None:
        super().__init__(saver, thread_id, "this run", 0.0, lambda: 0)
        self._release: Any = None

    async def _take(self) -> None:
        if self._release is not None:
            return
        connection = self.saver._connection
        await connection.open()
        # Not the lock of `saver.lease`: a page may hold that one around this run.
        name = f"anystep-run:{connection.name}:{self.thread_id}"
        self._release = await connection.module.lock(name, False)
        if self._release is None:
            raise LeaseError(
                f"Thread {self.thread_id!r} is being run by another tab, or by another run in this"
                " one. Wait for that run to end, or use another thread_id; its lease ends with it,"
                " or with its tab.",
                thread_id=self.thread_id,
                holder="another run",
            )

    def release(self) -> None:
        """Give the lock back, once all that share it have."""
        self.users -= 1
        if self.users == 0 and self._release is not None:
            self._release()
            self._release = None

    def _fenced(self, thread_id: str) -> AbstractContextManager[None]:
        return nullcontext()

    def get_tuple(self, config: Any) -> Any:
        """As `aget_tuple`, where the browser can switch stacks."""
        return wait_for(self.aget_tuple(config), "ainvoke")

    async def aget_tuple(self, config: Any) -> Any:
        """The saver's `aget_tuple`, once the lock is held. Raises LeaseError if it is taken."""
        await self._take()
        return await self.saver.aget_tuple(config)

    async def acommit(self, commit: Any) -> None:
        """The saver's."""
        await self.saver.acommit(commit)

    async def aput(self, config: Any, *rest: Any) -> Any:
        """The saver's."""
        return await self.saver.aput(config, *rest)

    async def aput_writes(self, config: Any, *rest: Any, **named: Any) -> None:
        """The saver's."""
        await self.saver.aput_writes(config, *rest, **named)
