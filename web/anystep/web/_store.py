"""Long-term memory in the browser's IndexedDB."""

import array
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from anystep.store._scan import Entry, Namespace, ScanStore
from anystep.store.base import IndexConfig, Item, Result, TTLConfig
from anystep.web._connection import Cipher, Connection, Durability
from anystep.web._javascript import to_js, wait_for

if TYPE_CHECKING:
    from typing import Self

Address = tuple[Namespace, str]


class _Absent(Exception):
    """An item, or all below a prefix, must be fetched first."""

    def __init__(self, address: Address | None, prefix: Namespace = ()) -> None:
        super().__init__()
        self.address = address
        self.prefix = prefix


class _Batch:
    """What one batch knows and writes."""

    __slots__ = ("entries", "ops", "prefixes")

    def __init__(self) -> None:
        self.entries: dict[Address, Entry | None] = {}
        self.prefixes: list[Namespace] = []
        self.ops: list[list[Any]] = []

    def covers(self, namespace: Namespace) -> bool:
        """Whether all below a namespace was fetched."""
        return any(namespace[: len(prefix)] == prefix for prefix in self.prefixes)


class IndexedDBStore(ScanStore):
    """Keeps items in this browser, their values as JSON; a batch is one transaction.

        store = IndexedDBStore()
        graph = builder.compile(store=store)

    Search by meaning compares the query with every item under the prefix. Items whose `ttl` is over
    are gone for every reader at once; `asweep_ttl` frees their room. Of two tabs that write one
    item, the later one counts. The methods that begin with `a` work everywhere, the others where
    the browser can switch stacks. Every method raises the errors of `anystep.web.errors`.
    """

    __slots__ = ("_batch", "_connection")

    def __init__(
        self,
        name: str = "anystep",
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        clock: Callable[[], int] | None = None,
        durability: Durability = "relaxed",
        cipher: Cipher | None = None,
    ) -> None:
        super().__init__(index=index, ttl=ttl, clock=clock)
        self._connection = Connection(name, durability, cipher)
        self._batch = _Batch()

    async def __aenter__(self) -> "Self":
        await self._connection.open()
        return self

    async def __aexit__(self, *reason: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        self._connection.close()

    async def asweep_ttl(self) -> int:
        """Remove the items whose time is over; how many there were."""
        now = self._now()
        batch = _Batch()
        await self._fetch(batch, _Absent(None))
        gone = [a for a, entry in batch.entries.items() if entry is not None and entry.expired(now)]
        await self._write([["delete", "items", [[*namespace], key]] for namespace, key in gone])
        return len(gone)

    # Batches

    def _answer(self, work: Callable[[], list[Result]]) -> list[Result]:
        results: list[Result] = wait_for(
            self._aanswer(work), "abatch, aget, asearch, aput, adelete or alist_namespaces"
        )
        return results

    async def _aanswer(self, work: Callable[[], list[Result]]) -> list[Result]:
        batch = _Batch()
        while True:
            self._batch = batch
            batch.ops = []
            try:
                results = work()
            except _Absent as absent:
                await self._fetch(batch, absent)
                continue
            await self._write(batch.ops)
            return results

    async def _fetch(self, batch: _Batch, absent: _Absent) -> None:
        if absent.address is not None:
            namespace, key = absent.address
            (row,) = await self._connection.ask("get", "items", to_js([[[*namespace], key]]))
            batch.entries[absent.address] = None if row is None else _entry(namespace, key, row)
            return
        keys, rows = await self._connection.ask("under", to_js([*absent.prefix]))
        for (labels, key), row in zip(keys, rows, strict=True):
            namespace = tuple(labels)
            batch.entries[namespace, key] = _entry(namespace, key, row)
        batch.prefixes.append(absent.prefix)

    async def _write(self, ops: list[list[Any]]) -> None:
        if ops:
            await self._connection.ask("write", to_js([]), to_js(ops))

    # What a store that scans asks of its storage

    def _entry(self, namespace: Namespace, key: str) -> Entry | None:
        batch = self._batch
        if (namespace, key) not in batch.entries:
            if batch.covers(namespace):
                return None
            raise _Absent((namespace, key))
        return batch.entries[namespace, key]

    def _under(self, prefix: Namespace) -> Iterator[Entry]:
        if not self._batch.covers(prefix):
            raise _Absent(None, prefix)
        found = [
            entry
            for (namespace, _), entry in self._batch.entries.items()
            if entry is not None and namespace[: len(prefix)] == prefix
        ]
        return iter(sorted(found, key=lambda entry: entry.item.updated_at))

    def _store(self, entry: Entry) -> None:
        item = entry.item
        vectors = array.array("f", [number for vector in entry.vectors for number in vector])
        row = [
            item.created_at.isoformat(),
            item.updated_at.isoformat(),
            -1 if entry.ttl is None else entry.ttl,
            -1 if entry.expires is None else entry.expires,
            len(entry.vectors[0]) if entry.vectors else 0,
            json.dumps(item.value).encode(),
            vectors.tobytes(),
        ]
        self._batch.ops.append(["put", "items", [[*item.namespace], item.key], row])

    def _drop(self, namespace: Namespace, key: str) -> None:
        self._batch.ops.append(["delete", "items", [[*namespace], key]])

    def _prolong(self, entry: Entry) -> None:
        self._store(entry)


def _entry(namespace: Namespace, key: str, row: list[Any]) -> Entry:
    created, updated, ttl, expires, dims, value, data = row
    numbers = array.array("f", bytes(data))
    item = Item(
        value=json.loads(bytes(value)),
        key=key,
        namespace=namespace,
        created_at=created,
        updated_at=updated,
    )
    vectors = [[*numbers[at : at + dims]] for at in range(0, len(numbers), dims or 1)]
    return Entry(item, vectors, None if ttl == -1 else ttl, None if expires == -1 else expires)
