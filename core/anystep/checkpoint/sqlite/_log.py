"""A log in a SQLite database."""

from typing import TYPE_CHECKING, Any

from anystep.checkpoint._delta import STRIDE, Record
from anystep.checkpoint._log import Log, StoredWrite
from anystep.checkpoint.sqlite._database import WINDOW, dump_record, id_key, id_text, load_record

if TYPE_CHECKING:
    import sqlite3

    from anystep.checkpoint._codec import Codec

#: The first records, stored plain, are what the later ones are compressed with.
_DICTIONARY = 4

#: How many records are kept in memory.
_CACHED = 4 * STRIDE


Row = tuple[int, int, bytes | str, int | None, bytes]

Statement = tuple[str, tuple[Any, ...], Record | None]

INSERT_RECORD = "INSERT INTO anystep_records (log, seq, id, fork, data) VALUES (?, ?, ?, ?, ?)"


INSERT_WRITE = (
    "INSERT OR {} INTO anystep_writes (log, id, task_id, idx, path, channel, data)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
IGNORE, REPLACE = INSERT_WRITE.format("IGNORE"), INSERT_WRITE.format("REPLACE")


class ReadNeeded(BaseException):
    """What is to be encoded depends on what is in the database, which may not be asked now.

    No fault of what is encoded, and nobody who looks for one may take it for that.
    """


class SqliteLog(Log):
    """The records of the log `number`. Rows never change once they are written."""

    __slots__ = (
        "_ahead",
        "_cache",
        "_codec",
        "_connection",
        "_dictionary",
        "_missed",
        "blind",
        "number",
        "staged",
    )

    def __init__(self, connection: "sqlite3.Connection", number: int, codec: "Codec") -> None:
        super().__init__()
        self._connection = connection
        self._codec = codec
        self._cache: dict[int, Record] = {}
        self._dictionary: bytes | None = None
        self._ahead = 1
        self._missed = -1
        #: Where statements go instead of into the database, while they are to be staged.
        self.staged: list[Statement] | None = None
        self.blind = False  # whether the database may not be asked
        self.number = number
        self.refresh()

    def refresh(self) -> None:
        """Look how many records there are; somebody else may have written."""
        size = self.stored_size()
        if size != self.size:
            self.size = size
            self._head = self._handed = None

    def stored_size(self) -> int:
        """How many records there are in the database."""
        row = self._one("SELECT max(seq) FROM anystep_records WHERE log = ?")
        return 0 if row is None or row[0] is None else row[0] + 1

    def read(self, seq: int) -> Record:
        """The record of that number."""
        record = self._cache.get(seq)
        if record is None:
            # Who goes back one by one is given more and more at once; who skips is not.
            self._ahead = min(2 * self._ahead, STRIDE) if seq == self._missed - 1 else 1
            self._missed = seq - self._ahead + 1
            self._fetch(self._missed, seq)
            record = self._cache[seq]
        return record

    def _fetch(self, first: int, last: int) -> None:
        if len(self._cache) > _CACHED:
            self._cache.clear()
        rows = self._all(
            "SELECT seq, id, data FROM anystep_records WHERE log = ? AND seq BETWEEN ? AND ?",
            first,
            last,
        )
        dictionary = self._known_dictionary()
        for seq, key, data in rows:
            if seq not in self._cache:
                self._cache[seq] = load_record(key, data, dictionary)

    def _known_dictionary(self) -> bytes:
        if self._dictionary is None:
            rows = self._all(
                "SELECT data FROM anystep_records WHERE log = ? AND seq < ? ORDER BY seq",
                _DICTIONARY,
            )
            found = b"".join(row[0][1:] for row in rows)[-WINDOW:]
            if len(rows) < _DICTIONARY:
                return b""
            self._dictionary = found
        return self._dictionary

    def write(self, seq: int, record: Record, parent: int) -> None:
        """Keep the next record.

        Raises sqlite3.IntegrityError if somebody else wrote that record, or replaced the log.
        """
        row = self.row_of(seq, record, parent)
        if self.staged is not None:
            self.staged.append((INSERT_RECORD, row, record))
        else:
            self._connection.execute(INSERT_RECORD, row)

    def row_of(self, seq: int, record: Record, parent: int) -> Row:
        """A record as a row; `parent` is the number of its parent, -1 if there is none here."""
        dictionary = b"" if seq < _DICTIONARY else self._known_dictionary()
        return (
            self.number,
            seq,
            id_key(record[0]),
            None if seq - parent == 1 or parent < 0 else parent,
            dump_record(record, self._codec, dictionary),
        )

    def follows(self, id: str | None) -> bool:
        """Whether a commit on top of `id` is what comes next as far as is known."""
        return self._head is not None and self._head.id == id

    def find(self, id: str) -> int:
        """The number of the record of a checkpoint, -1 if there is none."""
        row = self._one("SELECT max(seq) FROM anystep_records WHERE log = ? AND id = ?", id_key(id))
        return -1 if row is None or row[0] is None else int(row[0])

    def latest(self) -> str:
        """The greatest id."""
        row = self._one("SELECT max(id) FROM anystep_records WHERE log = ?")
        return "" if row is None or row[0] is None else id_text(row[0])

    def ids(self) -> list[tuple[str, int]]:
        """The checkpoints and the numbers of their records, greatest id first."""
        rows = self._all("SELECT id, max(seq) FROM anystep_records WHERE log = ? GROUP BY id")
        return sorted(((id_text(key), seq) for key, seq in rows), reverse=True)

    def forks(self, seq: int) -> list[int]:
        """The records on top of one, but for the one that follows it."""
        rows = self._all(
            "SELECT seq FROM anystep_records WHERE log = ? AND fork = ? ORDER BY seq", seq
        )
        return [row[0] for row in rows]

    def stored_writes(self, id: str) -> dict[tuple[str, int], StoredWrite]:
        """What `put_writes` stored for a checkpoint, by task and place."""
        rows = self._all(
            "SELECT task_id, idx, path, channel, data FROM anystep_writes WHERE log = ? AND id = ?",
            id_key(id),
        )
        return {(task, place): (path, channel, data) for task, place, path, channel, data in rows}

    def store_writes(self, id: str, writes: dict[tuple[str, int], StoredWrite]) -> None:
        """Keep writes."""
        for (task_id, place), write in writes.items():
            statement = REPLACE if place < 0 else IGNORE
            row = (self.number, id_key(id), task_id, place, *write)
            if self.staged is not None:
                self.staged.append((statement, row, None))
            else:
                self._connection.execute(statement, row)

    def _one(self, query: str, *arguments: Any) -> Any:
        if self.blind:
            raise ReadNeeded
        return self._connection.execute(query, (self.number, *arguments)).fetchone()

    def _all(self, query: str, *arguments: Any) -> list[Any]:
        if self.blind:
            raise ReadNeeded
        return self._connection.execute(query, (self.number, *arguments)).fetchall()
