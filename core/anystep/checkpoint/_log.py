"""The checkpoints of one namespace of one thread: an ordered log of records."""

import marshal
from collections.abc import Sequence
from operator import is_
from typing import TYPE_CHECKING, Any

from anystep.checkpoint._codec import Codec
from anystep.checkpoint._delta import (
    DELTA,
    DEPTH,
    ID,
    PARENT,
    SKIP,
    STRIDE,
    WRITES,
    Delta,
    Record,
    State,
    build_list,
    drive,
    fold,
    merge,
    value_of,
    walk,
)
from anystep.checkpoint._lists import Handed, TrackedList, has_containers
from anystep.checkpoint.base import WRITES_IDX_MAP

if TYPE_CHECKING:
    from anystep._records import Commit

#: Stands in a stored write for "what this record stores for the channel".
SAME: tuple[()] = ()


class Head:
    """The record the next commit is expected on top of, with what is needed to write its delta."""

    __slots__ = ("base", "depth", "id", "lists", "recent", "seq")

    def __init__(self, seq: int, depth: int, recent: list[Delta], base: int) -> None:
        self.id = ""
        self.seq = seq  # -1: there is none
        self.depth = depth  # of the record to come
        self.recent = recent  # the deltas since `base`
        self.base = base  # the last record whose depth is a multiple of the stride
        self.lists: dict[str, TrackedList] = {}

    def forget_lists(self, commit: "Commit") -> None:
        """Stop tracking channels that a commit gives another kind of value, or none."""
        lists, values = self.lists, commit.values
        gone = [c for c in lists if c in values and values[c].__class__ is not list]
        for channel in (*gone, *commit.dropped):
            lists.pop(channel, None)


