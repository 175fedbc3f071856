"""A log in IndexedDB, as far as it is known here: a mirror with a journal.

The engine's log reads and writes without waiting; IndexedDB answers later. So reading what is not
here yet raises `Absent`, whoever awaits fetches it and does the same again; and what is written
goes into a journal, which becomes one transaction.
"""

from collections.abc import Iterable
from typing import Any

from anystep.checkpoint._codec import Codec
from anystep.checkpoint._delta import DEPTH, PARENT, SKIP, STRIDE, Record
from anystep.checkpoint._log import Log, StoredWrite
from anystep.checkpoint._rows import pack_record, unpack_record

#: (seq, the record a state is read on from, data)
Row = tuple[int, int, Any]

#: One entry of a journal: what `write` of storage.js takes.
Op = list[Any]

#: How many records may be kept besides those that a line of checkpoints needs.
_CACHED = 16 * STRIDE


class Absent(Exception):
    """Something must be fetched first: a kind, and what it is of."""

    def __init__(self, kind: str, log: "BrowserLog | None" = None, about: Any = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.log = log
        self.about = about


class BrowserLog(Log):
    """The records of the log `number`, as of the last look at it and with what was written since."""

    __slots__ = (
        "_all_ids",
        "_cache",
        "_codec",
        "_fork_seqs",
        "_ids",
        "_latest",
        "_lowest",
        "_writes",
        "ahead",
        "any_writes",
        "number",
        "ops",
        "stored",
    )

    def __init__(self, number: int, codec: Codec, *, stored: bool) -> None:
        super().__init__()
        self.number = number
        self._codec = codec
        self.stored = stored  # whether it is in the database, with its number
        self.any_writes = False  # whether put_writes stored something, for any checkpoint
        self.ops: list[Op] = []
        self._reset(complete=not stored)

    def _reset(self, *, complete: bool) -> None:
        self.forget()
        self.size = 0
        self.ahead = 1
        self._lowest = -1
        self._latest = ""
        self._cache: dict[int, Record] = {}
        self._ids: dict[str, int] = {}
        self._all_ids = complete
        self._fork_seqs: dict[int, list[int]] = {}
        self._writes: dict[str, dict[tuple[str, int], StoredWrite]] = {}

    # What was fetched

    def learn(self, asked: int, size: int, latest: str, seq: int, forks: list[list[int]]) -> None:
        """Take how far the log had come when it was looked at, having had `asked` records here.

        If that is news, somebody else wrote, and what was known here is given up.
        """
        if size != asked:
            self._reset(complete=False)
            self.size = size
        elif self.size != asked:
            return  # more was written here meanwhile: what is known is newer
        self.stored = True
        self._latest = latest
        if latest:
            self._ids[latest] = seq
        self._fork_seqs = {}
        for parent, child in forks:
            self._fork_seqs.setdefault(parent, []).append(child)

    def learn_records(self, rows: Iterable[Row]) -> None:
        """Take records."""
        for seq, _, data in rows:
            if seq not in self._cache:
                self._cache[seq] = unpack_record(data)

    def learn_id(self, id: str, seq: int) -> None:
        """Take the number of a checkpoint's record, or -1."""
        self._ids[id] = seq

    def learn_ids(self, ids: list[str], seqs: list[int]) -> None:
        """Take all checkpoints there are."""
        self._ids = dict(zip(ids, seqs, strict=True))
        self._all_ids = True

    def learn_writes(self, wanted: Iterable[str], rows: Iterable[list[Any]]) -> None:
        """Take all stored writes of the checkpoints `wanted`."""
        for id in wanted:
            self._writes[id] = {}
        for id, task, place, path, channel, data in rows:
            self._writes.setdefault(id, {})[task, place] = (path, channel, bytes(data))

    def has(self, seq: int) -> bool:
        """Whether a record is here."""
        return seq in self._cache

    def shrink(self) -> None:
        """Give up records, if there are many; who needs them fetches them again."""
        if len(self._cache) > _CACHED:
            self._cache.clear()

    def want(self, seq: int) -> int:
        """How many records to fetch that end with `seq`: more and more for who goes back."""
        self.ahead = min(2 * self.ahead, STRIDE) if seq == self._lowest - 1 else 1
        self._lowest = seq - self.ahead + 1
        return self.ahead

    # A log's storage

    def read(self, seq: int) -> Record:
        """The record of that number."""
        record = self._cache.get(seq)
        if record is None:
            raise Absent("record", self, seq)
        return record

    def write(self, seq: int, record: Record, parent: int) -> None:
        """Keep the next record, and note it in the journal."""
        id = record[0]
        distance = record[PARENT] if record[SKIP] is None else record[SKIP][0]
        before = seq - distance if record[DEPTH] else -1
        ops = self.ops
        data = pack_record(record, self._codec)
        ops.append(["add", "records", [self.number, seq], [id, before, data]])
        if seq - parent != 1 and parent >= 0:
            ops.append(["put", "forks", [self.number, parent, seq], 0])
            self._fork_seqs.setdefault(parent, []).append(seq)
        self._cache[seq] = record
        self._ids[id] = seq
        if id > self._latest:  # noqa: PLR1730  max() costs a call at every step
            self._latest = id
        if not record[DEPTH] % STRIDE:
            self._slim(seq, record[DEPTH])

    def _slim(self, seq: int, depth: int) -> None:
        """Let go of records that no commit on top of this one reads."""
        for old in range(max(seq - STRIDE + 1, 0), seq):
            self._cache.pop(old, None)
        if len(self._ids) > _CACHED:
            self._ids = {self._latest: self._ids[self._latest]}
            self._all_ids = False
        if len(self._writes) > _CACHED:
            self._writes = {}
        if depth and not depth % (STRIDE * STRIDE):
            self._cache = {seq: self._cache[seq]}

    def find(self, id: str) -> int:
        """The number of the record of a checkpoint, -1 if there is none."""
        seq = self._ids.get(id)
        if seq is None:
            if not self._all_ids:
                raise Absent("id", self, id)
            return -1
        return seq

    def latest(self) -> str:
        """The greatest id."""
        return self._latest

    def ids(self) -> list[tuple[str, int]]:
        """The checkpoints and the numbers of their records, greatest id first."""
        if not self._all_ids:
            raise Absent("ids", self)
        return sorted(((id, seq) for id, seq in self._ids.items() if seq >= 0), reverse=True)

    def forks(self, seq: int) -> list[int]:
        """The records on top of one, but for the one that follows it."""
        return self._fork_seqs.get(seq, [])

    def stored_writes(self, id: str) -> dict[tuple[str, int], StoredWrite]:
        """What `put_writes` stored for a checkpoint, by task and place."""
        found = self._writes.get(id)
        if found is None:
            if not self.any_writes:
                return {}
            raise Absent("writes", self, id)
        return found

    def store_writes(self, id: str, writes: dict[tuple[str, int], StoredWrite]) -> None:
        """Keep writes, and note them in the journal."""
        known = self._writes.get(id)
        if known is None and not self.any_writes:
            known = self._writes[id] = {}
        self.any_writes = True
        for (task, place), write in writes.items():
            kind = "put" if place < 0 else "keep"
            self.ops.append([kind, "writes", [self.number, id, task, place], list(write)])
            if known is not None and (place < 0 or (task, place) not in known):
                known[task, place] = write
