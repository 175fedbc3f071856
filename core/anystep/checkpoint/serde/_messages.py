"""Chat messages as the format holds them: kind, content and what differs from the defaults."""

from typing import Any

from anystep import messages
from anystep.checkpoint.serde.errors import DeserializationError

_EMPTY: dict[str, type] = {
    "additional_kwargs": dict,
    "response_metadata": dict,
    "invalid_tool_calls": list,
    "tool_call_chunks": list,
    "tool_calls": list,
}

_KINDS: dict[str, Any] = {
    cls.type: cls
    for cls in map(messages.__dict__.get, messages.__all__)
    if isinstance(cls, type) and issubclass(cls, messages.BaseMessage) and hasattr(cls, "type")
}


def is_message(cls: type) -> bool:
    """Whether `cls` is one of the engine's own message classes, not a subclass of one."""
    return cls in _KINDS.values()


def message_parts(message: Any) -> list[Any]:
    """[kind, content, other fields by name], then the extra attributes if there are any."""
    fields: dict[str, Any] = {}
    for name in message._fields[1:]:
        value = getattr(message, name)
        if value is None or name == "type" or value == message._defaults.get(name, ()):
            continue
        if value or name not in _EMPTY:
            fields[name] = value
    parts = [message.type, message.content, fields]
    if message.__dict__:
        parts.append(message.__dict__)
    return parts


def make_message(kind: str, content: Any, fields: dict[str, Any], extra: Any = None) -> Any:
    """The message of those parts, as it was: nothing is read out of one field into another."""
    cls = _KINDS.get(kind)
    if cls is None:
        raise DeserializationError(f"there is no kind of message called {kind!r}")
    if issubclass(cls, messages.BaseMessageChunk):
        return cls(content, **fields, **(extra or {}))
    message = object.__new__(cls)
    message.content = content
    for name in cls._fields[1:]:
        if name in fields:
            setattr(message, name, fields[name])
        elif name != "type":
            setattr(message, name, _EMPTY[name]() if name in _EMPTY else cls._defaults.get(name))
    if extra:
        message.__dict__.update(extra)
    return message