class Log:
    """Records in the order in which they were committed, by number; and stored writes, by id.

    Records are kept as bytes of `marshal`: the fastest encoding Python has, it never leaves the
    process. What leaves it is written by `anystep.checkpoint.archive`.
    """

    __slots__ = ("_forks", "_handed", "_head", "index", "latest", "records", "writes")

    def __init__(self) -> None:
        self._head: Head | None = None
        self._handed: tuple[int, dict[str, Handed]] | None = None
        self._forks: dict[int, list[int]] = {}  # children that do not follow their parent
        self.records: list[bytes] = []
        self.index: dict[str, int] = {}
        self.latest = ""
        self.writes: dict[str, dict[tuple[str, int], tuple[str, str, Any]]] = {}

    # Writing

    def append(self, commit: "Commit", codec: Codec, extra: bytes | None = None) -> None:
        """Store a superstep; everything is encoded before this returns.

        Raises what the serializer raises, and KeyError if the parent is not here and the commit
        is not complete. Nothing is stored then.
        """
        head = self._head
        if head is None or commit.full or head.id != commit.parent_id:
            head = self._start(commit)
        self._head = None  # if anything below fails, the next commit starts from the records
        if head.lists:
            head.forget_lists(commit)
        plain = codec.plain
        values = commit.values
        for value in values.values():
            if value.__class__ not in plain:
                values = self._encode(head, commit, codec)
                break
        delta = commit.versions, commit.seen, commit.dropped, values
        head.recent.append(delta)
        skip = None if head.depth % STRIDE else self._skip(head, codec)
        parent = len(self.records) - head.seq if head.seq >= 0 else commit.parent_id
        self._store(
            head,
            (
                commit.id,
                parent,
                commit.ts,
                commit.source,
                commit.step,
                head.depth,
                commit.parents or None,
                codec.encode(commit.metadata) if commit.metadata else None,
                delta,
                commit.updated,
                _encode_writes(commit, values, codec) if commit.writes else None,
                skip,
                extra,
            ),
        )
        self._head = head

    def _store(self, head: Head, record: Record) -> None:
        """Append a record and advance the head to it."""
        id = record[0]
        seq = len(self.records)
        self.records.append(marshal.dumps(record))
        self.index[id] = seq
        self.latest = max(self.latest, id)
        if seq - head.seq != 1 and head.seq >= 0:
            self._forks.setdefault(head.seq, []).append(seq)
        head.id = id
        head.seq = seq
        head.depth += 1

    def _start(self, commit: "Commit") -> Head:
        """A head for a commit that does not continue the last one: a fork, or a new line."""
        parent = self.index.get(commit.parent_id or "", -1)
        complete = commit.full or commit.parent_id is None
        if parent < 0 and not complete:
            raise KeyError(
                f"checkpoint {commit.id!r} is a change against {commit.parent_id!r}, which is"
                " not stored; a commit with full=True needs no parent"
            )
        return self._head_at(parent, complete)

    def _head_at(self, parent: int, complete: bool) -> Head:
        if complete:
            return Head(parent, 0, [], len(self.records))
        depth = self.read(parent)[DEPTH]
        deltas, base = drive(walk(parent, depth // STRIDE * STRIDE), self.read)
        return Head(parent, depth + 1, deltas, base)

    def _encode(self, head: Head, commit: "Commit", codec: Codec) -> dict[str, Any]:
        plain = codec.plain
        encoded: dict[str, Any] = {}
        for channel, value in commit.values.items():
            try:
                if value.__class__ in plain:
                    encoded[channel] = value
                elif value.__class__ is list:
                    encoded[channel] = self._encode_list(head, commit, channel, codec)
                else:
                    encoded[channel] = codec.encode(value)
            except Exception as error:
                raise codec.blame(value, error).under(f"state[{channel!r}]") from error
        return encoded

    def _encode_list(self, head: Head, commit: "Commit", channel: str, codec: Codec) -> Any:
        value = commit.values[channel]
        tracked = head.lists.get(channel)
        if tracked is None and head.depth and head.seq >= 0:
            tracked = self._track(head.seq, channel, codec)
        edits = None
        if tracked is not None:
            written = _written_items(commit, channel) if tracked.has_objects else ()
            edits = tracked.advance(value, written, codec)
        if tracked is None or edits is None:
            head.lists[channel] = TrackedList.stored(value, codec)
            return codec.encode(value)
        head.lists[channel] = tracked
        return edits

    def _track(self, seq: int, channel: str, codec: Codec) -> TrackedList | None:
        """The list a record has in a channel, as its loaded objects where they are still known."""
        stored = self.state(seq).values.get(channel)
        if stored.__class__ is not tuple and stored.__class__ is not bytes:
            return None
        handed = None
        if self._handed is not None and self._handed[0] == seq:
            handed = self._handed[1].get(channel)
            if handed is not None and not has_containers(handed.items):
                return TrackedList.handed(handed, None)
        value = value_of(stored, codec)
        if value.__class__ is not list:
            return None
        return TrackedList.handed(handed, value) if handed else TrackedList.stored(value, codec)

    def _skip(self, head: Head, codec: Codec) -> tuple[int, Delta] | None:
        """The skip of the record about to be written, whose delta is the last recent one."""
        depth, seq = head.depth, len(self.records)
        deltas, base, stride = head.recent, head.base, STRIDE
        head.recent, head.base = [], seq
        if depth == 0:
            return None
        while depth % (stride * STRIDE) == 0:
            stride *= STRIDE
        if stride > STRIDE:
            last = deltas[-1]
            deltas, base = drive(walk(head.seq, depth - stride), self.read)
            deltas.append(last)
        return seq - base, merge(deltas, codec)

    def put_writes(
        self,
        id: str,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str,
        codec: Codec,
    ) -> None:
        """Store a task's writes with the checkpoint `id`, which need not exist yet."""
        encoded = [
            (
                (task_id, WRITES_IDX_MAP.get(channel, position)),
                (task_path, channel, _encode_write(channel, value, codec)),
            )
            for position, (channel, value) in enumerate(writes)
        ]
        stored = self.writes.setdefault(id, {})
        for key, write in encoded:
            if key[1] < 0 or key not in stored:
                stored[key] = write

    def only(self, kept: Sequence[int], codec: Codec) -> "Log":
        """A log of these records alone, in order; those whose parent is gone become complete."""
        log = Log()
        moved: dict[int, int] = {}
        for seq in kept:
            record = self.read(seq)
            parent = seq - record[PARENT] if record[PARENT].__class__ is int else -1
            place = moved.get(parent, -1)
            fields = [*record]
            if place < 0:
                state = self.state(seq)
                fields[DELTA] = (state.versions, state.seen, (), _whole(state, codec))
                fields[WRITES] = None  # they belong to the parent
            complete = place < 0 or record[DEPTH] == 0
            head = log._head_at(place, complete)
            fields[PARENT] = len(log.records) - place if place >= 0 else self.parent_id(seq)
            fields[DEPTH] = head.depth
            head.recent.append(fields[DELTA])
            fields[SKIP] = None if head.depth % STRIDE else log._skip(head, codec)
            moved[seq] = len(log.records)
            log._store(head, tuple(fields))
            if record[ID] in self.writes:
                log.writes[record[ID]] = dict(self.writes[record[ID]])
        return log

    def copy(self) -> "Log":
        """A log that shares nothing with this one but the bytes of its records."""
        log = Log()
        log.records = self.records[:]
        log.index = dict(self.index)
        log.latest = self.latest
        log.writes = {id: dict(writes) for id, writes in self.writes.items()}
        log._forks = {seq: children[:] for seq, children in self._forks.items()}
        return log

    # Reading

    def read(self, seq: int) -> Record:
        """The record of that number."""
        record: Record = marshal.loads(self.records[seq])
        return record

    def state(self, seq: int) -> State:
        """The state as of a record."""
        return fold(drive(walk(seq), self.read)[0])

    def values(self, seq: int, state: State, codec: Codec, *, keep: bool) -> dict[str, Any]:
        """Fresh copies of a record's channel values.

        With `keep` the lists are remembered, so that a commit on top of this record recognises
        its items instead of comparing them.
        """
        values = {channel: value_of(stored, codec) for channel, stored in state.values.items()}
        if keep:
            lists = {c: v for c, v in values.items() if v.__class__ is list}
            self._handed = seq, {c: Handed(v, codec) for c, v in lists.items()}
        return values

    def parent_id(self, seq: int) -> str | None:
        """The id of the checkpoint a record was made from, be it stored or not."""
        parent = self.read(seq)[PARENT]
        if parent.__class__ is int:
            parent = self.read(seq - parent)[ID]
        return parent  # type: ignore[no-any-return]

    def children(self, seq: int) -> list[Record]:
        """The records on top of one, oldest first."""
        found = [self.read(child) for child in self._forks.get(seq, ())]
        if seq + 1 < len(self.records):
            following = self.read(seq + 1)
            if following[PARENT] == 1:
                found.insert(0, following)
        return found


def _written_items(commit: "Commit", channel: str) -> list[Any]:
    """The objects the step's tasks wrote to a channel, one by one or as lists."""
    items: list[Any] = []
    for _, _, _, pairs in commit.writes:
        for written, value in pairs:
            if written == channel:
                items += value if value.__class__ is list else (value,)
    return items


def _encode_writes(commit: "Commit", values: dict[str, Any], codec: Codec) -> tuple[Any, ...]:
    """A commit's task writes; a value the record stores anyway is not stored again."""
    plain = codec.plain
    for _, _, _, pairs in commit.writes:
        for _, value in pairs:
            if value.__class__ not in plain:
                break
        else:
            continue
        break
    else:
        return commit.writes
    encoded = []
    for task_id, path, triggers, pairs in commit.writes:
        kept = []
        for channel, value in pairs:
            if value.__class__ in plain:
                kept.append((channel, value))
                continue
            stored = values.get(channel)
            if stored is not None and _is_added(value, commit.values[channel], stored):
                kept.append((channel, SAME))
            else:
                kept.append((channel, _encode_write(channel, value, codec)))
        encoded.append((task_id, path, triggers, tuple(kept)))
    return tuple(encoded)


def _encode_write(channel: str, value: Any, codec: Codec) -> bytes:
    try:
        return codec.encode(value)
    except Exception as error:
        raise codec.blame(value, error).under(f"the write to {channel!r}, value") from error


def _whole(state: State, codec: Codec) -> dict[str, Any]:
    """The values of a state, those that are edits made whole."""
    return {
        channel: codec.encode(build_list(value, codec)) if value.__class__ is tuple else value
        for channel, value in state.values.items()
    }


def written(child: Record, channel: str, value: Any, codec: Codec) -> Any:
    """A fresh copy of a value among a record's writes."""
    if value.__class__ is tuple:
        value = child[DELTA][3][channel]
        if value.__class__ is tuple:
            return codec.decode_items(value[0][2], (value[0][3],))
    return value_of(value, codec)


def _is_added(value: Any, new: Any, stored: Any) -> bool:
    """Whether a write is, object by object, what a record stores for the channel anyway."""
    if stored.__class__ is bytes:
        if value is new:
            return True
        start = 0
    elif stored.__class__ is tuple and stored:
        start = stored[0][0]
    else:
        return False
    return (
        value.__class__ is new.__class__ is list
        and len(value) == len(new) - start
        and all(map(is_, value, new[start:]))
    )
