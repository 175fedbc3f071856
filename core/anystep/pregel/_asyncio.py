"""The async driver under asyncio: several tasks get one of asyncio's each.

Only what every event loop offers is used, those of the browser and of WASI included, and
asyncio is imported when the first run starts.
"""

from __future__ import annotations

import asyncio
import sys
from _thread import get_ident
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from anystep._planner import Called, Sleep, Task, TaskCancelled
from anystep.config import current_task

from ._async import AsyncDriver, own_cancel
from ._pool import enter

if TYPE_CHECKING:
    from ._port import Port
    from ._scope import Scope

_eager_task: Any = asyncio.Task  # `eager_start` is younger than our oldest Python
_EAGER: Final = sys.version_info >= (3, 12)


class _Turn:
    """Awaited: lets the event loop take one turn, and costs no future."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield


_TURN: Final = _Turn()


class AsyncioDriver(AsyncDriver):
    """Drives one run from the asyncio task that iterates `events()`."""

    begun = False  # whether tasks were created that the loop has not come to yet

    handles: dict[Task, asyncio.Task[None]] | None
    timers: dict[Task, asyncio.TimerHandle] | None
    ready: asyncio.Future[None] | None
    semaphore: asyncio.Semaphore | None
    pump: asyncio.Task[None] | None

    def __init__(
        self, plan: Any, scope: Scope, port: Port | None, outbox: deque[Any], live: bool
    ) -> None:
        super().__init__(plan, scope, port, outbox, live)
        self.loop: asyncio.AbstractEventLoop | None = asyncio._get_running_loop()

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

    # -- tasks ----------------------------------------------------------------------

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
        self.begun = not _EAGER  # what has been created runs in the loop's next turn

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
            task.error = own_cancel(task, error) if own else TaskCancelled(error)
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

    def wake(self) -> None:
        """Called by tasks that are done and by whoever posts to a live run's outbox."""
        if get_ident() != self.thread:
            assert self.loop is not None
            self.loop.call_soon_threadsafe(self.wake)
            return
        ready = self.ready
        if ready is not None and not ready.done():
            ready.set_result(None)

    async def news(self) -> None:
        """Wait until something is posted, or for one turn of the loop."""
        if self.begun:  # most tasks are done after one turn: no future is made for those
            self.begun = False
            await _TURN
            return
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
