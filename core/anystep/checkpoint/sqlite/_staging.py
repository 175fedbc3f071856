"""Rows on their way into the database, and the thread that sees to it while a run is busy.

What is staged is encoded; it waits so that several supersteps, or the tasks of one, become one
commit and one wait for the disk. Three parties write it: the run itself when it wants to be sure
(at its end, or before it tells anybody), the run when too much has gathered, and a thread of the
saver's own when a run stops staging, because one of its nodes takes its time. So a run that is
quick never meets that thread, and a slow node finds what went before it on the disk.
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anystep.checkpoint._delta import PARENT, SKIP, Record

if TYPE_CHECKING:
    from anystep.checkpoint._saver import Place
    from anystep.checkpoint.sqlite._connection import ConnectedSaver
    from anystep.checkpoint.sqlite._log import SqliteLog

#: So many silences at most, and it is written even if the run goes on staging.
PATIENCE: Final = 10

#: How many rows may gather before the run that stages has to write them itself.
CROWD: Final = 128

#: How long (s) the thread stays when there is nothing to do.
_IDLE: Final = 5.0


class Staged(NamedTuple):
    """One statement to be executed: a record, or one write of a task."""

    place: "Place"
    log: "SqliteLog"
    statement: str
    row: tuple[Any, ...]
    record: Record | None = None


class Writer:
    """Has a saver write what is staged, in a thread that lives while it is needed.

    While more and more is staged, somebody is busy staging and will write it himself.
    """

    __slots__ = ("_alive", "_awake", "_saver", "_wakeup")

    def __init__(self, saver: "ConnectedSaver") -> None:
        self._saver = saver
        self._alive = False
        self._awake = False
        self._wakeup = threading.Lock()
        self._wakeup.acquire()

    def wake(self) -> None:
        """See that what is staged now will be written. The caller holds their lock."""
        if self._awake:
            return
        self._awake = True
        if self._alive:
            self._wakeup.release()
            return
        self._alive = True
        threading.Thread(target=self._serve, name="anystep-sqlite", daemon=True).start()

    def _serve(self) -> None:
        saver = self._saver
        while True:
            for _ in range(PATIENCE):
                before = saver.staged_ever
                self._wakeup.acquire(timeout=saver.silence)  # nobody releases it now
                if saver.staged_ever == before:
                    break
            self._awake = False
            saver.write_staged()
            if not self._wakeup.acquire(timeout=_IDLE) and self._leaves():
                return

    def _leaves(self) -> bool:
        """Whether nobody has called since the thread gave up waiting."""
        with self._saver.rows_lock:
            if self._awake:  # then it has been released as well
                self._wakeup.acquire(blocking=False)
                return False
            self._alive = False
            return True


def renumbered(rows: Sequence[Staged], size: int) -> list[Staged]:
    """The records of one log, to be written behind `size` others that nobody expected there."""
    first = next((row.row[1] for row in rows if row.record is not None), size)
    shift = size - first
    moved: list[Staged] = []
    for staged in rows:
        if staged.record is None:
            moved.append(staged)
            continue
        fields = [*staged.record]
        seq = staged.row[1]
        parent = -1
        if fields[PARENT].__class__ is int:
            parent = _moved(seq - fields[PARENT], first, shift)
            fields[PARENT] = seq + shift - parent
        if fields[SKIP] is not None:
            distance, delta = fields[SKIP]
            fields[SKIP] = seq + shift - _moved(seq - distance, first, shift), delta
        record = tuple(fields)
        row = staged.log.row_of(seq + shift, record, parent)
        moved.append(staged._replace(row=row, record=record))
    return moved


def _moved(seq: int, first: int, shift: int) -> int:
    return seq + shift if seq >= first else seq


__all__ = ["CROWD", "Staged", "Writer", "renumbered"]
