"""A cache in a SQLite file."""

import sqlite3  # noqa: TID253  whoever imports this module wants it
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec, TypeVar

from anystep._async_library import in_thread
from anystep.cache.base import BaseCache, FullKey, Namespace, ValueT
from anystep.checkpoint.serde.base import SerializerProtocol

__all__ = ["SqliteCache"]

P = ParamSpec("P")
T = TypeVar("T")

_SECOND = 10**9

_SCHEMA = """
CREATE TABLE IF NOT EXISTS anystep_cache (
    ns TEXT NOT NULL,
    key TEXT NOT NULL,
    expires REAL,
    kind TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (ns, key)
)
"""


class SqliteCache(BaseCache[ValueT]):
    """Keeps values in the file at `path`, for this program's next run and for others.

    Several threads and processes may share it. The `a` methods do their work in another thread,
    where there are threads. `clock` tells the time in nanoseconds since the epoch.
    """

    def __init__(
        self,
        *,
        path: str,
        serde: SerializerProtocol | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(serde=serde)
        self._clock = clock
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(_SCHEMA)

    def close(self) -> None:
        """Close the file; also done when nobody has the cache any more."""
        self._connection.close()

    def __del__(self) -> None:
        # Programs written for LangGraph have nothing to close; Python warns of what stays open.
        if "_connection" in self.__dict__:
            self._connection.close()

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """The values that are there and still live; those that do not are forgotten."""
        found: dict[FullKey, ValueT] = {}
        now = self._now()
        with self._lock:
            for namespace, key in keys:
                place = (_text(namespace), key)
                row = self._connection.execute(
                    "SELECT expires, kind, data FROM anystep_cache WHERE ns = ? AND key = ?", place
                ).fetchone()
                if row is None:
                    continue
                if row[0] is not None and row[0] <= now:
                    self._connection.execute(
                        "DELETE FROM anystep_cache WHERE ns = ? AND key = ? AND expires <= ?",
                        (*place, now),
                    )
                    continue
                found[tuple(namespace), key] = self.serde.loads_typed((row[1], row[2]))
        return found

    def set(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Keep values, all or none, each with the seconds it may live (None: for ever)."""
        now = self._now()
        rows = [
            (
                _text(namespace),
                key,
                None if ttl is None else now + ttl * _SECOND,
                *self.serde.dumps_typed(value),
            )
            for (namespace, key), (value, ttl) in mapping.items()
        ]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT OR REPLACE INTO anystep_cache (ns, key, expires, kind, data)"
                " VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            self._connection.commit()

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget the values of these namespaces; without any, all values."""
        with self._lock:
            if namespaces is None:
                self._connection.execute("DELETE FROM anystep_cache")
            for namespace in namespaces or ():
                self._connection.execute(
                    "DELETE FROM anystep_cache WHERE ns = ?", (_text(namespace),)
                )

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """As `get`."""
        return await _elsewhere(self.get, keys)

    async def aset(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """As `set`."""
        await _elsewhere(self.set, mapping)

    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """As `clear`."""
        await _elsewhere(self.clear, namespaces)

    def _now(self) -> int:
        if self._clock:
            return self._clock()
        import time

        return time.time_ns()


async def _elsewhere(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    if sys.platform in ("emscripten", "wasi"):
        return work(*args, **kwargs)
    from functools import partial

    return await in_thread(partial(work, *args, **kwargs))


def _text(namespace: Namespace) -> str:
    """A namespace as text that no other namespace has."""
    import json

    return json.dumps([*namespace])
