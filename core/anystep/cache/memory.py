"""A cache in this process's memory."""

from collections.abc import Callable, Mapping, Sequence

from anystep.cache.base import BaseCache, FullKey, Namespace, ValueT
from anystep.checkpoint.serde.base import SerializerProtocol
from anystep.checkpoint.serde.msgpack import MsgpackSerializer

__all__ = ["InMemoryCache"]

_SECOND = 10**9


class InMemoryCache(BaseCache[ValueT]):
    """Keeps values as bytes, so that nobody changes what another gets.

    The default serializer takes objects of any class it can take apart, because what it wrote is
    only read in this process. `clock` tells the time in nanoseconds since the epoch.
    """

    def __init__(
        self,
        *,
        serde: SerializerProtocol | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(serde=serde or MsgpackSerializer(learn=True))
        self._clock = clock
        self._values: dict[Namespace, dict[str, tuple[tuple[str, bytes], float | None]]] = {}

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """The values that are there and still live; those that do not are forgotten."""
        now = self._now()
        found: dict[FullKey, ValueT] = {}
        for namespace, key in keys:
            values = self._values.get(tuple(namespace), {})
            stored = values.get(key)
            if stored is None:
                continue
            data, expires = stored
            if expires is not None and expires <= now:
                values.pop(key, None)
            else:
                found[tuple(namespace), key] = self.serde.loads_typed(data)
        return found

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """As `get`."""
        return self.get(keys)

    def set(self, keys: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Keep values, each with the seconds it may live (None: for ever)."""
        now = self._now()
        for (namespace, key), (value, ttl) in keys.items():
            expires = None if ttl is None else now + ttl * _SECOND
            data = self.serde.dumps_typed(value)
            self._values.setdefault(tuple(namespace), {})[key] = data, expires

    async def aset(self, keys: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """As `set`."""
        self.set(keys)

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget the values of these namespaces; without any, all values."""
        if namespaces is None:
            self._values.clear()
        for namespace in namespaces or ():
            self._values.pop(tuple(namespace), None)

    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """As `clear`."""
        self.clear(namespaces)

    def _now(self) -> int:
        if self._clock:
            return self._clock()
        import time

        return time.time_ns()
