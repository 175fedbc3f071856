"""The shapes savers exchange with the engine, and the small functions over them."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypedDict, TypeVar

from anystep._constants import ERROR, INTERRUPT, RESUME, SCHEDULED
from anystep.checkpoint.serde.types import ChannelProtocol
from anystep.errors import EmptyChannelError
from anystep.typing import RunnableConfig

V = TypeVar("V", int, float, str)

#: (task id, channel, value)
PendingWrite = tuple[str, str, Any]

ChannelVersions = dict[str, str | int | float]

#: Where in a task's stored writes a special one goes. Ordinary writes go to their position in
#: the batch and are stored once; the negative places are overwritten.
WRITES_IDX_MAP = {ERROR: -1, SCHEDULED: -2, INTERRUPT: -3, RESUME: -4}

#: Config keys that never become metadata.
EXCLUDED_METADATA_KEYS = {
    "thread_id",
    "checkpoint_id",
    "checkpoint_ns",
    "checkpoint_map",
    "langgraph_step",
    "langgraph_node",
    "langgraph_triggers",
    "langgraph_path",
    "langgraph_checkpoint_ns",
}

#: The format version `empty_checkpoint` and `create_checkpoint` write.
LATEST_VERSION = 2


class CheckpointMetadata(TypedDict, total=False):
    """Facts about a checkpoint. User metadata stands beside these keys.

    `source` says what made it, `step` counts from -1 (the first input), `parents` maps the
    namespaces of the graphs around this one to their checkpoint ids, `run_id` names the run.
    """

    source: Literal["input", "loop", "update", "fork"]
    step: int
    parents: dict[str, str]
    run_id: str
    counters_since_delta_snapshot: dict[str, tuple[int, int]]


class Checkpoint(TypedDict):
    """The state of one graph at the end of a superstep.

    `id` sorts by time and `ts` is ISO 8601. `channel_values` holds the channels that are not
    empty. A node is due when `channel_versions` has a newer version of one of its triggers than
    its entry in `versions_seen`. `updated_channels` is sorted, or None where nobody knows.
    """

    v: int
    id: str
    ts: str
    channel_values: dict[str, Any]
    channel_versions: ChannelVersions
    versions_seen: dict[str, ChannelVersions]
    updated_channels: list[str] | None


class CheckpointTuple(NamedTuple):
    """A checkpoint with everything a saver knows about it.

    `pending_writes` are the writes of tasks that ran on top of it, in the order in which a
    superstep applies them.
    """

    config: RunnableConfig
    checkpoint: Checkpoint
    metadata: CheckpointMetadata
    parent_config: RunnableConfig | None = None
    pending_writes: list[PendingWrite] | None = None


class _ChannelWrites(TypedDict):
    writes: list[PendingWrite]


class DeltaChannelHistory(_ChannelWrites, total=False):
    """What one channel got since it was last stored whole.

    `writes` are those of the ancestors, oldest first. `seed` is the value at the nearest
    ancestor that has one; without it the channel started empty.
    """

    seed: Any


def writes_sort_key(task_path: str, task_id: str = "", idx: int = 0) -> tuple[str, str, int]:
    """The key by which a superstep's stored writes must be sorted before they are replayed."""
    return (task_path, task_id, idx)


def get_checkpoint_id(config: RunnableConfig) -> str | None:
    """The checkpoint `config` addresses, or None for the latest."""
    found: str | None = config["configurable"].get("checkpoint_id")
    return found


def get_checkpoint_metadata(
    config: RunnableConfig, metadata: CheckpointMetadata
) -> CheckpointMetadata:
    """`metadata` and the plain values of the config's metadata and configurable.

    NUL characters are taken out of strings, because some databases refuse them.
    """
    merged: dict[str, Any] = {key: _storable(v) for key, v in metadata.items()}
    for section in (config.get("metadata"), config.get("configurable")):
        for key, value in (section or {}).items():
            if key in merged or key in EXCLUDED_METADATA_KEYS or key.startswith("__"):
                continue
            if isinstance(value, (str, int, float)):
                merged[key] = _storable(value)
    return merged  # type: ignore[return-value]  # user keys stand beside the declared ones  # pyright: ignore[reportReturnType]


def _storable(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


def get_serializable_checkpoint_metadata(
    config: RunnableConfig, metadata: CheckpointMetadata
) -> CheckpointMetadata:
    """As `get_checkpoint_metadata`, without the `writes` old versions put there."""
    merged = get_checkpoint_metadata(config, metadata)
    merged.pop("writes", None)  # type: ignore[typeddict-item]  # not declared any more
    return merged


def copy_checkpoint(checkpoint: Checkpoint) -> Checkpoint:
    """A copy that shares the channel values and nothing else."""
    old: dict[str, Any] = checkpoint  # type: ignore[assignment]  # for the undeclared key  # pyright: ignore[reportAssignmentType]
    return {  # type: ignore[typeddict-unknown-key]  # as LangGraph's, which old checkpoints have
        "v": checkpoint["v"],
        "ts": checkpoint["ts"],
        "id": checkpoint["id"],
        "channel_values": checkpoint["channel_values"].copy(),
        "channel_versions": checkpoint["channel_versions"].copy(),
        "versions_seen": {k: v.copy() for k, v in checkpoint["versions_seen"].items()},
        "pending_sends": list(old.get("pending_sends", ())),  # pyright: ignore[reportReturnType]
        "updated_channels": checkpoint.get("updated_channels"),
    }


def empty_checkpoint() -> Checkpoint:
    """Deprecated: a checkpoint of nothing, in the old format 2."""
    from anystep.checkpoint.base.id import uuid6

    return _old_checkpoint(str(uuid6(clock_seq=-2)), {}, {}, {}, [])


def create_checkpoint(
    checkpoint: Checkpoint,
    channels: Mapping[str, ChannelProtocol[Any, Any, Any]] | None,
    step: int,
    *,
    id: str | None = None,
) -> Checkpoint:
    """Deprecated: `checkpoint` with the values the channels hold now, in the old format 2."""
    from anystep.checkpoint.base.id import uuid6

    values = checkpoint["channel_values"]
    if channels is not None:
        values = {}
        for name in checkpoint["channel_versions"].keys() & channels.keys():
            try:
                values[name] = channels[name].checkpoint()
            except EmptyChannelError:
                continue
    old: dict[str, Any] = checkpoint  # type: ignore[assignment]  # for the undeclared key  # pyright: ignore[reportAssignmentType]
    return _old_checkpoint(
        id or str(uuid6(clock_seq=step)),
        values,
        checkpoint["channel_versions"],
        checkpoint["versions_seen"],
        old.get("pending_sends", []),
    )


def _old_checkpoint(
    id: str,
    values: dict[str, Any],
    versions: ChannelVersions,
    seen: dict[str, ChannelVersions],
    pending_sends: list[Any],
) -> Checkpoint:
    from datetime import UTC, datetime

    return {  # type: ignore[typeddict-unknown-key]  # format 2 had `pending_sends`
        "v": LATEST_VERSION,
        "id": id,
        "ts": datetime.now(UTC).isoformat(),
        "channel_values": values,
        "channel_versions": versions,
        "versions_seen": seen,
        "pending_sends": pending_sends,  # pyright: ignore[reportReturnType]
        "updated_channels": None,
    }
