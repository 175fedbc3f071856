"""Checkpoints as readers see them: LangGraph's shapes, built from records when asked for."""

from typing import TYPE_CHECKING, Any, cast

from anystep._constants import PULL
from anystep.checkpoint._codec import Codec
from anystep.checkpoint._delta import (
    EXTRA,
    ID,
    METADATA,
    PARENTS,
    SOURCE,
    STEP,
    TS,
    UPDATED,
    WRITES,
    Record,
)
from anystep.checkpoint._log import Log
from anystep.checkpoint._writes import written
from anystep.checkpoint.base import (
    WRITES_IDX_MAP,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
)

if TYPE_CHECKING:
    from anystep.typing import RunnableConfig

FORMAT = 4


def address(thread_id: str, ns: str, id: str) -> "RunnableConfig":
    """The config that addresses one checkpoint."""
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": ns, "checkpoint_id": id}}


class View:
    """One record of a log, on its way to become a `CheckpointTuple`."""

    __slots__ = ("_log", "_ns", "_thread_id", "codec", "record", "seq")

    def __init__(self, log: Log, codec: Codec, thread_id: str, ns: str, seq: int) -> None:
        self._log = log
        self._thread_id = thread_id
        self._ns = ns
        self.codec = codec
        self.seq = seq
        self.record = log.read(seq)

    def metadata(self) -> CheckpointMetadata:
        """The checkpoint's metadata, the user's included."""
        record = self.record
        stored = record[METADATA]
        found: dict[str, Any] = {}
        if record[SOURCE] is not None:
            found = {
                "source": record[SOURCE],
                "step": record[STEP],
                "parents": {**(record[PARENTS] or {})},
            }
        if stored is not None:
            found.update(self.codec.decode(stored))
        metadata: Any = found
        return cast("CheckpointMetadata", metadata)

    def as_tuple(
        self, config: "RunnableConfig | None" = None, *, keep: bool = False
    ) -> CheckpointTuple:
        """The checkpoint with everything around it; `config` is what addressed it."""
        record = self.record
        id = record[ID]
        parent = self._log.parent_id(self.seq)
        return CheckpointTuple(
            config or address(self._thread_id, self._ns, id),
            self._checkpoint(keep),
            self.metadata(),
            None if parent is None else address(self._thread_id, self._ns, parent),
            self.pending_writes(),
        )

    def _checkpoint(self, keep: bool) -> Checkpoint:
        record = self.record
        if keep:
            state, values = self._log.begin(self.seq, self.codec)
        else:
            state = self._log.state(self.seq)
            values = self._log.values(state, self.codec)
        updated = record[UPDATED]
        checkpoint: dict[str, Any] = {
            "v": FORMAT,
            "ts": iso(record[TS]),
            "id": record[ID],
            "channel_versions": state.versions.copy(),
            "versions_seen": {node: {**entry} for node, entry in state.seen.items()},
            "updated_channels": None if updated is None else list(updated),
            "channel_values": values,
        }
        if record[EXTRA] is not None:
            checkpoint.update(self.codec.decode(record[EXTRA]))
        return cast("Checkpoint", checkpoint)

    def pending_writes(self) -> list[PendingWrite]:
        """The writes of the tasks that ran on this checkpoint, in the order a step applies them."""
        found = self._writes()
        ordered = sorted(found, key=lambda key: (found[key][0], *key))
        return [(key[0], found[key][1], self._written(*found[key][1:])) for key in ordered]

    def task_paths(self) -> dict[str, str]:
        """The paths of these tasks as text, by task id."""
        return {task_id: path for (task_id, _), (path, *_) in self._writes().items()}

    def _writes(self) -> dict[tuple[str, int], tuple[str, str, Any, Record | None]]:
        """(path, channel, encoded value, the child that stores it or None) by task and place."""
        id = self.record[ID]
        found: dict[tuple[str, int], tuple[str, str, Any, Record | None]] = {}
        for key, (path, channel, data) in self._log.stored_writes(id).items():
            found[key] = path, channel, data, None
        for child in self._log.children(self.seq):
            for task_id, task_path, triggers, pairs in child[WRITES] or ():
                path = path_text(task_path)
                if task_id is None:
                    task_id = _task_id(id, self._ns, child[STEP], task_path, triggers)
                for position, (channel, data) in enumerate(pairs):
                    key = task_id, WRITES_IDX_MAP.get(channel, position)
                    found.setdefault(key, (path, channel, data, child))
        return found

    def _written(self, channel: str, data: Any, child: Record | None) -> Any:
        if child is None:
            return self.codec.decode(data)
        return written(child, channel, data, self.codec)


def path_text(path: Any) -> str:
    """A task path as text that sorts in the order tasks' writes are applied in."""
    if isinstance(path, str):
        return path
    if isinstance(path, tuple):
        return "~" + ", ".join([path_text(part) for part in path])
    return f"{path:010d}"


def _task_id(checkpoint_id: str, ns: str, step: int, path: Any, triggers: tuple[str, ...]) -> str:
    if path[0] != PULL:
        raise ValueError(f"the task at {path!r} was stored without its id")
    from anystep._ids import task_id

    return task_id(
        checkpoint_id=checkpoint_id, ns=ns, step=step, name=path[1], path=path, triggers=triggers
    )


def iso(ts: int | str) -> str:
    """A time as ISO 8601 in UTC, from nanoseconds since the epoch or as it was given."""
    if isinstance(ts, str):
        return ts
    from datetime import UTC, datetime, timedelta

    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ts // 1000)).isoformat()
