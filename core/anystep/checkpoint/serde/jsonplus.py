"""LangGraph's own serializer format: for threads that langgraph reads and writes as well.

What the format itself loses is lost here too: tuples come back as lists, subclasses of builtins
as the builtin. `anystep.checkpoint.serde.msgpack` keeps them and is the default.
"""

import logging  # noqa: TID253  only programs that share threads with langgraph import this
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgpack as _msgpack

from anystep._records import DeltaSnapshot
from anystep.checkpoint.serde import _langgraph as lg
from anystep.checkpoint.serde.base import SerializerProtocol
from anystep.checkpoint.serde.event_hooks import emit_serde_event

__all__ = [
    "EMPTY_BYTES",
    "EXT_CONSTRUCTOR_KW_ARGS",
    "EXT_CONSTRUCTOR_POS_ARGS",
    "EXT_CONSTRUCTOR_SINGLE_ARG",
    "EXT_DELTA_SNAPSHOT",
    "EXT_METHOD_SINGLE_ARG",
    "EXT_NUMPY_ARRAY",
    "EXT_PYDANTIC_V1",
    "EXT_PYDANTIC_V2",
    "InvalidModuleError",
    "JsonPlusSerializer",
]

EMPTY_BYTES = b""

# The extension codes, under LangGraph's names.
EXT_CONSTRUCTOR_SINGLE_ARG = lg.SINGLE_ARG
EXT_CONSTRUCTOR_POS_ARGS = lg.POS_ARGS
EXT_CONSTRUCTOR_KW_ARGS = lg.KW_ARGS
EXT_METHOD_SINGLE_ARG = lg.METHOD
EXT_PYDANTIC_V1 = lg.PYDANTIC_V1
EXT_PYDANTIC_V2 = lg.PYDANTIC_V2
EXT_NUMPY_ARRAY = lg.NUMPY
EXT_DELTA_SNAPSHOT = lg.DELTA_SNAPSHOT

_UNTOLD: Any = object()

_logger = logging.getLogger(__name__)

_ext: Any = _msgpack.ExtType


