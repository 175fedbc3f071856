"""What a serializer and a cipher are."""

from typing import Any, Protocol, runtime_checkable

__all__ = [
    "CipherProtocol",
    "SerializerCompat",
    "SerializerProtocol",
    "UntypedSerializerProtocol",
    "maybe_add_typed_methods",
]


class UntypedSerializerProtocol(Protocol):
    """**Protocol:** turns an object into bytes and back, like the module `pickle`."""

    def dumps(self, obj: Any) -> bytes:
        """`obj` as bytes."""
        ...

    def loads(self, data: bytes) -> Any:
        """The object `dumps` was given."""


@runtime_checkable
class SerializerProtocol(Protocol):
    """**Protocol:** turns an object into a type name and bytes, and back."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """`obj` as (name of the encoding, bytes)."""
        ...

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object `dumps_typed` was given."""


class SerializerCompat(SerializerProtocol):
    """Gives an untyped serializer the typed methods; the type name is the object's class."""

    def __init__(self, serde: UntypedSerializerProtocol) -> None:
        self.serde = serde

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """`obj` as (name of its class, bytes)."""
        return type(obj).__name__, self.serde.dumps(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object `dumps_typed` was given; the type name is not looked at."""
        return self.serde.loads(data[1])


def maybe_add_typed_methods(
    serde: SerializerProtocol | UntypedSerializerProtocol,
) -> SerializerProtocol:
    """`serde` itself if it has the typed methods, else wrapped in `SerializerCompat`."""
    if isinstance(serde, SerializerProtocol):
        return serde
    return SerializerCompat(serde)


class CipherProtocol(Protocol):
    """**Protocol:** encrypts what a serializer made."""

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """(name of the cipher, ciphertext). The name must not contain a plus sign."""
        ...

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """The plaintext. Raises for a name or a ciphertext it did not make."""
        ...
