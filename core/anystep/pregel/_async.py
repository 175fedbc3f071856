"""The async driver: it runs tasks, awaits savers and waits. It decides nothing.

A single task is awaited directly, driven inside a copy of the context: nothing is
scheduled, so a node that never suspends costs no turn of the event loop. Several
get an asyncio task each. Only what every event loop offers is used, those of the
browser and of WASI included, and asyncio is imported when the first run starts.
"""

from __future__ import annotations

import asyncio
import sys
from _thread import get_ident
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
    TaskCancelled,
    Timer,
)
from anystep._records import Commit
from anystep._superstep import StepCommit
from anystep.config import current_task
from anystep.errors import NodeCancelledError

from ._pool import enter
from ._sync import Abandoned

if TYPE_CHECKING:
    from ._port import Port
    from ._scope import Scope

_TOLD: Final = object()
_eager_task: Any = asyncio.Task  # `eager_start` is younger than our oldest Python
_EAGER: Final = sys.version_info >= (3, 12)


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

    __slots__ = (
        "awaiting",
        "done",
        "handles",
        "limit",
        "live",
        "loop",
        "outbox",
        "outstanding",
        "plan",
        "port",
        "pump",
        "pump_error",
        "ready",
        "reply",
        "result",
        "scope",
        "semaphore",
        "thread",
        "timers",
    )

    def __init__(
        self, plan: Any, scope: Scope, port: Port | None, outbox: deque[Any], live: bool
    ) -> None:
        self.plan = plan
        self.scope = scope
        self.port = port
        self.outbox = outbox
        self.live = live
        self.limit: int | None = scope.config.get("max_concurrency")
        self.semaphore: asyncio.Semaphore | None = None
        # Made when first needed: a run of single tasks needs none of them, and ten thousand
        # runs that wait would hold ten thousand of each (an empty deque has 624 bytes).
        self.done: deque[Any] | None = None
        self.handles: dict[Task, asyncio.Task[None]] | None = None
        self.timers: dict[Task, asyncio.TimerHandle] | None = None
        self.ready: asyncio.Future[None] | None = None
        self.outstanding = 0
        self.reply: Any = None
        self.result: Any = ()
        self.thread = get_ident()
        self.loop: asyncio.AbstractEventLoop | None = asyncio._get_running_loop()
        self.awaiting = False  # a single task, where nobody listens to events
        self.pump: asyncio.Task[None] | None = None  # listens meanwhile, once needed
        self.pump_error: BaseException | None = None  # what it failed with

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
                                raise asyncio.CancelledError  # the node has swallowed it
                    except asyncio.CancelledError as error:
                        if self.is_cancelled():
                            raise
                        step.error = _own_cancel(step, error)
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

    def is_cancelled(self) -> bool:
        """Whether the running asyncio task was asked to stop (rather than the node raising
        `CancelledError` by itself)."""
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0

    async def abandon(self, reason: BaseException) -> None:
        """Give the run up: cancel its tasks, let the planner save, and only then go."""
        for timer in (self.timers or {}).values():
            timer.cancel()
        handles = list((self.handles or {}).values())
        for handle in handles:
            handle.cancel()
        for handle in handles:
            while not handle.done():
                try:
                    await asyncio.shield(handle)
                except BaseException:
                    continue
        await self.finish(reason)

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

    def start(self, tasks: list[Task]) -> None:
        loop = asyncio.get_running_loop()
        if self.limit is not None and self.semaphore is None:
            self.semaphore = asyncio.Semaphore(self.limit)
        self.outstanding += len(tasks)
        self.loop = loop
        self.inbox()
        handles = self.handles
        if handles is None:
            handles = self.handles = {}
        for task in tasks:
            context = copy_context()
            coroutine = self.run(task)
            if _EAGER:  # a node that never suspends never reaches the loop's queue
                handle = _eager_task(coroutine, loop=loop, context=context, eager_start=True)
            else:
                handle = loop.create_task(coroutine, context=context)
            if not handle.done():
                handles[task] = handle

    async def run(self, task: Task) -> None:
        """One task of several, in an asyncio task and a context of its own."""
        acall = task.node.acall
        try:
            if self.semaphore is not None:
                async with self.semaphore:
                    await self.run_limited(task)
            elif acall is None or task.timeout is not None or task.node.timeout is not None:
                await self.run_limited(task)
            else:
                current_task.set(task)
                await acall(task)
        except asyncio.CancelledError as error:
            own = not self.is_cancelled()
            task.error = _own_cancel(task, error) if own else TaskCancelled(error)
        except BaseException as error:  # the planner decides what an error means
            task.error = error
        if self.handles:
            self.handles.pop(task, None)
        self.inbox().append(task)
        ready = self.ready
        if ready is not None and not ready.done():
            ready.set_result(None)

    async def run_limited(self, task: Task) -> None:
        """Run a task within the time it has, if that is limited."""
        limits = task.timeout or task.node.timeout
        if limits is None:
            await self.run_node(task)
        else:
            from ._timeout import within

            await within(limits, task, self.run_node(task), self.scope.host.monotonic)

    async def run_node(self, task: Task) -> None:
        node = task.node
        if node.acall is not None:
            current_task.set(task)
            coroutine: Coroutine[Any, Any, None] = node.acall(task)
            await coroutine
        elif self.scope.host.threads:
            run = copy_context().run
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, lambda: run(enter, task))
        else:
            enter(task)

    def sleep(self, command: Sleep) -> None:
        task = command.task
        loop = asyncio.get_running_loop()
        if self.timers is None:
            self.timers = {}
        self.timers[task] = loop.call_later(command.seconds, self.ring, task)

    def ring(self, task: Task) -> None:
        if self.timers and self.timers.pop(task, None) is not None:
            self.post(Timer(task))

    def cancel(self, tasks: list[Task]) -> None:
        """Ask the tasks to stop; each still reports, when it has."""
        for task in tasks:
            timer = self.timers.pop(task, None) if self.timers else None
            if timer is not None:
                timer.cancel()
                task.error = TaskCancelled()
                self.outstanding += 1
                self.post(task)
            handle = self.handles.get(task) if self.handles else None
            if handle is not None and self.handles is not None:
                handle.cancel()
                if _has_not_begun(handle):  # then nothing in it will report
                    del self.handles[task]
                    task.error = TaskCancelled()
                    self.post(task)

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

    def wake(self) -> None:
        """Called by tasks that are done and by whoever posts to a live run's outbox."""
        if get_ident() != self.thread:
            assert self.loop is not None
            self.loop.call_soon_threadsafe(self.wake)
            return
        ready = self.ready
        if ready is not None and not ready.done():
            ready.set_result(None)

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

    async def news(self) -> None:
        """Wait until something is posted."""
        self.ready = asyncio.get_running_loop().create_future()
        await self.ready
        self.ready = None

    # -- calls from inside a task --------------------------------------------------------

    def call(self, event_for: Callable[[Any], Called]) -> Any:
        """Start a task that a running one asks for; return its future."""
        from ._calls import Call, CallFuture

        if self.pump_error is not None:
            raise self.pump_error  # nobody listens any more
        loop = asyncio.get_running_loop() if get_ident() == self.thread else None
        if loop is None:  # a sync node in a thread of the executor
            waiting = CallFuture(None)
            self.post_from_thread(event_for(Call(waiting, _at_once)))
            return waiting
        future: asyncio.Future[Any] = loop.create_future()
        self.post(event_for(Call(future, _at_once)))
        self.loop = loop
        self.listen()
        return future

    def listen(self) -> None:
        """Have somebody listen to events, if the driver itself awaits a single task."""
        if self.awaiting and self.pump is None:
            assert self.loop is not None
            self.pump = self.loop.create_task(self.pump_events())

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

    async def stop_pump(self) -> None:
        """Let the pump finish what it is doing, and go on without it."""
        pump, self.pump = self.pump, None
        assert pump is not None
        self.wake()
        await pump
        if self.pump_error is not None:
            raise self.pump_error

    def post_from_thread(self, event: Any) -> None:
        """`post`, from a thread of the executor."""
        self.inbox().append(event)
        self.wake()
        if self.awaiting:  # a coroutine that is awaited directly waits for that thread
            assert self.loop is not None
            self.loop.call_soon_threadsafe(self.listen)


def _at_once(function: Callable[[], None]) -> None:
    function()


def _has_not_begun(handle: asyncio.Task[None]) -> bool:
    coroutine: Any = handle.get_coro()
    return not coroutine.cr_running and not coroutine.cr_suspended


def _own_cancel(task: Task, error: BaseException) -> Exception:
    raised = NodeCancelledError(task.name)
    raised.__cause__ = error
    return raised
