"""A saver's connection: its transactions, and what is staged to be written by one of them."""

import sqlite3  # noqa: TID253  whoever imports this module wants it
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from anystep._records import Commit
from anystep.checkpoint._saver import LogSaver, Place, place_of
from anystep.checkpoint.base import SerializerProtocol
from anystep.checkpoint.sqlite._database import set_up
from anystep.checkpoint.sqlite._log import ReadNeeded, SqliteLog, Statement
from anystep.checkpoint.sqlite._staging import CROWD, Staged, Writer, renumbered

if TYPE_CHECKING:
    from anystep.typing import RunnableConfig


class ConnectedSaver(LogSaver):
    """Has a connection, the logs known of its database, and rows that are staged for it.

    Two locks, taken in this order: `lock`, whoever holds it has the connection to himself;
    `rows_lock`, for the logs' memory and what is staged. Staging takes the second one alone, so it
    never waits for the disk.
    """

    #: Whether commits may be staged: `stage` now, and `settle` before anybody is told.
    stages: bool = True

    #: How long (s) a run may be silent before what it has staged is written for it.
    silence: float = 0.002

    def __init__(
        self, conn: sqlite3.Connection, *, serde: SerializerProtocol | None = None
    ) -> None:
        super().__init__(serde=serde)
        self.conn = conn
        self.lock = threading.RLock()
        self.is_setup = False
        self._logs: dict[Place, SqliteLog] = {}
        self._forget_staged()

    def _forget_staged(self) -> None:
        """Have nothing staged, and no thread: what a new saver has."""
        self.rows_lock = threading.RLock()
        self._alone = _Alone(self)
        self.staged: list[Staged] = []
        self._is_writing = False
        self.staged_ever = 0  # of all rows ever staged
        self._failures: dict[Place, Exception] = {}
        self._writer = Writer(self)

    def _prepare(self) -> None:
        with self.lock:
            if not self.is_setup:
                self.conn.isolation_level = None  # every statement commits unless in a block
                set_up(self.conn)
                self.is_setup = True

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """A cursor for queries of your own, in a transaction that is committed at the end."""
        self._prepare()
        with self._alone:
            cursor = self.conn.cursor()
            try:
                if transaction and not self.conn.in_transaction:
                    cursor.execute("BEGIN")
                yield cursor
            except BaseException:
                if self.conn.in_transaction:
                    self.conn.rollback()
                raise
            else:
                if self.conn.in_transaction:
                    self.conn.commit()
            finally:
                cursor.close()

    @abstractmethod
    def _open(self, place: Place) -> SqliteLog:
        """The log of a place, made if there is none."""

    # Staging

    def stage(self, commit: Commit) -> None:
        """Have one superstep stored soon; everything is encoded when this returns.

        Raises as `commit` does, and what an earlier write of the thread failed with.
        """
        self._encode(commit)
        if self._is_crowded:
            self.write_staged()

    def _encode(self, commit: Commit) -> None:
        place = commit.thread_id, commit.ns
        log = self._logs.get(place)
        if log is not None and log.follows(commit.parent_id) and not self._failures:
            with self.rows_lock:
                try:
                    log.blind = True
                    self._stage_from(place, log, lambda: log.append(commit, self._codec))
                    return
                except ReadNeeded:
                    pass
                finally:
                    log.blind = False
        self._raise_failure(place[0])
        with self._alone:
            found = self._open(place)
            self._stage_from(place, found, lambda: found.append(commit, self._codec))

    def stage_writes(
        self, config: "RunnableConfig", writes: Sequence[tuple[str, Any]], task_id: str, path: str
    ) -> None:
        """Have a task's writes stored soon; they are encoded when this returns.

        Raises as `put_writes` does, and what an earlier write of the thread failed with.
        """
        self._encode_writes(config, writes, task_id, path)
        if self._is_crowded:
            self.write_staged()

    def _encode_writes(
        self, config: "RunnableConfig", writes: Sequence[tuple[str, Any]], task_id: str, path: str
    ) -> None:
        place = place_of(config)
        log = self._logs.get(place)
        if log is None or self._failures:
            self._raise_failure(place[0])
            with self._alone:
                log = self._open(place)
        found, id = log, config["configurable"]["checkpoint_id"]
        with self.rows_lock:
            self._stage_from(
                place, found, lambda: found.put_writes(id, writes, task_id, path, self._codec)
            )

    def _stage_from(self, place: Place, log: SqliteLog, store: Callable[[], None]) -> None:
        """Stage what `store` would write to `log`."""
        statements: list[Statement] = []
        log.staged = statements
        try:
            store()
        finally:
            log.staged = None
        self._stage([Staged(place, log, *statement) for statement in statements])

    def _stage(self, rows: list[Staged]) -> None:
        """Have rows written soon. The caller holds `rows_lock`."""
        self.staged += rows
        self.staged_ever += len(rows)
        self._writer.wake()

    @property
    def _is_crowded(self) -> bool:
        """Whether so much is staged that whoever stages has to write it."""
        return len(self.staged) >= CROWD

    def write_staged(self) -> None:
        """Write what is staged, as one transaction. What fails is told whom it belongs to."""
        with self.lock:
            with self.rows_lock:
                rows, self.staged = self.staged, []
                self._is_writing = bool(rows)
            if not rows:
                return
            try:
                self._write(rows)
            except sqlite3.IntegrityError:
                self._write_apart(rows)
            except Exception as error:  # noqa: BLE001  whoever staged them will raise it
                self._fail({row.place: row.log for row in rows}, error)
            except BaseException:  # whoever was interrupted may try again
                with self.rows_lock:
                    self.staged[:0] = rows
                raise
            self._is_writing = False

    def _write(self, rows: list[Staged]) -> None:
        """Execute rows in a transaction, or in the one that somebody has begun."""
        execute = self.conn.execute
        begun = self.conn.in_transaction or len(rows) == 1
        if not begun:
            execute("BEGIN IMMEDIATE")
        try:
            for _, _, statement, row, _ in rows:
                execute(statement, row)
            if not begun:
                execute("COMMIT")
        except BaseException:
            if not begun and self.conn.in_transaction:
                execute("ROLLBACK")
            raise

    def _write_apart(self, rows: list[Staged]) -> None:
        """Write the rows log by log: one of them holds what nobody expected."""
        for log in dict.fromkeys(row.log for row in rows):
            with self.rows_lock:
                # What was staged since counts on what is written now.
                mine = [row for row in (*rows, *self.staged) if row.log is log]
                self.staged = [row for row in self.staged if row.log is not log]
            try:
                try:
                    self._write(mine)
                except sqlite3.IntegrityError as error:
                    if error.sqlite_errorname != "SQLITE_CONSTRAINT_UNIQUE":
                        raise
                    # Another program has stored checkpoints of this thread.
                    with self.rows_lock:
                        log.forget()
                        log.size = 0  # whoever looks next counts anew
                        moved = renumbered(mine, log.stored_size())
                    self._write(moved)
            except sqlite3.IntegrityError as error:
                if error.sqlite_errorname != "SQLITE_CONSTRAINT_FOREIGNKEY":
                    self._fail({mine[0].place: log}, error)
                    continue
                gone = RuntimeError(
                    f"thread {mine[0].place[0]!r} was deleted while it was running: nothing more"
                    " of this run was stored"
                )
                gone.__cause__ = error
                self._fail({mine[0].place: log}, gone)
            except Exception as error:  # noqa: BLE001  whoever staged them will raise it
                self._fail({mine[0].place: log}, error)

    def _fail(self, logs: dict[Place, SqliteLog], error: Exception) -> None:
        with self.rows_lock:
            for place, log in logs.items():
                self._failures[place] = error
                log.forget()
                log.size = 0
            self.staged = [row for row in self.staged if row.place not in logs]

    def settle(self, thread_id: str) -> None:
        """Wait until all that was staged of a thread is stored.

        Raises what a write of that thread failed with: it and what followed it were not stored.
        """
        self.write_staged()
        if self._failures:
            with self.rows_lock:
                self._raise_failure(thread_id)

    def _raise_failure(self, thread_id: str) -> None:
        failed = [place for place in self._failures if place[0] == thread_id]
        errors = [self._failures.pop(place) for place in failed]
        if errors:
            raise errors[0]

    def _close(self) -> None:
        """Write what abandoned runs have left, and close the connection."""
        self.write_staged()
        self.conn.close()


class _Alone:
    """Inside of it nobody else uses the saver, and all that was staged is in the database."""

    __slots__ = ("_saver",)

    def __init__(self, saver: ConnectedSaver) -> None:
        self._saver = saver

    def __enter__(self) -> None:
        saver = self._saver
        saver.lock.acquire()
        saver.rows_lock.acquire()
        if saver.staged:
            saver.write_staged()

    def __exit__(self, *_: object) -> None:
        saver = self._saver
        saver.rows_lock.release()
        saver.lock.release()


__all__ = ["ConnectedSaver"]
