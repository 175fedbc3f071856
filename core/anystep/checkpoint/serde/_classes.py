"""Which classes may be stored and loaded, and under which names."""

from collections.abc import Iterable
from typing import TypeAlias

from anystep.checkpoint.serde._objects import BASES
from anystep.checkpoint.serde.errors import DeserializationError, SerializationError

#: A class, "module:qualname", or the parts of the module's name and the class's name.
Allowed: TypeAlias = type | str | tuple[str, ...]

_MESSAGES = (
    "base:BaseMessage base:BaseMessageChunk human:HumanMessage human:HumanMessageChunk"
    " ai:AIMessage ai:AIMessageChunk system:SystemMessage system:SystemMessageChunk"
    " chat:ChatMessage chat:ChatMessageChunk tool:ToolMessage tool:ToolMessageChunk"
    " function:FunctionMessage function:FunctionMessageChunk modifier:RemoveMessage"
)

#: Allowed without being asked for: plain data of the engine and of langchain-core.
SAFE = (
    "anystep.types:PregelTask",
    "anystep.types:StateSnapshot",
    "langchain_core.documents.base:Document",
    *(f"langchain_core.messages.{name}" for name in _MESSAGES.split()),
    *(f"pydantic{v}.types:{name}" for v in ("", ".v1") for name in ("SecretStr", "SecretBytes")),
)

#: What a class of plain data has: an enum, a dataclass, attrs' ones, a pydantic model.
_MARKS = (
    "__members__",
    "__dataclass_fields__",
    "__attrs_attrs__",
    "__pydantic_fields__",
    "__fields__",
)


class Classes:
    """An allow-list by name. With `learn`, writing an object puts its class on the list.

    With `imported` as well, and so does reading one, if its class is plain data of a module that
    the program has imported.
    """

    __slots__ = ("_imported", "_known", "_learn")

    def __init__(
        self, allowed: Iterable[Allowed] = (), *, learn: bool = False, imported: bool = False
    ) -> None:
        self._learn = learn or imported
        self._imported = imported
        self._known: dict[str, type | None] = dict.fromkeys(SAFE)  # None: not imported yet
        for entry in allowed:
            if isinstance(entry, type):
                self._known[name_of(entry)] = entry
            else:
                self._known.setdefault(_spelled(entry))

    def extended(self, extra: Iterable[Allowed]) -> "Classes":
        """A longer list, or this one if it has all of `extra` already."""
        longer = Classes(extra, learn=self._learn, imported=self._imported)
        if longer._known.items() <= self._known.items():
            return self
        for name, cls in self._known.items():
            longer._known[name] = longer._known.get(name) or cls
        return longer

    def writable(self, cls: type) -> str:
        """The name to store an object of `cls` under. Raises SerializationError if not listed."""
        name = name_of(cls)
        if name not in self._known and not self._learn:
            raise SerializationError(
                f"objects of class {cls.__qualname__!r} ({cls.__module__}) are not on the"
                f" serializer's allow-list: use the class in the state's annotations, or pass"
                f" MsgpackSerializer(allow=[{cls.__name__}])",
                refused=cls,
            )
        self._known[name] = cls
        return name

    def readable(self, name: str) -> type:
        """The class stored as `name`. Raises DeserializationError if it is not listed."""
        if name not in self._known:
            found = _plain_data(name) if self._imported else None
            if found is None:
                raise DeserializationError(
                    f"the data holds an object of {name!r}, which is not on the serializer's"
                    f" allow-list: if you trust it, pass MsgpackSerializer(allow=[{name!r}])"
                )
            self._known[name] = found
        cls = self._known[name]
        if cls is None:
            cls = self._known[name] = _imported(name)
        return cls


def name_of(cls: type) -> str:
    """`cls` as "module:qualname"."""
    return f"{cls.__module__}:{cls.__qualname__}"


def _spelled(entry: str | tuple[str, ...]) -> str:
    if isinstance(entry, tuple):
        return f"{'.'.join(entry[:-1])}:{entry[-1]}"
    if ":" not in entry:
        raise ValueError(f"a class is named 'module:qualname', not {entry!r}")
    return entry


def _plain_data(name: str) -> type | None:
    """The class of that name if it only holds values and its module is imported already."""
    import sys

    module, _, qualname = name.partition(":")
    found: object = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, type):
        return None
    is_plain = any(hasattr(found, mark) for mark in _MARKS) or issubclass(found, BASES)
    return found if is_plain and name_of(found) == name else None


def _imported(name: str) -> type:
    from importlib import import_module

    module, _, qualname = name.partition(":")
    try:
        found: object = import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise DeserializationError(f"class {name!r} cannot be imported: {error}") from error
    if not isinstance(found, type):
        raise DeserializationError(f"{name!r} is not a class")
    return found


def is_strict() -> bool:
    """Whether the environment asks for listed classes only."""
    import os

    return os.environ.get("LANGGRAPH_STRICT_MSGPACK", "").lower() in ("1", "true", "yes")
