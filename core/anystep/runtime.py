"""What a run hands to its nodes besides the state: context, store, writer, control."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from anystep._record import FrozenRecord, set_field
from anystep.config import current_task

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    from anystep.store.base import BaseStore

    ContextT = TypeVarWithDefault("ContextT", default=None)
else:
    ContextT = TypeVar("ContextT")

__all__ = [
    "BaseUser",
    "ExecutionInfo",
    "RunControl",
    "Runtime",
    "ServerInfo",
    "get_runtime",
]


class BaseUser(Protocol):
    """Who a server has authenticated."""

    @property
    def is_authenticated(self) -> bool:
        """Whether anybody was."""
        ...

    @property
    def display_name(self) -> str:
        """A name to show."""
        ...

    @property
    def identity(self) -> str:
        """What tells this user from all others."""
        ...

    @property
    def permissions(self) -> Sequence[str]:
        """What this user may do."""
        ...


class ExecutionInfo(FrozenRecord):
    """Where in a run a node is executing."""

    __slots__ = (
        "checkpoint_id",
        "checkpoint_ns",
        "node_attempt",
        "node_first_attempt_time",
        "run_id",
        "task_id",
        "thread_id",
    )
    checkpoint_id: str
    checkpoint_ns: str
    task_id: str
    thread_id: str | None
    run_id: str | None
    node_attempt: int
    node_first_attempt_time: float | None

    def __init__(
        self,
        checkpoint_id: str,
        checkpoint_ns: str,
        task_id: str,
        thread_id: str | None = None,
        run_id: str | None = None,
        node_attempt: int = 1,
        node_first_attempt_time: float | None = None,
    ) -> None:
        set_field(self, "checkpoint_id", checkpoint_id)
        set_field(self, "checkpoint_ns", checkpoint_ns)
        set_field(self, "task_id", task_id)
        set_field(self, "thread_id", thread_id)
        set_field(self, "run_id", run_id)
        set_field(self, "node_attempt", node_attempt)
        set_field(self, "node_first_attempt_time", node_first_attempt_time)

    def patch(self, **overrides: Any) -> ExecutionInfo:
        """A copy with some fields changed."""
        return cast("ExecutionInfo", self.__replace__(**overrides))


class ServerInfo(FrozenRecord):
    """Which assistant of which server runs the graph, and for whom."""

    __slots__ = ("assistant_id", "graph_id", "user")
    assistant_id: str
    graph_id: str
    user: BaseUser | None

    def __init__(self, assistant_id: str, graph_id: str, user: BaseUser | None = None) -> None:
        set_field(self, "assistant_id", assistant_id)
        set_field(self, "graph_id", graph_id)
        set_field(self, "user", user)


class RunControl:
    """Asks a run, from outside, to stop: before its next superstep, or at once."""

    __slots__ = ("_cancelled", "_reason", "_stops")

    def __init__(self) -> None:
        self._reason: str | None = None
        self._cancelled: str | None = None
        self._stops: list[Callable[[], None]] = []  # what runs under way are stopped by

    def cancel(self, reason: str = "cancelled") -> None:
        """Stop the run: it raises `GraphCancelled`, and what had finished is saved.

        An asynchronous run cancels the nodes that are under way. A synchronous one cannot: it
        stops before its next superstep. May be called from any thread. The first reason stays.
        """
        if self._cancelled is None:
            self._cancelled = reason
            for stop in [*self._stops]:
                stop()

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked the run to stop at once."""
        return self._cancelled is not None

    @property
    def cancel_reason(self) -> str | None:
        """Why, once somebody has asked."""
        return self._cancelled

    def request_drain(self, reason: str = "shutdown") -> None:
        """Let the current superstep finish and be saved, then raise `GraphDrained`.

        The first reason stays.
        """
        if self._reason is None:
            self._reason = reason

    @property
    def drain_requested(self) -> bool:
        """Whether somebody asked the run to stop."""
        return self._reason is not None

    @property
    def drain_reason(self) -> str | None:
        """Why, once somebody has asked."""
        return self._reason


_NO_CONTEXT: Any = None


def _write_nothing(_: Any) -> None:
    pass


def _beat_nothing() -> None:
    pass


class Runtime(FrozenRecord, Generic[ContextT]):
    """Injected into a node that has a parameter `runtime`."""

    __slots__ = (
        "context",
        "control",
        "execution_info",
        "heartbeat",
        "previous",
        "server_info",
        "store",
        "stream_writer",
    )
    context: ContextT
    store: BaseStore | None
    stream_writer: Callable[[Any], None]
    heartbeat: Callable[[], None]
    previous: Any
    execution_info: ExecutionInfo | None
    server_info: ServerInfo | None
    control: RunControl | None

    def __init__(
        self,
        *,
        context: ContextT = _NO_CONTEXT,
        store: BaseStore | None = None,
        stream_writer: Callable[[Any], None] = _write_nothing,
        heartbeat: Callable[[], None] = _beat_nothing,
        previous: Any = None,
        execution_info: ExecutionInfo | None = None,
        server_info: ServerInfo | None = None,
        control: RunControl | None = None,
    ) -> None:
        set_field(self, "context", context)
        set_field(self, "store", store)
        set_field(self, "stream_writer", stream_writer)
        set_field(self, "heartbeat", heartbeat)
        set_field(self, "previous", previous)
        set_field(self, "execution_info", execution_info)
        set_field(self, "server_info", server_info)
        set_field(self, "control", control)

    def merge(self, other: Runtime[ContextT]) -> Runtime[ContextT]:
        """This runtime, with what `other` has set taken from there."""
        chosen = {
            name: getattr(other, name)
            for name in self.__slots__
            if getattr(other, name) not in (None, _write_nothing, _beat_nothing)
        }
        return self.override(**chosen)

    def override(self, **overrides: Any) -> Runtime[ContextT]:
        """A copy with some fields changed."""
        return cast("Runtime[ContextT]", self.__replace__(**overrides))

    def patch_execution_info(self, **overrides: Any) -> Runtime[ContextT]:
        """A copy whose `execution_info` has some fields changed."""
        if self.execution_info is None:
            raise RuntimeError("This runtime has no execution_info to patch")
        return self.override(execution_info=self.execution_info.patch(**overrides))

    @property
    def drain_requested(self) -> bool:
        """Whether this run was asked to stop before its next superstep."""
        return self.control is not None and self.control.drain_requested

    @property
    def drain_reason(self) -> str | None:
        """Why, once it was asked."""
        return None if self.control is None else self.control.drain_reason


def get_runtime(context_schema: type[ContextT] | None = None) -> Runtime[ContextT]:
    """The runtime of the node that is running; the argument only gives it a type.

    Raises: `RuntimeError` outside a run.
    """
    task = current_task.get()
    if task is None:
        raise RuntimeError("Called get_config outside of a runnable context")
    return cast("Runtime[ContextT]", task.runtime)
