"""Chat messages as the format holds them: kind, content and what differs from the defaults."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from anystep import messages
from anystep.checkpoint.serde.errors import DeserializationError
from anystep.messages._base import EMPTY


class _Kind:
    """What is known of one class of messages."""

    __slots__ = ("chunk", "cls", "defaults", "fields", "known", "names")

    def __init__(self, cls: Any) -> None:
        self.cls = cls
        self.chunk = issubclass(cls, messages.BaseMessageChunk)
        self.names = tuple(name for name in cls._fields if name not in ("type", "content"))
        #: All of a message's fields but its type, content first.
        self.fields: Callable[[Any], tuple[Any, ...]] = attrgetter("content", *self.names)
        self.defaults = tuple(
            EMPTY[name]() if name in EMPTY else cls._defaults.get(name) for name in self.names
        )
        self.known = frozenset(self.names)


_KINDS: dict[str, _Kind] = {
    cls.type: _Kind(cls)
    for cls in map(messages.__dict__.get, messages.__all__)
    if isinstance(cls, type) and issubclass(cls, messages.BaseMessage) and hasattr(cls, "type")
}

_BY_CLASS: dict[type, _Kind] = {kind.cls: kind for kind in _KINDS.values()}


def is_message(cls: type) -> bool:
    """Whether `cls` is one of the engine's own message classes, not a subclass of one."""
    return cls in _BY_CLASS


def is_simple(cls: type) -> bool:
    """Whether `cls` is one of them, and of whole messages."""
    return cls in _BY_CLASS and not _BY_CLASS[cls].chunk


def message_fields(message: Any) -> tuple[Any, ...]:
    """Everything a message consists of."""
    kind = _BY_CLASS[message.__class__]
    return (*kind.fields(message), message.__dict__)


def message_parts(message: Any) -> list[Any]:
    """[kind, content, other fields by name], then the extra attributes if there are any."""
    kind = _BY_CLASS[message.__class__]
    content, *values = kind.fields(message)
    fields = {
        name: value
        for name, value, default in zip(kind.names, values, kind.defaults, strict=True)
        if value is not default and value != default
    }
    if message.__dict__:
        return [message.type, content, fields, message.__dict__]
    return [message.type, content, fields]


def make_message(name: str, content: Any, fields: dict[str, Any], extra: Any = None) -> Any:
    """The message of those parts, as it was: nothing is read out of one field into another.

    Fields that have their defaults are not set: the message makes those that are asked for.
    """
    kind = _KINDS.get(name)
    if kind is None:
        raise DeserializationError(f"there is no kind of message called {name!r}")
    if kind.chunk:
        return kind.cls(content, **fields, **(extra or {}))
    message = object.__new__(kind.cls)
    message.content = content
    message.name = message.id = None
    for field, value in fields.items():
        if field in kind.known and (value is not None or field not in EMPTY):
            setattr(message, field, value)
    if extra:
        message.__dict__.update(extra)
    return message
