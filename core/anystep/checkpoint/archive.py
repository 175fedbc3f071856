"""A whole thread as bytes: to move it between savers and hosts, to compare it, to keep it.

    data = pack_thread(saver, "thread-1")
    unpack_thread(another_saver, data)

All namespaces, checkpoints and pending writes are in it. Threads with equal content have equal
bytes, whichever saver they come from; docs/checkpoint-format.md describes the bytes.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgpack

from anystep.checkpoint.serde._write import array_header
from anystep.checkpoint.serde.errors import DeserializationError
from anystep.checkpoint.serde.msgpack import MsgpackSerializer

if TYPE_CHECKING:
    from anystep.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointTuple
    from anystep.typing import RunnableConfig

__all__ = ["apack_thread", "aunpack_thread", "pack_thread", "unpack_thread"]

_KIND = "anystep-thread"
_VERSION = 1

_FIELDS = ("id", "ts", "channel_values", "channel_versions", "versions_seen", "updated_channels")


def pack_thread(saver: "BaseCheckpointSaver[Any]", thread_id: str) -> bytes:
    """Everything `saver` has of a thread.

    Values are written with the saver's serializer if that is a `MsgpackSerializer`, else with a
    new one: what an encrypting saver holds comes out as plain text. Raises ValueError if there is
    no such thread, SerializationError for values the format cannot hold.
    """
    writer = _Writer(saver, thread_id)
    for found in saver.list(_thread(thread_id)):
        paths = saver.task_paths(found.config) if hasattr(saver, "task_paths") else {}
        writer.take(found, paths)
    return writer.data()


async def apack_thread(saver: "BaseCheckpointSaver[Any]", thread_id: str) -> bytes:
    """As `pack_thread`."""
    writer = _Writer(saver, thread_id)
    async for found in saver.alist(_thread(thread_id)):
        paths = await saver.atask_paths(found.config) if hasattr(saver, "atask_paths") else {}
        writer.take(found, paths)
    return writer.data()


def unpack_thread(saver: "BaseCheckpointSaver[Any]", data: bytes) -> str:
    """Store a packed thread; the thread's id.

    Raises DeserializationError for bytes that `pack_thread` did not make, and for classes that
    are not on the serializer's allow-list; ValueError if the saver has such a thread already.
    """
    thread_id, entries = _read(saver, data)
    if next(iter(saver.list(_thread(thread_id), limit=1)), None) is not None:
        raise ValueError(f"thread {thread_id!r} is stored already: delete it first")
    for entry in entries:
        at = saver.put(entry.parent, entry.checkpoint, entry.metadata, entry.new_versions)
        for task_id, path, writes in entry.writes:
            saver.put_writes(at, writes, task_id, path)
    return thread_id


async def aunpack_thread(saver: "BaseCheckpointSaver[Any]", data: bytes) -> str:
    """As `unpack_thread`."""
    thread_id, entries = _read(saver, data)
    async for _ in saver.alist(_thread(thread_id), limit=1):
        raise ValueError(f"thread {thread_id!r} is stored already: delete it first")
    for entry in entries:
        at = await saver.aput(entry.parent, entry.checkpoint, entry.metadata, entry.new_versions)
        for task_id, path, writes in entry.writes:
            await saver.aput_writes(at, writes, task_id, path)
    return thread_id


class _Writer:
    """Gathers checkpoints, newest first, and writes them as changes, oldest first."""

    def __init__(self, saver: "BaseCheckpointSaver[Any]", thread_id: str) -> None:
        self._thread_id = thread_id
        self._serde = _serializer(saver)
        self._found: dict[str, dict[str, _Stored]] = {}
        self._lists: dict[tuple[str, str, Any], Any] = {}

    def take(self, found: "CheckpointTuple", paths: dict[str, str]) -> None:
        """Encode a checkpoint."""
        ns = found.config["configurable"].get("checkpoint_ns", "")
        checkpoint: dict[str, Any] = {**found.checkpoint}
        values, versions = checkpoint["channel_values"], checkpoint["channel_versions"]
        extra = {key: value for key, value in checkpoint.items() if key not in _FIELDS}
        if extra.get("v") == 4:
            del extra["v"]
        parent = (
            found.parent_config["configurable"]["checkpoint_id"] if found.parent_config else None
        )
        updated = checkpoint.get("updated_channels")
        self._found.setdefault(ns, {})[checkpoint["id"]] = _Stored(
            parent,
            [
                checkpoint["ts"],
                self._serde.dumps(_sorted({**found.metadata})),
                None if updated is None else list(updated),
                self._serde.dumps(extra) if extra else None,
                self._writes(found.pending_writes or (), paths),
            ],
            _sorted(versions),
            {node: _sorted(seen) for node, seen in sorted(checkpoint["versions_seen"].items())},
            {
                name: self._value(ns, name, versions.get(name), values[name])
                for name in sorted(values)
            },
        )

    def _value(self, ns: str, channel: str, version: Any, value: Any) -> Any:
        """A value as bytes, a list as a list of its items' bytes."""
        if type(value) is not list:
            return self._serde.dumps(value)
        known = self._lists.get((ns, channel, version))
        items = [self._serde.dumps(item) for item in value]
        if known == items:
            return known  # one list for all checkpoints that share this version of it
        self._lists[ns, channel, version] = items
        return items

    def _writes(self, writes: Iterable[tuple[str, str, Any]], paths: dict[str, str]) -> list[Any]:
        grouped: dict[str, list[Any]] = {}
        for task_id, channel, value in writes:
            grouped.setdefault(task_id, []).append([channel, self._serde.dumps(value)])
        return [[task_id, paths.get(task_id, ""), pairs] for task_id, pairs in grouped.items()]

    def data(self) -> bytes:
        """All that was gathered."""
        if not self._found:
            raise ValueError(f"there is no thread {self._thread_id!r}")
        body = [[ns, _records(found)] for ns, found in sorted(self._found.items())]
        data: bytes = msgpack.packb([_KIND, _VERSION, self._thread_id, body])
        return data


