"""What the `tasks` events of a run tell about its subgraphs.

A subgraph begins with the first task seen in its namespace, and ends with the result of the
task that runs it.
"""
# The parts of one package; transformers written for LangGraph use these names, too.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from anystep.errors import GraphDrained, GraphInterrupt

from ._types import ProtocolEvent, StreamTransformer
from .stream_channel import StreamChannel

SubgraphStatus = Literal["started", "completed", "failed", "interrupted", "drained"]
Namespace = tuple[str, ...]
Ending = tuple[SubgraphStatus, str | None]


class LifecyclePayload(TypedDict, total=False):
    """That a subgraph has begun or ended.

    `trigger_call_id` is the id of the task that runs it; `cause` says, for a named agent
    that a tool call started, which call that was.
    """

    event: SubgraphStatus
    namespace: list[str]
    graph_name: NotRequired[str]
    trigger_call_id: NotRequired[str]
    cause: NotRequired[dict[str, Any]]
    error: NotRequired[str]


class _TasksLifecycleBase(StreamTransformer):
    """Follows subgraphs. What to do about them is the subclass's: `_should_track` says
    which namespaces are its business, `_on_started` and `_on_terminal` are told once each.
    """

    required_stream_modes = ("tasks",)

    def __init__(self, scope: Namespace = ()) -> None:
        super().__init__(scope)
        self._seen: set[Namespace] = set()
        self._open: dict[Namespace, str] = {}  # -> the task whose result ends it
        self._lc_by_ns: dict[Namespace, str | None] = {}  # names of agents
        self._pending_tool_calls: dict[str, str] = {}  # task -> the tool call it carries out
        self._pending_cause: dict[str, Any] | None = None  # during `_on_started`

    def _should_track(self, ns: Namespace) -> bool:
        raise NotImplementedError

    def _on_started(
        self, ns: Namespace, graph_name: str | None, trigger_call_id: str | None
    ) -> None:
        raise NotImplementedError

    def _on_terminal(self, ns: Namespace, status: SubgraphStatus, error: str | None) -> None:
        raise NotImplementedError

    def process(self, event: ProtocolEvent) -> bool:
        """Follow `tasks` events, and keep them out of the run's own."""
        if event["method"] != "tasks":
            return True
        for child, status, error in self._follow(event):
            self._on_terminal(child, status, error)
        return False

    def _follow(self, event: ProtocolEvent) -> list[tuple[Namespace, SubgraphStatus, str | None]]:
        """Take in a `tasks` event; which subgraphs it ended, and how."""
        ns = tuple(event["params"]["namespace"])
        data = event["params"]["data"]
        if "result" in data:
            return self._pop_terminal_transitions(ns, data)
        self._record_identity(ns, data)
        self._record_pending_tool_calls(data)
        self._handle_task_start(ns, data)
        return []

    # The steps have LangGraph's names: LangChain's transformers take them one by one.

    def _record_identity(self, ns: Namespace, data: Any) -> None:
        self._lc_by_ns.setdefault(ns, (data.get("metadata") or {}).get("lc_agent_name"))

    def _record_pending_tool_calls(self, data: Any) -> None:
        call = _tool_call_id(data.get("input"))
        if call is not None and isinstance(data.get("id"), str):
            self._pending_tool_calls[data["id"]] = call

    def _handle_task_start(self, ns: Namespace, data: Any) -> None:
        if ns not in self._seen and self._should_track(ns):
            self._seen.add(ns)
            self._begin(ns, (data.get("metadata") or {}).get("lc_agent_name"))

    def _begin(self, ns: Namespace, agent: str | None) -> None:
        node, found, task_id = ns[-1].partition(":")
        trigger = task_id if found else None
        call = self._pending_tool_calls.get(trigger) if agent is not None and trigger else None
        self._pending_cause = {"type": "toolCall", "tool_call_id": call} if call else None
        self._on_started(ns, agent if agent is not None else node or None, trigger)
        if trigger is not None:
            self._open[ns] = trigger

    def _pop_terminal_transitions(
        self, ns: Namespace, data: Any
    ) -> list[tuple[Namespace, SubgraphStatus, str | None]]:
        """The subgraphs that a task's result ends, and how."""
        over = [c for c, task in self._open.items() if c[:-1] == ns and task == data.get("id")]
        for child in over:
            del self._open[child]
        status, error = _ending(data)
        return [(child, status, error) for child in over]

    def _leave_open(self) -> list[Namespace]:
        """The subgraphs whose end nobody has told, which is told now."""
        left = list(self._open)
        self._open.clear()
        return left

    def finalize(self) -> None:
        """What is open has completed."""
        for ns in self._leave_open():
            self._on_terminal(ns, "completed", None)

    def fail(self, err: BaseException) -> None:
        """What is open ends as the run does."""
        for ns in self._leave_open():
            self._on_terminal(ns, *ending_of(err))


def _tool_call_id(given: Any) -> str | None:
    """The tool call that a task was started for, by its input: one call with its context,
    or a list of calls, the first of which counts."""
    if isinstance(given, dict):
        given = [given.get("tool_call")]
    if isinstance(given, list):
        for call in given:
            call_id = call.get("id") if isinstance(call, dict) else None
            if isinstance(call_id, str):
                return call_id
    return None


def _ending(data: dict[str, Any]) -> Ending:
    """How the subgraph of a task ended, by the task's result."""
    if data.get("interrupts"):
        return "interrupted", None
    error = data.get("error")
    return ("failed", str(error)) if error else ("completed", None)


def ending_of(err: BaseException) -> Ending:
    """How a subgraph ended that was open when the run failed with `err`."""
    if isinstance(err, GraphDrained):
        return "drained", None
    if isinstance(err, GraphInterrupt):
        return "interrupted", None
    return "failed", str(err)


class LifecycleTransformer(_TasksLifecycleBase):
    """`run.lifecycle`: when subgraphs begin and end, at every depth below the run.

    The same payloads are events of the run, with the method `lifecycle`.
    """

    _native = True

    def __init__(self, scope: Namespace = ()) -> None:
        super().__init__(scope)
        self._channel: StreamChannel[LifecyclePayload] = StreamChannel("lifecycle")

    def init(self) -> dict[str, Any]:
        """The projection: `lifecycle`."""
        return {"lifecycle": self._channel}

    def _should_track(self, ns: Namespace) -> bool:
        depth = len(self.scope)
        return len(ns) > depth and ns[:depth] == self.scope

    def _on_started(
        self, ns: Namespace, graph_name: str | None, trigger_call_id: str | None
    ) -> None:
        if trigger_call_id is None:
            return  # no result can be told to be its end
        payload: LifecyclePayload = {"event": "started", "namespace": list(ns)}
        if graph_name:
            payload["graph_name"] = graph_name
        payload["trigger_call_id"] = trigger_call_id
        if self._pending_cause is not None:
            payload["cause"] = self._pending_cause
        self._channel.push(payload)

    def _on_terminal(self, ns: Namespace, status: SubgraphStatus, error: str | None) -> None:
        payload: LifecyclePayload = {"event": status, "namespace": list(ns)}
        if error is not None:
            payload["error"] = error
        self._channel.push(payload)
