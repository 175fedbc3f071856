"""From bytes to objects. Bytes may be hostile: what is not of the format is refused."""

import struct
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

import msgpack as _msgpack

from anystep._policies import TimeoutPolicy
from anystep._records import Command, DeltaSnapshot, Interrupt, Overwrite, Send
from anystep.checkpoint.serde import _codes as codes
from anystep.checkpoint.serde._objects import (
    make_dataclass,
    make_namedtuple,
    make_pydantic,
    make_pydantic_v1,
    make_subclass,
)
from anystep.checkpoint.serde._write import FACTORIES, MAX_DEPTH
from anystep.checkpoint.serde.errors import DeserializationError

if TYPE_CHECKING:
    from anystep.checkpoint.serde._classes import Classes
    from anystep.checkpoint.serde.msgpack import Extension

Decode: TypeAlias = Callable[[bytes], Any]
Reader: TypeAlias = Callable[[bytes, Decode], Any]


class Decoder:
    """Decodes bytes. With `guarded`, for bytes from outside: lengths are checked before use.

    An array's header says how long it is, and a decoder believes it: nested headers can claim
    gigabytes with a few bytes. Skipping over the data first, which allocates nothing, shows
    whether all that is claimed is there.
    """

    def __init__(
        self, classes: "Classes", extensions: "Iterable[Extension]", *, guarded: bool
    ) -> None:
        self._readers: dict[int, Reader] = {**_READERS, **_class_readers(classes)}
        self._custom = {extension.tag: extension for extension in extensions}
        self._readers[codes.CUSTOM] = self._read_custom
        self._readers[codes.MESSAGE] = self._read_message
        self._guarded = guarded
        self._decoders: list[Decode] = []
        self._deeper()
        #: Bytes as an object. Raises all kinds of errors for what is not of the format.
        self.decode = self._decoders[0]

    def _deeper(self) -> None:
        depth = len(self._decoders)
        readers = self._readers

        def hook(code: int, data: bytes) -> Any:
            if depth + 1 == len(self._decoders):
                self._deeper()
            reader = readers.get(code)
            if reader is None:
                raise DeserializationError(
                    f"extension {code} is not known to this version of the format"
                    f" ({codes.VERSION}): the data is newer, or not ours"
                )
            return reader(data, self._decoders[depth + 1])

        def decode(data: bytes) -> Any:
            return _msgpack.unpackb(data, strict_map_key=False, ext_hook=hook)

        def decode_guarded(data: bytes) -> Any:
            skipper = _msgpack.Unpacker(max_buffer_size=max(len(data), 1))
            skipper.feed(data)
            skipper.skip()
            return decode(data)

        def refuse(data: bytes) -> Any:
            raise DeserializationError(f"more than {MAX_DEPTH} objects deep")

        if depth >= MAX_DEPTH:
            self._decoders.append(refuse)
        else:
            self._decoders.append(decode_guarded if self._guarded else decode)

    def _read_message(self, data: bytes, dec: Decode) -> Any:
        """Read the first message, and let no later one look for what makes them."""
        from anystep.checkpoint.serde._messages import make_message

        def read(data: bytes, dec: Decode) -> Any:
            return make_message(*dec(data))

        self._readers[codes.MESSAGE] = read
        return read(data, dec)

    def _read_custom(self, data: bytes, dec: Decode) -> Any:
        tag, plain = dec(data)
        extension = self._custom.get(tag)
        if extension is None:
            raise DeserializationError(
                f"the data holds an object of the extension {tag!r}, which this serializer was"
                " not given"
            )
        return extension.load(plain)


def _class_readers(classes: "Classes") -> dict[int, Reader]:
    """The readers for objects of named classes."""

    def reader(make: Callable[..., Any]) -> Reader:
        def read(data: bytes, dec: Decode) -> Any:
            name, *parts = dec(data)
            return make(classes.readable(name), *parts)

        return read

    return {
        codes.ENUM: reader(lambda cls, value: cls(value)),
        codes.NAMEDTUPLE: reader(make_namedtuple),
        codes.DATACLASS: reader(make_dataclass),
        codes.PYDANTIC: reader(make_pydantic),
        codes.PYDANTIC_V1: reader(make_pydantic_v1),
        codes.SECRET: reader(lambda cls, value: cls(value)),
        codes.SUBCLASS: reader(make_subclass),
    }


def _complex(data: bytes, dec: Decode) -> complex:
    return complex(*struct.unpack(">dd", data))


def _deque(data: bytes, dec: Decode) -> Any:
    from collections import deque

    maxlen, items = dec(data)
    return deque(items, maxlen)


def _defaultdict(data: bytes, dec: Decode) -> Any:
    from collections import defaultdict

    factory, items = dec(data)
    return defaultdict(None if factory is None else FACTORIES[factory], items)


def _ordered_dict(data: bytes, dec: Decode) -> Any:
    from collections import OrderedDict

    return OrderedDict(dec(data))


def _counter(data: bytes, dec: Decode) -> Any:
    from collections import Counter

    return Counter(dec(data))


def _datetime(data: bytes, dec: Decode) -> Any:
    from datetime import datetime

    year, month, day, hour, minute, second, microsecond, fold, zone = dec(data)
    return datetime(year, month, day, hour, minute, second, microsecond, zone, fold=fold)


def _date(data: bytes, dec: Decode) -> Any:
    from datetime import date

    return date(*dec(data))


def _time(data: bytes, dec: Decode) -> Any:
    from datetime import time

    hour, minute, second, microsecond, fold, zone = dec(data)
    return time(hour, minute, second, microsecond, zone, fold=fold)


