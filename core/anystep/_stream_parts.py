"""The shapes of streamed events, as typed dicts for checkers and readers.

Apart from `anystep.types` because making a dozen typed dicts costs more than the rest of that
module: they are made when a program first names one of them.
"""

from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    NotRequired,
    TypedDict,
    TypeVar,
)

from anystep._records import Interrupt
from anystep.typing import RunnableConfig

if TYPE_CHECKING:
    from typing_extensions import TypeAliasType

    from anystep.checkpoint.base import CheckpointMetadata
    from anystep.messages import AnyMessage
    from anystep.types import StateSnapshot

StateT = TypeVar("StateT")
OutputT = TypeVar("OutputT")


class TaskPayload(TypedDict):
    """A task started."""

    id: str
    name: str
    """The node, or the function of the functional API."""
    input: Any
    triggers: list[str]
    """The channels whose writes started it."""
    metadata: NotRequired[dict[str, Any]]
    """The task's config metadata, where there is any."""


class TaskResultPayload(TypedDict):
    """A task ended."""

    id: str
    name: str
    error: str | None
    interrupts: list[dict[str, Any]]
    result: dict[str, Any]
    """What it wrote, by channel."""


class CheckpointTask(TypedDict):
    """A task as a checkpoint event lists it: pending, finished or failed."""

    id: str
    name: str
    error: NotRequired[str]
    """Only of a failed task."""
    result: NotRequired[Any]
    """Only of a finished task."""
    interrupts: NotRequired[list[dict[str, Any]]]
    """Of a pending or finished task."""
    state: "StateSnapshot | RunnableConfig | None"
    """Where the task's subgraph has its state, or that state; None for a plain node."""


class CheckpointPayload(TypedDict, Generic[StateT]):
    """A checkpoint was made; the same facts as `get_state()` gives."""

    config: RunnableConfig | None
    metadata: "CheckpointMetadata"
    values: StateT
    next: list[str]
    """The nodes about to run."""
    parent_config: RunnableConfig | None
    """None for the first checkpoint of a thread."""
    tasks: list[CheckpointTask]


class _DebugCheckpoint(TypedDict, Generic[StateT]):
    step: int
    timestamp: str
    """ISO 8601, UTC."""
    type: Literal["checkpoint"]
    payload: CheckpointPayload[StateT]


class _DebugTask(TypedDict):
    step: int
    timestamp: str
    type: Literal["task"]
    payload: TaskPayload


class _DebugTaskResult(TypedDict):
    step: int
    timestamp: str
    type: Literal["task_result"]
    payload: TaskResultPayload


class ValuesStreamPart(TypedDict, Generic[OutputT]):
    """`values`: the whole state after a step."""

    type: Literal["values"]
    ns: tuple[str, ...]
    data: OutputT
    interrupts: tuple[Interrupt, ...]


class UpdatesStreamPart(TypedDict):
    """`updates`: what each node wrote, by node; also `__interrupt__` and `__metadata__`."""

    type: Literal["updates"]
    ns: tuple[str, ...]
    data: dict[str, Any]


class MessagesStreamPart(TypedDict):
    """`messages`: a message or a piece of one, and the metadata of the task it comes from."""

    type: Literal["messages"]
    ns: tuple[str, ...]
    data: "tuple[AnyMessage, dict[str, Any]]"


class CustomStreamPart(TypedDict):
    """`custom`: whatever a node gave its stream writer."""

    type: Literal["custom"]
    ns: tuple[str, ...]
    data: Any


class CheckpointStreamPart(TypedDict, Generic[StateT]):
    """`checkpoints`: a checkpoint was made."""

    type: Literal["checkpoints"]
    ns: tuple[str, ...]
    data: CheckpointPayload[StateT]


class TasksStreamPart(TypedDict):
    """`tasks`: a task started or ended."""

    type: Literal["tasks"]
    ns: tuple[str, ...]
    data: TaskPayload | TaskResultPayload


if TYPE_CHECKING:
    DebugPayload = TypeAliasType(
        "DebugPayload",
        _DebugCheckpoint[StateT] | _DebugTask | _DebugTaskResult,
        type_params=(StateT,),
    )
else:
    DebugPayload = _DebugCheckpoint[StateT] | _DebugTask | _DebugTaskResult


class DebugStreamPart(TypedDict, Generic[StateT]):
    """`debug`: what `checkpoints` and `tasks` say, with the step and the time."""

    type: Literal["debug"]
    ns: tuple[str, ...]
    data: DebugPayload[StateT]


if TYPE_CHECKING:
    StreamPart = TypeAliasType(
        "StreamPart",
        ValuesStreamPart[OutputT]
        | UpdatesStreamPart
        | MessagesStreamPart
        | CustomStreamPart
        | CheckpointStreamPart[StateT]
        | TasksStreamPart
        | DebugStreamPart[StateT],
        type_params=(StateT, OutputT),
    )
else:
    # The state comes first among the parameters, so a part that names it comes first in the union.
    StreamPart = (
        CheckpointStreamPart[StateT]
        | DebugStreamPart[StateT]
        | ValuesStreamPart[OutputT]
        | UpdatesStreamPart
        | MessagesStreamPart
        | CustomStreamPart
        | TasksStreamPart
    )
