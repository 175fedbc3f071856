"""The `tools` stream of LangChain's tools: a callback handler that posts what they do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final

from . import module
from ._tokens import namespace_in

Writer = Callable[[Any], None]

writer: Final[ContextVar[Writer | None]] = ContextVar("anystep_tool_writer", default=None)
"""What takes a part of the output of the tool that runs here; None where nobody listens."""


def tool_handlers(streams: Collection[Any], ns: Any) -> list[Any]:
    """A handler for each stream that a run itself brings and that wants tools.

    `ns()` is the namespace of the run; it is asked for when a tool begins.
    """
    wanted = [stream for stream in streams if "tools" in stream.modes]
    if not wanted:
        return []
    base, streaming = module("callbacks.base"), module("tracers._streaming")
    return [_handler_class(base, streaming)(stream, ns) for stream in wanted]


@lru_cache(maxsize=1)
def _handler_class(base: Any, streaming: Any) -> type[Any]:
    """The handler's class, made when langchain_core is there to derive it from."""
    bases = (base.BaseCallbackHandler, streaming._StreamingCallbackHandler)
    members = {k: v for k, v in vars(_Tools).items() if k not in ("__dict__", "__weakref__")}
    return type("ToolsHandler", bases, members)


class _Tools:
    """The members of the handler."""

    streams_messages = True  # no more than for models does it want to see other outputs
    run_inline = True  # in the tool's own context, where its writer has to be

    def __init__(self, stream: Any, ns: Any) -> None:
        self.stream = stream
        self.ns = ns
        self.calls: dict[Any, Any] = {}

    def tap_output_aiter(self, run_id: Any, output: Any) -> Any:
        """Leaves an output alone."""
        return output

    def tap_output_iter(self, run_id: Any, output: Any) -> Any:
        """Leaves an output alone."""
        return output

    def on_tool_start(
        self,
        serialized: Any,
        input_str: str,
        *,
        run_id: Any,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        if not metadata or "nostream" in (tags or ()):
            return
        ns = namespace_in(metadata) if metadata.get("langgraph_checkpoint_ns") else ()
        if ns and not self.stream.subgraphs and ns != self.ns():
            return
        name = (serialized or {}).get("name") or kwargs.get("name") or ""
        told = ToolCall((self.stream,), ns, kwargs.get("tool_call_id") or str(run_id))
        self.calls[run_id] = told
        told.begin(name, inputs)

    def on_tool_end(self, output: Any, *, run_id: Any, **kwargs: Any) -> Any:
        told = self.calls.pop(run_id, None)
        if told is not None:
            told.end(output)

    def on_tool_error(self, error: BaseException, *, run_id: Any, **kwargs: Any) -> Any:
        told = self.calls.pop(run_id, None)
        if told is not None:
            told.fail(error)


class ToolCall:
    """What streams are told of one call of a tool."""

    __slots__ = ("_call_id", "_ns", "_streams", "_token")

    def __init__(self, streams: Collection[Any], ns: tuple[str, ...], call_id: str) -> None:
        self._streams = streams
        self._ns = ns
        self._call_id = call_id
        self._token: Any = None

    def begin(self, name: str, given: dict[str, Any] | None) -> None:
        """Tell that it begins; from here on it may tell parts of its output."""
        self._token = writer.set(lambda delta: self._post("tool-output-delta", delta=delta))
        shown = {} if given is None else {"input": given}
        self._post("tool-started", tool_name=name, **shown)

    def end(self, output: Any) -> None:
        """Tell what it returned."""
        self._forget()
        self._post("tool-finished", output=output)

    def fail(self, error: BaseException) -> None:
        """Tell what it raised. One that has stopped to ask has not failed: it runs again."""
        self._forget()
        if not {"GraphInterrupt", "GraphDrained"} & {kind.__name__ for kind in type(error).__mro__}:
            self._post("tool-error", message=str(error))

    def _post(self, event: str, **fields: Any) -> None:
        payload = {"event": event, "tool_call_id": self._call_id, **fields}
        for stream in self._streams:
            stream.post(self._ns, "tools", payload)

    def _forget(self) -> None:
        try:
            writer.reset(self._token)
        except ValueError:  # it ended in another context than it began in, which is gone
            return
