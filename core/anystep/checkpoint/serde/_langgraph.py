"""How LangGraph writes objects into msgpack: constructors by name, in extensions 0 to 7.

The engine's records and messages are written under LangGraph's and LangChain's names, and such
names are read as the engine's classes, so that both sides can work on one thread.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from anystep._policies import TimeoutPolicy
from anystep._records import Command, DeltaSnapshot, Interrupt, Overwrite, Send

SINGLE_ARG = 0
POS_ARGS = 1
KW_ARGS = 2
METHOD = 3
PYDANTIC_V1 = 4
PYDANTIC_V2 = 5
NUMPY = 6
DELTA_SNAPSHOT = 7

TYPES = "langgraph.types"

_RECORDS: dict[type, tuple[str, ...]] = {
    Interrupt: ("value", "id", "response_schema"),
    Command: ("graph", "update", "resume", "goto"),
    Overwrite: ("value", "type"),
    TimeoutPolicy: ("run_timeout", "idle_timeout", "refresh_on"),
}

MESSAGES = {
    f"{name}{chunk}": f"langchain_core.messages.{module}"
    for name, module in {
        "HumanMessage": "human",
        "AIMessage": "ai",
        "SystemMessage": "system",
        "ChatMessage": "chat",
        "ToolMessage": "tool",
        "FunctionMessage": "function",
        "RemoveMessage": "modifier",
    }.items()
    for chunk in ("", "Chunk")
}

_PATHLIB = ("pathlib", "pathlib._local")

#: (module, name) of what may be built without being listed: plain data.
SAFE = frozenset(
    {
        *(("datetime", n) for n in ("datetime", "date", "time", "timedelta", "timezone")),
        *(("ipaddress", f"IPv{v}{n}") for v in "46" for n in ("Address", "Interface", "Network")),
        *((module, n) for module in _PATHLIB for n in ("Path", "PosixPath", "WindowsPath")),
        *((module, name) for name, module in MESSAGES.items()),
        *(("langchain_core.messages.base", n) for n in ("BaseMessage", "BaseMessageChunk")),
        *((TYPES, n) for n in ("Send", "TimeoutPolicy", "Interrupt", "Command", "StateSnapshot")),
        *((TYPES, n) for n in ("PregelTask", "Overwrite")),
        *(("langgraph.store.base", n) for n in ("Item", "SearchItem", "GetOp")),
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("collections", "deque"),
        ("decimal", "Decimal"),
        ("langchain_core.documents.base", "Document"),
        ("re", "compile"),
        ("uuid", "UUID"),
        ("zoneinfo", "ZoneInfo"),
    }
)

#: The one method that may be called to build an object.
SAFE_METHOD = ("datetime", "datetime", "fromisoformat")


_HEAP_TYPE = 1 << 9  # CPython's Py_TPFLAGS_HEAPTYPE


class Made(NamedTuple):
    """An object taken apart: the extension's code, and what its payload holds."""

    code: int
    payload: Any


def take_apart(value: Any) -> Any:
    """`value` as LangGraph writes it: a `Made`, or something msgpack has.

    Raises TypeError for what LangGraph cannot write either.
    """
    cls = type(value)
    if cls is tuple:
        return list(value)
    if cls is DeltaSnapshot:
        return Made(DELTA_SNAPSHOT, value.value)
    if cls is Send:
        timeout = () if value.timeout is None else (value.timeout,)
        return Made(POS_ARGS, [TYPES, "Send", [value.node, value.arg, *timeout]])
    if cls in _RECORDS:
        fields = {name: getattr(value, name) for name in _RECORDS[cls]}
        return Made(KW_ARGS, [TYPES, cls.__name__, fields])
    for test, writer in _WRITERS:
        if test(value):
            return writer(value)
    # Classes written in C call themselves by their module's name as well.
    is_python = cls.__flags__ & _HEAP_TYPE or cls.__module__ == "builtins"
    name = cls.__name__ if is_python else f"{cls.__module__}.{cls.__name__}"
    raise TypeError(f"Type is not msgpack serializable: {name}")


def _named(code: int, value: Any, *payload: Any) -> Made:
    cls = type(value)
    module = cls.__module__
    if module == "anystep.messages":
        module = MESSAGES.get(cls.__name__, module)
    elif module == "anystep.store.base._items":
        module = "langgraph.store.base"
    elif module == "anystep.types":
        module = TYPES
    return Made(code, [module, cls.__name__, *payload])


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda value: all(callable(getattr(value, name, None)) for name in names)


def _is(*classes: str) -> Callable[[Any], bool]:
    """Whether a value is of a class of that name, or of a subclass; imports nothing."""
    return lambda value: any(
        f"{base.__module__}.{base.__qualname__}" in classes for base in type(value).__mro__
    )


def _ndarray(value: Any) -> Made:
    if value.dtype.hasobject:  # LangGraph writes addresses, which it cannot read
        raise TypeError("Type is not msgpack serializable: numpy.ndarray of objects")
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    data = value.tobytes(order="C" if value.flags.c_contiguous else "A")
    return Made(NUMPY, [value.dtype.str, list(value.shape), order, data])


def _time(value: Any) -> Made:
    names = ("hour", "minute", "second", "microsecond", "tzinfo", "fold")
    return _named(KW_ARGS, value, {name: getattr(value, name) for name in names})


