"""What a program passes to a graph and gets back: commands, policies, snapshots, event shapes."""

from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    overload,
)

from anystep._constants import INTERRUPT
from anystep._policies import (
    CachePolicy,
    RetryPolicy,
    TimeoutPolicy,
    TracePolicy,
    default_retry_on,
    omit_payload,
)
from anystep._record import FrozenRecord, field_names, set_field
from anystep._records import Command, Interrupt, Overwrite, Send

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Sequence

    from anystep._stream_parts import (
        CheckpointPayload,
        CheckpointStreamPart,
        CheckpointTask,
        CustomStreamPart,
        DebugPayload,
        DebugStreamPart,
        MessagesStreamPart,
        StreamPart,
        TaskPayload,
        TaskResultPayload,
        TasksStreamPart,
        UpdatesStreamPart,
        ValuesStreamPart,
    )
    from anystep.checkpoint.base import BaseCheckpointSaver, CheckpointMetadata
    from anystep.typing import RunnableConfig

else:
    from collections.abc import Callable

OutputT = TypeVar("OutputT")
ResponseT = TypeVar("ResponseT")

__all__ = (
    "All",
    "CacheKey",
    "CachePolicy",
    "CheckpointPayload",
    "CheckpointStreamPart",
    "CheckpointTask",
    "Checkpointer",
    "Command",
    "CustomStreamPart",
    "DebugPayload",
    "DebugStreamPart",
    "Durability",
    "GraphOutput",
    "Interrupt",
    "MessagesStreamPart",
    "Overwrite",
    "PregelExecutableTask",
    "PregelTask",
    "RetryPolicy",
    "Send",
    "StateSnapshot",
    "StateUpdate",
    "StreamMode",
    "StreamPart",
    "StreamWriter",
    "TaskPayload",
    "TaskResultPayload",
    "TasksStreamPart",
    "TimeoutPolicy",
    "TracePolicy",
    "UpdatesStreamPart",
    "ValuesStreamPart",
    "default_retry_on",
    "ensure_valid_checkpointer",
    "interrupt",
    "omit_payload",
)

All = Literal["*"]
"""Every node, where a list of nodes could be given."""

Durability = Literal["sync", "async", "exit"]
"""When a checkpoint must be stored: before the next step, while it runs, or at the run's end."""

StreamMode = Literal["values", "updates", "checkpoints", "tasks", "debug", "messages", "custom"]
"""What a stream tells: the state after each step, what each node wrote, checkpoints made, tasks
started and ended, the last two with step and time, model tokens, or what nodes write themselves."""

StreamWriter = Callable[[Any], None]
"""Injected into nodes that ask for it; writes one item to the `custom` stream, if there is one."""

Checkpointer = Union[bool, "BaseCheckpointSaver[Any]", None]
"""A saver; True: a subgraph's own persistent memory; False: none; None: the parent graph's."""


