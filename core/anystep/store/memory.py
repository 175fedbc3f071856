"""A store in this process's memory, with filters, expiry and search by meaning."""

from collections.abc import Callable, Iterator
from typing import Any

from anystep.store._scan import Entry, Namespace, ScanStore
from anystep.store.base import IndexConfig, Item, TTLConfig

__all__ = ["InMemoryStore"]


class InMemoryStore(ScanStore):
    """Items in dicts. Values are copied on their way in and out.

    `index` turns on search by meaning, by cosine similarity in plain Python. Items whose `ttl`
    is over are gone for every reader; `sweep_ttl` frees their memory. `clock` tells the time in
    nanoseconds since the epoch.
    """

    __slots__ = ("_data",)

    def __init__(
        self,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(index=index, ttl=ttl, clock=clock)
        self._data: dict[Namespace, dict[str, Entry]] = {}

    def sweep_ttl(self) -> int:
        """Remove the items whose time is over; how many there were."""
        now = self._now()
        gone = [
            (namespace, key)
            for namespace, entries in self._data.items()
            for key, entry in entries.items()
            if entry.expired(now)
        ]
        for namespace, key in gone:
            self._drop(namespace, key)
        return len(gone)

    def _entry(self, namespace: Namespace, key: str) -> Entry | None:
        return self._data.get(namespace, {}).get(key)

    def _under(self, prefix: Namespace) -> Iterator[Entry]:
        for namespace, entries in self._data.items():
            if namespace[: len(prefix)] == prefix:
                yield from entries.values()

    def _store(self, entry: Entry) -> None:
        item = entry.item
        self._drop(item.namespace, item.key)  # so that it comes last, as the newest
        entry.item = self._given(item)
        self._data.setdefault(item.namespace, {})[item.key] = entry

    def _drop(self, namespace: Namespace, key: str) -> None:
        entries = self._data.get(namespace, {})
        if entries.pop(key, None) is not None and not entries:
            del self._data[namespace]

    def _prolong(self, entry: Entry) -> None:
        """Nothing to do: the entry is the one that is kept."""

    def _given(self, item: Item) -> Item:
        return Item(
            value=_copied(item.value),
            key=item.key,
            namespace=item.namespace,
            created_at=item.created_at,
            updated_at=item.updated_at,
        )


def _copied(value: Any) -> Any:
    """The same value in containers of its own."""
    cls = type(value)
    if cls is dict:
        return {key: _copied(item) for key, item in value.items()}
    if cls is list or cls is tuple:
        return cls([_copied(item) for item in value])
    return set(value) if cls is set else value
