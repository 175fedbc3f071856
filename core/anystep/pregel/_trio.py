"""The async driver under trio: the same loop, waiting the way trio waits.

A single task is awaited directly, as under asyncio. Several run in system tasks, each
in a cancel scope of its own that the driver holds: events are yielded to a caller who
may never come back, so no nursery and no scope of ours is ever open across a yield.
Giving a run up happens in a shielded scope, in which the planner saves what is done.

Needs trio, of the versions that `pip install "anystep[trio]"` brings.
"""

from __future__ import annotations

from _thread import get_ident
from collections import deque
from collections.abc import Callable, Generator
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

import trio  # this module is imported by programs that run on it

from anystep._planner import Called, Sleep, Task, TaskCancelled
from anystep.config import current_task
from anystep.errors import NodeTimeoutError
from anystep.types import TimeoutPolicy

from ._async import AsyncDriver
from ._pool import enter

if TYPE_CHECKING:
    from ._port import Port
    from ._scope import Scope


class TrioDriver(AsyncDriver):
    """Drives one run from the trio task that iterates `events()`."""

    __slots__ = ("pumped", "queue", "starting", "token")

    handles: Any  # task -> its cancel scope
    timers: Any  # task -> the cancel scope of its sleep
    ready: Any
    semaphore: Any
    pump: Any

    def __init__(
        self, plan: Any, scope: Scope, port: Port | None, outbox: deque[Any], live: bool
    ) -> None:
        super().__init__(plan, scope, port, outbox, live)
        self.handles, self.timers = {}, {}
        self.token = trio.lowlevel.current_trio_token()
        self.queue: deque[tuple[Task, Context]] = deque()
        self.starting = False
        self.pumped: trio.Event | None = None

    def is_cancelled(self) -> bool:
        """Never: trio raises its cancellation again at whatever is awaited next."""
        return False

    async def abandon(self, reason: BaseException) -> None:
        """Give the run up: cancel its tasks, let the planner save, and only then go."""
        with trio.CancelScope(shield=True):
            for timer in self.timers.values():
                timer.cancel()
            self.timers.clear()
            for scope in self.handles.values():
                scope.cancel()
            while self.handles:
                await self.news()
            await self.finish(reason)

    # -- tasks ------------------------------------------------------------------------

    def start(self, tasks: list[Task]) -> None:
        if self.limit is not None and self.semaphore is None:
            self.semaphore = trio.Semaphore(self.limit)
        self.outstanding += len(tasks)
        for task in tasks:
            self.handles[task] = trio.CancelScope()
            self.queue.append((task, copy_context()))
        if not self.starting:
            self.start_next()

    def start_next(self) -> None:
        """Start the next task, once the one before has waited for something or is done.

        Trio runs what is ready in random order; tasks begin in theirs, as under asyncio.
        """
        self.starting = bool(self.queue)
        if self.queue:
            task, context = self.queue.popleft()
            trio.lowlevel.spawn_system_task(self.begin, task, context=context)

    async def begin(self, task: Task) -> None:
        """`run`, and start the next task as soon as this one waits."""
        await _Begun(self.run(task), self.start_next)

    async def run(self, task: Task) -> None:
        """One task of several, in a system task and a context of its own."""
        scope = self.handles[task]
        begun = False
        try:
            with scope:
                if self.semaphore is not None:
                    await self.semaphore.acquire()
                try:
                    if not scope.cancel_called:
                        begun = True
                        await self.run_limited(task)
                finally:
                    if self.semaphore is not None:
                        self.semaphore.release()
            if scope.cancelled_caught or not begun:
                task.error = _cancelled(begun)
        except trio.Cancelled:  # the whole program ends
            task.error = _cancelled(begun)
            raise
        except BaseException as error:  # the planner decides what an error means
            task.error = error
        finally:
            self.handles.pop(task, None)
            self.post(task)

    async def run_limited(self, task: Task) -> None:
        policy = TimeoutPolicy.coerce(task.timeout or task.node.timeout)
        if policy is None:
            await self.run_node(task)
        else:
            await _within(policy, task, self.run_node(task), self.scope.host.monotonic)

    async def run_node(self, task: Task) -> None:
        node = task.node
        if node.acall is not None:
            current_task.set(task)
            await node.acall(task)
        elif self.scope.host.threads:
            run = copy_context().run
            await trio.to_thread.run_sync(lambda: run(enter, task), abandon_on_cancel=True)
        else:
            enter(task)

    def sleep(self, command: Sleep) -> None:
        scope = trio.CancelScope()
        self.timers[command.task] = scope

        async def sleep() -> None:
            with scope:
                await trio.sleep(command.seconds)
                self.ring(command.task)

        trio.lowlevel.spawn_system_task(sleep)

    def cancel(self, tasks: list[Task]) -> None:
        """Ask the tasks to stop; each still reports, when it has."""
        for task in tasks:
            timer = self.timers.pop(task, None)
            if timer is not None:
                timer.cancel()
                task.error = TaskCancelled()
                self.outstanding += 1
                self.post(task)
            scope = self.handles.get(task)
            if scope is not None:
                scope.cancel()

    # -- events ---------------------------------------------------------------------

    def wake(self) -> None:
        """Called by tasks that are done and by whoever posts to a live run's outbox."""
        if get_ident() != self.thread:
            self.token.run_sync_soon(self.wake)
        elif self.ready is not None:
            self.ready.set()

    async def news(self) -> None:
        """Wait until something is posted."""
        self.ready = trio.Event()
        await self.ready.wait()
        self.ready = None

    # -- calls from inside a task --------------------------------------------------------

    def call(self, event_for: Callable[[Any], Called]) -> Any:
        """Start a task that a running one asks for; return its future."""
        from ._calls import Call, CallFuture

        if self.pump_error is not None:
            raise self.pump_error  # nobody listens any more
        if get_ident() != self.thread:  # a sync node in a thread
            waiting = CallFuture(None)
            self.post_from_thread(event_for(Call(waiting, _at_once)))
            return waiting
        future = TrioFuture()
        self.post(event_for(Call(future, _at_once)))
        self.listen()
        return future

    def listen(self) -> None:
        """Have somebody listen to events, if the driver itself awaits a single task."""
        if self.awaiting and self.pumped is None:
            self.pumped = self.pump = trio.Event()
            trio.lowlevel.spawn_system_task(self.pump_until_done)

    def post_from_thread(self, event: Any) -> None:
        """`post`, from a thread."""
        self.inbox().append(event)
        self.wake()
        if self.awaiting:
            self.token.run_sync_soon(self.listen)

    async def pump_until_done(self) -> None:
        """`pump_events`, in a system task: what it raises is raised by the driver."""
        assert self.pumped is not None
        try:
            await self.pump_events()
        except trio.Cancelled:
            raise
        except BaseException as error:
            self.pump_error = error
        finally:
            self.pumped.set()

    async def stop_pump(self) -> None:
        """Let the pump finish what it is doing, and go on without it."""
        assert self.pumped is not None
        self.wake()
        await self.pumped.wait()
        self.pump = self.pumped = None
        error, self.pump_error = self.pump_error, None
        if error is not None:
            raise error


