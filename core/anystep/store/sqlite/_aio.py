"""A SQLite store for async graphs."""

import sqlite3  # noqa: TID253  whoever imports this module wants it
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from anystep.store.base import IndexConfig, Result, TTLConfig
from anystep.store.sqlite._store import SqliteStore

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from typing import Self


class AsyncSqliteStore(SqliteStore):
    """A `SqliteStore` whose `a` methods leave the database to a thread of its own.

    The sync methods work too, and block. On hosts without threads the work is done at once.
    """

    __slots__ = ("_worker",)

    def __init__(
        self,
        conn: sqlite3.Connection,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        """Take over `conn`, which must allow other threads."""
        super().__init__(conn, index=index, ttl=ttl, clock=clock)
        self._worker: ThreadPoolExecutor | None = None

    @classmethod
    @asynccontextmanager
    # LangGraph's name for both: an async one for the async store.
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
            yield store
        finally:
            store.stop_ttl_sweeper()
            if store._worker is not None:
                store._worker.shutdown()
            connection.close()

    async def _aanswer(self, work: Callable[[], list[Result]]) -> list[Result]:
        if sys.platform in ("emscripten", "wasi"):
            return self._answer(work)
        import asyncio

        if self._worker is None:
            from concurrent.futures import ThreadPoolExecutor

            self._worker = ThreadPoolExecutor(1, "anystep-store")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._answer, work)
