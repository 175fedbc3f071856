"""How records hold values: plain ones as they are, the rest as bytes of a serializer."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import msgpack

from anystep.checkpoint.serde._write import array_header
from anystep.checkpoint.serde.errors import SerializationError
from anystep.checkpoint.serde.msgpack import MsgpackSerializer

if TYPE_CHECKING:
    from anystep.checkpoint.serde.base import SerializerProtocol

#: Classes whose values a record may hold as they are: immutable, and known to every encoding.
PLAIN = frozenset((type(None), bool, int, float, str))


class Codec(Protocol):
    """**Protocol:** turns channel values into bytes, and a list's items as well.

    `plain` names the classes that need no encoding. The items of a list are encoded without the
    list around them, so that the bytes of a list can be put together from those of its parts.
    """

    plain: frozenset[type]

    def encode(self, value: Any) -> bytes:
        """`value` as bytes. Raises all kinds of errors for what cannot be stored."""
        ...

    def blame(self, value: Any, error: Exception) -> SerializationError:
        """What `encode` raised about `value`, as an error that says which part is at fault."""
        ...

    def decode(self, data: bytes) -> Any:
        """A fresh copy of what `encode` was given."""

    def encode_items(self, items: list[Any]) -> bytes:
        """The items of a list as bytes."""
        ...

    def decode_items(self, count: int, parts: Iterable[bytes]) -> list[Any]:
        """The `count` items that several calls of `encode_items` were given, in order."""
        ...

    def cut(self, items: bytes, start: int, end: int) -> tuple[bytes, bytes]:
        """Encoded items without those from place `start` to `end`: what is before, what is after."""
        ...


class NativeCodec:
    """The engine's own format: parts of a list join by concatenation."""

    plain = PLAIN

    def __init__(self, serde: MsgpackSerializer) -> None:
        self.encode = serde.dumps_raw
        self.decode = serde.loads_own
        self.blame = serde.blame

    def encode_items(self, items: list[Any]) -> bytes:
        """The encoded list without its header."""
        data = self.encode(items)
        return data[1:] if len(items) < 16 else data[len(array_header(len(items))) :]

    def decode_items(self, count: int, parts: Iterable[bytes]) -> list[Any]:
        """Decode all parts in one go, behind a header made for them."""
        items: list[Any] = self.decode(array_header(count) + b"".join(parts))
        return items

    def cut(self, items: bytes, start: int, end: int) -> tuple[bytes, bytes]:
        """Found by skipping over the items, without decoding them."""
        unpacker: Any = msgpack.Unpacker(max_buffer_size=max(len(items), 1))
        unpacker.feed(items)
        for _ in range(start):
            unpacker.skip()
        before = unpacker.tell()
        for _ in range(end - start):
            unpacker.skip()
        return items[:before], items[unpacker.tell() :]


class TypedCodec:
    """Any other serializer: bytes that begin with the encoding's name."""

    plain: frozenset[type] = frozenset()  # a cipher must see everything

    def __init__(self, serde: "SerializerProtocol") -> None:
        self._serde = serde

    def encode(self, value: Any) -> bytes:
        """The name of the encoding, a NUL, the data."""
        name, data = self._serde.dumps_typed(value)
        return name.encode() + b"\0" + data

    def blame(self, value: Any, error: Exception) -> SerializationError:
        """The serializer knows no paths; it may say so in another class of error."""
        if isinstance(error, SerializationError):
            return error
        return SerializationError(f"{type(error).__name__}: {error}")

    def decode(self, data: bytes) -> Any:
        """Raise ValueError for bytes that `encode` did not make."""
        name, found, payload = data.partition(b"\0")
        if not found:
            raise ValueError("a stored value does not begin with the name of its encoding")
        return self._serde.loads_typed((name.decode(), payload))

    def encode_items(self, items: list[Any]) -> bytes:
        """The items as a list of their own, behind its length."""
        data = self.encode(items)
        return len(data).to_bytes(4) + data

    def decode_items(self, count: int, parts: Iterable[bytes]) -> list[Any]:
        """The lists, one after another."""
        items: list[Any] = []
        for part in parts:
            start = 0
            while start < len(part):
                end = start + 4 + int.from_bytes(part[start : start + 4])
                items += self.decode(part[start + 4 : end])
                start = end
        return items

    def cut(self, items: bytes, start: int, end: int) -> tuple[bytes, bytes]:
        """Found by decoding all items, and encoding again what is left."""
        decoded = self.decode_items(0, (items,))
        sides = decoded[:start], decoded[end:]
        before, after = [self.encode_items(side) if side else b"" for side in sides]
        return before, after


def codec_for(serde: "SerializerProtocol") -> Codec:
    """The codec that stores values through `serde`."""
    return NativeCodec(serde) if type(serde) is MsgpackSerializer else TypedCodec(serde)  # pyright: ignore[reportReturnType]
