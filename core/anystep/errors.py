"""Every error and control signal of the engine, in one place.

Exception
├── EmptyChannelError              a channel without a value was read
├── EmptyInputError                a run was given nothing to start from
├── InvalidUpdateError             a node or a caller wrote what a channel or graph cannot take
├── TaskNotFound                   an executor was asked for a task it does not have
├── UnknownInterruptError          strict resume: the answer fits no pending interrupt
├── NodeCancelledError             a node raised asyncio.CancelledError itself
├── NodeTimeoutError               a node's attempt took longer than its TimeoutPolicy allows
├── CheckpointNotFoundError        strict mode: the addressed checkpoint is not stored
├── SchemaVersionError             a stored state has a version that this program cannot read
├── LeaseError                     another run has the thread
├── RuntimeError
│   ├── CircuitOpenError           a node is not called: it has failed too often of late
│   └── RunLimitError              a run reached a limit of its graph's policy; it can be resumed
│       ├── BudgetExceededError    it used up its budget
│       ├── DeadlineError          it ran out of time
│       ├── NodeVisitError         a node was led to more often than it may run
│       └── StateLimitError        a superstep was too large: tasks at once, or bytes of state
├── RecursionError
│   └── GraphRecursionError        the run took more supersteps than `recursion_limit`
└── GraphBubbleUp                  not failures: they leave a task on purpose, never retried
    ├── GraphCancelled             the run was cancelled through its RunControl
    ├── GraphDrained               the run stopped between supersteps because it was asked to
    ├── GraphInterrupt             a task waits for an answer
    │   └── NodeInterrupt          deprecated: raise it by calling `interrupt`
    └── ParentCommand              a command for the graph that runs this one

Each has a stable `code`: match on that, not on the message. `NodeError` is not an exception: it
is what an error handler receives.
"""

from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from anystep._record import FrozenRecord, restore_error, set_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anystep._records import Command, Interrupt
    from anystep._run_errors import (
        BudgetExceededError,
        CheckpointNotFoundError,
        CircuitOpenError,
        DeadlineError,
        LeaseError,
        NodeVisitError,
        RunLimitError,
        SchemaVersionError,
        StateLimitError,
    )

__all__ = (
    "BudgetExceededError",
    "CheckpointNotFoundError",
    "CircuitOpenError",
    "DeadlineError",
    "EmptyChannelError",
    "EmptyInputError",
    "ErrorCode",
    "GraphBubbleUp",
    "GraphCancelled",
    "GraphDrained",
    "GraphInterrupt",
    "GraphRecursionError",
    "InvalidUpdateError",
    "LeaseError",
    "NodeCancelledError",
    "NodeError",
    "NodeInterrupt",
    "NodeTimeoutError",
    "NodeVisitError",
    "ParentCommand",
    "RunLimitError",
    "SchemaVersionError",
    "StateLimitError",
    "TaskNotFound",
    "UnknownInterruptError",
    "create_error_message",
    "is_invalid_resume",
    "mark_invalid_resume",
)


class ErrorCode(Enum):
    """Codes of the mistakes LangGraph has a troubleshooting page for."""

    GRAPH_RECURSION_LIMIT = "GRAPH_RECURSION_LIMIT"
    INVALID_CONCURRENT_GRAPH_UPDATE = "INVALID_CONCURRENT_GRAPH_UPDATE"
    INVALID_GRAPH_NODE_RETURN_VALUE = "INVALID_GRAPH_NODE_RETURN_VALUE"
    MULTIPLE_SUBGRAPHS = "MULTIPLE_SUBGRAPHS"
    INVALID_CHAT_HISTORY = "INVALID_CHAT_HISTORY"


def create_error_message(*, message: str, error_code: ErrorCode) -> str:
    """`message` and, on a second line, where to read about it. Programs match on this shape."""
    page = f"https://docs.langchain.com/oss/python/langgraph/errors/{error_code.value}"
    return f"{message}\nFor troubleshooting, visit: {page}"


class EmptyChannelError(Exception):
    """A channel was read that holds no value: never written, or already consumed."""

    code: ClassVar[str] = "EMPTY_CHANNEL"


class EmptyInputError(Exception):
    """A run was started without input, and there was nothing saved to continue from."""

    code: ClassVar[str] = "EMPTY_INPUT"


class InvalidUpdateError(Exception):
    """A write that its channel, or the graph, cannot take.

    `code` is the `ErrorCode` value where one applies, else "INVALID_UPDATE".
    """

    code: str = "INVALID_UPDATE"

    def __init__(self, *args: object, code: ErrorCode | None = None) -> None:
        super().__init__(*args)
        if code is not None:
            self.code = code.value


class TaskNotFound(Exception):
    """An executor was asked to run a task that is not among the prepared ones."""

    code: ClassVar[str] = "TASK_NOT_FOUND"


