"""A log in this process's memory."""

import marshal
from operator import is_
from typing import Any, Final

from anystep._records import Commit
from anystep._superstep import LOOP, Shape, StepCommit
from anystep.checkpoint._codec import Codec
from anystep.checkpoint._delta import STRIDE, Record
from anystep.checkpoint._log import Head, Log, StoredWrite
from anystep.checkpoint._writes import SAME, encode_once, encode_write

#: Versions of marshal. The newer one looks for objects that occur twice, which takes as long as
#: the rest of it: in whole records channels' names do, in those of steps nothing does.
_WHOLE: Final = 4
_STEP: Final = 2


class MemoryLog(Log):
    """Keeps records as bytes of `marshal`: the fastest encoding Python has.

    Of a superstep that has a shape only what differs from one to the next is encoded; its shape
    is kept beside it. (Measured: a third of the bytes, and of the time, of a whole record.)

    It never leaves the process; what does leave it is written by `anystep.checkpoint.archive`.
    """

    __slots__ = ("_forks", "_index", "_latest", "_shapes", "_writes", "records")

    def __init__(self) -> None:
        super().__init__()
        self._forks: dict[int, list[int]] = {}
        self._index: dict[str, int] = {}
        self._latest = ""
        self._writes: dict[str, dict[tuple[str, int], StoredWrite]] = {}
        self._shapes: list[Shape | None] = []  # None: the record is whole
        self.records: list[bytes] = []

    def __getstate__(self) -> tuple[object, ...]:
        # What is pickled is what is stored, not what is known about the objects it came from.
        found = self.records, self._shapes, self._index, self._latest, self._writes, self._forks
        return self.size, *found

    def __setstate__(self, state: Any) -> None:
        self.forget()
        self.size, self.records, self._shapes, *known = state
        self._index, self._latest, self._writes, self._forks = known

    def read(self, seq: int) -> Record:
        """The record of that number."""
        record: Record = marshal.loads(self.records[seq])
        shape = self._shapes[seq]
        return record if shape is None else _whole(record, shape)

    def write(self, seq: int, record: Record, parent: int, shape: Shape | None = None) -> None:
        """Keep the next record; one with a shape says no more than what differs."""
        id = record[0]
        self.records.append(marshal.dumps(record, _WHOLE if shape is None else _STEP))
        self._shapes.append(shape)
        self._index[id] = seq
        if id > self._latest:  # noqa: PLR1730  max() costs a call at every step
            self._latest = id
        if seq - parent != 1 and parent >= 0:
            self._forks.setdefault(parent, []).append(seq)

    def append(self, commit: Commit, codec: Codec, extra: bytes | None = None) -> None:
        """Store a superstep, as any log does; those that have a shape in the shortest way."""
        head = self._head
        if (
            not isinstance(commit, StepCommit)
            or head is None
            or head.id != commit.parent_id
            or not head.depth % STRIDE
            or self._handed is not None
            or not codec.plain
        ):
            super().append(commit, codec, extra)
            return
        self._head = None  # if anything below fails, the next commit starts from the records
        shape, held, wrote = commit.shape, commit.held, None
        if (
            not shape.as_written
            or head.lists
            or head.handed
            or not codec.plain.issuperset(map(type, held))
        ):
            held, wrote = self._encode_step(head, commit, codec)
        id, seq, parent = commit.id, self.size, head.seq
        version, saw = commit.version, commit.saw
        head.steps.append((shape, version, saw, held))
        record = (
            id,
            seq - parent,
            commit.ts,
            commit.step,
            head.depth,
            commit.parents or None,
            head.described(commit.metadata, codec) if commit.metadata else None,
            version,
            saw,
            held,
            wrote,
        )
        self.write(seq, record, parent, shape)
        self.size = seq + 1
        head.id, head.seq = id, seq
        head.depth += 1
        self._head = head

    def _encode_step(
        self, head: Head, commit: StepCommit, codec: Codec
    ) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
        """What the written channels hold, and what the node wrote to them: None for the same."""
        shape, plain, lists = commit.shape, codec.plain, head.lists
        held: list[Any] = []
        wrote: list[Any] = []
        for channel, value in zip(shape.written, commit.held, strict=True):
            write = commit.wrote[channel]
            if value.__class__ is list and channel in lists and channel not in head.handed:
                added = lists[channel].grown(value)
                if added is not None:
                    count, size = len(added), len(value) - len(added)
                    held.append(((size, size, count, codec.encode_items(added)),))
                    same = write.__class__ is list and len(write) == count
                    if same and all(map(is_, write, added)):
                        wrote.append(SAME)
                    else:
                        wrote.append(encode_write(channel, write, codec))
                    continue
            stored = self._encode_one(head, commit, channel, value, codec)
            held.append(stored)
            if write.__class__ not in plain:
                write = encode_once(channel, write, {channel: value}, {channel: stored}, codec)
            elif write is value:
                write = SAME
            wrote.append(write)
        if shape.as_written and tuple not in map(type, held):
            return (*held,), None
        return (*held,), (*wrote,)

    def find(self, id: str) -> int:
        """The number of the record of a checkpoint, -1 if there is none."""
        return self._index.get(id, -1)

    def latest(self) -> str:
        """The greatest id."""
        return self._latest

    def ids(self) -> list[tuple[str, int]]:
        """The checkpoints and the numbers of their records, greatest id first."""
        return sorted(self._index.items(), reverse=True)

    def forks(self, seq: int) -> list[int]:
        """The records on top of one, but for the one that follows it."""
        return self._forks.get(seq, [])

    def stored_writes(self, id: str) -> dict[tuple[str, int], StoredWrite]:
        """What `put_writes` stored for a checkpoint, by task and place."""
        return self._writes.get(id, {})

    def store_writes(self, id: str, writes: dict[tuple[str, int], StoredWrite]) -> None:
        """Keep writes."""
        stored = self._writes.setdefault(id, {})
        for key, write in writes.items():
            if key[1] < 0 or key not in stored:
                stored[key] = write

    def copy(self) -> "MemoryLog":
        """A log that shares nothing with this one but the bytes of its records."""
        log = MemoryLog()
        log.size = self.size
        log.records = self.records[:]
        log._shapes = self._shapes[:]
        log._index = dict(self._index)
        log._latest = self._latest
        log._writes = {id: dict(writes) for id, writes in self._writes.items()}
        log._forks = {seq: children[:] for seq, children in self._forks.items()}
        return log


def _whole(record: tuple[Any, ...], shape: Shape) -> Record:
    """The record of a superstep, from what differs and what its shape says."""
    id, parent, ts, step, depth, parents, metadata, version, saw, held, wrote = record
    delta = shape.versions(version), shape.seen(saw), shape.dropped, shape.values(held)
    if wrote is None:
        wrote = [SAME if value.__class__ is bytes else value for value in held]
    writes = shape.writes(dict(zip(shape.written, wrote, strict=True)))
    known = id, parent, ts, LOOP, step, depth, parents, metadata
    return (*known, delta, shape.updated, writes, None, None)
