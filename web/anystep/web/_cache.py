"""Results of tasks in the browser's IndexedDB."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep.cache.base import BaseCache, FullKey, Namespace, ValueT
from anystep.checkpoint.serde.base import SerializerProtocol
from anystep.host import current_host
from anystep.web._connection import Cipher, Connection, Durability
from anystep.web._javascript import to_js, wait_for

if TYPE_CHECKING:
    from typing import Self

_SECOND = 10**9


class IndexedDBCache(BaseCache[ValueT]):
    """Keeps values in this browser, for the page's next visit and for its other tabs.

    `clock` tells the time in nanoseconds since the epoch. The methods that begin with `a` work
    everywhere, the others where the browser can switch stacks. Every method raises the errors of
    `anystep.web.errors`.
    """

    def __init__(
        self,
        name: str = "anystep",
        *,
        serde: SerializerProtocol | None = None,
        clock: Callable[[], int] | None = None,
        durability: Durability = "relaxed",
        cipher: Cipher | None = None,
    ) -> None:
        super().__init__(serde=serde)
        self._clock = clock
        self._connection = Connection(name, durability, cipher)

    async def __aenter__(self) -> "Self":
        await self._connection.open()
        return self

    async def __aexit__(self, *reason: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        self._connection.close()

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """The values that are there and still live; those that do not are forgotten."""
        wanted = [_place(namespace, key) for namespace, key in keys]
        rows = await self._connection.ask("get", "cache", to_js(wanted))
        now = self._now()
        found: dict[FullKey, ValueT] = {}
        late: list[list[Any]] = []
        for (namespace, key), place, row in zip(keys, wanted, rows, strict=True):
            if row is None:
                continue
            expires, kind, data = row
            if expires != -1 and expires <= now:
                late.append(["delete", "cache", place])
            else:
                found[tuple(namespace), key] = self.serde.loads_typed((kind, bytes(data)))
        await self._write(late)
        return found

    async def aset(self, pairs: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Keep values, all or none, each with the seconds it may live (None: for ever)."""
        now = self._now()
        ops: list[list[Any]] = []
        for (namespace, key), (value, ttl) in pairs.items():
            kind, data = self.serde.dumps_typed(value)
            # A number of JavaScript: good for a microsecond, which is finer than its clock.
            expires = -1.0 if ttl is None else float(now + ttl * _SECOND)
            ops.append(["put", "cache", _place(namespace, key), [expires, kind, data]])
        await self._write(ops)

    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget the values of these namespaces; without any, all values."""
        if namespaces is None:
            await self._write([["empty", "cache"]])
        else:
            await self._write([["clear", "cache", [[*namespace]]] for namespace in namespaces])

    async def _write(self, ops: list[list[Any]]) -> None:
        if ops:
            await self._connection.ask("write", to_js([]), to_js(ops))

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """As `aget`."""
        found: dict[FullKey, ValueT] = wait_for(self.aget(keys), "aget, or ainvoke of the graph")
        return found

    def set(self, pairs: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """As `aset`."""
        wait_for(self.aset(pairs), "aset, or ainvoke of the graph")

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """As `aclear`."""
        wait_for(self.aclear(namespaces), "aclear")

    def _now(self) -> int:
        return self._clock() if self._clock else current_host().now_ns()


def _place(namespace: Namespace, key: str) -> list[Any]:
    return [[*namespace], key]