class UnknownInterruptError(Exception):
    """Strict resume only: the answer does not fit the interrupts that wait for one.

    `reason` is "not_pending" (the ids in `interrupt_ids` do not wait), "empty_map" (no ids at
    all) or "ambiguous" (one answer, several waiting). `pending_ids` are those that wait. Nothing
    was written: they can still be answered.
    """

    code: ClassVar[str] = "UNKNOWN_INTERRUPT"
    reason: Literal["not_pending", "empty_map", "ambiguous"]
    interrupt_ids: tuple[str, ...]
    pending_ids: tuple[str, ...]

    def __init__(
        self,
        message: str,
        *,
        reason: Literal["not_pending", "empty_map", "ambiguous"],
        interrupt_ids: "Sequence[str]" = (),
        pending_ids: "Sequence[str]" = (),
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.interrupt_ids = tuple(interrupt_ids)
        self.pending_ids = tuple(pending_ids)

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class NodeCancelledError(Exception):
    """The node `node` raised `asyncio.CancelledError` in its own body.

    The engine's own cancellation of a task is silent; this is a node's failure like any other.
    """

    code: ClassVar[str] = "NODE_CANCELLED"
    node: str

    def __init__(self, node: str, message: str | None = None) -> None:
        super().__init__(message or f"Node {node!r} raised asyncio.CancelledError")
        self.node = node

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class NodeTimeoutError(Exception):
    """An attempt of `node` took `elapsed` seconds, longer than its `TimeoutPolicy` allows.

    `kind` says which of `run_timeout` and `idle_timeout` fired, `timeout` is that one's seconds.
    Not a `TimeoutError`: that is an `OSError`, which the default retry policy does not retry.
    Raises ValueError if the timeout that fired is not given, or `kind` is another word.
    """

    code: ClassVar[str] = "NODE_TIMEOUT"
    node: str
    timeout: float
    run_timeout: float | None
    idle_timeout: float | None
    elapsed: float
    kind: Literal["idle", "run"]

    def __init__(
        self,
        node: str,
        elapsed: float,
        *,
        kind: Literal["idle", "run"],
        idle_timeout: float | None = None,
        run_timeout: float | None = None,
    ) -> None:
        if kind not in ("idle", "run"):
            raise ValueError("kind must be 'idle' or 'run'")
        timeout = idle_timeout if kind == "idle" else run_timeout
        if timeout is None:
            raise ValueError(f"{kind}_timeout is required when kind={kind!r}")
        without = "without making progress " if kind == "idle" else ""
        super().__init__(
            f"Node '{node}' exceeded its {kind} timeout of {timeout:.3f}s "
            f"{without}(elapsed: {elapsed:.3f}s)."
        )
        self.node = node
        self.elapsed = elapsed
        self.kind = kind
        self.timeout = timeout
        self.idle_timeout = idle_timeout
        self.run_timeout = run_timeout

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class GraphRecursionError(RecursionError):
    """The run reached `recursion_limit` supersteps and was not done.

    The last step is saved. Raise the limit with `config={"recursion_limit": n}`.
    """

    code: ClassVar[str] = ErrorCode.GRAPH_RECURSION_LIMIT.value


class GraphBubbleUp(Exception):
    """A task left on purpose: never retried, never handed to an error handler."""

    code: ClassVar[str] = "BUBBLE_UP"


class GraphCancelled(GraphBubbleUp):
    """`RunControl.cancel` was called. What had finished is saved; continue with input None."""

    code: ClassVar[str] = "GRAPH_CANCELLED"

    def __init__(self, reason: str = "cancelled") -> None:
        super().__init__(f"Graph cancelled: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class GraphDrained(GraphBubbleUp):
    """The run stopped between two supersteps because `RunControl.request_drain` was called.

    Everything is saved; continue with input None. `reason` is the caller's.
    """

    code: ClassVar[str] = "GRAPH_DRAINED"

    def __init__(self, reason: str = "shutdown") -> None:
        super().__init__(f"Graph drained: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class GraphInterrupt(GraphBubbleUp):
    """A task asked `interrupts` and waits. The outermost graph reports them instead of raising."""

    code: ClassVar[str] = "GRAPH_INTERRUPT"

    def __init__(self, interrupts: "Sequence[Interrupt]" = ()) -> None:
        super().__init__(interrupts)


class NodeInterrupt(GraphInterrupt):
    """Deprecated way to raise an interrupt: call `anystep.types.interrupt`."""

    code: ClassVar[str] = "NODE_INTERRUPT"

    def __init__(self, value: Any, id: str | None = None) -> None:
        import warnings

        from anystep._records import Interrupt
        from anystep.warnings import LangGraphDeprecatedSinceV10

        warnings.warn(
            "NodeInterrupt is deprecated. Please use `anystep.types.interrupt` instead.",
            LangGraphDeprecatedSinceV10,
            stacklevel=2,
        )
        super().__init__([Interrupt(value) if id is None else Interrupt(value, id)])

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class ParentCommand(GraphBubbleUp):
    """A command on its way to the graph that runs this one."""

    code: ClassVar[str] = "PARENT_COMMAND"
    args: "tuple[Command]"

    def __init__(self, command: "Command") -> None:
        super().__init__(command)


@final
class NodeError(FrozenRecord):
    """What an error handler receives: the failed `node` and the `error` it raised."""

    __slots__ = ("error", "node")
    __match_args__ = ("node", "error")
    node: str
    error: BaseException

    def __init__(self, node: str, error: BaseException) -> None:
        set_field(self, "node", node)
        set_field(self, "error", error)


def is_invalid_resume(error: BaseException) -> bool:
    """Whether `error` says that an answer did not match its interrupt's `response_schema`.

    Such an error is not stored and cancels nobody: the interrupt can be answered again.
    """
    return getattr(error, "_anystep_invalid_resume", False) is True


def mark_invalid_resume(error: BaseException) -> None:
    """Make `is_invalid_resume` true of `error`."""
    marked: Any = error
    marked._anystep_invalid_resume = True


_mark_invalid_resume = mark_invalid_resume  # LangGraph's name for it


def __getattr__(name: str) -> Any:
    """Errors about runs as a whole, when somebody asks: only limits and strict mode raise them."""
    if name in __all__:
        from anystep import _run_errors

        value = globals()[name] = getattr(_run_errors, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
