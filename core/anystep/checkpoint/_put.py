"""What a checkpoint given whole, through LangGraph's `put`, changed against its parent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anystep._records import Commit
from anystep.checkpoint._delta import State
from anystep.checkpoint.base import Checkpoint, get_checkpoint_metadata

if TYPE_CHECKING:
    from anystep.checkpoint.base import ChannelVersions, CheckpointMetadata
    from anystep.typing import RunnableConfig

_STANDARD = Checkpoint.__annotations__.keys()


def commit_of(
    parent: State | None,
    config: "RunnableConfig",
    checkpoint: Checkpoint,
    metadata: "CheckpointMetadata",
    new_versions: "ChannelVersions",
) -> tuple[Commit, dict[str, Any] | None]:
    """The commit that stores `checkpoint`, and what a commit has no field for.

    `parent` is the state of the checkpoint `config` addresses, None where it is not stored; the
    commit is complete then, or where the checkpoint lacks something its parent had.
    """
    configurable = config["configurable"]
    known = parent or State()
    versions = checkpoint["channel_versions"]
    seen = checkpoint["versions_seen"]
    full = parent is None or bool(
        known.versions.keys() - versions.keys() or known.seen.keys() - seen.keys()
    )
    if full:
        known = State()
    changed = new_versions.keys() | _changes(versions, known.versions).keys()
    values = checkpoint["channel_values"]
    fields = _split(get_checkpoint_metadata(config, metadata))
    updated = checkpoint.get("updated_channels")
    commit = Commit(
        configurable["thread_id"],
        configurable.get("checkpoint_ns", ""),
        checkpoint["id"],
        configurable.get("checkpoint_id"),
        checkpoint["ts"],  # type: ignore[arg-type]  # records keep a time given as text  # pyright: ignore[reportArgumentType]
        *fields,
        {c: v for c, v in values.items() if c in changed or c not in known.values},
        tuple(sorted(c for c in known.values if c in changed and c not in values)),
        _changes(versions, known.versions),
        {n: _changes(v, known.seen.get(n, {})) for n, v in seen.items() if v != known.seen.get(n)},
        None if updated is None else tuple(updated),
        full=full,
    )
    undeclared: dict[str, Any] = {k: v for k, v in checkpoint.items() if k not in _STANDARD}
    if checkpoint["v"] != 4:
        undeclared["v"] = checkpoint["v"]
    return commit, undeclared or None


def _changes(new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in new.items() if key not in old or old[key] != value}


def _split(metadata: "CheckpointMetadata") -> tuple[Any, Any, Any, dict[str, Any]]:
    """Source, step, parents and the rest; all of it is the rest if a part is missing or odd."""
    rest: dict[str, Any] = {**metadata}
    match metadata:
        case {"source": str(), "step": int(), "parents": dict(parents)} if all(
            type(part) is str for pair in parents.items() for part in pair
        ):
            return rest.pop("source"), rest.pop("step"), rest.pop("parents"), rest
        case _:
            return None, 0, {}, rest
