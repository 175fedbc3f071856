"""Threads that help the driver of a sync run with the tasks of one superstep.

The driver works off the queue itself; helpers are woken one after another, each by
the one before, and only while tasks are left. The first helper looks on for a moment
(`GRACE`) and stays out of the way for as long as the driver gets on briskly: nodes that
compute never pay for a thread, nodes that block run side by side.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final

from anystep.config import current_task

if TYPE_CHECKING:
    from anystep._planner import Task

GRACE: Final = 0.0005  # seconds; a thread hop costs some 15 microseconds
LONGEST_GRACE: Final = 0.008  # between two looks at a driver that gets on
BRISK: Final = 8  # tasks in a look: fewer, and somebody is being held up


def enter(task: Task) -> None:
    """Run a task in the context that it is called in."""
    current_task.set(task)
    call = task.node.call
    if call is None:
        raise TypeError(
            f'No synchronous function provided to "{task.node.name}".\n'
            "Either initialize with a synchronous function or invoke via the async API "
            "(ainvoke, astream, etc.)"
        )
    call(task)


class Job:
    """The tasks of one run that wait for somebody to run them."""

    __slots__ = (
        "context",
        "done",
        "gate",
        "helpers",
        "limit",
        "patient",
        "posted",
        "queue",
        "running",
        "taken",
    )

    def __init__(self, limit: int, posted: Callable[[], None], queue: deque[Task]) -> None:
        self.queue = queue
        self.done: deque[Any] = deque()  # tasks that are done, and other events
        self.context: Context | None = None
        self.limit = limit  # helpers at most
        self.helpers = 0
        self.patient = False  # helpers take turns unless one is held up, so that order is kept
        self.running = 0
        self.taken = 0  # tasks begun so far; a hint, so it needs no lock
        self.posted = posted
        self.gate = allocate_lock()
        self.gate.acquire()

    def post(self, event: Any) -> None:
        """Hand an event to the driver. Safe from any thread."""
        self.done.append(event)
        self.posted()

    def run(self, task: Task) -> None:
        """Run one task where the caller is, in a context of its own."""
        assert self.context is not None
        try:
            self.context.copy().run(enter, task)
        except BaseException as error:  # the planner decides what an error means
            task.error = error

    def help(self, grace: bool) -> None:
        """Wake one more helper, if there is work and room for it."""
        if self.queue and self.helpers < self.limit:
            self.helpers += 1
            _pool().wake(self, grace)


class _Helper:
    """One thread, which serves whichever job wakes it."""

    __slots__ = ("grace", "job", "wakeup")

    def __init__(self, job: Job, grace: bool) -> None:
        self.job: Job | None = job
        self.grace = grace
        self.wakeup = allocate_lock()
        self.wakeup.acquire()

    def serve(self, idle: deque[_Helper]) -> None:
        while True:
            job, self.job = self.job, None
            assert job is not None
            self._work(job)
            del job
            idle.append(self)
            self.wakeup.acquire()

    def _work(self, job: Job) -> None:
        try:
            if self.grace and not self._is_needed(job):
                return
            while True:
                try:
                    task = job.queue.popleft()
                except IndexError:
                    return
                job.running += 1
                job.taken += 1
                job.help(grace=job.patient)
                job.run(task)
                job.running -= 1
                job.post(task)
        finally:
            job.helpers -= 1

    def _is_needed(self, job: Job) -> bool:
        """Look on until the step is over (False) or the driver is held up (True)."""
        pause = GRACE
        while job.queue:
            before = job.taken
            if job.gate.acquire(timeout=pause):
                return False
            if job.taken - before < BRISK:
                return True
            pause = min(2 * pause, LONGEST_GRACE)
        return False


class _Pool:
    """The helpers of this process."""

    __slots__ = ("idle", "pid")

    def __init__(self) -> None:
        self.idle: deque[_Helper] = deque()
        self.pid = os.getpid()

    def wake(self, job: Job, grace: bool) -> None:
        try:
            helper = self.idle.pop()
        except IndexError:
            self._start(_Helper(job, grace))
            return
        helper.job, helper.grace = job, grace
        helper.wakeup.release()

    def _start(self, helper: _Helper) -> None:
        import threading

        threading.Thread(
            target=helper.serve, args=(self.idle,), name="anystep-helper", daemon=True
        ).start()


_pools: list[_Pool] = []


def _pool() -> _Pool:
    """This process's pool: threads do not survive a fork, so a child starts anew."""
    if not _pools or _pools[0].pid != os.getpid():
        _pools[:] = [_Pool()]
    return _pools[0]


def helper_limit(limit: int | None) -> int:
    """How many helpers a run may have: `max_concurrency`, or what a machine bears."""
    return limit if limit is not None else min(32, (os.cpu_count() or 1) + 4)
