"""Errors about runs as a whole: limits, leases, versions. `anystep.errors` shows them."""

from typing import Any, ClassVar

from anystep._record import restore_error

_PUBLIC = "anystep.errors"  # where users import these from, so where pickle names them


class CheckpointNotFoundError(Exception):
    """Strict mode only: `checkpoint_id` names a checkpoint that its thread does not have."""

    __module__ = _PUBLIC
    code: ClassVar[str] = "CHECKPOINT_NOT_FOUND"


class SchemaVersionError(Exception):
    """A stored state has schema version `stored`, and no way leads from there to `known`."""

    __module__ = _PUBLIC
    code: ClassVar[str] = "SCHEMA_VERSION"

    def __init__(self, message: str, *, stored: int, known: int) -> None:
        super().__init__(message)
        self.stored = stored
        self.known = known

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class LeaseError(Exception):
    """`holder` has the lease of thread `thread_id`: nothing was written for anybody else."""

    __module__ = _PUBLIC
    code: ClassVar[str] = "LEASE"

    def __init__(self, message: str, *, thread_id: str, holder: str) -> None:
        super().__init__(message)
        self.thread_id = thread_id
        self.holder = holder

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class CircuitOpenError(RuntimeError):
    """The circuit breaker of `node` is open: it was not called. `seconds` until it may be."""

    __module__ = _PUBLIC
    code: ClassVar[str] = "CIRCUIT_OPEN"

    def __init__(self, node: str, seconds: float) -> None:
        super().__init__(
            f"Node {node!r} has failed too often and is not called for another {seconds:.3f} s: "
            "give it a fallback, or try again later."
        )
        self.node = node
        self.seconds = seconds

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class RunLimitError(RuntimeError):
    """A run reached a limit of its graph's `RunPolicy`, and stopped between two supersteps.

    What was done is saved; a run with input None goes on, once there is room. `usage` is what
    the thread has used since its last input.
    """

    __module__ = _PUBLIC
    code: ClassVar[str] = "RUN_LIMIT"

    def __init__(self, message: str, *, usage: Any = None) -> None:
        super().__init__(message)
        self.usage = usage

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, self.__dict__)


class BudgetExceededError(RunLimitError):
    """The budget is used up: of what, the message says."""

    __module__ = _PUBLIC
    code: ClassVar[str] = "BUDGET_EXCEEDED"


class DeadlineError(RunLimitError):
    """The run took longer than its deadline."""

    __module__ = _PUBLIC
    code: ClassVar[str] = "DEADLINE"


class NodeVisitError(RunLimitError):
    """A node was led to more often than it may run."""

    __module__ = _PUBLIC
    code: ClassVar[str] = "NODE_VISITS"


class StateLimitError(RunLimitError):
    """A superstep would have had too many tasks, or made the state too large."""

    __module__ = _PUBLIC
    code: ClassVar[str] = "STATE_LIMIT"