class _Stored(NamedTuple):
    """A checkpoint with its values encoded; `facts` are what is written as it is."""

    parent: str | None
    facts: list[Any]
    versions: dict[str, Any]
    seen: dict[str, dict[str, Any]]
    values: dict[str, Any]


_NOTHING = _Stored(None, [], {}, {}, {})


def _records(found: dict[str, _Stored]) -> list[Any]:
    """The checkpoints of a namespace in the order of their ids, as changes against their parents."""
    records: list[Any] = []
    written: dict[str, _Stored] = {}
    for id, stored in sorted(found.items()):
        parent = written.get(stored.parent or "")
        if parent is not None and (
            parent.versions.keys() - stored.versions.keys()
            or parent.seen.keys() - stored.seen.keys()
        ):
            parent = None  # changes cannot say that a version is gone
        base = parent or _NOTHING
        written[id] = stored
        records.append(
            [
                id,
                stored.parent,
                parent is None,
                *stored.facts,
                _changed(base.versions, stored.versions),
                {
                    n: v
                    for n in stored.seen
                    if (v := _changed(base.seen.get(n, {}), stored.seen[n])) or n not in base.seen
                },
                {
                    n: _edit(base.values.get(n), v)
                    for n, v in stored.values.items()
                    if v != base.values.get(n)
                },
                [name for name in base.values if name not in stored.values],
            ]
        )
    return records


def _changed(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in new.items() if key not in old or old[key] != value}


def _edit(old: Any, new: Any) -> Any:
    """Bytes for a whole value; for a list [how many items stay, how many come, those]."""
    if type(new) is not list:
        return new
    kept = 0
    if type(old) is list:
        while kept < min(len(old), len(new)) and (old[kept] is new[kept] or old[kept] == new[kept]):
            kept += 1
    return [kept, len(new) - kept, b"".join(new[kept:])]


