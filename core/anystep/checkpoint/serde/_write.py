"""From objects to bytes: msgpack's own types in C, everything else through one hook."""

import struct
import sys
from collections.abc import Callable, Iterable
from operator import is_
from typing import TYPE_CHECKING, Any, TypeAlias

import msgpack as _msgpack

from anystep._policies import TimeoutPolicy
from anystep._records import Command, DeltaSnapshot, Interrupt, Overwrite, Send
from anystep.checkpoint.serde import _codes as codes
from anystep.checkpoint.serde._objects import (
    BASES,
    dataclass_fields,
    namedtuple_fields,
    pydantic_state,
    pydantic_v1_state,
    subclass_parts,
)
from anystep.checkpoint.serde.errors import SerializationError

if TYPE_CHECKING:
    from anystep.checkpoint.serde._classes import Classes
    from anystep.checkpoint.serde.msgpack import Extension

Encode: TypeAlias = Callable[[Any], bytes]
Writer: TypeAlias = Callable[[Any, Encode], Any]

#: How deep extensions may be nested; readers refuse more. Arrays and maps do not count.
MAX_DEPTH = 100


def ext(code: int, data: bytes) -> Any:
    """An extension, made past the checks of `ExtType`, which cost more than all of it."""
    return tuple.__new__(_msgpack.ExtType, (code, data))


class Encoder:
    """Encodes objects. Safe to use from several threads at once.

    A packer must not be used again while it is packing, so there is a pool of them for every
    depth of nested extensions.
    """

    def __init__(self, classes: "Classes", extensions: "Iterable[Extension]") -> None:
        self._classes = classes
        self._custom = {extension.cls: extension for extension in extensions}
        self._writers: dict[type, Writer] = {}
        self._pools: list[list[Any]] = []
        self._encoders: list[Encode] = []
        self._deeper()
        #: An object as bytes. Raises all kinds of errors for what cannot be stored.
        self.encode = self._encoders[0]

    def _deeper(self) -> None:
        """Make room for one more level of extensions."""
        depth = len(self._encoders)
        pool: list[Any] = []

        def hook(value: Any) -> Any:
            if depth + 1 == len(self._encoders):
                self._deeper()
            writer = self._writers.get(value.__class__)
            if writer is None:
                writer = self._find_writer(type(value))
            return writer(value, self._encoders[depth + 1])

        def encode(value: Any) -> bytes:
            try:
                packer = pool.pop()
            except IndexError:
                packer = _msgpack.Packer(strict_types=True, default=hook)
            data: bytes
            try:
                data = packer.pack(value)
            except UnicodeEncodeError:  # lone surrogates
                data = packer.pack(_portable(value))
            # These start a binary in msgpack, and then a bytearray may be behind it. (Measured:
            # a thousand letters, 0.1 microseconds; one pattern for all three, 3.8.)
            if 0xC4 in data or 0xC5 in data or 0xC6 in data:
                portable = _portable(value)
                if portable is not value:
                    data = packer.pack(portable)
            pool.append(packer)
            return data

        def refuse(value: Any) -> bytes:
            raise SerializationError(f"nested in itself, or more than {MAX_DEPTH} objects deep")

        self._pools.append(pool)
        self._encoders.append(encode if depth < MAX_DEPTH else refuse)

    def _find_writer(self, cls: type) -> Writer:
        custom = self._custom.get(cls)
        if custom is not None:
            tag, dump = custom.tag, custom.dump
            writer: Writer = lambda value, enc: ext(codes.CUSTOM, enc([tag, dump(value)]))
        else:
            writer = _standard_writer(cls) or self._class_writer(cls)
        self._writers[cls] = writer
        return writer

    def _class_writer(self, cls: Any) -> Writer:
        """The writer for objects of a named class."""
        if issubclass(cls, BaseException):
            return lambda value, enc: repr(value)
        shape = _shape(cls)
        if shape is None:
            raise SerializationError(
                f"an object of class {cls.__qualname__!r} ({cls.__module__}) cannot be stored:"
                " keep it out of the state, or teach the serializer with"
                " MsgpackSerializer(extensions=[Extension(...)])",
                refused=cls,
            )
        code, take_apart = shape
        name = self._classes.writable(cls)
        return lambda value, enc: ext(code, enc([name, *take_apart(value)]))