class _Begun:
    """Awaits a coroutine, and calls a function when it has run up to its first wait."""

    __slots__ = ("begun", "coroutine")

    def __init__(self, coroutine: Any, begun: Callable[[], None]) -> None:
        self.coroutine = coroutine
        self.begun = begun

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine = self.coroutine
        try:
            try:
                awaited = coroutine.send(None)
            finally:
                self.begun()
            while True:
                try:
                    reply = yield awaited
                except BaseException as error:
                    awaited = coroutine.throw(error)
                else:
                    awaited = coroutine.send(reply)
        except StopIteration as end:
            return end.value


class TrioFuture:
    """The outcome of a called task, to be awaited by coroutines, as often as they like."""

    __slots__ = ("_error", "_event", "_value")

    def __init__(self) -> None:
        self._event = trio.Event()
        self._value: Any = None
        self._error: BaseException | None = None

    def done(self) -> bool:
        """Whether the task has ended."""
        return self._event.is_set()

    def set_result(self, value: Any) -> None:
        """Settle it with a value."""
        self._value = value
        self._event.set()

    def set_exception(self, error: BaseException) -> None:
        """Settle it with an error."""
        self._error = error
        self._event.set()

    def result(self) -> Any:
        """The value. Raises: the task's error; `RuntimeError` while it still runs."""
        if not self.done():
            raise RuntimeError("The called task still runs: await the future.")
        if self._error is not None:
            raise self._error
        return self._value

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from self._event.wait().__await__()
        return self.result()


async def _within(policy: TimeoutPolicy, task: Task, work: Any, now: Callable[[], float]) -> None:
    """Await `work` until it is done or one of the limits has passed.

    Raises: `NodeTimeoutError`, which says which limit it was.
    """
    limits: list[Any] = [policy.run_timeout, policy.idle_timeout]
    run, idle = (None if limit is None else float(limit) for limit in limits)
    began, began_here = trio.current_time(), now()
    hard = float("inf") if run is None else began + run
    clock = trio.CancelScope(deadline=_first(hard, idle, began))
    try:
        with clock:
            if idle is not None:

                def progress() -> None:
                    clock.deadline = _first(hard, idle, trio.current_time())

                task.progress = progress
                task.only_heartbeats = policy.refresh_on == "heartbeat"
            await work
    finally:
        task.progress = None
    if clock.cancelled_caught:
        raise NodeTimeoutError(
            task.name,
            now() - began_here,
            kind="run" if trio.current_time() >= hard else "idle",
            idle_timeout=idle,
            run_timeout=run,
        )


def _first(hard: float, idle: float | None, now: float) -> float:
    """The moment at which the first limit passes."""
    return hard if idle is None else min(hard, now + idle)


def _cancelled(begun: bool) -> TaskCancelled:
    """The error of a task that was stopped; one that had begun says so to the thread."""
    from asyncio import CancelledError

    return TaskCancelled(CancelledError()) if begun else TaskCancelled()


def _at_once(function: Callable[[], None]) -> None:
    function()
