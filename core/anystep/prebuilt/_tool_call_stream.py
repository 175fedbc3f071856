"""One call of a tool as a stream: what it was given, parts of its output, how it ended."""
# Parts of the stream package's own; a transformer's channels are bound by whoever makes them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from anystep.stream import StreamChannel


class ToolCallStream:
    """A call of a tool, on `run.tool_calls` as soon as it begins.

    `tool_call_id`, `tool_name` and `input` (its arguments) are known from the start; `completed`
    says that it has ended, with its `output` or with an `error`, the text of what it raised.
    `output_deltas` are the parts that the tool has told on the way, also by iterating the stream.
    """

    def __init__(
        self, tool_call_id: str, tool_name: str, input: dict[str, Any] | None = None
    ) -> None:
        self.tool_call_id = tool_call_id
        self.tool_name = tool_name
        self.input = input
        self.output: Any = None
        self.error: str | None = None
        self.completed = False
        self._deltas: StreamChannel[Any] = StreamChannel()

    @property
    def output_deltas(self) -> StreamChannel[Any]:
        """The parts of the output, in the order of their coming; has one reader."""
        return self._deltas

    def finish(self, output: Any) -> None:
        """The tool has returned."""
        self.output = output
        self.completed = True
        self._deltas.close()

    def fail(self, message: str) -> None:
        """The tool has raised."""
        self.error = message
        self.completed = True
        self._deltas.close()

    def __iter__(self) -> Iterator[Any]:
        """Read the parts. Raises: `TypeError` on the async face."""
        return iter(self._deltas)

    def __aiter__(self) -> AsyncIterator[Any]:
        """Read the parts. Raises: `TypeError` on the sync face."""
        return aiter(self._deltas)

    def __repr__(self) -> str:
        status = "running"
        if self.completed:
            status = "completed" if self.error is None else "failed"
        return (
            f"ToolCallStream(tool_call_id={self.tool_call_id!r}, tool_name={self.tool_name!r}, "
            f"status={status})"
        )