def _dataclass(value: Any) -> Made:
    from dataclasses import fields

    return _named(
        KW_ARGS, value, {field.name: getattr(value, field.name) for field in fields(value)}
    )


def _plain(value: Any) -> Any:
    """A subclass of a builtin as the builtin, which is all LangGraph keeps of it."""
    bases: tuple[Any, ...] = (str, int, dict, list)
    return next(base(value) for base in bases if isinstance(value, base))


_WRITERS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (_is("enum.Enum"), lambda v: _named(SINGLE_ARG, v, v.value)),
    (lambda v: isinstance(v, int) and type(v) is int, lambda v: _too_big()),
    (lambda v: isinstance(v, (str, int, dict, list)), _plain),
    (_has("model_dump"), lambda v: _named(PYDANTIC_V2, v, v.model_dump(), "model_validate_json")),
    (_has("get_secret_value"), lambda v: _named(SINGLE_ARG, v, v.get_secret_value())),
    (_has("dict"), lambda v: _named(PYDANTIC_V1, v, v.dict())),
    (_has("_asdict"), lambda v: _named(KW_ARGS, v, v._asdict())),
    (
        _is("pathlib.Path", "pathlib._local.Path"),
        lambda v: _named(POS_ARGS, v, list(v.parts)),
    ),
    (_is("re.Pattern"), lambda v: Made(POS_ARGS, ["re", "compile", [v.pattern, v.flags]])),
    (_is("uuid.UUID"), lambda v: _named(SINGLE_ARG, v, v.hex)),
    (_is("decimal.Decimal"), lambda v: _named(SINGLE_ARG, v, str(v))),
    (
        lambda v: isinstance(v, (set, frozenset)) or _is("collections.deque")(v),
        lambda v: _named(SINGLE_ARG, v, list(v)),
    ),
    (lambda v: type(v).__module__ == "ipaddress", lambda v: _named(SINGLE_ARG, v, str(v))),
    (_is("datetime.datetime"), lambda v: _named(METHOD, v, v.isoformat(), "fromisoformat")),
    (
        _is("datetime.timedelta"),
        lambda v: _named(POS_ARGS, v, [v.days, v.seconds, v.microseconds]),
    ),
    (_is("datetime.date"), lambda v: _named(POS_ARGS, v, [v.year, v.month, v.day])),
    (_is("datetime.time"), _time),
    (_is("datetime.timezone"), lambda v: _named(POS_ARGS, v, list(v.__getinitargs__()))),
    (_is("zoneinfo.ZoneInfo"), lambda v: _named(SINGLE_ARG, v, v.key)),
    (lambda v: hasattr(type(v), "__dataclass_fields__"), _dataclass),
    (_is("numpy.ndarray"), _ndarray),
    (lambda v: isinstance(v, BaseException), repr),
)


def _too_big() -> Any:
    raise TypeError("Integer exceeds 64-bit range")


def find(module: str, name: str) -> Any:
    """What stored data calls `module.name`: the engine's own class where there is one."""
    from importlib import import_module

    if module == TYPES:
        return getattr(import_module("anystep.types"), name)
    if module == "langgraph.store.base":
        return getattr(import_module("anystep.store.base"), name)
    # A program that uses LangChain's messages gets LangChain's.
    if (
        module.startswith("langchain_core.messages")
        and "langchain_core.messages" not in sys.modules
    ):
        return getattr(import_module("anystep.messages"), name)
    return getattr(import_module(module), name)


def is_plain_data(module: str, name: str) -> bool:
    """Whether that is a class which only holds values, in a module that is imported already."""
    loaded = sys.modules.get(module)
    cls = getattr(loaded, name, None) if loaded is not None and "." not in name else None
    if not isinstance(cls, type):
        return False
    marks = ("__dataclass_fields__", "model_fields", "__fields__", "get_secret_value")
    if any(hasattr(cls, mark) for mark in marks) or hasattr(cls, "__members__"):
        return True
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def build(code: int, parts: list[Any]) -> Any:
    """The object an extension describes; its name has been checked. Raises whatever it raises."""
    module, name, given, *_ = parts
    if code in (PYDANTIC_V1, PYDANTIC_V2):
        return _model(find(module, name), given)
    if module == TYPES and name == "Send":
        return Send(*given[:2], timeout=given[2] if len(given) > 2 else None)
    made = find(module, name)
    if code == METHOD:
        return getattr(made, parts[3])(given)
    if code == SINGLE_ARG:
        return made(given)
    return made(*given) if code == POS_ARGS else made(**given)


def _model(cls: Any, given: Mapping[str, Any]) -> Any:
    try:
        return cls(**given)
    except Exception:
        construct = getattr(cls, "model_construct", None) or getattr(cls, "construct", None)
        if construct is None:
            raise
        return construct(**given)


def ndarray(parts: list[Any]) -> Any:
    """A numpy array, read-only as LangGraph's are; None for what is none."""
    from importlib import import_module

    try:
        numpy: Any = import_module("numpy")
        dtype, shape, order, data = parts
        return numpy.frombuffer(data, dtype=numpy.dtype(dtype)).reshape(shape, order=order)
    except (ImportError, TypeError, ValueError):
        return None
