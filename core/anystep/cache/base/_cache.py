"""What a cache does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

from anystep.checkpoint.serde.base import SerializerProtocol

ValueT = TypeVar("ValueT")

#: What a cached value belongs to, by which it can be cleared.
Namespace: TypeAlias = tuple[str, ...]

FullKey: TypeAlias = tuple[Namespace, str]


class BaseCache(ABC, Generic[ValueT]):
    """Keeps values under keys, each for a number of seconds or for ever. Subclass it.

    `serde` turns values into bytes (default: `MsgpackSerializer`). Every method has an `a` twin.
    """

    serde: SerializerProtocol

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        serde = serde or getattr(type(self), "serde", None)
        if serde is None:
            from anystep.checkpoint.serde.msgpack import MsgpackSerializer

            serde = MsgpackSerializer(imported=True)
        self.serde = serde

    @abstractmethod
    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """The values that are there and still live."""

    @abstractmethod
    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """As `get`."""

    @abstractmethod
    def set(self, pairs: Mapping[FullKey, tuple[ValueT, int | None]], /) -> None:
        """Keep values, each with the seconds it may live (None: for ever).

        By position: LangGraph's caches have a name for it each.
        """

    @abstractmethod
    async def aset(self, pairs: Mapping[FullKey, tuple[ValueT, int | None]], /) -> None:
        """As `set`."""

    @abstractmethod
    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget the values of these namespaces; without any, all values."""

    @abstractmethod
    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """As `clear`."""
