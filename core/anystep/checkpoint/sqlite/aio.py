"""Checkpoints in a SQLite file, for async graphs."""

import sqlite3  # noqa: TID253  whoever imports this module wants it
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from anystep._aiosqlite import connection_of, execute, lent
from anystep._async_library import in_thread, running_trio
from anystep._records import Commit
from anystep.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    SerializerProtocol,
)
from anystep.checkpoint.sqlite._saver import SqliteSaver

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from typing import Self

    from anystep.typing import RunnableConfig

__all__ = ["AsyncSqliteSaver"]

P = ParamSpec("P")
T = TypeVar("T")

#: How many checkpoints a listing fetches per visit to the other thread.
_PAGE = 16


class AsyncSqliteSaver(SqliteSaver):
    """A `SqliteSaver` whose `a` methods do their work in a thread of its own.

        async with AsyncSqliteSaver.from_conn_string("checkpoints.db") as saver:
            graph = builder.compile(checkpointer=saver)

    The event loop never waits for the disk. On hosts without threads the work is done at once.
    The sync methods work too, and block. A connection of aiosqlite does its work in the thread
    that aiosqlite has for it; the sync methods then do not work.
    """

    asynchronous: ClassVar[bool] = True
    stages = True

    def __init__(
        self, conn: sqlite3.Connection | Any, *, serde: SerializerProtocol | None = None
    ) -> None:
        """Take over `conn`, which must allow other threads. Raises TypeError for anything else."""
        self._lent = lent(conn, "AsyncSqliteSaver")
        super().__init__(conn, serde=serde)
        if self._lent is not None:
            self.stages = False
        self._worker: ThreadPoolExecutor | None = None
        self._limiter: Any = None  # in the place of the worker under trio: one after another

    # LangGraph's name for both: awaited where the saver is async.
    async def setup(self) -> None:
        """Make the tables that are missing; every method does it when it is first needed."""
        await self._elsewhere(self._prepare)

    @classmethod
    @asynccontextmanager
    async def from_conn_string(  # type: ignore[override]  # as LangGraph's: async for the async one  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, conn_string: str
    ) -> "AsyncIterator[Self]":
        """A saver on the file of that name, or ":memory:", closed at the end of the block."""
        connection = sqlite3.connect(conn_string, check_same_thread=False)
        saver = cls(connection)
        try:
            yield saver
        finally:
            if saver._worker is not None:
                saver._worker.shutdown()
            saver._close()

    async def _elsewhere(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something in the saver's thread, after all that was asked for before."""
        if self._lent is not None:
            self.conn = await connection_of(self._lent)
            return await execute(self._lent, lambda: work(*args, **kwargs))
        if sys.platform in ("emscripten", "wasi"):
            return work(*args, **kwargs)
        from functools import partial

        trio = running_trio()
        if trio is not None:
            if self._limiter is None:
                self._limiter = trio.CapacityLimiter(1)
            return await in_thread(partial(work, *args, **kwargs), self._limiter)
        import asyncio

        if self._worker is None:
            from concurrent.futures import ThreadPoolExecutor

            self._worker = ThreadPoolExecutor(1, "anystep-sqlite")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, partial(work, *args, **kwargs))

    async def acommit(self, commit: Commit) -> None:
        """As `commit`; everything is encoded before this waits for the first time."""
        if self._lent is not None:
            await self._elsewhere(self.commit, commit)
            return
        # Objects must not be given to the other thread unencoded: the program may change them.
        self._encode(commit)
        await self.asettle(commit.thread_id)

    async def astage(self, commit: Commit) -> None:
        """As `stage`."""
        self._encode(commit)
        if self._is_crowded:
            await self._elsewhere(self.write_staged)

    async def astage_writes(
        self, config: "RunnableConfig", writes: Sequence[tuple[str, Any]], task_id: str, path: str
    ) -> None:
        """As `stage_writes`."""
        self._encode_writes(config, writes, task_id, path)
        if self._is_crowded:
            await self._elsewhere(self.write_staged)

    async def asettle(self, thread_id: str) -> None:
        """As `settle`."""
        if self.staged or self._is_writing:
            await self._elsewhere(self.write_staged)
        if self._failures:
            self._raise_failure(thread_id)

    async def aget_tuple(self, config: "RunnableConfig") -> CheckpointTuple | None:
        """As `get_tuple`."""
        return await self._elsewhere(self.get_tuple, config)

    async def atask_paths(self, config: "RunnableConfig") -> dict[str, str]:
        """As `task_paths`."""
        return await self._elsewhere(self.task_paths, config)

    async def alist(
        self,
        config: "RunnableConfig | None",
        *,
        filter: dict[str, Any] | None = None,
        before: "RunnableConfig | None" = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """As `list`."""
        found = self.list(config, filter=filter, before=before, limit=limit)
        while page := await self._elsewhere(_page, found):
            for one in page:
                yield one

    async def aput(
        self,
        config: "RunnableConfig",
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> "RunnableConfig":
        """As `put`."""
        return await self._elsewhere(self.put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: "RunnableConfig",
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """As `put_writes`."""
        await self._elsewhere(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """As `delete_thread`."""
        await self._elsewhere(self.delete_thread, thread_id)

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """As `delete_for_runs`."""
        await self._elsewhere(self.delete_for_runs, run_ids)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """As `copy_thread`."""
        await self._elsewhere(self.copy_thread, source_thread_id, target_thread_id)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """As `prune`."""
        await self._elsewhere(self.prune, thread_ids, strategy=strategy)


def _page(found: Any) -> list[CheckpointTuple]:
    return [*islice(found, _PAGE)]
