"""The async driver: it runs tasks, awaits savers and waits. It decides nothing.

A single task is awaited directly, driven inside a copy of the context: nothing is
scheduled, so a node that never suspends costs no turn of the event loop. How several run,
and what else is different between asyncio and trio, is in `_asyncio` and `_trio`.
"""

from __future__ import annotations

from _thread import get_ident
from asyncio import CancelledError
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextvars import Context, copy_context
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
    Timer,
)
from anystep._records import Commit
from anystep._superstep import StepCommit
from anystep.config import current_task
from anystep.errors import NodeCancelledError

from ._sync import Abandoned

if TYPE_CHECKING:
    from ._port import Port
    from ._scope import Scope

_TOLD: Final = object()


class _InContext:
    """Goes on with a coroutine that has suspended, inside its own context."""

    __slots__ = ("awaited", "context", "coroutine", "thrown")

    def __init__(self, coroutine: Any, context: Context, awaited: Any) -> None:
        self.coroutine = coroutine
        self.context = context
        self.awaited = awaited
        self.thrown = False  # whether it was told to stop, or that something has failed

    def __await__(self) -> Generator[Any, Any, Any]:
        run, coroutine, awaited = self.context.run, self.coroutine, self.awaited
        while True:
            try:
                try:
                    reply = yield awaited
                except BaseException as error:
                    self.thrown = True
                    awaited = run(coroutine.throw, error)
                else:
                    awaited = run(coroutine.send, reply)
            except StopIteration as end:
                return end.value


