"""The transformers that come with anystep: one for each kind of thing a run tells.

`values`, `messages`, `lifecycle` and `subgraphs` are part of every run. The others are asked
for: `graph.stream_events(..., version="v3", transformers=[UpdatesTransformer])`, or
`compile(transformers=[...])`.
"""
# The parts of one package; transformers written for LangGraph use these names, too.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from . import _lifecycle
from ._langchain import chat_streams
from ._lifecycle import LifecyclePayload, LifecycleTransformer, SubgraphStatus
from ._subgraphs import SubgraphTransformer
from ._types import ProtocolEvent, StreamTransformer
from .stream_channel import StreamChannel

__all__ = [
    "CheckpointsTransformer",
    "CustomTransformer",
    "DebugTransformer",
    "LifecyclePayload",
    "LifecycleTransformer",
    "MessagesTransformer",
    "SubgraphStatus",
    "SubgraphTransformer",
    "TasksTransformer",
    "UpdatesTransformer",
    "ValuesTransformer",
]

_TasksLifecycleBase = _lifecycle._TasksLifecycleBase  # what LangChain's transformers derive from


class _ModeTransformer(StreamTransformer):
    """A projection of one stream mode: what the run itself tells, not its subgraphs."""

    _native = True
    _mode: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "_mode" in cls.__dict__:
            cls.required_stream_modes = (cls._mode,)

    def __init__(self, scope: tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[Any] = StreamChannel()
        self._scope_list = list(scope)

    def init(self) -> dict[str, Any]:
        """The projection, named like the mode."""
        return {self._mode: self._log}

    def process(self, event: ProtocolEvent) -> bool:
        """Take what is the run's own; every event stays among the run's events."""
        if event["method"] == self._mode and event["params"]["namespace"] == self._scope_list:
            self._take(event["params"])
        return True

    def _take(self, params: Any) -> None:
        self._log.push(params["data"])


class ValuesTransformer(_ModeTransformer):
    """`run.values`: the state after each superstep."""

    _mode = "values"

    @property
    def error(self) -> BaseException | None:
        """What the run failed with."""
        return self._log._error


class UpdatesTransformer(_ModeTransformer):
    """`run.updates`: what each node returned."""

    _mode = "updates"


class CustomTransformer(_ModeTransformer):
    """`run.custom`: what nodes write to the stream writer."""

    _mode = "custom"


class CheckpointsTransformer(_ModeTransformer):
    """`run.checkpoints`: each checkpoint; none without a saver."""

    _mode = "checkpoints"


class DebugTransformer(_ModeTransformer):
    """`run.debug`: checkpoints and tasks, with step and time."""

    _mode = "debug"


class TasksTransformer(_ModeTransformer):
    """`run.tasks`: each task's start and result."""

    _mode = "tasks"


class MessagesTransformer(_ModeTransformer):
    """`run.messages`: a `ChatModelStream` for each message a model says or a node returns.

    Answers of tools are not among them. The pieces of a model that is streamed in the old
    way (as message chunks) are not either; the message is, when its node returns it.
    """

    _mode = "messages"

    def __init__(self, scope: tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._by_run: dict[str, Any] = {}  # the messages being said, by the model's run
        self._pump_fn: Callable[[], bool] | None = None
        self._apump_fn: Callable[[], Awaitable[bool]] | None = None

    def _bind_pump(self, fn: Callable[[], bool]) -> None:
        self._pump_fn = fn

    def _bind_apump(self, fn: Callable[[], Awaitable[bool]]) -> None:
        self._apump_fn = fn

    def _take(self, params: Any) -> None:
        payload, metadata = params["data"]
        metadata = metadata or {}
        if isinstance(payload, dict):
            if "event" in payload:
                self._piece(payload, str(metadata.get("run_id", "")), metadata)
        elif getattr(payload, "type", None) not in (None, "AIMessageChunk", "tool"):
            kinds = chat_streams(payload)
            stream = self._stream(kinds, metadata, payload.id)
            for event in kinds.message_to_events(payload, message_id=payload.id):
                stream.dispatch(event)
            self._log.push(stream)

    def _piece(self, event: dict[str, Any], run_id: str, metadata: Any) -> None:
        """One event of a message, told apart from others' by the run of its model."""
        kind = event["event"]
        if kind == "message-start" and event.get("role") != "tool":
            stream = self._stream(chat_streams(None), metadata, event.get("message_id"))
            self._by_run[run_id] = stream
            self._log.push(stream)
        stream = self._by_run.get(run_id)
        if stream is not None:
            stream.dispatch(event)
            if kind == "message-finish":
                del self._by_run[run_id]

    def _stream(self, kinds: Any, metadata: Any, message_id: Any) -> Any:
        about: dict[str, Any] = {
            "namespace": [],
            "node": metadata.get("langgraph_node"),
            "message_id": None if message_id is None else str(message_id),
        }
        if self._apump_fn is None and self._pump_fn is not None:
            stream = kinds.ChatModelStream(**about)
            stream.set_request_more(self._pump_fn)
            return stream
        stream = kinds.AsyncChatModelStream(**about)
        if self._apump_fn is not None:
            stream.set_arequest_more(self._apump_fn)
        return stream

    def finalize(self) -> None:
        """No message will go on."""
        self._by_run.clear()

    def fail(self, err: BaseException) -> None:
        """The messages being said fail with the run."""
        for stream in self._by_run.values():
            stream.fail(err)
        self._by_run.clear()
