"""A thread's lease by the browser: `RunPolicy(lease=...)` over IndexedDB."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from anystep.checkpoint._lease import LeasedSaver
from anystep.errors import LeaseError
from anystep.web._javascript import wait_for

if TYPE_CHECKING:
    from anystep.web._saver import IndexedDBSaver


def lock_names(database: str, thread_id: str) -> tuple[str, str]:
    """The locks of a thread: of `saver.lease`, and of a run, which may be inside the first one."""
    return f"anystep:{database}:{thread_id}", f"anystep-run:{database}:{thread_id}"


class LockedSaver(LeasedSaver):
    """A saver as one run sees it that holds the browser's lock of its thread.

    A lock ends with its run, or with its tab, and is never taken over because of the time: so no
    epoch is compared. The browser tells who lost it to `break_lease`. Every step checks all the same
    that nobody else went on.
    """

    stages = True  # nothing is looked at together with a write

    def __init__(self, saver: "IndexedDBSaver", thread_id: str) -> None:
        super().__init__(saver, thread_id, "this run", 0.0, lambda: 0)
        self._hold: Any = None

    async def _take(self) -> None:
        if self._hold is not None:
            return
        connection = self.saver._connection
        await connection.open()
        _, name = lock_names(connection.name, self.thread_id)
        self._hold = await connection.module.lock(name, False)
        if self._hold is None:
            raise LeaseError(
                f"Thread {self.thread_id!r} is being run by another tab, or by another run in this"
                " one. Wait for that run to end, or use another thread_id; its lease ends with it,"
                f" or with its tab, or with `await saver.abreak_lease({self.thread_id!r})`.",
                thread_id=self.thread_id,
                holder="another run",
            )

    def release(self) -> None:
        """Give the lock back, once all that share it have."""
        self.users -= 1
        if self.users == 0 and self._hold is not None:
            self._hold.release()
            self._hold = None

    def _check(self) -> None:
        if self._hold is not None and self._hold.lost:
            raise LeaseError(
                f"This run has lost the lease of thread {self.thread_id!r}: somebody broke it, and"
                " nothing of this write was stored. Let the other run go on.",
                thread_id=self.thread_id,
                holder="another run",
            )

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
        """The saver's. Raises LeaseError for a run whose lease was broken, as all that writes."""
        self._check()
        await self.saver.acommit(commit)

    async def astage(self, commit: Any) -> None:
        """The saver's."""
        self._check()
        await self.saver.astage(commit)

    async def aput(self, config: Any, *rest: Any) -> Any:
        """The saver's."""
        self._check()
        return await self.saver.aput(config, *rest)

    async def aput_writes(self, config: Any, *rest: Any, **named: Any) -> None:
        """The saver's."""
        self._check()
        await self.saver.aput_writes(config, *rest, **named)

    async def astage_writes(self, config: Any, *rest: Any) -> None:
        """The saver's."""
        await self.aput_writes(config, *rest)
