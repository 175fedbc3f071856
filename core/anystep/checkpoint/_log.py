"""The checkpoints of one namespace of one thread: an ordered log of records, wherever they are."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
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
    Step,
    add_up,
    build_list,
    drive,
    fold,
    merge,
    value_of,
    walk,
)
from anystep.checkpoint._lists import REBUILT, TrackedList
from anystep.checkpoint._warm import Uncopyable, Warm
from anystep.checkpoint._writes import encode_write, encode_writes, written_items
from anystep.checkpoint.base import WRITES_IDX_MAP

if TYPE_CHECKING:
    from anystep._records import Commit


class Head:
    """The record the next commit is expected on top of, with what is needed to write its delta."""

    __slots__ = (
        "_described",
        "_metadata",
        "base",
        "depth",
        "handed",
        "id",
        "lists",
        "recent",
        "seq",
        "steps",
    )

    def __init__(self, seq: int, depth: int, recent: list[Delta], base: int) -> None:
        self.id = ""
        self.seq = seq  # -1: there is none
        self.depth = depth  # of the record to come
        self.recent = recent  # the deltas since `base`
        self.steps: list[Step] = []  # after these, those that have a shape
        self.base = base  # the last record whose depth is a multiple of the stride
        self.lists: dict[str, TrackedList] = {}  # as they were written
        self.handed: dict[str, TrackedList] = {}  # as a reader got them who may go on from here
        self._metadata: dict[str, Any] | None = None
        self._described = b""

    def add_up(self) -> None:
        """Make one delta of the steps."""
        self.recent.append(add_up(self.steps))
        self.steps = []

    def described(self, metadata: dict[str, Any], codec: Codec) -> bytes:
        """Metadata as bytes; all commits of a run have the same."""
        if metadata is not self._metadata:
            self._described = codec.encode(metadata)
            self._metadata = metadata
        return self._described

    def forget_list(self, channel: str) -> None:
        """Stop tracking a channel that a commit gives another kind of value, or none."""
        self.lists.pop(channel, None)
        self.handed.pop(channel, None)


#: (task path, channel, encoded value)
StoredWrite = tuple[str, str, bytes]


class Log(ABC):
    """Records in the order in which they were committed, by number; and stored writes, by id.

    Where they are kept is a subclass's business: it has the eight methods that are abstract here.
    """

    __slots__ = ("_handed", "_head", "_warm", "size")

    def __init__(self, size: int = 0) -> None:
        self._head: Head | None = None
        self._handed: tuple[int, dict[str, TrackedList]] | None = None
        self._warm: list[Warm] = []  # one, unless somebody is reading
        self.size = size  # how many records there are

    # Storage

    @abstractmethod
    def read(self, seq: int) -> Record:
        """The record of that number."""

    @abstractmethod
    def write(self, seq: int, record: Record, parent: int) -> None:
        """Keep the next record; `parent` is the number of its parent, -1 if there is none here.

        A record with the id of an older one takes its place for whoever asks by id.
        """

    @abstractmethod
    def find(self, id: str) -> int:
        """The number of the record of a checkpoint, -1 if there is none."""

    @abstractmethod
    def latest(self) -> str:
        """The greatest id, "" if there is no record."""

    @abstractmethod
    def ids(self) -> list[tuple[str, int]]:
        """The checkpoints and the numbers of their records, greatest id first."""

    @abstractmethod
    def forks(self, seq: int) -> list[int]:
        """The records on top of one, but for the one that follows it."""

    @abstractmethod
    def stored_writes(self, id: str) -> dict[tuple[str, int], StoredWrite]:
        """What `put_writes` stored for a checkpoint, by task and place."""

    @abstractmethod
    def store_writes(self, id: str, writes: dict[tuple[str, int], StoredWrite]) -> None:
        """Keep writes. At a place that is not negative, what is there already stays."""

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
        if self._handed is not None:
            if head.depth and self._handed[0] == head.seq:
                head.handed = self._handed[1]
            self._handed = None
        values = new = commit.values
        lists = head.lists or head.handed
        if lists or not codec.plain.issuperset(map(type, new.values())):
            values = self._encode(head, commit, new, codec)
        delta = commit.versions, commit.seen, commit.dropped, values
        if head.steps:
            head.add_up()
        head.recent.append(delta)
        seq, parent, writes = self.size, head.seq, commit.writes
        record = (
            commit.id,
            seq - parent if parent >= 0 else commit.parent_id,
            commit.ts,
            commit.source,
            commit.step,
            head.depth,
            commit.parents or None,
            head.described(commit.metadata, codec) if commit.metadata else None,
            delta,
            commit.updated,
            encode_writes(writes, new, values, codec) if writes else None,
            None if head.depth % STRIDE else self._skip(head, codec),
            extra,
        )
        self.write(seq, record, parent)
        self.size = seq + 1
        head.id, head.seq = commit.id, seq
        head.depth += 1
        self._head = head

    def _start(self, commit: "Commit") -> Head:
        """A head for a commit that does not continue the last one: a fork, or a new line."""
        parent = self.find(commit.parent_id) if commit.parent_id else -1
        complete = commit.full or commit.parent_id is None
        if parent < 0 and not complete:
            raise KeyError(
                f"checkpoint {commit.id!r} is a change against {commit.parent_id!r}, which is"
                " not stored; a commit with full=True needs no parent"
            )
        return self._head_at(parent, complete)

    def _head_at(self, parent: int, complete: bool) -> Head:
        if complete:
            return Head(parent, 0, [], self.size)
        depth = self.read(parent)[DEPTH]
        deltas, base = drive(walk(parent, depth // STRIDE * STRIDE), self.read)
        return Head(parent, depth + 1, deltas, base)

    def _encode(
        self, head: Head, commit: "Commit", new: dict[str, Any], codec: Codec
    ) -> dict[str, Any]:
        """The values of a commit as records have them."""
        lists, handed = head.lists, head.handed
        for channel in commit.dropped:
            if channel in lists or channel in handed:
                head.forget_list(channel)
        return {
            channel: value
            if value.__class__ in codec.plain and not (channel in lists or channel in handed)
            else self._encode_one(head, commit, channel, value, codec)
            for channel, value in new.items()
        }

    def _encode_one(
        self, head: Head, commit: "Commit", channel: str, value: Any, codec: Codec
    ) -> Any:
        try:
            if value.__class__ is not list:
                head.forget_list(channel)
                return value if value.__class__ in codec.plain else codec.encode(value)
            if channel in head.lists and channel not in head.handed:
                added = head.lists[channel].grown(value)
                if added is not None:
                    size = len(value) - len(added)
                    return ((size, size, len(added), codec.encode_items(added)),)
            return self._encode_list(head, commit, channel, value, codec)
        except Exception as error:
            raise codec.blame(value, error).under(f"state[{channel!r}]") from error

    def _encode_list(
        self, head: Head, commit: "Commit", channel: str, value: list[Any], codec: Codec
    ) -> Any:
        # As it was handed to a reader who may have gone on from here, else as it was written.
        handed = head.handed.pop(channel, None)
        tracked = handed or head.lists.get(channel)
        edits: Any = REBUILT
        if tracked is not None:
            written = written_items(commit, channel) if tracked.mutable else ()
            edits = tracked.advance(value, written, codec)
            if edits is REBUILT and handed is not None and channel in head.lists:
                tracked = head.lists[channel]
                edits = tracked.advance(value, written, codec)
        if edits is REBUILT and head.depth and head.seq >= 0:
            tracked = self._stored_list(head.seq, channel, codec)
            edits = None if tracked is None else tracked.advance(value, (), codec)
        if tracked is None or edits is REBUILT or edits is None:
            data = codec.encode(value)
            head.lists[channel] = TrackedList(value, codec)
            return data
        head.lists[channel] = tracked
        return edits

    def _stored_list(self, seq: int, channel: str, codec: Codec) -> TrackedList | None:
        """The list a record has in a channel, in objects of its own; None if it has another kind."""
        stored = self.state(seq).values.get(channel)
        if stored.__class__ is not tuple and stored.__class__ is not bytes:
            return None
        value = value_of(stored, codec)
        return TrackedList(value, codec, own=True) if value.__class__ is list else None

    def _skip(self, head: Head, codec: Codec) -> tuple[int, Delta] | None:
        """The skip of the record about to be written, whose delta is the last recent one."""
        depth, seq = head.depth, self.size
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
        self.store_writes(
            id,
            {
                (task_id, WRITES_IDX_MAP.get(channel, position)): (
                    task_path,
                    channel,
                    encode_write(channel, value, codec),
                )
                for position, (channel, value) in enumerate(writes)
            },
        )

    def keep(self, kept: Sequence[int], target: "Log", codec: Codec) -> None:
        """Copy these records, in order, to an empty log; those whose parent is not among them
        become complete."""
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
            head = target._head_at(place, place < 0 or record[DEPTH] == 0)
            fields[PARENT] = target.size - place if place >= 0 else self.parent_id(seq)
            fields[DEPTH] = head.depth
            head.recent.append(fields[DELTA])
            fields[SKIP] = None if head.depth % STRIDE else target._skip(head, codec)
            moved[seq] = head.seq = target.size
            target.write(head.seq, tuple(fields), place)
            target.size += 1
            if writes := self.stored_writes(record[ID]):
                target.store_writes(record[ID], writes)

    def forget(self) -> None:
        """Drop what is known about the last record: somebody else may have written since."""
        self._head = self._handed = None
        self._warm = []

    # Reading

    def state(self, seq: int) -> State:
        """The state as of a record."""
        return fold(drive(walk(seq), self.read)[0])

    def values(self, state: State, codec: Codec) -> dict[str, Any]:
        """Fresh copies of a record's channel values."""
        return {channel: value_of(stored, codec) for channel, stored in state.values.items()}

    def begin(self, seq: int, codec: Codec) -> tuple[State, dict[str, Any]]:
        """The state as of a record and its channel values, for a reader who may go on from here.

        The values are fresh copies. The lists among them are remembered, so that a commit on top
        of this record recognises their items instead of comparing them. Of the state, only
        versions and what was seen may be read.
        """
        kept: Warm | None = None
        try:
            kept = self._warm.pop()
        except IndexError:  # none yet, or another thread is reading
            pass
        warm = kept
        if warm is None or not warm.advance(seq, self.read):
            warm = Warm(seq, self.state(seq))
        try:
            values = warm.values(codec)
        except Uncopyable:
            warm = Warm(seq, self.state(seq))
            values = warm.values(codec)
        # For whoever looks back no new state is kept.
        self._warm[:] = [warm if kept is None or kept.seq <= seq else kept]
        lists = {c: v for c, v in values.items() if v.__class__ is list}
        self._handed = seq, {c: TrackedList(v, codec) for c, v in lists.items()}
        return warm.state, values

    def parent_id(self, seq: int) -> str | None:
        """The id of the checkpoint a record was made from, be it stored or not."""
        parent = self.read(seq)[PARENT]
        if parent.__class__ is int:
            parent = self.read(seq - parent)[ID]
        return parent  # type: ignore[no-any-return]

    def children(self, seq: int) -> list[Record]:
        """The records on top of one, oldest first."""
        found = [self.read(child) for child in self.forks(seq)]
        if seq + 1 < self.size:
            following = self.read(seq + 1)
            if following[PARENT] == 1:
                found.insert(0, following)
        return found


def _whole(state: State, codec: Codec) -> dict[str, Any]:
    """The values of a state, those that are edits made whole."""
    return {
        channel: codec.encode(build_list(value, codec)) if value.__class__ is tuple else value
        for channel, value in state.values.items()
    }
