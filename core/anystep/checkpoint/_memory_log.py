"""A log in this process's memory."""

import marshal
from typing import Any

from anystep.checkpoint._delta import Record
from anystep.checkpoint._log import Log, StoredWrite


class MemoryLog(Log):
    """Keeps records as bytes of `marshal`: the fastest encoding Python has.

    It never leaves the process; what does leave it is written by `anystep.checkpoint.archive`.
    """

    __slots__ = ("_forks", "_index", "_latest", "_writes", "records")

    def __init__(self) -> None:
        super().__init__()
        self._forks: dict[int, list[int]] = {}
        self._index: dict[str, int] = {}
        self._latest = ""
        self._writes: dict[str, dict[tuple[str, int], StoredWrite]] = {}
        self.records: list[bytes] = []

    def __getstate__(self) -> tuple[object, ...]:
        # What is pickled is what is stored, not what is known about the objects it came from.
        return self.size, self.records, self._index, self._latest, self._writes, self._forks

    def __setstate__(self, state: Any) -> None:
        self.forget()
        self.size, self.records, self._index, self._latest, self._writes, self._forks = state

    def read(self, seq: int) -> Record:
        """The record of that number."""
        record: Record = marshal.loads(self.records[seq])
        return record

    def write(self, seq: int, record: Record, parent: int) -> None:
        """Keep the next record."""
        id = record[0]
        self.records.append(marshal.dumps(record))
        self._index[id] = seq
        if id > self._latest:  # noqa: PLR1730  max() costs a call at every step
            self._latest = id
        if seq - parent != 1 and parent >= 0:
            self._forks.setdefault(parent, []).append(seq)

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
        log._index = dict(self._index)
        log._latest = self._latest
        log._writes = {id: dict(writes) for id, writes in self._writes.items()}
        log._forks = {seq: children[:] for seq, children in self._forks.items()}
        return log