def _shape(cls: Any) -> tuple[int, Callable[[Any], Iterable[Any]]] | None:
    """The extension for a class's objects, and what of them it holds."""
    import enum

    if issubclass(cls, enum.Enum):
        return codes.ENUM, lambda value: [value.value]
    if hasattr(cls, "__pydantic_fields__") and hasattr(cls, "model_construct"):
        return codes.PYDANTIC, pydantic_state
    if hasattr(cls, "__fields__") and hasattr(cls, "construct"):
        return codes.PYDANTIC_V1, pydantic_v1_state
    if hasattr(cls, "get_secret_value"):
        return codes.SECRET, lambda value: [value.get_secret_value()]
    if hasattr(cls, "__dataclass_fields__") or hasattr(cls, "__attrs_attrs__"):
        return codes.DATACLASS, lambda value: [dataclass_fields(value)]
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return codes.NAMEDTUPLE, lambda value: [namedtuple_fields(value)]
    if issubclass(cls, BASES):
        return codes.SUBCLASS, subclass_parts
    return None


def _portable(value: Any) -> Any:
    """`value` with the parts msgpack would lose or refuse as extensions; itself if it has none."""
    cls = value.__class__
    if cls is str:
        if value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            return ext(codes.SURROGATES, value.encode("utf-8", "surrogatepass"))
    elif cls is bytearray:
        return ext(codes.BYTEARRAY, bytes(value))
    elif cls is memoryview:
        raise SerializationError("a memoryview cannot be stored: use bytes")
    elif cls is list:
        if not _NUMBERS.issuperset(map(type, value)):
            items = [_portable(item) for item in value]
            if not all(map(is_, items, value)):
                return items
    elif cls is dict:
        keys = [_portable(key) for key in value]
        items = [_portable(item) for item in value.values()]
        if not (all(map(is_, keys, value)) and all(map(is_, items, value.values()))):
            return dict(zip(keys, items, strict=True))
    return value


_NUMBERS = frozenset((float, int, bool, type(None)))


def array(items: list[bytes]) -> bytes:
    """An array of items that are encoded already."""
    return array_header(len(items)) + b"".join(items)


def array_header(count: int) -> bytes:
    """The bytes an array of `count` items begins with."""
    if count < 16:
        return bytes((0x90 | count,))
    if count < 65536:
        return b"\xdc" + count.to_bytes(2)
    return b"\xdd" + count.to_bytes(4)


def _standard_writer(cls: type) -> Writer | None:
    """The writer for a class the format has a code of its own for."""
    if cls in _RECORDS:
        return _RECORDS[cls]
    # By name, so that nothing is imported to ask "is it a date?": who has a date has imported
    # datetime. Then the class must be the one its module has, not one that calls itself so.
    found = _STANDARD.get(f"{cls.__module__}.{cls.__qualname__}")
    if found is None:
        return _ip_or_path_writer(cls) or _message_writer(cls) or _numpy_writer(cls)
    module = sys.modules.get(cls.__module__)
    return found if getattr(module, cls.__qualname__, None) is cls else None


def _ip_or_path_writer(cls: type) -> Writer | None:
    if cls.__module__ == "ipaddress":
        return lambda value, enc: ext(codes.IP, enc([cls.__name__, str(value)]))
    if cls.__module__.partition(".")[0] == "pathlib":
        # Whatever this host's concrete class is called, the reading host has its own.
        kind = cls.__name__ if cls.__name__.startswith("Pure") else "Path"
        return lambda value, enc: ext(codes.PATH, enc([kind, str(value)]))
    return None


def _message_writer(cls: Any) -> Writer | None:
    if "anystep.messages" not in sys.modules:
        return None
    from anystep.checkpoint.serde._messages import is_message, message_parts

    if not is_message(cls):
        return None
    return lambda value, enc: ext(codes.MESSAGE, enc(message_parts(value)))


def _numpy_writer(cls: Any) -> Writer | None:
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not issubclass(cls, (numpy.ndarray, numpy.generic)):
        return None
    if cls is numpy.ndarray:
        return _ndarray
    if not issubclass(cls, numpy.generic):
        return None
    return lambda value, enc: ext(codes.NUMPY_SCALAR, enc([value.dtype.str, value.tobytes()]))


def _ndarray(value: Any, enc: Encode) -> Any:
    if value.dtype.hasobject:
        raise SerializationError("an array of Python objects cannot be stored: use a list")
    fortran = value.flags.f_contiguous and not value.flags.c_contiguous
    data = value.tobytes(order="F" if fortran else "C")
    return ext(codes.NDARRAY, enc([value.dtype.str, list(value.shape), fortran, data]))


