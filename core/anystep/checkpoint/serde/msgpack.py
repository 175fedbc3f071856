"""The one format checkpoints are written in: msgpack with typed extensions.

The same object has the same bytes on every host, and comes back as what it was: a tuple as a
tuple, an enum's member as that member. What cannot be stored so is refused when it is written.
docs/checkpoint-format.md describes the bytes.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from anystep.checkpoint.serde._classes import Allowed, Classes, is_strict
from anystep.checkpoint.serde._codes import VERSION
from anystep.checkpoint.serde._objects import parts
from anystep.checkpoint.serde._read import Decoder
from anystep.checkpoint.serde._write import Encoder
from anystep.checkpoint.serde.errors import DeserializationError, SerializationError

__all__ = ["Extension", "MsgpackSerializer"]

_LONGEST_PATH = 50  # parts; what is nested deeper is nested in itself

_TYPE = f"anystep/{VERSION}"


class Extension(NamedTuple):
    """How to store the objects of a class that the format does not know.

    `dump` turns an object into something that can be stored, `load` turns that into an object.
    `tag` names the pair in the data: it must stay the same as long as the data lives.
    """

    cls: type
    tag: str
    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]


class MsgpackSerializer:
    """Turns objects into bytes and back.

    Builtin and standard value types, messages and the engine's records need nothing. Objects of
    other classes (enums, dataclasses, named tuples, pydantic models, subclasses of builtins) are
    stored if their class is on the allow-list: `allow` takes classes, "module:qualname" or
    `(module, name)`. Only classes on the list are ever imported. With `learn` a class gets on the
    list by being written: right for data that does not leave the process. With `imported`, which
    is how savers do it, classes of plain data need not be listed if their module is imported when
    they are read, so that whoever can write the data still cannot choose what is imported or run;
    unless the environment says LANGGRAPH_STRICT_MSGPACK=true.

    Exceptions are stored as their repr, as LangGraph stores them.
    """

    __slots__ = (
        "_classes",
        "_encoder",
        "_extensions",
        "_guarded",
        "dumps_raw",
        "loads_own",
        "max_size",
    )

    def __init__(
        self,
        *,
        allow: Iterable[Allowed] = (),
        extensions: Iterable[Extension] = (),
        learn: bool = False,
        imported: bool = False,
        max_size: int = 1 << 30,
    ) -> None:
        """Refuse to read data larger than `max_size` bytes."""
        self._extensions = tuple(extensions)
        self.max_size = max_size
        self._use(Classes(allow, learn=learn, imported=imported and not is_strict()))

    def _use(self, classes: Classes) -> None:
        self._classes = classes
        self._encoder = Encoder(classes, self._extensions)
        self._guarded = Decoder(classes, self._extensions, guarded=True)
        #: Without the search for what is at fault: see `blame`.
        self.dumps_raw = self._encoder.encode
        #: For bytes this process wrote itself: faster, and ready to believe what they say.
        self.loads_own = Decoder(classes, self._extensions, guarded=False).decode

    def with_allowlist(self, extra: Iterable[Allowed]) -> "MsgpackSerializer":
        """This serializer with a longer allow-list; itself if it has all of `extra` already."""
        classes = self._classes.extended(extra)
        if classes is self._classes:
            return self
        clone = object.__new__(MsgpackSerializer)
        clone._extensions = self._extensions
        clone.max_size = self.max_size
        clone._use(classes)
        return clone

    def dumps(self, obj: Any) -> bytes:
        """`obj` as bytes. Raises SerializationError, which names the part that is at fault."""
        try:
            return self.dumps_raw(obj)
        except Exception as error:
            raise self.blame(obj, error) from error

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """`obj` as (name and version of the format, bytes). Raises SerializationError."""
        return _TYPE, self.dumps(obj)

    def loads(self, data: bytes) -> Any:
        """The object. Raises DeserializationError for bytes of any other making."""
        if len(data) > self.max_size:
            raise DeserializationError(f"{len(data)} bytes are more than {self.max_size}")
        try:
            return self._guarded.decode(data)
        except DeserializationError:
            raise
        except Exception as error:
            raise DeserializationError(
                f"these bytes are not of the format: {type(error).__name__}: {error}"
            ) from error

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object. Raises DeserializationError for data of another type or making."""
        kind, payload = data
        if kind != _TYPE:
            raise DeserializationError(f"expected data of type {_TYPE!r}, not {kind!r}")
        return self.loads(payload)

    def blame(self, obj: Any, error: Exception) -> SerializationError:
        """`error` with the path to the smallest part of `obj` that cannot be stored."""
        path = ""
        for _ in range(_LONGEST_PATH):
            found = None if getattr(error, "refused", None) is type(obj) else self._bad_part(obj)
            if found is None:
                break
            step, obj, error = found
            path += step
        else:
            path = ""  # so deep that where it is says less than that it is so deep
        if not isinstance(error, SerializationError):
            return SerializationError(str(error) or type(error).__name__, path)
        return SerializationError(error.reason, path, refused=error.refused)

    def _bad_part(self, obj: Any) -> tuple[str, Any, Exception] | None:
        for step, part in parts(obj):
            try:
                self.dumps_raw(part)
            except Exception as error:  # noqa: BLE001  whatever it is, this part has it
                return step, part, error
        return None