def _timedelta(data: bytes, dec: Decode) -> Any:
    from datetime import timedelta

    return timedelta(*dec(data))


def _timezone(data: bytes, dec: Decode) -> Any:
    from datetime import UTC, timedelta, timezone

    days, seconds, microseconds, *name = dec(data)
    offset = timedelta(days, seconds, microseconds)
    return timezone(offset, *name) if offset or name else UTC


def _zoneinfo(data: bytes, dec: Decode) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(data.decode())


def _uuid(data: bytes, dec: Decode) -> Any:
    from uuid import UUID

    return UUID(bytes=data)


def _decimal(data: bytes, dec: Decode) -> Any:
    from decimal import Decimal

    return Decimal(data.decode())


def _fraction(data: bytes, dec: Decode) -> Any:
    from fractions import Fraction

    return Fraction(*dec(data))


def _path(data: bytes, dec: Decode) -> Any:
    import pathlib

    kind, text = dec(data)
    kinds = {
        "Path": pathlib.Path,
        "PurePath": pathlib.PurePath,
        "PurePosixPath": pathlib.PurePosixPath,
        "PureWindowsPath": pathlib.PureWindowsPath,
    }
    return kinds[kind](text)


def _regex(data: bytes, dec: Decode) -> Any:
    import re

    pattern, flags = dec(data)
    return re.compile(pattern, flags)


def _ip(data: bytes, dec: Decode) -> Any:
    import ipaddress

    kind, text = dec(data)
    kinds: dict[str, Callable[[str], Any]] = {
        "IPv4Address": ipaddress.IPv4Address,
        "IPv4Interface": ipaddress.IPv4Interface,
        "IPv4Network": ipaddress.IPv4Network,
        "IPv6Address": ipaddress.IPv6Address,
        "IPv6Interface": ipaddress.IPv6Interface,
        "IPv6Network": ipaddress.IPv6Network,
    }
    return kinds[kind](text)


def _interrupt(data: bytes, dec: Decode) -> Interrupt:
    value, id, schema = dec(data)
    return Interrupt(value, id, response_schema=schema)


def _command(data: bytes, dec: Decode) -> Any:
    graph, update, resume, goto = dec(data)
    return Command(graph=graph, update=update, resume=resume, goto=goto)


def _send(data: bytes, dec: Decode) -> Send:
    node, arg, timeout = dec(data)
    return Send(node, arg, timeout=timeout)


def _timeout(data: bytes, dec: Decode) -> TimeoutPolicy:
    run, idle, refresh_on = dec(data)
    return TimeoutPolicy(run_timeout=run, idle_timeout=idle, refresh_on=refresh_on)


def _item(data: bytes, dec: Decode) -> Any:
    from anystep.store.base import Item, SearchItem

    value, key, namespace, created_at, updated_at, *score = dec(data)
    if score:
        return SearchItem(namespace, key, value, created_at, updated_at, *score)
    return Item(
        value=value, key=key, namespace=namespace, created_at=created_at, updated_at=updated_at
    )


def _ndarray(data: bytes, dec: Decode) -> Any:
    numpy = import_module("numpy")
    dtype, shape, fortran, items = dec(data)
    flat = numpy.frombuffer(items, _plain_dtype(dtype))
    return flat.reshape(shape, order="F" if fortran else "C").copy("K")  # frombuffer is read-only


def _numpy_scalar(data: bytes, dec: Decode) -> Any:
    numpy = import_module("numpy")
    dtype, items = dec(data)
    return numpy.frombuffer(items, _plain_dtype(dtype))[0]


def _plain_dtype(name: str) -> Any:
    dtype: Any = import_module("numpy").dtype(name)
    if dtype.hasobject:
        raise DeserializationError(f"arrays of {name!r} hold pointers and are never stored")
    return dtype


_READERS: dict[int, Reader] = {
    codes.TUPLE: lambda data, dec: tuple(dec(data)),
    codes.SET: lambda data, dec: set(dec(data)),
    codes.FROZENSET: lambda data, dec: frozenset(dec(data)),
    codes.BIG_INT: lambda data, dec: int.from_bytes(data, signed=True),
    codes.SURROGATES: lambda data, dec: data.decode("utf-8", "surrogatepass"),
    codes.BYTEARRAY: lambda data, dec: bytearray(data),
    codes.COMPLEX: _complex,
    codes.DEQUE: _deque,
    codes.DEFAULTDICT: _defaultdict,
    codes.ORDERED_DICT: _ordered_dict,
    codes.COUNTER: _counter,
    codes.DATETIME: _datetime,
    codes.DATE: _date,
    codes.TIME: _time,
    codes.TIMEDELTA: _timedelta,
    codes.TIMEZONE: _timezone,
    codes.ZONEINFO: _zoneinfo,
    codes.UUID: _uuid,
    codes.DECIMAL: _decimal,
    codes.FRACTION: _fraction,
    codes.PATH: _path,
    codes.REGEX: _regex,
    codes.IP: _ip,
    codes.SEND: _send,
    codes.INTERRUPT: _interrupt,
    codes.COMMAND: _command,
    codes.OVERWRITE: lambda data, dec: Overwrite(*dec(data)),
    codes.TIMEOUT: _timeout,
    codes.DELTA_SNAPSHOT: lambda data, dec: DeltaSnapshot(*dec(data)),
    codes.ITEM: _item,
    codes.NDARRAY: _ndarray,
    codes.NUMPY_SCALAR: _numpy_scalar,
}
