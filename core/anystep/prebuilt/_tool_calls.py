"""What a `ToolNode` is asked: the calls in its input, the state around them, a call's request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypedDict

from anystep._langchain import has_messages, message_bases, module
from anystep._record import Record
from anystep._records import Command
from anystep.messages import AIMessage, RemoveMessage, ToolMessage

InputType = Literal["list", "dict", "tool_calls"]
ToolCall = dict[str, Any]
WITH_CONTEXT = "tool_call_with_context"


class ToolCallRequest(Record):
    """One call of a tool, as a wrapper sees it.

    `tool_call` is the model's call, `tool` the tool (None where the node has none of that name),
    `state` the graph's, `runtime` what the tool may know of its run.
    """

    __slots__ = ("runtime", "state", "tool", "tool_call")
    runtime: Any
    state: Any
    tool: Any
    tool_call: ToolCall

    def __init__(self, tool_call: ToolCall, tool: Any, state: Any, runtime: Any) -> None:
        values = {"tool_call": tool_call, "tool": tool, "state": state, "runtime": runtime}
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        import warnings

        warnings.warn(
            f"Setting attribute '{name}' on ToolCallRequest is deprecated. Use the override() "
            "method instead to create a new instance with modified values.",
            DeprecationWarning,
            stacklevel=2,
        )
        object.__setattr__(self, name, value)

    def override(self, **changes: Any) -> ToolCallRequest:
        """Another request, with some fields changed. Raises TypeError for an unknown field."""
        found: ToolCallRequest = self.__replace__(**changes)
        return found


Answer = Any  # a ToolMessage, a Command, or a list of them
ToolCallWrapper = Callable[[ToolCallRequest, Callable[[ToolCallRequest], Answer]], Answer]
AsyncToolCallWrapper = Callable[
    [ToolCallRequest, Callable[[ToolCallRequest], Awaitable[Answer]]], Awaitable[Answer]
]


class ToolCallWithContext(TypedDict):
    """A tool call with the state it was made in: what a `Send` to a `ToolNode` may carry."""

    tool_call: Any
    __type: Literal["tool_call_with_context"]
    state: Any


def calls_in(given: Any, messages_key: str) -> tuple[list[ToolCall], InputType]:
    """The tool calls of an input, and the shape it came in.

    Raises: `ValueError` where there are no messages, or none of a model.
    """
    if isinstance(given, list):
        last = given[-1] if given else None
        if isinstance(last, dict) and last.get("type") == "tool_call":
            return given, "tool_calls"
        messages, shape = given, "list"
    elif isinstance(given, dict) and given.get("__type") == WITH_CONTEXT:
        return [given["tool_call"]], "tool_calls"
    else:
        found = given.get(messages_key) if isinstance(given, dict) else None
        messages, shape = found or getattr(given, messages_key, None) or [], "dict"
        if not messages:
            raise ValueError("No message found in input")
    for message in reversed(messages):
        if is_kind(message, AIMessage):
            return list(message.tool_calls), "list" if shape == "list" else "dict"
    raise ValueError("No AIMessage found in input")


def state_in(given: Any) -> Any:
    """The state around the calls: the input itself, unless it is nothing but calls."""
    if isinstance(given, dict) and given.get("__type") == WITH_CONTEXT:
        return given["state"]
    if isinstance(given, list) and given:
        last = given[-1]
        if isinstance(last, dict) and last.get("type") == "tool_call":
            from anystep.config import current_task

            task = current_task.get()
            return {} if task is None else _shown(task.run)
    return given


def _shown(run: Any) -> dict[str, Any]:
    return {name: value for name, value in run.values.items() if not name.startswith("__")}


# -- messages of either kind --------------------------------------------------------------


def is_kind(message: Any, ours: type[Any]) -> bool:
    """Whether a message is of a class of ours, or of LangChain's of the same name."""
    if isinstance(message, ours):
        return True
    return ours.type == getattr(message, "type", None) and bool(message_bases(type(message)))


def kind_of(like: Any, ours: type[Any]) -> type[Any]:
    """The class of messages to make: LangChain's where `like` is, or where they are in use."""
    if like is not None and message_bases(type(like)):
        return _theirs(ours)
    if like is None and has_messages():
        return _theirs(ours)
    return ours


def _theirs(ours: type[Any]) -> type[Any]:
    found: type[Any] = getattr(module("messages"), ours.__name__)
    return found


def answer(call: ToolCall, content: Any, *, failed: bool = False) -> Any:
    """The message that answers a call."""
    cls = kind_of(None, ToolMessage)
    status = {"status": "error"} if failed else {}
    return cls(content=content, name=call["name"], tool_call_id=call["id"], **status)


def forgets_all(messages: Any) -> bool:
    """Whether a list of messages is nothing but the one that removes all others."""
    from anystep.graph.message import REMOVE_ALL_MESSAGES

    return (
        isinstance(messages, list)
        and len(messages) == 1
        and is_kind(messages[0], RemoveMessage)
        and messages[0].id == REMOVE_ALL_MESSAGES
    )


def is_command(value: Any) -> bool:
    """Whether a value is a command to the graph."""
    return isinstance(value, Command)