class AsyncDriver:
    """Drives one run from the task that iterates `events()`."""

    # What only some runs need is on the class until they do: a run of single tasks needs none
    # of it, and ten thousand runs that wait would hold ten thousand of each (an empty deque
    # has 624 bytes).
    done: deque[Any] | None = None
    handles: dict[Task, Any] | None = None  # what the library has of a task that runs
    timers: dict[Task, Any] | None = None  # ... of a task that is to be tried again later
    ready: Any = None  # what `news` waits for
    semaphore: Any = None
    outstanding = 0
    reply: Any = None
    result: Any = ()
    awaiting = False  # a single task, where nobody listens to events
    pump: Any = None  # listens meanwhile, once needed
    pump_error: BaseException | None = None  # what it failed with

    def __init__(
        self, plan: Any, scope: Scope, port: Port | None, outbox: deque[Any], live: bool
    ) -> None:
        self.plan = plan
        self.scope = scope
        self.port = port
        self.outbox = outbox
        self.live = live
        self.limit: int | None = scope.config.get("max_concurrency")
        self.thread = get_ident()

    # -- the loop -----------------------------------------------------------------

    async def events(self) -> AsyncGenerator[Any, None]:
        """Run to the end, yielding what the outbox receives.

        Leaves the interrupts a run stopped with in `result`; raises what it failed
        with.
        """
        outbox, send = self.outbox, self.plan.send
        direct = not self.live
        commit = self.native_commit
        try:
            step = send(None)
            while True:
                acall = None
                if direct and step.__class__ is Task and step.timeout is None:
                    node = step.node
                    if node.timeout is None:  # else it needs a clock
                        acall = node.acall  # None: it needs a thread
                if acall is not None:
                    while outbox:
                        yield outbox.popleft()
                    context = copy_context()
                    context.run(current_task.set, step)
                    coroutine = acall(step)
                    self.awaiting = True
                    try:
                        try:
                            awaited = context.run(coroutine.send, None)
                        except StopIteration:
                            pass
                        else:
                            suspended = _InContext(coroutine, context, awaited)
                            await suspended
                            if suspended.thrown and self.is_cancelled():
                                raise CancelledError  # the node has swallowed it
                    except CancelledError as error:
                        if self.is_cancelled():
                            raise
                        step.error = own_cancel(step, error)
                    except Exception as error:
                        step.error = error
                    self.awaiting = False
                    if self.pump is not None:
                        await self.stop_pump()
                    step = send(step)
                    continue
                if commit is not None and step.__class__ is StepCommit:
                    await commit(step)
                    step = send(None)
                    continue
                if step.__class__ is Notify:
                    while outbox:
                        yield outbox.popleft()
                    step = [step]
                await self.accept(step)
                if self.outstanding:
                    while outbox:
                        yield outbox.popleft()
                event = await self.next_event()
                while event is _TOLD:
                    while outbox:
                        yield outbox.popleft()
                    event = await self.next_event()
                step = send(event)
                event = None  # a task that is done refers to the state's own lists
                if not step and self.done:
                    step = self.hand_over()
        except StopIteration as end:
            self.result = end.value
        except GeneratorExit:
            await self.abandon(Abandoned())
            raise
        except Exception as reason:  # the run's own failure, or a saver's
            await self.abandon(reason)
            while outbox:
                yield outbox.popleft()
            raise
        except BaseException as reason:
            await self.abandon(reason)
            raise
        finally:
            self.scope.let_go()
        while outbox:
            yield outbox.popleft()

    def hand_over(self) -> Any:
        """Tell the planner of the tasks that are done while it only listens; what it says next."""
        done, send = self.done, self.plan.send
        step: Any = ()
        while done and not step and not self.outbox:
            event = done.popleft()
            if event.__class__ is Task:
                self.outstanding -= 1
            step = send(event)
        return step

    async def finish(self, reason: BaseException) -> None:
        """Let the planner save what it has, now that nothing runs any more."""
        self.outstanding = 0
        self.timers = self.done = None
        try:
            step = self.plan.throw(reason)
            while True:
                await self.accept(step)
                step = self.plan.send(await self.next_event())
        except StopIteration:
            return
        except BaseException as error:
            if error is not reason:
                raise
        finally:
            del reason  # it has been through here, so its traceback holds this frame

    # -- what the library does ---------------------------------------------------------

    def is_cancelled(self) -> bool:
        """Whether somebody asked the run to stop, rather than the node raising by itself."""
        raise NotImplementedError

    async def abandon(self, reason: BaseException) -> None:
        """Give the run up: cancel its tasks, let the planner save, and only then go."""
        raise NotImplementedError

    def start(self, tasks: list[Task]) -> None:
        """Run these tasks side by side; each is posted when it is done."""
        raise NotImplementedError

    def sleep(self, command: Sleep) -> None:
        """`ring` when the time has passed."""
        raise NotImplementedError

    def cancel(self, tasks: list[Task]) -> None:
        """Ask the tasks to stop; each still reports, when it has."""
        raise NotImplementedError

    def wake(self) -> None:
        """End `news`: called by tasks that are done and by whoever posts to a live run's outbox."""
        raise NotImplementedError

    async def news(self) -> None:
        """Wait until something is posted."""
        raise NotImplementedError

    def call(self, event_for: Callable[[Any], Called]) -> Any:
        """Start a task that a running one asks for; return its future."""
        raise NotImplementedError

    async def stop_pump(self) -> None:
        """Let the pump finish what it is doing, and go on without it."""
        raise NotImplementedError

    # -- commands --------------------------------------------------------------------

    async def accept(self, step: Any) -> None:
        """Carry out what the planner asked for, or begin to."""
        if step.__class__ is Task:
            self.start([step])
            return
        for command in step:
            kind = command.__class__
            if kind is Start:
                self.start(command.tasks)
            elif kind is Commit:
                await self.save(*self.saver_port.commit(command))
            elif kind is SaveWrites:
                await self.save(*self.saver_port.writes(command))
            elif kind is Load:
                saver = self.saver_port.saver
                if command.before is None:
                    self.reply = await saver.aget_tuple(command.config)
                else:
                    async for older in saver.alist(command.config, before=command.bound, limit=1):
                        self.reply = older
            elif kind is LoadCached:
                self.reply = await self.scope.cache.aget(command.keys)
            elif kind is SaveCached:
                await self.scope.cache.aset({command.key: (command.pairs, command.ttl)})
            elif kind is Sleep:
                self.sleep(command)
            elif kind is Resolve:
                command.call.settle(command.task)
            elif kind is CancelTasks:
                self.cancel(command.tasks)
            elif kind is Notify:
                await self.scope.notify(command)
            else:
                assert kind is Barrier
                if self.saver_port.staged:  # else every save has been awaited already
                    await self.saver_port.saver.asettle(self.scope.thread_id)

    @property
    def native_commit(self) -> Callable[[Commit], Coroutine[Any, Any, None]] | None:
        """Stores a commit as it is, where the saver can."""
        port = self.port
        if port is None or not port.native:
            return None
        store: Callable[[Commit], Coroutine[Any, Any, None]]
        store = port.saver.astage if port.staged else port.saver.acommit
        return store

    @property
    def saver_port(self) -> Port:
        assert self.port is not None
        return self.port

    async def save(self, method: str, args: tuple[Any, ...]) -> None:
        await getattr(self.saver_port.saver, "a" + method)(*args)

    # -- events ---------------------------------------------------------------------

    def inbox(self) -> deque[Any]:
        """What has happened and was not told the planner yet."""
        if self.done is None:
            self.done = deque()
        return self.done

    def post(self, event: Any) -> None:
        """Hand an event to the driver, from its own thread."""
        self.inbox().append(event)
        self.wake()

    async def next_event(self) -> Any:
        """The next event for the planner; None when nothing is under way."""
        if self.reply is not None:
            reply, self.reply = self.reply, None
            return reply
        while True:
            if self.done:
                event = self.done.popleft()
                if event.__class__ is Task:
                    self.outstanding -= 1
                return event
            if self.live and self.outbox:
                return _TOLD
            if not self.outstanding and not self.timers:
                return None
            await self.news()

    def ring(self, task: Task) -> None:
        if self.timers and self.timers.pop(task, None) is not None:
            self.post(Timer(task))

    async def pump_events(self) -> None:
        """Listen to events while the driver itself awaits a single task."""
        try:
            while self.awaiting or self.done or self.reply is not None:
                if self.done or self.reply is not None:
                    await self.accept(self.plan.send(await self.next_event()))
                else:
                    await self.news()
        except Exception as error:  # raised by whoever stops the pump
            self.pump_error = error
            try:
                await self.finish(error)  # the node may be waiting for an answer
            except Exception as later:
                self.pump_error = later


def own_cancel(task: Task, error: BaseException) -> Exception:
    raised = NodeCancelledError(task.name)
    raised.__cause__ = error
    return raised
