"""Messages from whatever people write down as messages, and back to plain data."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from anystep.messages._ai import AIMessage, AIMessageChunk
from anystep.messages._base import BaseMessage, BaseMessageChunk
from anystep.messages._roles import (
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    SystemMessageChunk,
)
from anystep.messages._tool import ToolMessage, ToolMessageChunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

AnyMessage = (
    AIMessage
    | HumanMessage
    | ChatMessage
    | SystemMessage
    | FunctionMessage
    | ToolMessage
    | AIMessageChunk
    | HumanMessageChunk
    | ChatMessageChunk
    | SystemMessageChunk
    | FunctionMessageChunk
    | ToolMessageChunk
)
"""Any message or piece of one, for annotating state."""

MessageLikeRepresentation = (
    BaseMessage | list[str] | tuple[str, str | list[str | dict[str, Any]]] | str | dict[str, Any]
)
"""What `convert_to_messages` takes for one message."""

#: The wire name of a class of messages, in data that may come from anywhere: nothing else is made.
CLASSES: dict[str, type[BaseMessage]] = {
    cls.type: cls
    for cls in (
        AIMessage,
        AIMessageChunk,
        ChatMessage,
        ChatMessageChunk,
        FunctionMessage,
        FunctionMessageChunk,
        HumanMessage,
        HumanMessageChunk,
        RemoveMessage,
        SystemMessage,
        SystemMessageChunk,
        ToolMessage,
        ToolMessageChunk,
    )
}

_ROLES: dict[str, type[BaseMessage]] = {
    "ai": AIMessage,
    "assistant": AIMessage,
    "developer": SystemMessage,
    "function": FunctionMessage,
    "human": HumanMessage,
    "remove": RemoveMessage,
    "system": SystemMessage,
    "tool": ToolMessage,
    "user": HumanMessage,
}

# Fields beside content, name and id that a dict may have in its own right, by the kind of message.
_OWN_FIELDS: dict[type[BaseMessage], tuple[str, ...]] = {
    AIMessage: ("invalid_tool_calls", "usage_metadata"),
    ToolMessage: ("artifact", "status"),
}


def convert_to_messages(messages: "Iterable[Any]") -> list[Any]:
    """Each item as a message.

    A message stays itself, LangChain's too. A string is the user's. A pair is (role, content). A
    dict has `role` or `type`, `content`, and what else belongs to the message; other keys go to
    `additional_kwargs`. Raises ValueError for an unknown role or a dict without role or content,
    NotImplementedError for anything else.
    """
    to_messages = getattr(messages, "to_messages", None)
    if to_messages is not None:  # LangChain's PromptValue
        found: list[Any] = to_messages()
        return found
    return [_to_message(one) for one in messages]


def _to_message(given: Any) -> Any:
    if isinstance(given, BaseMessage) or is_langchain_message(given):
        return given
    if isinstance(given, str):
        return HumanMessage(given)
    fields: dict[str, Any] = given
    if isinstance(given, dict):
        return _from_dict(fields)
    if isinstance(given, (list, tuple)):
        parts: list[Any] = [*given]
        if len(parts) != 2:
            raise NotImplementedError("Message as a sequence must be (role string, template)")
        return _of_role(parts[0], parts[1], {})
    raise NotImplementedError(f"Unsupported message type: {type(given)}")


@lru_cache(maxsize=64)
def _langchain_class(cls: type[Any]) -> bool:
    return any(
        base.__name__ == "BaseMessage" and base.__module__ == "langchain_core.messages.base"
        for base in cls.__mro__
    )


def is_langchain_message(value: object) -> bool:
    """Whether `value` is a message of LangChain's: known by its class's name, nothing imported."""
    cls: type = type(value)
    return _langchain_class(cls)


def _from_dict(given: dict[str, Any]) -> BaseMessage:
    kwargs = given.get("kwargs")
    if given.get("lc") == 1 and given.get("type") == "constructor" and isinstance(kwargs, dict):
        # LangChain's way to write down a constructor call; the class's name says the kind.
        name = str((given.get("id") or [""])[-1])
        kind = name.removesuffix("Chunk").removesuffix("Message").lower()
        if kind in _ROLES and "Message" in name:
            return _from_dict({"type": kind, **kwargs})
    rest = dict(given)
    role = rest.pop("role", None) or rest.pop("type", None)
    if role is None or "content" not in rest:
        raise ValueError(f"Message dict must contain 'role' and 'content' keys, got {given}")
    return _of_role(role, rest.pop("content") or "", rest)


def _of_role(role: str, content: Any, rest: dict[str, Any]) -> BaseMessage:
    cls = _ROLES.get(role)
    if cls is None:
        raise ValueError(
            f"Unexpected message type: '{role}'. Use one of 'human', 'user', 'ai', 'assistant', "
            "'function', 'tool', 'system', or 'developer'."
        )
    fields: dict[str, Any] = {}
    for name in ("name", "id", "tool_call_id", "tool_calls"):
        if (value := rest.pop(name, None)) is not None:
            fields[name] = value
    inner: dict[str, Any] = rest.pop("additional_kwargs", None) or {}
    extra: dict[str, Any] = {**rest, **inner}
    for name in ("response_metadata", *_OWN_FIELDS.get(cls, ())):
        if (value := extra.pop(name, None)) is not None:
            fields[name] = value
    if role == "developer":
        extra["__openai_role__"] = "developer"
    if "tool_calls" in fields:
        fields["tool_calls"] = [_openai_call(call) for call in fields["tool_calls"]]
    if cls is RemoveMessage:
        return RemoveMessage(additional_kwargs=extra, **fields)
    return cls(content, additional_kwargs=extra, **fields)


def _openai_call(call: dict[str, Any]) -> dict[str, Any]:
    """A call in LangChain's form, also if it came in OpenAI's."""
    function = call.get("function")
    if function is None:
        return call
    args = function["arguments"]
    if isinstance(args, str):
        import json

        args = json.loads(args, strict=False)
    return {"name": function["name"], "args": args, "id": call.get("id")}


def message_chunk_to_message(chunk: Any) -> Any:
    """The whole message a piece stands for; a whole message is itself."""
    if isinstance(chunk, BaseMessageChunk):
        cls: type[BaseMessage] = type(chunk).__mro__[1]
        fields = {name: getattr(chunk, name) for name in cls.wire_fields() if name != "type"}
        return cls(**fields, **chunk.__dict__)
    if is_langchain_message(chunk):
        from importlib import import_module

        return import_module("langchain_core.messages").message_chunk_to_message(chunk)
    return chunk


def message_to_dict(message: Any) -> dict[str, Any]:
    """`{"type": wire name, "data": all fields}`, as LangChain writes messages down."""
    return {"type": message.type, "data": message.model_dump()}


def messages_to_dict(messages: "Sequence[Any]") -> list[dict[str, Any]]:
    """`message_to_dict` of each."""
    return [message_to_dict(message) for message in messages]


def messages_from_dict(messages: "Sequence[dict[str, Any]]") -> list[BaseMessage]:
    """What `messages_to_dict` wrote down. Raises ValueError for a type that is no message's."""
    return [message_from_fields({**one["data"], "type": one["type"]}) for one in messages]


def message_from_fields(fields: dict[str, Any]) -> BaseMessage:
    """The message with these fields; `type` says the class. Back from `BaseMessage.to_dict`."""
    rest = dict(fields)
    cls = CLASSES.get(rest.pop("type"))
    if cls is None:
        raise ValueError(f"Got unexpected message type: {fields['type']}")
    if cls is RemoveMessage:
        rest.pop("content", None)
        return RemoveMessage(**rest)
    rest.setdefault("content", "")
    return cls(**rest)
