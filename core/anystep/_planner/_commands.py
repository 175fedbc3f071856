"""What the planner asks of a driver, and what a driver may tell it.

The planner is a generator. It yields a `Task` (run this one, send it back when it
is done), a `Commit` (store this superstep's change to the thread), a `Notify` or a
list of commits and of the commands below; it is sent one event at a time, and it
answers an event that changes nothing with an empty list.

Events are: a `Task` (it is done, its outcome is in it), a `Timer` (its time has
come), a `Called` (a running task asked for another one), the reply to a load, or
None where nothing is under way. Every task that was started is sent back once, the
cancelled ones with a `TaskCancelled` error. Whoever gives up a run throws the reason
into the generator and carries out what it still yields. Events to show to whoever consumes the run are not commands: the
planner puts them in the run's stream, and a driver hands them on before it carries
out the command that follows, so nothing is told before what it depends on is saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep._records import Commit

if TYPE_CHECKING:
    from ._task import Pairs, Task


class Start:
    """Run these tasks side by side, at most `limit` at once (None: no limit)."""

    __slots__ = ("limit", "tasks")

    def __init__(self, tasks: list[Task], limit: int | None) -> None:
        self.tasks = tasks
        self.limit = limit


class Sleep:
    """Send `Timer(task)` after `seconds`."""

    __slots__ = ("seconds", "task")

    def __init__(self, task: Task, seconds: float) -> None:
        self.task = task
        self.seconds = seconds


class Load:
    """Reply with the checkpoint tuple that `config` addresses, or None.

    `before` names a checkpoint: the newest one older than that is meant.
    """

    __slots__ = ("before", "config")

    def __init__(self, config: dict[str, Any], before: str | None = None) -> None:
        self.config = config
        self.before = before

    @property
    def bound(self) -> dict[str, Any]:
        """`before` as savers take it."""
        return {"configurable": {"checkpoint_id": self.before}}


class SaveWrites:
    """Store what one task of checkpoint `checkpoint_id` wrote, in order."""

    __slots__ = ("checkpoint_id", "pairs", "path", "task_id")

    def __init__(self, checkpoint_id: str, task_id: str, path: str, pairs: Pairs) -> None:
        self.checkpoint_id = checkpoint_id
        self.task_id = task_id
        self.path = path
        self.pairs = pairs


class LoadCached:
    """Reply with what the cache holds for these keys: key -> writes."""

    __slots__ = ("keys",)

    def __init__(self, keys: list[Any]) -> None:
        self.keys = keys


class SaveCached:
    """Put a task's writes into the cache, for `ttl` seconds (None: for ever)."""

    __slots__ = ("key", "pairs", "ttl")

    def __init__(self, key: Any, pairs: Pairs, ttl: int | None) -> None:
        self.key = key
        self.pairs = pairs
        self.ttl = ttl


class Barrier:
    """Go on only when everything handed over so far is stored."""

    __slots__ = ()


class Resolve:
    """Give a called task's outcome to the call that waits for it."""

    __slots__ = ("call", "task")

    def __init__(self, call: Any, task: Task) -> None:
        self.call = call
        self.task = task


class CancelTasks:
    """Stop what can be stopped of these tasks; each is still sent back."""

    __slots__ = ("tasks",)

    def __init__(self, tasks: list[Task]) -> None:
        self.tasks = tasks


class Notify:
    """Tell the caller's callbacks that the run goes on, or stops to ask.

    `interrupts` is None for a run that goes on; `status` says where one stopped.
    """

    __slots__ = ("checkpoint_id", "interrupts", "status")

    def __init__(
        self, status: str, checkpoint_id: str, interrupts: tuple[Any, ...] | None = None
    ) -> None:
        self.status = status
        self.checkpoint_id = checkpoint_id
        self.interrupts = interrupts


Command = (
    Start
    | Commit
    | Sleep
    | Load
    | LoadCached
    | SaveCached
    | SaveWrites
    | Barrier
    | Resolve
    | CancelTasks
    | Notify
)


class Timer:
    """The time a `Sleep` named has come."""

    __slots__ = ("task",)

    def __init__(self, task: Task) -> None:
        self.task = task


class Called:
    """A running task asks for another one, and `call` waits for its outcome.

    Its result is remembered under `key`; None: under its place among the task's calls.
    """

    __slots__ = ("call", "input", "key", "node", "parent")

    def __init__(
        self, parent: Task, node: Any, input: Any, call: Any, key: str | None = None
    ) -> None:
        self.parent = parent
        self.node = node
        self.input = input
        self.call = call
        self.key = key


class TaskCancelled(Exception):
    """The error of a task that was stopped because a sibling failed.

    Its argument, where it has one, is what stopped a task that had begun.
    """
