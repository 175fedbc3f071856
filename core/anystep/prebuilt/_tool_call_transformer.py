"""`run.tool_calls`: the tools that a run calls, each as a stream of its own."""
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from anystep.messages import ToolMessage
from anystep.stream import ProtocolEvent, StreamChannel, StreamTransformer

from ._tool_call_stream import ToolCallStream
from ._tool_calls import is_kind


class ToolCallTransformer(StreamTransformer):
    """Makes a `ToolCallStream` of each call of a tool, on `run.tool_calls`.

    It is asked for: `compile(transformers=[ToolCallTransformer])`, or in `transformers=` of
    `stream_events(version="v3")`. The run's own events keep those of its tools.
    """

    _native = True
    required_stream_modes = ("tools",)

    def __init__(self, scope: tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[ToolCallStream] = StreamChannel()
        self._running: dict[str, ToolCallStream] = {}
        self._is_async = False
        self._pump: Callable[[], bool] | None = None
        self._apump: Callable[[], Awaitable[bool]] | None = None

    def init(self) -> dict[str, Any]:
        """The projection `tool_calls`."""
        return {"tool_calls": self._log}

    def _bind_pump(self, fn: Callable[[], bool]) -> None:
        """Have readers of what a tool tells advance the run."""
        self._pump, self._is_async = fn, False

    def _bind_apump(self, fn: Callable[[], Awaitable[bool]]) -> None:
        """`_bind_pump`, for the async face."""
        self._apump, self._is_async = fn, True

    def process(self, event: ProtocolEvent) -> bool:
        """Take what tools of this scope tell; every event stays among the run's events."""
        params = event["params"]
        if event["method"] != "tools" or tuple(params["namespace"]) != self.scope:
            return True
        data = params["data"]
        call_id = data.get("tool_call_id")
        kind = data.get("event")
        if call_id is None:
            return True
        if kind == "tool-started":
            self._begin(call_id, data)
        elif kind == "tool-output-delta" and call_id in self._running:
            self._running[call_id].output_deltas.push(data.get("delta"))
        elif kind in ("tool-finished", "tool-error"):
            stream = self._running.pop(call_id, None)
            if stream is not None and kind == "tool-finished":
                stream.finish(_plain(data.get("output")))
            elif stream is not None:
                stream.fail(data.get("message", ""))
        return True

    def _begin(self, call_id: str, data: Any) -> None:
        stream = ToolCallStream(call_id, data.get("tool_name", ""), data.get("input"))
        channel = stream.output_deltas
        channel._bind(is_async=self._is_async)
        channel._request_more = self._pump
        channel._arequest_more = self._apump
        self._running[call_id] = stream
        self._log.push(stream)

    def finalize(self) -> None:
        """What has not ended with the run has no output."""
        for stream in self._running.values():
            stream.finish(None)
        self._running.clear()

    def fail(self, err: BaseException) -> None:
        """What has not ended has failed with the run."""
        for stream in self._running.values():
            stream.fail(str(err))
        self._running.clear()


def _plain(output: Any) -> Any:
    """A tool's output without the message around it, also if that has been serialized."""
    if is_kind(output, ToolMessage):
        return output.content
    if isinstance(output, dict) and output.get("type") == "constructor":
        path, fields = output.get("id"), output.get("kwargs")
        if isinstance(path, list) and path[-1:] == ["ToolMessage"] and isinstance(fields, dict):
            return fields.get("content")
    return output
