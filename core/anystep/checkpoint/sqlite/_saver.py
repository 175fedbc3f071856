"""The saver over a database connection."""

import sqlite3  # noqa: TID253  whoever imports this module wants it
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from anystep._records import Commit
from anystep.checkpoint._lease import Held, check_epoch, next_lease
from anystep.checkpoint._memory_log import MemoryLog
from anystep.checkpoint._saver import Listed, Place
from anystep.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from anystep.checkpoint.sqlite._connection import ConnectedSaver
from anystep.checkpoint.sqlite._log import SqliteLog
from anystep.store._filters import check_keys

if TYPE_CHECKING:
    import builtins
    from typing import Self

    from anystep.typing import RunnableConfig


class SqliteSaver(ConnectedSaver):
    """Keeps checkpoints in a SQLite database, as little of each as changed.

        with SqliteSaver.from_conn_string("checkpoints.db") as saver:
            graph = builder.compile(checkpointer=saver)

    A superstep is one row, and one commit where a run has `durability="sync"`; otherwise the
    supersteps that go by while the disk is busy, or within moments, share one, and a run has
    waited for all of them when it ends, stops to ask or tells of a checkpoint. How safe a commit
    is against power failure is SQLite's `PRAGMA synchronous`, which is left as the connection has
    it. The database is in WAL mode. Use it from as many threads and processes as you like; each
    thread of a graph by one at a time.
    For async graphs there is `anystep.checkpoint.sqlite.aio.AsyncSqliteSaver`.
    """

    asynchronous: ClassVar[bool] = False
    stages = True

    @classmethod
    @contextmanager
    def from_conn_string(cls, conn_string: str) -> "Iterator[Self]":
        """A saver on the file of that name, or ":memory:", closed at the end of the block."""
        connection = sqlite3.connect(conn_string, check_same_thread=False)
        saver = cls(connection)
        try:
            yield saver
        finally:
            saver._close()

    def setup(self) -> Any:
        """Make the tables that are missing; every method does it when it is first needed."""
        self._prepare()

    # Leases

    def acquire_lease(self, thread_id: str, holder: str, now: int, seconds: float) -> int:
        """Take the lease of a thread at `now` (ns); its epoch.

        Raises LeaseError while somebody else has it, in this process or another one.
        """
        with self._leasing():
            lease = next_lease(thread_id, self._lease(thread_id), holder, now, seconds)
            self._write_lease(thread_id, lease)
            return lease.epoch

    def release_lease(self, thread_id: str, epoch: int) -> None:
        """Give a lease back; one that was taken over stays."""
        with self._leasing():
            held = self._lease(thread_id)
            if held is not None and held.epoch == epoch:
                self._write_lease(thread_id, Held(epoch, "", 0))

    def break_lease(self, thread_id: str) -> None:
        """Take the lease from whoever has it: his next write is refused."""
        with self._leasing():
            held = self._lease(thread_id)
            if held is not None:
                self._write_lease(thread_id, Held(held.epoch + 1, "", 0))

    @contextmanager
    def fenced(self, thread_id: str, epoch: int, holder: str, until: int) -> Iterator[None]:
        """What is written in the body is written under this lease, renewed to `until` (ns).

        Both in one transaction. Raises LeaseError for a lease that somebody has taken over.
        """
        with self._leasing():
            check_epoch(thread_id, self._lease(thread_id), epoch, holder)
            self._write_lease(thread_id, Held(epoch, holder, until))
            yield

    @contextmanager
    def _leasing(self) -> Iterator[None]:
        """A transaction that nobody else writes in, from its first look."""
        self._prepare()
        with self._alone:
            self.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self.conn.in_transaction:
                    self.conn.rollback()
                for log in self._logs.values():
                    log.forget()  # they may know of records that were taken back
                    log.size = 0
                raise
            if self.conn.in_transaction:
                self.conn.commit()

    def _lease(self, thread_id: str) -> Held | None:
        row = self.conn.execute(
            "SELECT epoch, holder, until FROM anystep_leases WHERE thread_id = ?", (thread_id,)
        ).fetchone()
        return None if row is None else Held(*row)

    def _write_lease(self, thread_id: str, lease: Held) -> None:
        self.conn.execute(
            "INSERT OR REPLACE INTO anystep_leases (thread_id, epoch, holder, until)"
            " VALUES (?, ?, ?, ?)",
            (thread_id, *lease),
        )

    # Storage

    def _find(self, place: Place) -> SqliteLog | None:
        self._prepare()
        row = self.conn.execute(
            "SELECT log FROM anystep_logs WHERE thread_id = ? AND ns = ?", place
        ).fetchone()
        log = self._logs.get(place)
        if row is None:
            self._logs.pop(place, None)
            return None
        if log is None or log.number != row[0]:
            log = self._logs[place] = SqliteLog(self.conn, row[0], self._codec)
        else:
            log.refresh()
        return log

    def _open(self, place: Place) -> SqliteLog:
        log = self._find(place)
        if log is None:
            self.conn.execute(
                "INSERT OR IGNORE INTO anystep_logs (thread_id, ns) VALUES (?, ?)", place
            )
            log = self._find(place)
        assert log is not None
        return log

    def _places(self, thread_id: str | None = None) -> "builtins.list[Place]":
        self._prepare()
        rows = self.conn.execute(
            "SELECT thread_id, ns FROM anystep_logs WHERE ?1 IS NULL OR thread_id = ?1 ORDER BY log",
            (thread_id,),
        )
        return [(row[0], row[1]) for row in rows]

    def _keep(self, place: Place, kept: "builtins.list[int]") -> None:
        rest = MemoryLog()
        self._open(place).keep(kept, rest, self._codec)
        self._fill(place, rest)

    def _copy(self, place: Place, thread_id: str) -> None:
        rest = MemoryLog()
        log = self._open(place)
        log.keep(range(log.size), rest, self._codec)
        self._fill((thread_id, place[1]), rest)

    def _fill(self, place: Place, records: MemoryLog) -> None:
        """Put these records in the place of what is there, under a new number."""
        with self.cursor():
            self.conn.execute("DELETE FROM anystep_logs WHERE thread_id = ? AND ns = ?", place)
            self._logs.pop(place, None)
            if not records.size:
                return
            log = self._open(place)
            for seq in range(records.size):
                record = records.read(seq)
                distance = record[1] if isinstance(record[1], int) else seq + 1
                log.write(seq, record, seq - distance)
                log.store_writes(record[0], records.stored_writes(record[0]))
            log.size = records.size

    # Both faces, one caller at a time

    def commit(self, commit: Commit) -> None:
        """Store one superstep, durably.

        Raises KeyError if its parent is not stored and it is not complete, and what the
        serializer raises; nothing is stored then.
        """
        with self._alone:
            log = self._logs.get((commit.thread_id, commit.ns))
            if log is not None:
                try:
                    log.append(commit, self._codec)
                    return
                except (sqlite3.IntegrityError, KeyError):
                    log.forget()  # somebody else wrote to this log, or replaced it
            super().commit(commit)

    def get_tuple(self, config: "RunnableConfig") -> CheckpointTuple | None:
        """The checkpoint `config` addresses with all that is known about it, or None."""
        with self._alone:
            return super().get_tuple(config)

    def task_paths(self, config: "RunnableConfig") -> dict[str, str]:
        """The paths of the tasks whose writes are pending on a checkpoint, by task id."""
        with self._alone:
            return super().task_paths(config)

    def list(
        self,
        config: "RunnableConfig | None",
        *,
        filter: dict[str, Any] | None = None,
        before: "RunnableConfig | None" = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, newest first, of all namespaces. The saver can be used between two."""
        check_keys(filter or ())
        found = super().list(config, filter=filter, before=before, limit=limit)
        while True:
            with self._alone:
                one = next(found, None)
            if one is None:
                return
            yield one

    def _listed(self, wanted: dict[str, Any]) -> Iterator[Listed]:
        return iter(sorted(super()._listed(wanted), key=_id_of, reverse=True))

    def put(
        self,
        config: "RunnableConfig",
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> "RunnableConfig":
        """Store a checkpoint on top of the one `config` addresses; its own address."""
        with self._alone:
            return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self,
        config: "RunnableConfig",
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store a task's writes with the checkpoint it ran on, in one transaction."""
        with self.cursor():
            super().put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        """Forget everything about a thread."""
        self._prepare()
        with self._alone:
            self.conn.execute("DELETE FROM anystep_logs WHERE thread_id = ?", (thread_id,))

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Forget the checkpoints, and their writes, that these runs made."""
        with self._alone:
            super().delete_for_runs(run_ids)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Store all checkpoints and writes of one thread under another thread as well."""
        with self._alone:
            super().copy_thread(source_thread_id, target_thread_id)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Forget history: keep the latest checkpoint of each namespace, or nothing ("delete")."""
        with self._alone:
            super().prune(thread_ids, strategy=strategy)

    # The other colour

    async def aget_tuple(self, config: "RunnableConfig") -> CheckpointTuple | None:
        """Raise NotImplementedError: this saver blocks."""
        raise _no_async()

    async def alist(
        self,
        config: "RunnableConfig | None",
        *,
        filter: dict[str, Any] | None = None,
        before: "RunnableConfig | None" = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Raise NotImplementedError: this saver blocks."""
        raise _no_async()
        yield  # makes this an async generator, as callers expect

    async def aput(
        self,
        config: "RunnableConfig",
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> "RunnableConfig":
        """Raise NotImplementedError: this saver blocks."""
        raise _no_async()

    async def aput_writes(
        self,
        config: "RunnableConfig",
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Raise NotImplementedError: this saver blocks."""
        raise _no_async()

    async def adelete_thread(self, thread_id: str) -> None:
        """Raise NotImplementedError: this saver blocks."""
        raise _no_async()

    def with_allowlist(self, extra_allowlist: Any) -> "Self":
        """This saver, its serializer also allowed to load the classes named."""
        clone = super().with_allowlist(extra_allowlist)
        if clone is not self:
            clone._logs = {}  # they hold the other serializer
            clone._forget_staged()
        return clone


def _id_of(listed: Listed) -> str:
    return listed[0]


def _no_async() -> NotImplementedError:
    return NotImplementedError(
        "The SqliteSaver does not support async methods. Consider using AsyncSqliteSaver instead.\n"
        "from anystep.checkpoint.sqlite.aio import AsyncSqliteSaver"
    )