class InvalidModuleError(Exception):
    """Old JSON data names a class that is not on the allow-list."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class JsonPlusSerializer(SerializerProtocol):
    """Writes LangGraph's bytes and reads them; also reads its older JSON.

    `allowed_msgpack_modules` and `allowed_json_modules` list classes, as classes or `(module,
    name)`, that data may name besides the safe ones; True allows every class, which lets whoever
    can write the data run code. A class that is not allowed comes back as the data it was stored
    as, with a warning. `pickle_fallback` writes what msgpack cannot hold as a pickle, and reads
    pickles: only for data nobody else can write.

    Unless told otherwise, data may name classes of plain data (dataclasses, pydantic models,
    enums, named tuples) in modules that the program has imported; LangGraph allows every class.
    With LANGGRAPH_STRICT_MSGPACK=true in the environment, or None given, only what is listed.
    """

    def __init__(
        self,
        *,
        pickle_fallback: bool = False,
        allowed_json_modules: Iterable[tuple[str, ...]] | Literal[True] | None = None,
        allowed_msgpack_modules: Iterable[tuple[str, ...] | type] | Literal[True] | None = _UNTOLD,
        __unpack_ext_hook__: Callable[[int, bytes], Any] | None = None,
    ) -> None:
        self.pickle_fallback = pickle_fallback
        self._json: set[tuple[str, ...]] | Literal[True] = _names(allowed_json_modules)
        self._lenient = allowed_msgpack_modules is _UNTOLD and not _is_strict()
        told = None if allowed_msgpack_modules is _UNTOLD else allowed_msgpack_modules
        self._msgpack: set[tuple[str, ...]] | Literal[True] = _names(told)
        self._given_hook = __unpack_ext_hook__

    def with_msgpack_allowlist(
        self, extra_allowlist: Iterable[tuple[str, ...] | type]
    ) -> "JsonPlusSerializer":
        """This serializer with a longer allow-list; itself if that changes nothing."""
        extra = _names(extra_allowlist)
        if self._msgpack is True or extra is True or extra <= self._msgpack:
            return self
        clone = JsonPlusSerializer(
            pickle_fallback=self.pickle_fallback,
            allowed_json_modules=self._json,
            allowed_msgpack_modules=self._msgpack | extra,
        )
        clone._given_hook = self._given_hook
        clone._lenient = self._lenient
        return clone

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """`obj` as (kind, bytes); kinds are null, bytes, bytearray, msgpack and pickle.

        Raises TypeError for what LangGraph cannot write either.
        """
        if obj is None:
            return "null", b""
        if isinstance(obj, bytes):
            return "bytes", obj
        if isinstance(obj, bytearray):
            return "bytearray", bytes(obj)
        try:
            return "msgpack", _dumps(obj)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            if not self.pickle_fallback:
                if isinstance(error, TypeError):
                    raise
                raise TypeError(f"Type is not msgpack serializable: {error}") from error
            import pickle

            return "pickle", pickle.dumps(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object. Raises NotImplementedError for a kind this does not read."""
        kind, payload = data
        if kind == "null":
            return None
        if kind == "bytes":
            return payload
        if kind == "bytearray":
            return bytearray(payload)
        if kind == "msgpack":
            return self._loads(payload)
        if kind == "json":
            import json

            return json.loads(payload, object_hook=self._revive)
        if kind == "pickle" and self.pickle_fallback:
            import pickle

            return pickle.loads(payload)
        raise NotImplementedError(f"Unknown serialization type: {kind}")

    def _loads(self, data: bytes) -> Any:
        hook = self._given_hook or self._hook
        try:
            return _msgpack.unpackb(data, ext_hook=hook, strict_map_key=False)
        except TypeError:  # a list cannot be a key: LangGraph's tuples as keys
            return _msgpack.unpackb(
                data, ext_hook=hook, strict_map_key=False, object_pairs_hook=_with_tuple_keys
            )

    def _hook(self, code: int, data: bytes) -> Any:
        if code == lg.DELTA_SNAPSHOT:
            return DeltaSnapshot(self._loads(data))
        parts = self._loads(data)
        if not isinstance(parts, list) or len(parts) < 3:
            return None
        try:
            if code == lg.NUMPY:
                return lg.ndarray(parts)
            if code > lg.PYDANTIC_V2:
                return None
            if not self._allows(code, parts):
                return parts[2]
            return lg.build(code, parts)
        except Exception as error:  # noqa: BLE001  what cannot be rebuilt is given as it was stored
            _logger.warning(
                "Could not reconstruct %s.%s from checkpoint (%s); returning its serialized data"
                " instead.",
                *parts[:2],
                type(error).__name__,
            )
            return parts[2]

    def _allows(self, code: int, parts: list[Any]) -> bool:
        module, name = parts[0], parts[1]
        if code == lg.METHOD:
            allowed = (module, name, parts[3]) == lg.SAFE_METHOD
            kind = "msgpack_method_blocked"
        elif (module, name) in lg.SAFE or (module, name) in (
            () if self._msgpack is True else self._msgpack
        ):
            return True
        elif self._msgpack is True or (self._lenient and lg.is_plain_data(module, name)):
            emit_serde_event(
                {"kind": "msgpack_unregistered_allowed", "module": module, "name": name}
            )
            return True
        else:
            allowed = False
            kind = "msgpack_blocked"
        if not allowed:
            emit_serde_event({"kind": kind, "module": module, "name": name})
            _logger.warning(
                "Blocked deserialization of %s.%s: not in allowed_msgpack_modules. Add (%r, %r) to"
                " allow it.",
                *(module, name, module, name),
            )
        return allowed

    def _revive(self, value: dict[str, Any]) -> Any:
        """An object of the old JSON, from LangGraph (lc 2) or LangChain (lc 1)."""
        if value.get("type") != "constructor" or not isinstance(value.get("id"), list):
            return value
        *module, name = value["id"]
        given = value.get("kwargs") or {}
        if value.get("lc") == 1 and "messages" in module and name in lg.MESSAGES:
            return lg.find(lg.MESSAGES[name], name)(**given)
        if value.get("lc") != 2:
            return value
        names = (".".join(module), name)
        if names not in lg.SAFE and self._json is not True and (*module, name) not in self._json:
            needed = (*module, name)
            raise InvalidModuleError(
                f"Refused to deserialize JSON constructor: {'.'.join(needed)}. If you trust the"
                f" data, pass JsonPlusSerializer(allowed_json_modules=[{needed!r}])."
            )
        made = lg.find(*names)
        if isinstance(made, type) and issubclass(made, BaseException):
            return None
        return made(*(value.get("args") or ()), **given)


def _is_strict() -> bool:
    import os

    return os.environ.get("LANGGRAPH_STRICT_MSGPACK", "").lower() in ("1", "true", "yes")


def _dumps(value: Any) -> bytes:
    def hook(part: Any) -> Any:
        made = lg.take_apart(part)
        if isinstance(made, lg.Made):
            return _ext(made.code, _dumps(made.payload))
        return made

    packer: Any = _msgpack.Packer(strict_types=True, default=hook)
    data: bytes
    try:
        data = packer.pack(value)
    except UnicodeEncodeError:  # LangGraph writes lone surrogates as question marks
        packer = _msgpack.Packer(strict_types=True, default=hook, unicode_errors="replace")
        data = packer.pack(value)
    return data


def _with_tuple_keys(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    return {_hashable(key): value for key, value in pairs}


def _hashable(key: Any) -> Any:
    return tuple([_hashable(part) for part in key]) if isinstance(key, list) else key


def _names(
    listed: Iterable[tuple[str, ...] | type] | Literal[True] | None,
) -> set[tuple[str, ...]] | Literal[True]:
    if listed is True:
        return True
    return {
        (entry.__module__, entry.__name__) if isinstance(entry, type) else tuple(entry)
        for entry in listed or ()
    }
