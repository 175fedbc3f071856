"""What can go wrong between an object and its bytes.

TypeError
└── SerializationError      a value cannot be stored: change the state, or tell the serializer how
ValueError
└── DeserializationError    bytes cannot be read: damaged, hostile, or made by code unknown here
"""

from typing import ClassVar

__all__ = ["DeserializationError", "SerializationError"]


class SerializationError(TypeError):
    """A value that cannot be stored, with the path to it.

    `path` leads from the value that was given to the part that is at fault, as Python would
    write it (`"['messages'][3].name"`); `reason` says what is wrong and what to do. `refused` is
    the class that cannot be stored, where the class is to blame and not the value.
    """

    code: ClassVar[str] = "UNSERIALIZABLE"

    def __init__(
        self, reason: str, path: str = "", root: str = "value", *, refused: type | None = None
    ) -> None:
        super().__init__(f"{root}{path}: {reason}")
        self.reason = reason
        self.path = path
        self.refused = refused

    def under(self, root: str) -> "SerializationError":
        """The same error about a value that is called `root`."""
        return SerializationError(self.reason, self.path, root, refused=self.refused)


class DeserializationError(ValueError):
    """Bytes that cannot be turned into a value; nothing of it was kept."""

    code: ClassVar[str] = "UNREADABLE"
