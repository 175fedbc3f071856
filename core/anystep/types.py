"""What a program passes to a graph and gets back: commands, policies, snapshots, event shapes."""

from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    TypeVar,
    Union,
    overload,
)

from anystep._constants import INTERRUPT
from anystep._record import FrozenRecord, set_field
from anystep._records import Command, Interrupt, Overwrite, Send

if TYPE_CHECKING:
    from collections.abc import Callable

    from anystep._policies import (
        CachePolicy,
        RetryPolicy,
        TimeoutPolicy,
        TracePolicy,
        default_retry_on,
        omit_payload,
    )
    from anystep._snapshots import (
        CacheKey,
        PregelExecutableTask,
        PregelTask,
        StateSnapshot,
        StateUpdate,
    )
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
    from anystep.checkpoint.base import BaseCheckpointSaver
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


_POLICIES = (
    "CachePolicy",
    "RetryPolicy",
    "TimeoutPolicy",
    "TracePolicy",
    "default_retry_on",
    "omit_payload",
)
_SNAPSHOTS = ("CacheKey", "PregelExecutableTask", "PregelTask", "StateSnapshot", "StateUpdate")


def __getattr__(name: str) -> Any:
    """Policies, snapshots and event shapes, made when first named: few programs name many."""
    found: Any
    if name in _POLICIES:
        from anystep import _policies as found
    elif name in _SNAPSHOTS:
        from anystep import _snapshots as found
    elif name in __all__:
        from anystep import _stream_parts as found
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(found, name)
    return value


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
