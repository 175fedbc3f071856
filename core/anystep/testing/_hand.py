"""A run driven by hand: the test decides which task ends next, and when time passes."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from anystep._planner import TaskCancelled, Timer
from anystep._records import Commit
from anystep.host import use_host
from anystep.pregel._launch import launch
from anystep.pregel._pool import enter
from anystep.pregel._stream import Stream
from anystep.pregel._sync import Abandoned, SyncDriver

from ._clock import ManualClock, deterministic_host

if TYPE_CHECKING:
    from anystep._planner import Task
    from anystep._records import Interrupt

__all__ = ["HandDriven"]


class HandDriven:
    """A run of `graph` in which nothing happens by itself.

    Tasks that the engine starts wait in `running` until `finish` runs one to its end, `fail` ends
    one without running it, or `advance` lets time pass for what waits to be retried:

        run = HandDriven(graph, {"n": 1})
        assert run.running == ["a", "b"]
        run.finish("b")
        run.fail("a", ValueError("no"))
        run.advance(1.0)
        run.finish("a")
        assert run.output == {"n": 3}

    Names may repeat where Sends start one node several times; `finish` and `fail` take the first,
    or the one at an index of `running`. A graph inside a node runs to its end with its node.
    The saver, if any, must work synchronously. A graph with a checkpointer runs on the thread
    "test" unless a config says otherwise.

    `events` holds what was streamed (mode, data), for the modes asked for. `output` and
    `interrupts` are there when `over`; a run that failed raises its error from the call that
    brought it out, and keeps it in `error`.
    """

    def __init__(
        self,
        graph: Any,
        input: Any,
        config: Mapping[str, Any] | None = None,
        *,
        stream_mode: tuple[str, ...] = (),
        clock: ManualClock | None = None,
        **options: Any,
    ) -> None:
        if config is None and getattr(graph, "checkpointer", None):
            config = {"configurable": {"thread_id": "test"}}
        self.clock = clock or ManualClock()
        self.events: deque[Any] = deque()
        self.over = False
        self.error: BaseException | None = None
        self.interrupts: tuple[Interrupt, ...] = ()
        stream = None
        if stream_mode:
            stream = Stream(stream_mode, listed=True, subgraphs=False, version="v1")
        self._host = deterministic_host(clock=self.clock)
        with use_host(self._host):
            self._launch = launch(
                graph, input, config, stream=stream, asynchronous=False, **options
            )
        made = self._launch.driver
        self._driver = _Driver(made.plan, made.scope, made.port, made.outbox)
        made.scope.driver = self._driver
        self._move(None)

    @property
    def running(self) -> list[str]:
        """The names of the tasks that were started and have not ended, in task-path order."""
        return [task.name for task in self._driver.started]

    @property
    def sleeping(self) -> list[str]:
        """The names of the tasks that wait for a time: to be tried again."""
        return [task.name for _, _, task in sorted(self._driver.timers)]

    @property
    def output(self) -> Any:
        """What the run has to show so far."""
        return self._launch.output

    def finish(self, which: str | int) -> HandDriven:
        """Run a started task to its end, whatever that is, and let the engine go on.

        Raises LookupError if no such task is running, and what the run fails with.
        """
        task = self._take(which)
        with use_host(self._host):
            self._driver.run(task)
        return self._move(task)

    def fail(self, which: str | int, error: Exception) -> HandDriven:
        """End a started task with `error`, its node not called."""
        task = self._take(which)
        task.error = error
        return self._move(task)

    def advance(self, seconds: float) -> HandDriven:
        """Let time pass, and tell the engine of each moment it waited for."""
        self.clock.advance(seconds)
        return self._move(None, moved=True)

    def give_up(self, reason: BaseException | None = None) -> None:
        """Abandon the run, as a caller who closes its stream does; what is done is saved.

        Raises the reason, if one is given.
        """
        self.over = True
        self._driver.started.clear()
        self._driver.abandon(reason or Abandoned())
        if reason is not None:
            raise reason

    def _take(self, which: str | int) -> Task:
        started = self._driver.started
        if isinstance(which, int):
            return started.pop(which)
        for index, task in enumerate(started):
            if task.name == which:
                return started.pop(index)
        raise LookupError(f"no task {which!r} is running; running are {self.running!r}")

    def _move(self, event: Any, *, moved: bool = False) -> HandDriven:
        if self.over:
            raise RuntimeError("this run is over")
        try:
            with use_host(self._host):
                if moved:
                    self._driver.ring()
                else:
                    self._driver.tell(event)
        except StopIteration as end:
            self.over = True
            self.interrupts = end.value
        except BaseException as error:
            self.over = True
            self.error = error
            raise
        finally:
            outbox = self._driver.outbox
            while outbox:
                self.events.append(outbox.popleft())
        return self


class _Driver(SyncDriver):
    """Carries out what takes no choice, and leaves tasks and timers to the test."""

    __slots__ = ("cancelled", "inside", "started")

    def __init__(self, plan: Any, scope: Any, port: Any, outbox: deque[Any]) -> None:
        super().__init__(plan, scope, port, outbox, live=False)
        self.threads = False
        self.started: list[Task] = []
        self.inside = 0  # tasks whose nodes are running
        self.cancelled: deque[Task] = deque()

    def start(self, tasks: list[Task]) -> None:
        self.started += tasks

    def cancel(self, tasks: list[Task]) -> None:
        """What has not ended is stopped at once."""
        stopped = [task for task in self.started if task in tasks]
        stopped += [entry[2] for entry in self.timers if entry[2] in tasks]
        self.timers = [entry for entry in self.timers if entry[2] not in tasks]
        heapq.heapify(self.timers)
        self.started = [task for task in self.started if task not in stopped]
        for task in stopped:
            task.error = TaskCancelled()
        self.cancelled.extend(stopped)

    def tell(self, event: Any) -> None:
        """Send one event, and answer the planner until it waits for the test."""
        while True:
            step = self.plan.send(event)
            self.accept([step] if isinstance(step, Commit) else step)
            event = None
            if self.reply is not None:
                event, self.reply = self.reply, None
            elif self.cancelled:
                event = self.cancelled.popleft()
            elif self.started and self.started[0].node.hidden:
                event = self.started.pop(0)  # takes the input apart; no node of the user's
                self.run(event)
            elif self.started or self.timers or self.inside:
                return

    def ring(self) -> None:
        """Send a timer for each task whose time has come."""
        now = self.scope.host.monotonic()
        while self.timers and self.timers[0][0] <= now:
            self.tell(Timer(heapq.heappop(self.timers)[2]))

    def drive_until(self, future: Any) -> None:
        """A node waits for a task that it called: that one runs now."""
        while not future.done():
            task = self.started.pop()
            self.run(task)
            self.tell(task)

    def run(self, task: Task) -> None:
        """Run a task's node where the caller is."""
        self.inside += 1
        try:
            copy_context().run(enter, task)
        except Exception as error:  # noqa: BLE001  the planner decides what an error means
            task.error = error
        self.inside -= 1