def __getattr__(name: str) -> Any:
    """The event shapes, made when first named."""
    if name in __all__:
        from anystep import _stream_parts

        value = globals()[name] = getattr(_stream_parts, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def ensure_valid_checkpointer(checkpointer: Checkpointer) -> Checkpointer:
    """`checkpointer` itself, or TypeError if it is neither a saver nor None, True or False."""
    # By its methods, not by class: a saver written for LangGraph derives from LangGraph's base.
    if checkpointer is None or isinstance(checkpointer, bool):
        return checkpointer
    cls = type(checkpointer)
    if hasattr(cls, "get_tuple") and hasattr(cls, "put") and hasattr(cls, "put_writes"):
        return checkpointer
    raise TypeError(
        "Invalid checkpointer provided. Expected an instance of `BaseCheckpointSaver`, `True`, "
        f"`False`, or `None`. Received {cls.__name__}. "
        "Pass a proper saver (e.g., InMemorySaver, AsyncPostgresSaver)."
    )


class StateUpdate(NamedTuple):
    """One entry of `bulk_update_state`: `values` written as if node `as_node` had returned them."""

    values: dict[str, Any] | None
    as_node: str | None = None
    task_id: str | None = None


class PregelTask(NamedTuple):
    """A task as `get_state` shows it: about to run, finished (`result`), failed or interrupted."""

    id: str
    name: str
    path: tuple[str | int | tuple[Any, ...], ...]
    error: Exception | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: "RunnableConfig | StateSnapshot | None" = None
    result: Any | None = None


class StateSnapshot(NamedTuple):
    """The state of a thread at one checkpoint.

    `next` names the nodes about to run; it is empty when the run is done. `created_at` is ISO
    8601. `interrupts` are those of `tasks`: only the unanswered ones if this is the latest state.
    """

    values: dict[str, Any] | Any
    next: tuple[str, ...]
    config: "RunnableConfig"
    metadata: "CheckpointMetadata | None"
    created_at: str | None
    parent_config: "RunnableConfig | None"
    tasks: tuple[PregelTask, ...]
    interrupts: tuple[Interrupt, ...]


class CacheKey(NamedTuple):
    """Where a task's writes are cached: namespace, key, and seconds to live."""

    ns: tuple[str, ...]
    key: str
    ttl: int | None


class PregelExecutableTask(FrozenRecord):
    """A task ready to run, with everything it needs."""

    __slots__ = (
        "__weakref__",
        "cache_key",
        "config",
        "id",
        "input",
        "name",
        "path",
        "proc",
        "retry_policy",
        "subgraphs",
        "timeout",
        "triggers",
        "writers",
        "writes",
    )
    name: str
    input: Any
    proc: Any
    writes: "deque[tuple[str, Any]]"
    config: "RunnableConfig"
    triggers: "Sequence[str]"
    retry_policy: "Sequence[RetryPolicy]"
    cache_key: CacheKey | None
    id: str
    path: tuple[str | int | tuple[Any, ...], ...]
    writers: "Sequence[Any]"
    subgraphs: "Sequence[Any]"
    timeout: TimeoutPolicy | None

    def __init__(
        self,
        name: str,
        input: Any,
        proc: Any,
        writes: "deque[tuple[str, Any]]",
        config: "RunnableConfig",
        triggers: "Sequence[str]",
        retry_policy: "Sequence[RetryPolicy]",
        cache_key: CacheKey | None,
        id: str,
        path: tuple[str | int | tuple[Any, ...], ...],
        writers: "Sequence[Any]" = (),
        subgraphs: "Sequence[Any]" = (),
        timeout: TimeoutPolicy | None = None,
    ) -> None:
        given = locals()
        for field in field_names(PregelExecutableTask):
            set_field(self, field, given[field])


class GraphOutput(FrozenRecord, Generic[OutputT]):
    """What `invoke(version="v2")` returns: the final `value`, and the `interrupts` that wait.

    Reading it like the dict that version 1 returns is deprecated.
    """

    __slots__ = ("interrupts", "value")
    __match_args__ = ("value", "interrupts")
    value: OutputT
    interrupts: tuple[Interrupt, ...]

    def __init__(self, value: OutputT, interrupts: tuple[Interrupt, ...] = ()) -> None:
        set_field(self, "value", value)
        set_field(self, "interrupts", interrupts)

    def __getitem__(self, key: str) -> Any:
        _warn_dict_access("`result[key]`")
        if key == INTERRUPT:
            return self.interrupts
        value: Any = self.value
        mapping: dict[str, Any] = value
        if isinstance(value, dict):
            return mapping[key]
        try:
            return getattr(self.value, key)
        except AttributeError:
            raise KeyError(key) from None

    def __contains__(self, key: object) -> bool:
        _warn_dict_access("`key in result`")
        if key == INTERRUPT:
            return bool(self.interrupts)
        value: Any = self.value
        if isinstance(value, dict):
            return key in value
        return isinstance(key, str) and hasattr(self.value, key)


def _warn_dict_access(how: str) -> None:
    import warnings

    from anystep.warnings import LangGraphDeprecatedSinceV11

    warnings.warn(
        f"Accessing GraphOutput via {how} is deprecated. Use `result.value` to access the output "
        "value directly, or `result.interrupts` for interrupts.",
        LangGraphDeprecatedSinceV11,
        stacklevel=3,
    )


@overload
def interrupt(value: Any, *, response_schema: type[ResponseT]) -> ResponseT: ...
@overload
def interrupt(value: Any, *, response_schema: dict[str, Any] | None = None) -> Any: ...
def interrupt(value: Any, *, response_schema: dict[str, Any] | type | None = None) -> Any:
    """Stop this task with a question for the caller; return the answer once there is one.

    The first time it raises `GraphInterrupt`: the run pauses and `value` reaches the caller. When
    the caller resumes with `Command(resume=answer)` the node runs again *from its beginning* and
    this call returns the answer. Several calls in one node are matched with answers by their
    order. Needs a checkpointer, else there is nothing to resume.

    `response_schema` describes the expected answer: a JSON schema (not checked) or a type, which
    the answer is validated with and turned into. Raises RuntimeError outside a run.
    """
    from anystep.config import current_task

    task = current_task.get(None)
    if task is None:
        raise RuntimeError("Called get_config outside of a runnable context")
    return task.interrupt(value, response_schema)
