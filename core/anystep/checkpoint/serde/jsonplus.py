"""LangGraph's own serializer format: for threads that langgraph reads and writes as well.

What the format itself loses is lost here too: tuples come back as lists, subclasses of builtins
as the builtin. `anystep.checkpoint.serde.msgpack` keeps them and is the default.
"""

import copy
import logging  # noqa: TID253  only programs that share threads with langgraph import this
import sys
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgpack as _msgpack

from anystep._records import DeltaSnapshot
from anystep.checkpoint.serde import _langgraph as lg
from anystep.checkpoint.serde._classes import is_strict
from anystep.checkpoint.serde.base import SerializerProtocol
from anystep.checkpoint.serde.event_hooks import SerdeEvent, emit_serde_event

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
        self._lenient = allowed_msgpack_modules is _UNTOLD and not is_strict()
        told = None if allowed_msgpack_modules is _UNTOLD else allowed_msgpack_modules
        self._msgpack: set[tuple[str, ...]] | Literal[True] = _names(told)
        self._given_hook = __unpack_ext_hook__

    def with_msgpack_allowlist(
        self, extra_allowlist: Iterable[tuple[str, ...] | type]
    ) -> "JsonPlusSerializer":
        """This serializer with a longer allow-list; itself if that changes nothing."""
        extra = _names(extra_allowlist)
        if self._lenient or self._msgpack is True or extra is True or extra <= self._msgpack:
            return self
        clone = copy.copy(self)
        clone._msgpack = self._msgpack | extra
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
        if code >= lg.NUMPY:
            return lg.ndarray(parts) if code == lg.NUMPY else None
        try:
            return lg.build(code, parts) if self._allows(code, parts) else parts[2]
        except Exception as error:  # noqa: BLE001  what cannot be rebuilt is given as it was stored
            if code not in (lg.PYDANTIC_V1, lg.PYDANTIC_V2):
                _warn_once(
                    "Could not reconstruct %s.%s from checkpoint (%s); returning its serialized"
                    " data instead.",
                    *(parts[0], parts[1], type(error).__name__),
                )
            return parts[2]

    def _allows(self, code: int, parts: list[Any]) -> bool:
        """Whether what an extension names may be called; listeners and the log are told."""
        module, name = parts[0], parts[1]
        if code == lg.METHOD:
            if (module, name, parts[3]) == lg.SAFE_METHOD:
                return True
            event: SerdeEvent = {"kind": "msgpack_method_blocked", "module": module, "name": name}
            emit_serde_event({**event, "method": parts[3]})
            _logger.warning(
                "Blocked deserialization of method call %s.%s.%s - not in allowed methods set.",
                *(module, name, parts[3]),
            )
            return False
        listed: Any = self._msgpack
        if (module, name) in lg.SAFE or (listed is not True and (module, name) in listed):
            return True
        told = (module, name, module, name)
        if listed is True or (self._lenient and lg.is_plain_data(module, name)):
            kind = "msgpack_unregistered_allowed"
            emit_serde_event({"kind": kind, "module": module, "name": name})
            _warn_once(
                "Deserializing unregistered type %s.%s from checkpoint. Anyone who can write to"
                " the database can name it. Set LANGGRAPH_STRICT_MSGPACK=true to block it, or add"
                " it to allowed_msgpack_modules: [(%r, %r)]",
                *told,
            )
            return True
        emit_serde_event({"kind": "msgpack_blocked", "module": module, "name": name})
        _warn_once(
            "Blocked deserialization of %s.%s - not in allowed_msgpack_modules. Add to"
            " allowed_msgpack_modules to allow: [(%r, %r)]",
            *told,
        )
        return False

    def _revive(self, value: dict[str, Any]) -> Any:
        """An object of the old JSON, from LangGraph (lc 2) or LangChain (lc 1), or `value`."""
        if "lc" not in value:
            return value
        id: Any = value.get("id")
        if value["lc"] != 2 or value.get("type") != "constructor" or not isinstance(id, list):
            return _revive_langchain(value)
        *module, name = id
        is_safe = (".".join(module), name) in lg.SAFE
        if not is_safe and not self._json:
            return value
        if not is_safe and self._json is not True and (*module, name) not in self._json:
            _logger.warning(
                "Object %s is not in the deserialization allowlist.\n%s",
                *(id, _refusal((*module, name)).message),
            )
            return value
        try:
            made = lg.find(".".join(module), name)
            if isinstance(made, type) and issubclass(made, BaseException):
                return None
            return made(*(value.get("args") or ()), **(value.get("kwargs") or {}))
        except Exception as error:  # noqa: BLE001  one bad object must not hide the others
            _logger.warning(
                "Failed to revive lc:2 envelope %s (legacy_method_field=%s, error=%s); returning"
                " None",
                *(".".join((*module, name)), "method" in value, type(error).__name__),
            )
            return None


def _refusal(needed: tuple[str, ...]) -> InvalidModuleError:
    return InvalidModuleError(
        f"Refused to deserialize JSON constructor: {'.'.join(needed)}. Symbol is not in the"
        " deserialization allowlist. If you trust the data, pass"
        f" JsonPlusSerializer(allowed_json_modules=[{needed!r}, ...])"
    )


def _revive_langchain(value: dict[str, Any]) -> Any:
    """What LangChain's own loader makes of `value`; without LangChain, messages."""
    if "langchain_core" in sys.modules:
        from importlib import import_module

        load: Any = import_module("langchain_core.load.load")
        return load.Reviver(allowed_objects="core")(value)
    id: Any = value.get("id")
    if value["lc"] == 1 and value.get("type") == "constructor" and isinstance(id, list):
        *module, name = id
        if "messages" in module and name in lg.MESSAGES:
            return lg.find(lg.MESSAGES[name], name)(**(value.get("kwargs") or {}))
    return value


#: What was warned of already: a thread may hold thousands of objects of one class.
_warned: set[tuple[str, str, str]] = set()

_MOST_WARNINGS = 1000


def _warn_once(message: str, module: str, name: str, *rest: str) -> None:
    """Log a warning about a class, once in the life of the process."""
    key = (message, module, name)
    if key not in _warned and len(_warned) < _MOST_WARNINGS:
        _warned.add(key)
        _logger.warning(message, module, name, *rest)


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
