"""The sync driver: it runs tasks, calls savers and waits. It decides nothing.

Events are handed on when a task is about to run or is being waited for, not before
what has just ended is saved: a caller who leaves loses nothing that he was told of.

One task runs inline, in the caller's thread. Several run on helper threads where
the host has them, the caller working too, and in turn where it has none. A live
run (somebody wants events while a node is still running) leaves all tasks to the
helpers, so that the caller can hand events on as they come. Where the caller is only
told what tasks have done, it leaves steps of several tasks to them.
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident
from collections import deque
from collections.abc import Callable, Generator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from anystep._planner import (
    Barrier,
    Called,
    CancelTasks,
    Load,
    LoadCached,
    Notify,
    Resolve,
    SaveCached,
    SaveWrites,
    Sleep,
    Start,
    Task,
    TaskCancelled,
    Timer,
)
from anystep._records import Commit
from anystep._superstep import StepCommit

from ._pool import Job, enter, helper_limit

if TYPE_CHECKING:
    from anystep._records import Interrupt

    from ._port import Port
    from ._scope import Scope

_MOMENT: Final = 1e-6  # seconds; a clock that counts nanoseconds rounds what it slept
_TOLD: Final = object()  # no event, but something to hand on


class Abandoned(BaseException):
    """The caller dropped the stream before the run was over."""


class SyncDriver:
    """Drives one run from the thread that iterates `events()`."""

    # What only some runs need is on the class until they do.
    tells = False  # somebody wants to know at once what each of several tasks has done
    apart = False  # and such tasks are under way
    job: Job | None = None
    lock: Any = None
    outstanding = 0
    slept = 0  # timers set so far
    reply: Any = None

    def __init__(
        self, plan: Any, scope: Scope, port: Port | None, outbox: deque[Any], live: bool
    ) -> None:
        self.plan = plan
        self.scope = scope
        self.port = port
        self.outbox = outbox
        self.thread = get_ident()
        self.threads = scope.host.threads
        self.live = live and self.threads
        self.limit: int | None = scope.config.get("max_concurrency")
        self.timers: list[tuple[float, int, Task]] = []
        if self.live:
            self.lock = _locked()

    # -- the loop -------------------------------------------------------------------

    def events(self) -> Generator[Any, None, tuple[Interrupt, ...]]:
        """Run to the end, yielding what the outbox receives.

        Returns the interrupts a run stopped with; raises what it failed with.
        """
        outbox, send = self.outbox, self.plan.send
        inline = not self.live
        commit = self.native_commit
        try:
            step = send(None)
            while True:
                if inline and step.__class__ is Task:
                    while outbox:
                        yield outbox.popleft()
                    try:
                        copy_context().run(enter, step)
                    except Exception as error:
                        step.error = error
                    step = send(step)
                    continue
                if commit is not None and step.__class__ is StepCommit:
                    commit(step)
                    step = send(None)
                    continue
                if step.__class__ is Notify:
                    while outbox:
                        yield outbox.popleft()
                    step = [step]
                self.accept(step)
                if self.outstanding:
                    while outbox:
                        yield outbox.popleft()
                    if inline and not self.apart:
                        step = self.work_off()
                        if step is not None:
                            continue
                event = self.next_event()
                while event is _TOLD:
                    while outbox:
                        yield outbox.popleft()
                    event = self.next_event()
                step = send(event)
                event = None  # a task that is done refers to the state's own lists
        except StopIteration as end:
            while outbox:
                yield outbox.popleft()
            return end.value  # type: ignore[no-any-return]
        except GeneratorExit:
            self.abandon(Abandoned())
            raise
        except Exception as reason:  # the run's own failure, or a saver's
            self.abandon(reason)
            while outbox:
                yield outbox.popleft()
            raise
        except BaseException as reason:
            self.abandon(reason)
            raise
        finally:
            self.job = None
            self.scope.let_go()

    def work_off(self) -> Any:
        """Run queued tasks here while the planner only listens; what it says next.

        None when there is something else to wait for, or to hand on first.
        """
        job, send, outbox = self.job, self.plan.send, self.outbox
        assert job is not None
        queue, done, context = job.queue, job.done, job.context
        assert context is not None
        while queue and not done and not outbox and not self.timers:
            try:
                task = queue.popleft()
            except IndexError:  # a helper was faster
                return None
            job.taken += 1
            try:
                context.copy().run(enter, task)
            except BaseException as error:
                task.error = error
            if done:  # others were faster, and come first
                done.append(task)
                return None
            self.outstanding -= 1
            step = send(task)
            if step:
                return step
        return None

    def abandon(self, reason: BaseException) -> None:
        """Give the run up: let the planner save, wait for what cannot be stopped."""
        if self.job is not None:
            self.job.queue.clear()
        self.outstanding = 0
        self.timers.clear()
        try:
            step = self.plan.throw(reason)
            while True:
                self.accept(step)
                step = self.plan.send(self.next_event())
        except StopIteration:
            return
        except BaseException as error:
            if error is not reason:
                raise
        finally:
            del reason  # it has been through here, so its traceback holds this frame
            while self.job is not None and self.job.running:
                self.wait(None)

    # -- commands ----------------------------------------------------------------------

    def accept(self, step: Any) -> None:
        """Carry out what the planner asked for, or begin to."""
        if step.__class__ is Task:
            self.start([step])
            return
        for command in step:
            kind = command.__class__
            if kind is Start:
                self.start(command.tasks)
            elif kind is Commit:
                self.save(*self.saver_port.commit(command))
            elif kind is SaveWrites:
                self.save(*self.saver_port.writes(command))
            elif kind is Load:
                saver = self.saver_port.saver
                if command.before is None:
                    self.reply = saver.get_tuple(command.config)
                else:
                    older = saver.list(command.config, before=command.bound, limit=1)
                    self.reply = next(iter(older), None)
            elif kind is LoadCached:
                self.reply = self.scope.cache.get(command.keys)
            elif kind is SaveCached:
                self.scope.cache.set({command.key: (command.pairs, command.ttl)})
            elif kind is Sleep:
                self.sleep(command)
            elif kind is Resolve:
                command.call.settle(command.task)
            elif kind is CancelTasks:
                self.cancel(command.tasks)
            elif kind is Notify:
                self.scope.notify(command)
            else:
                assert kind is Barrier
                if self.saver_port.staged:  # else every save has been waited for already
                    self.saver_port.saver.settle(self.scope.thread_id)

    @property
    def native_commit(self) -> Callable[[Commit], None] | None:
        """Stores a commit as it is, where the saver can."""
        port = self.port
        if port is None or not port.native:
            return None
        store: Callable[[Commit], None] = port.saver.stage if port.staged else port.saver.commit
        return store

    @property
    def saver_port(self) -> Port:
        assert self.port is not None
        return self.port

    def save(self, method: str, args: tuple[Any, ...]) -> None:
        getattr(self.saver_port.saver, method)(*args)

    def start(self, tasks: list[Task]) -> None:
        job = self.job
        if job is None:
            limit = helper_limit(self.limit) if self.threads else 0
            if not (self.live or self.tells) and self.limit is not None:
                limit -= 1  # the caller works as well
            job = self.job = Job(limit, self.wake, self.scope.host.queue())
            self.lock = self.lock or _locked()
        job.context = copy_context()
        job.queue.extend(tasks)
        self.outstanding += len(tasks)
        self.apart = self.tells and self.outstanding > 1
        if self.live or self.apart or len(job.queue) > 1:
            job.patient = self.apart
            job.help(grace=not (self.live or self.apart))

    def sleep(self, command: Sleep) -> None:
        from heapq import heappush  # few runs wait for a time

        due = self.scope.host.monotonic() + command.seconds
        self.slept += 1  # of two that are due at once the first goes first: tasks have no order
        heappush(self.timers, (due, self.slept, command.task))

    def cancel(self, tasks: list[Task]) -> None:
        """What has not begun never will; what runs in a thread cannot be stopped."""
        job = self.job
        for task in tasks:
            waiting = any(entry[2] is task for entry in self.timers)
            if waiting:
                self.timers = sorted(entry for entry in self.timers if entry[2] is not task)
                self.outstanding += 1
            elif job is not None:
                try:
                    job.queue.remove(task)
                except ValueError:
                    continue
            if job is not None:
                task.error = TaskCancelled()
                job.done.append(task)

    # -- events -----------------------------------------------------------------------

    def next_event(self) -> Any:
        """The next event for the planner; None when nothing is under way."""
        if self.reply is not None:
            reply, self.reply = self.reply, None
            return reply
        job = self.job
        while True:
            if job is not None and job.done:
                event = job.done.popleft()
                if event.__class__ is Task:
                    self.outstanding -= 1
                return event
            if self.live and self.outbox:
                return _TOLD
            if self.timers and self.timers[0][0] - self.scope.host.monotonic() < _MOMENT:
                from heapq import heappop

                return Timer(heappop(self.timers)[2])
            if job is not None and not self.live and not self.apart and job.queue:
                try:
                    task = job.queue.popleft()
                except IndexError:  # a helper was faster
                    continue
                job.taken += 1
                job.run(task)
                job.done.append(task)  # behind those that others have finished meanwhile
                continue
            if not self.outstanding and not self.timers:
                self.rest()
                return None
            self.wait(self.timers[0][0] if self.timers else None)

    def rest(self) -> None:
        """No task is left in this superstep: no helper needs to wake for it."""
        job = self.job
        if job is not None and job.helpers and job.gate.locked():
            job.gate.release()
            job.gate = allocate_lock()
            job.gate.acquire()

    def wait(self, until: float | None) -> None:
        if until is not None:
            seconds = max(0.0, until - self.scope.host.monotonic())
            if not self.outstanding:
                self.scope.host.sleep(seconds)
                return
            self.lock.acquire(timeout=seconds)
            return
        self.lock.acquire()

    def wake(self) -> None:
        """Called by helpers and by whoever posts to the outbox of a live run."""
        try:
            self.lock.release()
        except RuntimeError:
            pass  # awake already

    # -- calls from inside a task --------------------------------------------------------

    def call(self, event_for: Callable[[Any], Called]) -> Any:
        """Start a task that a running one asks for; return its future."""
        from ._calls import Call, CallFuture

        mine = get_ident() == self.thread
        future = CallFuture(self.drive_until if mine else None)
        event = event_for(Call(future, _at_once))
        if mine:
            self.accept(self.plan.send(event))
            if self.job is not None and self.threads:
                self.job.help(grace=True)
        else:
            assert self.job is not None
            self.job.post(event)
        return future

    def drive_until(self, future: Any) -> None:
        """Go on driving, from inside a task, until `future` is settled."""
        while not future.done():
            event = self.next_event()
            if event is not _TOLD:
                self.accept(self.plan.send(event))


def _at_once(function: Callable[[], None]) -> None:
    function()


def _locked() -> Any:
    """A lock to wait on: released by whoever has news."""
    lock = allocate_lock()
    lock.acquire()
    return lock
