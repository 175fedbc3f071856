"""A message that a model is saying, as it comes: what `run.messages` yields.

for message in run.messages:
    for piece in message.text:
        print(piece, end="")
    print(message.output.usage_metadata)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from typing import Any

from anystep.messages import AIMessage

from ._assembly import Assembly
from ._message_events import message_to_events
from ._projections import (
    AsyncProjection,
    AsyncTextProjection,
    Projection,
    SyncProjection,
    SyncTextProjection,
)

__all__ = [
    "AsyncChatModelStream",
    "AsyncProjection",
    "AsyncTextProjection",
    "ChatModelStream",
    "SyncProjection",
    "SyncTextProjection",
    "message_to_events",
]


class _ChatModelStream:
    """What both faces do: take events in, and put the message together."""

    def __init__(
        self,
        text: Projection,
        reasoning: Projection,
        calls: Projection,
        *,
        namespace: list[str] | None,
        node: str | None,
        message_id: str | None,
    ) -> None:
        self._namespace = namespace or []
        self._node = node
        self._message_id = message_id
        self._done = False
        self._error: BaseException | None = None
        self._output_message: AIMessage | None = None
        self._projections = (text, reasoning, calls)
        self._assembly = Assembly(text, reasoning, calls)

    @property
    def namespace(self) -> list[str]:
        """Where in the graph the message is said."""
        return self._namespace

    @property
    def node(self) -> str | None:
        """The node that asked the model."""
        return self._node

    @property
    def message_id(self) -> str | None:
        """The message's id, as soon as it is known."""
        return self._message_id

    @property
    def done(self) -> bool:
        """Whether the message has ended, well or not."""
        return self._done

    @property
    def output_message(self) -> AIMessage | None:
        """The message if it is whole by now; never waits."""
        return self._output_message

    def dispatch(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the message; kinds that are not known change nothing."""
        kind = event.get("event")
        index, assembly = event.get("index"), self._assembly
        content = event.get("content")
        if kind == "message-start":
            assembly.start = event
            self._message_id = event.get("id") or self._message_id
        elif kind == "message-finish":
            self._finish(event)
        elif kind == "error":
            self.fail(RuntimeError(event.get("message", "Unknown error")))
        elif isinstance(index, int):
            delta = event.get("delta")
            if kind == "content-block-start" and isinstance(content, Mapping):
                assembly.block_starts(index, content)
            elif kind == "content-block-delta" and isinstance(delta, Mapping):
                assembly.block_grows(index, delta)
            elif kind == "content-block-finish" and isinstance(content, Mapping):
                assembly.block_finishes(index, content)

    def _finish(self, event: Mapping[str, Any]) -> None:
        self._done = True
        self._output_message = self._assembly.finish(event, self._message_id)

    def fail(self, error: BaseException) -> None:
        """The message will not be whole, because of `error`: whoever reads it gets it raised."""
        self._done = True
        self._error = error
        for projection in self._projections:
            projection.fail(error)


class ChatModelStream(_ChatModelStream):
    """A message on the sync face.

    `text`, `reasoning` and `tool_calls` give pieces as they come; `str(text)` and
    `tool_calls.get()` all of it; `output` is the message. Iterated, it gives its events.
    """

    def __init__(
        self,
        *,
        namespace: list[str] | None = None,
        node: str | None = None,
        message_id: str | None = None,
    ) -> None:
        self._text, self._reasoning = SyncTextProjection(), SyncTextProjection()
        self._tool_calls, self._events = SyncProjection(), SyncProjection()
        super().__init__(
            self._text,
            self._reasoning,
            self._tool_calls,
            namespace=namespace,
            node=node,
            message_id=message_id,
        )

    def set_request_more(self, cb: Callable[[], bool]) -> None:
        """What to call for more events; it returns False when there are none."""
        for projection in (self._text, self._reasoning, self._tool_calls, self._events):
            projection.set_request_more(cb)

    @property
    def text(self) -> SyncTextProjection:
        """What is said."""
        return self._text

    @property
    def reasoning(self) -> SyncTextProjection:
        """What was thought before it."""
        return self._reasoning

    @property
    def tool_calls(self) -> SyncProjection:
        """The calls it asks for, piece by piece."""
        return self._tool_calls

    @property
    def output(self) -> AIMessage:
        """The whole message. Raises: what it failed with; `RuntimeError` if it never ended."""
        self._events.get()
        if self._output_message is None:
            raise RuntimeError("Stream finished without producing a message")
        return self._output_message

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The events, from the first."""
        return iter(self._events)

    def dispatch(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the message."""
        self._events.push(event)
        super().dispatch(event)

    def _finish(self, event: Mapping[str, Any]) -> None:
        super()._finish(event)
        self._events.complete(None)

    def fail(self, error: BaseException) -> None:
        """The message will not be whole, because of `error`."""
        super().fail(error)
        self._events.fail(error)


class AsyncChatModelStream(_ChatModelStream):
    """A message on the async face: `async for` over it, its `text`, `reasoning` and
    `tool_calls`; `await` each of them, its `output`, or itself for the message."""

    def __init__(
        self,
        *,
        namespace: list[str] | None = None,
        node: str | None = None,
        message_id: str | None = None,
    ) -> None:
        self._text, self._reasoning = AsyncTextProjection(), AsyncTextProjection()
        self._tool_calls, self._events = AsyncProjection(), AsyncProjection()
        self._output = AsyncProjection()
        super().__init__(
            self._text,
            self._reasoning,
            self._tool_calls,
            namespace=namespace,
            node=node,
            message_id=message_id,
        )

    def set_arequest_more(self, cb: Callable[[], Awaitable[bool]] | None) -> None:
        """What to await for more events; it returns False when there are none."""
        for projection in (
            self._text,
            self._reasoning,
            self._tool_calls,
            self._events,
            self._output,
        ):
            projection.set_arequest_more(cb)

    @property
    def text(self) -> AsyncTextProjection:
        """What is said."""
        return self._text

    @property
    def reasoning(self) -> AsyncTextProjection:
        """What was thought before it."""
        return self._reasoning

    @property
    def tool_calls(self) -> AsyncProjection:
        """The calls it asks for, piece by piece."""
        return self._tool_calls

    @property
    def output(self) -> AsyncProjection:
        """The whole message, awaited."""
        return self._output

    def __await__(self) -> Generator[Any, None, AIMessage]:
        return self._output.__await__()

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """The events, from the first."""
        return aiter(self._events)

    def dispatch(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the message."""
        self._events.push(event)
        super().dispatch(event)

    def _finish(self, event: Mapping[str, Any]) -> None:
        super()._finish(event)
        self._output.complete(self._output_message)
        self._events.complete(None)

    def fail(self, error: BaseException) -> None:
        """The message will not be whole, because of `error`."""
        super().fail(error)
        self._output.fail(error)
        self._events.fail(error)
