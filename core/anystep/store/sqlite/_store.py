"""A store over a database connection."""

import array
import json
import sqlite3  # noqa: TID253  whoever imports this module wants it
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from anystep.store._filters import check_keys, look_up
from anystep.store._scan import Entry, Namespace, ScanStore
from anystep.store.base import IndexConfig, Item, Result, SearchItem, SearchOp, TTLConfig

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Self

_SCHEMA = """
CREATE TABLE IF NOT EXISTS anystep_items (
    ns TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    ttl REAL,
    expires REAL,
    vectors BLOB NOT NULL,
    dims INTEGER NOT NULL,
    PRIMARY KEY (ns, key)
)
"""

_COLUMNS = "ns, key, value, created, updated, ttl, expires, vectors, dims"


class SqliteStore(ScanStore):
    """Keeps items in a SQLite database, their values as JSON.

        with SqliteStore.from_conn_string("memories.db") as store:
            graph = builder.compile(store=store)

    Search by meaning compares the query with every item under the prefix: right for thousands of
    items, no extension needed. Items whose `ttl` is over are gone for every reader at once;
    `sweep_ttl` frees their rows.
    """

    __slots__ = ("_loads", "_stop", "_sweeper", "conn", "is_setup", "lock")

    def __init__(
        self,
        conn: sqlite3.Connection,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        clock: Callable[[], int] | None = None,
        deserializer: Callable[[Any], dict[str, Any]] | None = None,
    ) -> None:
        """Take over `conn`, which must allow other threads; its transactions become the store's.

        `deserializer` reads the JSON of a value in the place of `json.loads`.
        """
        super().__init__(index=index, ttl=ttl, clock=clock)
        self._loads: Callable[[Any], Any] = deserializer or json.loads
        self.conn = conn
        self.lock = threading.RLock()
        self.is_setup = False
        self._sweeper: Future[None] | None = None
        self._stop = threading.Event()

    @classmethod
    @contextmanager
    def from_conn_string(
        cls,
        conn_string: str,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
    ) -> "Iterator[Self]":
        """A store on the file of that name, or ":memory:", closed at the end of the block."""
        connection = sqlite3.connect(conn_string, check_same_thread=False)
        store = cls(connection, index=index, ttl=ttl)
        try:
            yield store
        finally:
            store.stop_ttl_sweeper()
            connection.close()

    def setup(self) -> Any:
        """Make the table if it is missing; every method does it when it is first needed."""
        self._prepare()

    def _prepare(self) -> None:
        with self.lock:
            if not self.is_setup:
                self.conn.isolation_level = None  # every statement commits unless in a block
                self.conn.execute("PRAGMA journal_mode = WAL")
                self.conn.execute(_SCHEMA)
                self.is_setup = True

    def _answer(self, work: Callable[[], list[Result]]) -> list[Result]:
        self._prepare()
        with self.lock:
            self.conn.execute("BEGIN IMMEDIATE")
            try:
                results = work()
            except BaseException:
                self.conn.rollback()
                raise
            self.conn.commit()
            return results

    def sweep_ttl(self) -> Any:
        """Remove the items whose time is over; how many there were."""
        return self._sweep()

    def _sweep(self) -> int:
        self._prepare()
        with self.lock:
            done = self.conn.execute("DELETE FROM anystep_items WHERE expires <= ?", (self._now(),))
            return done.rowcount

    def start_ttl_sweeper(self, sweep_interval_minutes: int | None = None) -> "Future[None]":
        """Sweep every so many minutes, in a thread, until stopped; the future ends with it.

        The interval is the `ttl` configuration's, or 5; without a configuration there is nothing
        to sweep, and the future is done. A sweeper that runs already is kept.
        """
        from concurrent.futures import Future

        if self._sweeper is not None and not self._sweeper.done():
            return self._sweeper
        if not self.ttl_config:
            done = Future[None]()
            done.set_result(None)
            return done
        interval = sweep_interval_minutes or (self.ttl_config or {}).get("sweep_interval_minutes")
        self._stop = stop = threading.Event()
        self._sweeper = future = Future[None]()

        def sweep() -> None:
            while not stop.wait((interval or 5) * 60):
                self._sweep()
            future.set_result(None)

        threading.Thread(target=sweep, name="anystep-store-sweeper", daemon=True).start()
        return future

    def stop_ttl_sweeper(self, timeout: float | None = None) -> bool:
        """Stop sweeping; whether the sweeper ended within `timeout` seconds (None: waits)."""
        if self._sweeper is None:
            return True
        self._stop.set()
        try:
            self._sweeper.result(timeout)
        except TimeoutError:
            return False
        self._sweeper = None
        return True

    def _search(self, op: SearchOp, query: list[float] | None, now: int) -> list[SearchItem]:
        check_keys(op.filter or ())
        return super()._search(op, query, now)

    def _fits(self, value: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
        return super()._fits({key: look_up(value, key) for key in wanted}, wanted)

    def _entry(self, namespace: Namespace, key: str) -> Entry | None:
        row = self.conn.execute(
            f"SELECT {_COLUMNS} FROM anystep_items WHERE ns = ? AND key = ?",
            (_text(namespace), key),
        ).fetchone()
        return None if row is None else self._read_row(row)

    def _under(self, prefix: Namespace) -> Iterator[Entry]:
        # The newest first, to the second, as LangGraph's. What is below "a.b" lies between "a.b." and "a.b/": a slash follows a dot.
        place = _text(prefix)
        rows = self.conn.execute(
            f"SELECT {_COLUMNS} FROM anystep_items"
            " WHERE ?1 = '' OR ns = ?1 OR (ns >= ?1 || '.' AND ns < ?1 || '/')"
            " ORDER BY substr(updated, 1, 19) DESC, ns, key",
            (place,),
        ).fetchall()
        return map(self._read_row, rows)

    def _store(self, entry: Entry) -> None:
        item = entry.item
        vectors = array.array("f", [number for vector in entry.vectors for number in vector])
        self.conn.execute(
            f"INSERT OR REPLACE INTO anystep_items ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _text(item.namespace),
                item.key,
                json.dumps(item.value, ensure_ascii=False),
                item.created_at.isoformat(),
                item.updated_at.isoformat(),
                entry.ttl,
                entry.expires,
                vectors.tobytes(),
                len(entry.vectors[0]) if entry.vectors else 0,
            ),
        )

    def _drop(self, namespace: Namespace, key: str) -> None:
        self.conn.execute(
            "DELETE FROM anystep_items WHERE ns = ? AND key = ?", (_text(namespace), key)
        )

    def _prolong(self, entry: Entry) -> None:
        self.conn.execute(
            "UPDATE anystep_items SET expires = ? WHERE ns = ? AND key = ?",
            (entry.expires, _text(entry.item.namespace), entry.item.key),
        )

    def _read_row(self, row: tuple[Any, ...]) -> Entry:
        ns, key, value, created, updated, ttl, expires, data, dims = row
        numbers = array.array("f", data).tolist()
        item = Item(
            value=self._loads(value),
            key=key,
            namespace=tuple(ns.split(".")),
            created_at=created,
            updated_at=updated,
        )
        vectors = [numbers[start : start + dims] for start in range(0, len(numbers), dims or 1)]
        return Entry(item, vectors, ttl, expires)


def _text(namespace: Namespace) -> str:
    return ".".join(namespace)
