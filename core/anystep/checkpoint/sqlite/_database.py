"""The tables, and the rows records become.

    anystep_logs      a number for every namespace of every thread
    anystep_records   the records of a log, by number
    anystep_writes    what put_writes stored, by checkpoint, task and place
    anystep_leases    who may run a thread, until when (ns), and the how-manieth that is

A log that loses records gets a new number. Whoever still knows the old one cannot write under
it any more (the foreign key refuses), and looks the new one up.

Records lie in the order in which they were written, of all threads, so that SQLite fills every
page: keyed by log and number it would leave them half empty.
"""

from typing import TYPE_CHECKING, Final

from anystep.checkpoint._delta import ID, Record
from anystep.checkpoint._rows import pack_record, unpack_record

if TYPE_CHECKING:
    import sqlite3

    from anystep.checkpoint._codec import Codec

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS anystep_logs (
    log INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_id TEXT NOT NULL,
    ns TEXT NOT NULL,
    UNIQUE (thread_id, ns)
);
CREATE TABLE IF NOT EXISTS anystep_records (
    log INTEGER NOT NULL REFERENCES anystep_logs (log) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    id BLOB NOT NULL,
    fork INTEGER,
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS anystep_records_by_seq ON anystep_records (log, seq);
CREATE INDEX IF NOT EXISTS anystep_records_by_id ON anystep_records (log, id);
CREATE TABLE IF NOT EXISTS anystep_writes (
    log INTEGER NOT NULL REFERENCES anystep_logs (log) ON DELETE CASCADE,
    id BLOB NOT NULL,
    task_id TEXT NOT NULL,
    idx INTEGER NOT NULL,
    path TEXT NOT NULL,
    channel TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (log, id, task_id, idx)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anystep_leases (
    thread_id TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
) WITHOUT ROWID;
"""

_PLAIN, _DEFLATED = b"\0", b"\1"

#: How far back compressed data refers: a small window is fast to set up for a small record.
WINDOW = 4096

#: Longer records are compressed with less care.
_LONG = 16384

#: Shorter records are not worth compressing.
_WORTH_IT = 96


def set_up(connection: "sqlite3.Connection") -> None:
    """Choose the journal and make the tables that are missing."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(SCHEMA)


def id_key(id: str) -> bytes | str:
    """A checkpoint id as it is stored: a UUID's 16 bytes, which sort as its text does."""
    if len(id) == 36 and id[8] == id[13] == id[18] == id[23] == "-":
        try:
            key = bytes.fromhex(id.replace("-", ""))
        except ValueError:
            return id
        if len(key) == 16 and id_text(key) == id:
            return key
    return id


def id_text(key: bytes | str) -> str:
    """The id a key stands for."""
    if isinstance(key, str):
        return key
    text = key.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def dump_record(record: Record, codec: "Codec", dictionary: bytes) -> bytes:
    """A record as a row's data; its id has a column of its own.

    `dictionary` is what this log's records are likely to repeat; it compresses them.
    """
    data = pack_record((None, *record[ID + 1 :]), codec)
    if len(data) < _WORTH_IT or not dictionary:
        return _PLAIN + data
    import zlib

    level = 6 if len(data) < _LONG else 1
    packer = zlib.compressobj(level, zlib.DEFLATED, -12, 5, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return b"".join((_DEFLATED, packer.compress(data), packer.flush()))


def load_record(key: bytes | str, data: bytes, dictionary: bytes) -> Record:
    """The record of a row."""
    kind, payload = data[:1], data[1:]
    if kind == _DEFLATED:
        import zlib

        payload = zlib.decompressobj(-12, dictionary).decompress(payload)
    elif kind != _PLAIN:
        raise ValueError(
            f"a checkpoint row begins with {kind!r}: it was written by a newer version"
        )
    return (id_text(key), *unpack_record(payload)[1:])