class _Entry(NamedTuple):
    """The arguments that store one checkpoint, and its tasks' writes."""

    parent: "RunnableConfig"
    checkpoint: "Checkpoint"
    metadata: Any
    new_versions: dict[str, Any]
    writes: list[tuple[str, str, list[tuple[str, Any]]]]


def _read(saver: "BaseCheckpointSaver[Any]", data: bytes) -> tuple[str, Iterator[_Entry]]:
    """The thread's id and its checkpoints. Everything is decoded before this returns."""
    serde = _serializer(saver)
    try:
        kind, version, thread_id, body = serde.loads(data)
        if kind != _KIND:
            raise DeserializationError("these bytes are not a packed thread")
        if version != _VERSION:
            raise DeserializationError(
                f"the thread was packed in version {version!r} of the format, this is {_VERSION}"
            )
        entries = [
            entry for ns, records in body for entry in _entries(serde, thread_id, ns, records)
        ]
    except DeserializationError:
        raise
    except Exception as error:
        raise DeserializationError(
            f"these bytes are not a packed thread: {type(error).__name__}: {error}"
        ) from error
    return thread_id, iter(entries)


def _entries(
    serde: MsgpackSerializer, thread_id: str, ns: str, records: list[Any]
) -> Iterator[_Entry]:
    done: dict[str, Checkpoint] = {}
    for id, parent, complete, ts, metadata, updated, extra, writes, *changes in records:
        versions, seen, values, dropped = changes
        base: Any = _EMPTY if complete else done[parent]
        checkpoint: Any = {
            "v": 4,
            "id": id,
            "ts": ts,
            "channel_values": {
                name: value for name, value in base["channel_values"].items() if name not in dropped
            },
            "channel_versions": base["channel_versions"] | versions,
            "versions_seen": {**base["versions_seen"]},
            "updated_channels": updated,
        }
        for node, entry in seen.items():
            known = checkpoint["versions_seen"].get(node, {})
            checkpoint["versions_seen"][node] = known | entry
        for name, value in values.items():
            old = base["channel_values"].get(name)
            checkpoint["channel_values"][name] = _value(serde, old, value)
        if extra is not None:
            checkpoint.update(serde.loads(extra))
        done[id] = checkpoint
        touched = {*versions, *values, *dropped}
        address = {"thread_id": thread_id, "checkpoint_ns": ns}
        yield _Entry(
            {"configurable": address if parent is None else {**address, "checkpoint_id": parent}},
            checkpoint,
            serde.loads(metadata),
            {n: v for n, v in checkpoint["channel_versions"].items() if n in touched},
            [(task_id, path, _pairs(serde, pairs)) for task_id, path, pairs in writes],
        )


_EMPTY: dict[str, Any] = {"channel_values": {}, "channel_versions": {}, "versions_seen": {}}


def _value(serde: MsgpackSerializer, old: Any, stored: Any) -> Any:
    if isinstance(stored, bytes):
        return serde.loads(stored)
    kept, count, items = stored
    return [*(old or ())[:kept], *serde.loads(array_header(count) + items)]


def _pairs(serde: MsgpackSerializer, pairs: list[Any]) -> list[tuple[str, Any]]:
    """A task's writes, ordinary ones first: they are numbered by their place."""
    from anystep.checkpoint.base import WRITES_IDX_MAP

    decoded = [(channel, serde.loads(data)) for channel, data in pairs]
    return sorted(decoded, key=lambda pair: pair[0] in WRITES_IDX_MAP)


def _thread(thread_id: str) -> "RunnableConfig":
    return {"configurable": {"thread_id": thread_id}}


def _sorted(entries: dict[str, Any]) -> dict[str, Any]:
    return {key: entries[key] for key in sorted(entries)}


def _serializer(saver: "BaseCheckpointSaver[Any]") -> MsgpackSerializer:
    serde = saver.serde
    return serde if isinstance(serde, MsgpackSerializer) else MsgpackSerializer()
