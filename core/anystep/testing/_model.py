"""A chat model that says what it was told to say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from anystep.config import current_task
from anystep.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_messages
from anystep.pregel._messages import tell_token

__all__ = ["ScriptedModel"]

Reply: TypeAlias = Any


class ScriptedModel:
    """Gives one reply after another, and remembers what it was asked.

    A reply is text, an AIMessage, a list of tool calls (`{"name": ..., "args": {...}}`), an
    exception to raise, or a function of the messages that returns one of these:

        model = ScriptedModel([[{"name": "add", "args": {"a": 1, "b": 2}}], "It is 3."])

    Replies without an id get "scripted-1", "scripted-2" and so on; tool calls "call-1", ….
    A call too many raises AssertionError. It has the methods that agents call: `invoke`,
    `ainvoke`, `stream`, `astream`, `bind_tools`, `bind`, `with_structured_output`.
    """

    __slots__ = ("_script", "bound", "calls", "tools")

    def __init__(self, replies: Iterable[Reply]) -> None:
        self._script = _Script(replies)
        self.calls: list[list[BaseMessage]] = self._script.calls  # of bound copies as well
        self.tools: Sequence[Any] = ()
        self.bound: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<ScriptedModel asked {len(self.calls)} times>"

    def invoke(self, input: Any, config: Any = None, **options: Any) -> AIMessage:
        """The next reply. `input` is a message, a list of message-like things or text.

        Inside a node its words are told to the `messages` stream.
        """
        reply = self._script.next(_messages(input))
        for piece in _pieces(reply):
            _tell(piece, config)
        return reply

    async def ainvoke(self, input: Any, config: Any = None, **options: Any) -> AIMessage:
        """`invoke`, for coroutines."""
        return self.invoke(input, config, **options)

    def stream(self, input: Any, config: Any = None, **options: Any) -> Iterator[AIMessageChunk]:
        """The next reply word by word; tool calls come whole, with the last piece."""
        for piece in _pieces(self._script.next(_messages(input))):
            _tell(piece, config)
            yield piece

    async def astream(
        self, input: Any, config: Any = None, **options: Any
    ) -> AsyncIterator[AIMessageChunk]:
        """`stream`, for coroutines."""
        for piece in self.stream(input, config, **options):
            yield piece

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> ScriptedModel:
        """A model with these `tools` that shares script and memory with this one."""
        bound = self.bind(**options)
        bound.tools = tuple(tools)
        return bound

    def bind(self, **options: Any) -> ScriptedModel:
        """A model with these options under `bound` that shares script and memory."""
        bound = object.__new__(ScriptedModel)
        bound._script, bound.calls, bound.tools = self._script, self.calls, self.tools
        bound.bound = {**self.bound, **options}
        return bound

    def with_structured_output(self, schema: Any, **options: Any) -> _Structured:
        """Something whose `invoke` and `ainvoke` give the next reply as it stands in the script."""
        return _Structured(self._script)


class _Script:
    """The replies that are left; shared by all copies of a model."""

    def __init__(self, replies: Iterable[Reply]) -> None:
        self._replies = list(replies)
        self._tool_calls = 0
        self.calls: list[list[BaseMessage]] = []

    def next_raw(self, messages: list[BaseMessage]) -> Any:
        self.calls.append(messages)
        count = len(self.calls)
        if count > len(self._replies):
            raise AssertionError(
                f"the model was asked {count} times; its script has {count - 1} replies"
            )
        reply = self._replies[count - 1]
        if callable(reply) and not isinstance(reply, type):
            reply = reply(messages)
        if isinstance(reply, BaseException) or (
            isinstance(reply, type) and issubclass(reply, BaseException)
        ):
            raise reply
        return reply

    def next(self, messages: list[BaseMessage]) -> AIMessage:
        reply = self.next_raw(messages)
        id_ = f"scripted-{len(self.calls)}"
        if isinstance(reply, AIMessage):
            fields: dict[str, Any] = {name: getattr(reply, name) for name in _FIELDS}
            return AIMessage(id=reply.id or id_, **fields)
        if isinstance(reply, str):
            return AIMessage(content=reply, id=id_)
        return AIMessage(content="", id=id_, tool_calls=[self._tool_call(call) for call in reply])

    def _tool_call(self, call: dict[str, Any]) -> dict[str, Any]:
        self._tool_calls += 1
        return {"type": "tool_call", "id": f"call-{self._tool_calls}", **call}


class _Structured:
    """A model's face that answers with data."""

    def __init__(self, script: _Script) -> None:
        self._script = script

    def invoke(self, input: Any, config: Any = None, **options: Any) -> Any:
        return self._script.next_raw(_messages(input))

    async def ainvoke(self, input: Any, config: Any = None, **options: Any) -> Any:
        return self.invoke(input, config, **options)


_FIELDS = (
    "content",
    "additional_kwargs",
    "response_metadata",
    "name",
    "tool_calls",
    "invalid_tool_calls",
    "usage_metadata",
)


def _messages(input: Any) -> list[BaseMessage]:
    if isinstance(input, (str, BaseMessage)):
        input = [input]
    found: Any = convert_to_messages(input)
    return list(found)


def _tell(piece: AIMessageChunk, config: Any) -> None:
    """Tell the `messages` stream of the run around the call, if there is one."""
    task = current_task.get()
    if task is not None:
        tags = (config or {}).get("tags") or ()
        tell_token(task, piece, provider="scripted", tags=tags)


def _pieces(message: AIMessage) -> Iterator[AIMessageChunk]:
    """The words of a message, then whatever else it has."""
    text = message.content if isinstance(message.content, str) else ""
    words = text.split(" ")
    for place, word in enumerate(words[:-1] if text else ()):
        yield AIMessageChunk(content=(" " if place else "") + word, id=message.id)
    last = (" " if len(words) > 1 else "") + words[-1] if text else message.content
    yield AIMessageChunk(
        content=last,
        id=message.id,
        additional_kwargs=message.additional_kwargs,
        response_metadata=message.response_metadata,
        tool_calls=message.tool_calls,
        usage_metadata=message.usage_metadata,
    )