def _big_int(value: int, enc: Encode) -> Any:
    return ext(codes.BIG_INT, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def _defaultdict(value: Any, enc: Encode) -> Any:
    factory = value.default_factory
    name = getattr(factory, "__name__", "")
    if factory is not None and FACTORIES.get(name) is not factory:
        raise SerializationError(
            f"a defaultdict with the factory {factory!r} cannot be stored: only those of"
            f" {', '.join(FACTORIES)} can"
        )
    return ext(codes.DEFAULTDICT, enc([name or None, dict(value)]))


#: The factories of a defaultdict that a reader may call.
FACTORIES: dict[str, Callable[[], Any]] = {
    made.__name__: made for made in (dict, list, set, tuple, str, bytes, int, float, bool)
}


def _datetime(value: Any, enc: Encode) -> Any:
    fields = [value.year, value.month, value.day, value.hour, value.minute, value.second]
    return ext(codes.DATETIME, enc([*fields, value.microsecond, value.fold, value.tzinfo]))


def _time(value: Any, enc: Encode) -> Any:
    fields = [value.hour, value.minute, value.second, value.microsecond]
    return ext(codes.TIME, enc([*fields, value.fold, value.tzinfo]))


def _timezone(value: Any, enc: Encode) -> Any:
    offset, *name = value.__getinitargs__()
    return ext(codes.TIMEZONE, enc([offset.days, offset.seconds, offset.microseconds, *name]))


def _zoneinfo(value: Any, enc: Encode) -> Any:
    if value.key is None:
        raise SerializationError("a ZoneInfo without a key cannot be stored")
    return ext(codes.ZONEINFO, value.key.encode())


def _attributes(code: int, *names: str) -> Writer:
    """A writer for objects that a few attributes make up."""
    return lambda value, enc: ext(code, enc([getattr(value, name) for name in names]))


_ITEM = ("value", "key", "namespace", "created_at", "updated_at")

# By class and not by name: these say they are of `anystep.types`, imported or not.
_RECORDS: dict[type, Writer] = {
    Send: _attributes(codes.SEND, "node", "arg", "timeout"),
    Interrupt: _attributes(codes.INTERRUPT, "value", "id", "response_schema"),
    Command: _attributes(codes.COMMAND, "graph", "update", "resume", "goto"),
    Overwrite: _attributes(codes.OVERWRITE, "value"),
    TimeoutPolicy: _attributes(codes.TIMEOUT, "run_timeout", "idle_timeout", "refresh_on"),
    DeltaSnapshot: _attributes(codes.DELTA_SNAPSHOT, "value"),
}

_STANDARD: dict[str, Writer] = {
    "builtins.tuple": lambda value, enc: ext(codes.TUPLE, enc(list(value))),
    "builtins.set": lambda value, enc: ext(codes.SET, array(sorted(map(enc, value)))),
    "builtins.frozenset": lambda value, enc: ext(codes.FROZENSET, array(sorted(map(enc, value)))),
    "builtins.int": _big_int,
    "builtins.complex": lambda value, enc: ext(
        codes.COMPLEX, struct.pack(">dd", value.real, value.imag)
    ),
    "collections.deque": lambda value, enc: ext(codes.DEQUE, enc([value.maxlen, list(value)])),
    "collections.defaultdict": _defaultdict,
    "collections.OrderedDict": lambda value, enc: ext(codes.ORDERED_DICT, enc(dict(value))),
    "collections.Counter": lambda value, enc: ext(codes.COUNTER, enc(dict(value))),
    "datetime.datetime": _datetime,
    "datetime.date": _attributes(codes.DATE, "year", "month", "day"),
    "datetime.time": _time,
    "datetime.timedelta": _attributes(codes.TIMEDELTA, "days", "seconds", "microseconds"),
    "datetime.timezone": _timezone,
    "zoneinfo.ZoneInfo": _zoneinfo,
    "uuid.UUID": lambda value, enc: ext(codes.UUID, value.bytes),
    "anystep.checkpoint.base.id.UUID": lambda value, enc: ext(codes.UUID, value.bytes),
    "decimal.Decimal": lambda value, enc: ext(codes.DECIMAL, str(value).encode()),
    "fractions.Fraction": _attributes(codes.FRACTION, "numerator", "denominator"),
    "re.Pattern": _attributes(codes.REGEX, "pattern", "flags"),
    "anystep.store.base._items.Item": _attributes(codes.ITEM, *_ITEM),
    "anystep.store.base._items.SearchItem": _attributes(codes.ITEM, *_ITEM, "score"),
}
