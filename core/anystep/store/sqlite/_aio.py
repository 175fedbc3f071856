"""A SQLite store for async graphs."""

import sqlite3  # noqa: TID253  whoever imports this module wants it
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from anystep._aiosqlite import connection_of, execute, lent
from anystep._async_library import in_thread, running_trio
from anystep.store.base import IndexConfig, Result, TTLConfig
from anystep.store.sqlite._store import SqliteStore

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    from typing import Self

T = TypeVar("T")


class AsyncSqliteStore(SqliteStore):
    """A `SqliteStore` whose `a` methods leave the database to a thread of its own.

    The sync methods work too, and block. On hosts without threads the work is done at once. A
    connection of aiosqlite does its work in the thread that aiosqlite has for it; the sync methods
    then do not work.
    """

    __slots__ = ("_lent", "_limiter", "_sweeping", "_worker")

    def __init__(
        self,
        conn: sqlite3.Connection | Any,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        clock: Callable[[], int] | None = None,
        deserializer: Callable[[Any], dict[str, Any]] | None = None,
    ) -> None:
        """Take over `conn`, which must allow other threads. Raises TypeError for anything else."""
        self._lent = lent(conn, "AsyncSqliteStore")
        super().__init__(conn, index=index, ttl=ttl, clock=clock, deserializer=deserializer)
        self._worker: ThreadPoolExecutor | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._limiter: Any = None  # in the place of the worker under trio: one after another

    @classmethod
    @asynccontextmanager
    # LangGraph's name for both: an async one for the async store. So are those below.
    async def from_conn_string(  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        conn_string: str,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
    ) -> "AsyncIterator[Self]":
        """A store on the file of that name, or ":memory:", closed at the end of the block."""
        connection = sqlite3.connect(conn_string, check_same_thread=False)
        store = cls(connection, index=index, ttl=ttl)
        try:
            async with store:
                yield store
        finally:
            connection.close()

    async def __aenter__(self) -> "Self":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_ttl_sweeper()
        if self._worker is not None:
            self._worker.shutdown()
            self._worker = None

    async def setup(self) -> None:
        """Make the table if it is missing; every method does it when it is first needed."""
        await self._elsewhere(self._prepare)

    async def sweep_ttl(self) -> int:
        """Remove the items whose time is over; how many there were."""
        return await self._elsewhere(self._sweep)

    async def start_ttl_sweeper(  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        self, sweep_interval_minutes: int | None = None
    ) -> "asyncio.Task[None]":
        """Sweep every so many minutes, in a task, until stopped. The task that does it.

        The interval is the `ttl` configuration's, or 5; without a configuration there is nothing
        to sweep, and the task has ended. A sweeper that runs already is kept.
        """
        import asyncio

        if self._sweeping is None or self._sweeping.done():
            config = self.ttl_config
            minutes = sweep_interval_minutes or (config or {}).get("sweep_interval_minutes") or 5
            again = self._sweep_again(minutes * 60) if config else asyncio.sleep(0)
            self._sweeping = asyncio.get_running_loop().create_task(again)
        return self._sweeping

    async def _sweep_again(self, seconds: float) -> None:
        import asyncio
        import logging

        while True:
            await asyncio.sleep(seconds)
            try:
                await self.sweep_ttl()
            except sqlite3.Error:  # the database may be busy now and free the next time
                logging.getLogger(__name__).exception("Store TTL sweep failed")

    async def stop_ttl_sweeper(  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        timeout: float | None = None,  # noqa: ASYNC109  LangGraph's
    ) -> bool:
        """Stop sweeping; whether the sweeper ended within `timeout` seconds (None: waits)."""
        task, self._sweeping = self._sweeping, None
        if task is None or task.done():
            return True
        import asyncio

        task.cancel()
        done, _ = await asyncio.wait([task], timeout=timeout)
        return bool(done)

    async def _aanswer(self, work: Callable[[], list[Result]]) -> list[Result]:
        return await self._elsewhere(lambda: self._answer(work))

    async def _elsewhere(self, work: Callable[[], T]) -> T:
        """Do something in the store's thread."""
        if self._lent is not None:
            self.conn = await connection_of(self._lent)
            return await execute(self._lent, work)
        if sys.platform in ("emscripten", "wasi"):
            return work()
        trio = running_trio()
        if trio is not None:
            if self._limiter is None:
                self._limiter = trio.CapacityLimiter(1)
            return await in_thread(work, self._limiter)
        import asyncio

        if self._worker is None:
            from concurrent.futures import ThreadPoolExecutor

            self._worker = ThreadPoolExecutor(1, "anystep-store")
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)
