"""What a program sees of a thread, and of a task: `anystep.types` shows them when asked."""

from typing import TYPE_CHECKING, Any, NamedTuple

from anystep._policies import TimeoutPolicy
from anystep._record import FrozenRecord, field_names, set_field
from anystep._records import Interrupt

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence

    from anystep._policies import RetryPolicy
    from anystep.checkpoint.base import CheckpointMetadata
    from anystep.typing import RunnableConfig

_PUBLIC = "anystep.types"  # where users import these from, so where repr and pickle name them


class StateUpdate(NamedTuple):
    """One entry of `bulk_update_state`: `values` written as if node `as_node` had returned them."""

    values: dict[str, Any] | None
    as_node: str | None = None
    task_id: str | None = None


StateUpdate.__module__ = _PUBLIC


class PregelTask(NamedTuple):
    """A task as `get_state` shows it: about to run, finished (`result`), failed or interrupted."""

    id: str
    name: str
    path: tuple[str | int | tuple[Any, ...], ...]
    error: Exception | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: "RunnableConfig | StateSnapshot | None" = None
    result: Any | None = None


PregelTask.__module__ = _PUBLIC


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


StateSnapshot.__module__ = _PUBLIC


class CacheKey(NamedTuple):
    """Where a task's writes are cached: namespace, key, and seconds to live."""

    ns: tuple[str, ...]
    key: str
    ttl: int | None


CacheKey.__module__ = _PUBLIC


class PregelExecutableTask(FrozenRecord):
    """A task ready to run, with everything it needs."""

    __module__ = _PUBLIC
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
