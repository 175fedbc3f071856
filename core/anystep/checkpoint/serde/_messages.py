"""Chat messages as the format holds them: kind, content and what differs from the defaults."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from anystep import messages
from anystep.checkpoint.serde.errors import DeserializationError

#: The fields whose default is an empty container.
_EMPTY: dict[str, Callable[[], Any]] = {
    "additional_kwargs": dict,
    "response_metadata": dict,
    "invalid_tool_calls": list,
    "tool_call_chunks": list,
    "tool_calls": list,
}

#: The fields `make_message` sets without looking them up.
_COMMON = frozenset(("type", "content", "additional_kwargs", "response_metadata", "name", "id"))


class _Kind:
    """What is known of one class of messages."""

    __slots__ = ("chunk", "cls", "defaults", "fields", "more", "names")

    def __init__(self, cls: Any) -> None:
        self.cls = cls
        self.chunk = issubclass(cls, messages.BaseMessageChunk)
        self.names = tuple(name for name in cls._fields if name not in ("type", "content"))
        #: All of a message's fields but its type, content first.
        self.fields: Callable[[Any], tuple[Any, ...]] = attrgetter("content", *self.names)
        self.defaults = tuple(
            _EMPTY[name]() if name in _EMPTY else cls._defaults.get(name) for name in self.names
        )
        #: The fields this class has besides the common ones, with their defaults.
        self.more = [
            (name, _EMPTY.get(name), default)
            for name, default in zip(self.names, self.defaults, strict=True)
            if name not in _COMMON
        ]


_KINDS: dict[str, _Kind] = {
    cls.type: _Kind(cls)
    for cls in map(messages.__dict__.get, messages.__all__)
    if isinstance(cls, type) and issubclass(cls, messages.BaseMessage) and hasattr(cls, "type")
}

_BY_CLASS: dict[type, _Kind] = {kind.cls: kind for kind in _KINDS.values()}


def is_message(cls: type) -> bool:
    """Whether `cls` is one of the engine's own message classes, not a subclass of one."""
    return cls in _BY_CLASS


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
    """The message of those parts, as it was: nothing is read out of one field into another."""
    kind = _KINDS.get(name)
    if kind is None:
        raise DeserializationError(f"there is no kind of message called {name!r}")
    if kind.chunk:
        return kind.cls(content, **fields, **(extra or {}))
    message = object.__new__(kind.cls)
    find = fields.get
    message.content = content
    message.additional_kwargs = find("additional_kwargs") or {}
    message.response_metadata = find("response_metadata") or {}
    message.name = find("name")
    message.id = find("id")
    for field, make, default in kind.more:
        if field in fields:
            setattr(message, field, fields[field])
        else:
            setattr(message, field, make() if make else default)
    if extra:
        message.__dict__.update(extra)
    return message
