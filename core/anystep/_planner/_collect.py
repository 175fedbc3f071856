"""Seeing the tasks of one superstep through: retries, handlers, calls, failures.

`collect` is the part of the planner that listens. It starts tasks, answers every
event a driver may send, and returns when each task is done, waits for an answer, or
has failed for good. What finished is stored as it finishes, so none of it runs
again; a failure is raised only after that.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, Final

from anystep._constants import ERROR, ERROR_SOURCE_NODE, INTERRUPT, RESUME, RETURN
from anystep._ids import path_str
from anystep._records import Command, Interrupt
from anystep.errors import (
    GraphBubbleUp,
    GraphInterrupt,
    NodeCancelledError,
    ParentCommand,
    is_invalid_resume,
)

from ._caching import cache_command, take_cached
from ._commands import (
    Called,
    CancelTasks,
    LoadCached,
    Resolve,
    SaveWrites,
    Sleep,
    Start,
    TaskCancelled,
    Timer,
)
from ._commands import (
    Command as Request,
)
from ._retry import retry_delay
from ._task import Task
from ._tell import result_payload, task_payload, tell_done, with_interrupts

if TYPE_CHECKING:
    from ._policy import Policy
    from ._run import Run
    from ._task import Pairs

NOTHING: Final[list[Request]] = []  # shared: most events call for nothing
Waiting = Generator["Task | list[Request]", Any, None]


class Superstep:
    """The tasks of one superstep, and what has become of them."""

    __slots__ = (
        "awaited",
        "calls",
        "failure",
        "interrupted",
        "pending",
        "policy",
        "run",
        "solo",
        "tasks",
    )

    def __init__(self, run: Run, policy: Policy, tasks: list[Task], solo: bool) -> None:
        self.run = run
        self.policy = policy
        self.tasks = tasks  # grows by error handlers, which write like nodes
        self.solo = solo  # one task: its commit stores its writes as well
        self.pending: set[Task] = set()
        self.calls: dict[Task, Any] = {}  # called task -> the call that waits for it
        self.interrupted: list[tuple[Task, Sequence[Interrupt]]] = []
        self.failure: BaseException | None = None
        self.awaited: Task | None = None  # a called task the cache is asked about

    @property
    def quiet(self) -> bool:
        """Whether a task that succeeds is nobody's business before the step ends."""
        policy = self.policy
        return (
            self.run.ledger is None
            and policy.tell_updates is None
            and policy.tell_results is None
            and policy.tell_messages is None
            and self.run.scope.cache is None
            and policy.guard is None
        )

    # -- listening ---------------------------------------------------------------

    def start(self) -> list[Request]:
        """Start every task that has not run yet."""
        waiting = [task for task in self.tasks if not task.done]
        self.pending.update(waiting)
        return [Start(waiting, self.policy.limit)] if waiting else []

    def answer(self, event: Any) -> list[Request]:
        """What to do about one event."""
        if isinstance(event, Task):
            return self.on_done(event)
        if isinstance(event, Timer):
            return [Start([event.task], self.policy.limit)]
        if isinstance(event, Called):
            return self.on_called(event)
        return self.on_cached(event)

    def on_done(self, task: Task) -> list[Request]:
        self.pending.discard(task)
        error = task.error
        if error is None and self.policy.guard is not None and task not in self.calls:
            finished = [other for other in self.tasks if other.done]
            error = task.error = self.policy.guard.refusal(self.run, [*finished, task])
        if error is None:
            task.done = True
            return self.on_success(task)
        self.run.take_back(task)
        if isinstance(error, TaskCancelled):
            return self.store(task, [(ERROR, error.args[0])]) if error.args else []
        if isinstance(error, GraphInterrupt):
            return self.on_interrupt(task, error)
        if isinstance(error, ParentCommand):
            return self.fail(task, _one_level_up(error), [])
        return self.on_error(task, error)

    def on_success(self, task: Task) -> list[Request]:
        if task in self.calls:
            return [*cache_command(task), *self.settle_call(task)]
        commands = cache_command(task)
        if self.run.ledger is not None and not (self.solo and self.policy.native):
            commands += self.store(task, task.stored_pairs())
            task.stored = True
        tell_done(self.policy, task)
        return commands

    def settle_call(self, task: Task) -> list[Request]:
        commands = self.store(task, [(RETURN, task.value)])
        if task.error is None:
            task.restored = [(RETURN, task.value)]
            tell_done(self.policy, task)
            task.restored = None
        return [*commands, self.resolve(self.calls.pop(task), task)]

    def resolve(self, call: Any, task: Task) -> Resolve:
        self.run.resolving = answer = Resolve(call, task)
        return answer

    # -- what goes wrong -----------------------------------------------------------

    def on_error(self, task: Task, error: BaseException) -> list[Request]:
        if self.failure is not None:
            return self.fail(task, error, [(ERROR, error)])
        delay = retry_delay(task, error, self.policy.default_retry, self.run.scope)
        if delay is not None:
            task.attempt += 1
            task.clear()
            self.pending.add(task)
            if delay > 0:
                return [Sleep(task, delay)]
            return [Start([task], self.policy.limit)]
        if not isinstance(error, (GraphBubbleUp, NodeCancelledError)):
            error.add_note(f"During task with name '{task.name}' and id '{task.id}'")
        fallback = task.node.fallback
        if fallback is not None and not isinstance(error, GraphBubbleUp):
            task.attempt = 1
            task.clear()
            task.node = fallback
            self.pending.add(task)
            return [Start([task], self.policy.limit)]
        handler = task.node.handler
        if handler is not None and not isinstance(error, GraphBubbleUp):
            return self.hand_over(task, error, handler)
        return self.fail(task, error, [(ERROR, error)])

    def hand_over(self, task: Task, error: BaseException, handler: int) -> list[Request]:
        """Run the node's error handler in the same superstep, in its place."""
        from ._handlers import handler_task  # few nodes have one

        commands = self.store(task, [(ERROR, error), (ERROR_SOURCE_NODE, task.node.name)])
        tell_done(self.policy, task)
        stand_in = handler_task(self.run, task, error, handler)
        self.tasks[self.tasks.index(task)] = stand_in
        self.pending.add(stand_in)
        return [*commands, Start([stand_in], self.policy.limit)]

    def on_interrupt(self, task: Task, error: GraphInterrupt) -> list[Request]:
        interrupts: Sequence[Interrupt] = error.args[0] if error.args else ()
        error.__traceback__ = None  # it holds the frames that hold the task that holds it
        self.interrupted.append((task, interrupts))
        if not interrupts:  # a breakpoint inside a subgraph: nothing was asked
            return []
        pairs: Pairs = [(INTERRUPT, tuple(interrupts))]
        commands = self.store(task, pairs)
        call = self.calls.pop(task, None)
        if call is not None:
            return [*commands, self.resolve(call, task)]
        self.tell_interrupt(task, interrupts)
        return commands

    def tell_interrupt(self, task: Task, interrupts: Sequence[Interrupt]) -> None:
        policy, run = self.policy, self.run
        if policy.tell_updates is not None:
            policy.tell_updates({INTERRUPT: tuple(interrupts)})
        if policy.tell_values is not None:
            policy.tell_values(with_interrupts(run.output(run.program.output_keys), interrupts))
        if policy.tell_results is not None:
            policy.tell_results(result_payload(task, run.program.stream_set, interrupts))

    def fail(self, task: Task, error: BaseException, pairs: Pairs) -> list[Request]:
        commands: list[Request] = []
        if pairs:
            commands = self.store(task, pairs)
            tell_done(self.policy, task)
        call = self.calls.pop(task, None)
        if call is not None:
            return [*commands, self.resolve(call, task)]
        if is_invalid_resume(error):
            self.failure = self.failure or error
            return commands  # the siblings go on: only the answer was wrong
        if self.failure is None:
            self.failure = error
            commands += self.stop_others()
        return commands

    def stop_others(self) -> list[Request]:
        return [CancelTasks(list(self.pending))] if self.pending else []

    # -- calls -----------------------------------------------------------------------

    def on_called(self, event: Called) -> list[Request]:
        from ._recall import answers  # only tasks call tasks

        run, parent = self.run, event.parent
        child = Task(run, event.node, run.step, event.input)
        child.parent = parent
        if event.key is None:
            child.call_index = parent.calls
            parent.calls += 1
        else:
            child.call_index = event.key
        self.calls[child] = event.call
        run.calls = self.calls  # whoever gives the run up has to answer them
        stored = run.scope.stored_pairs(child)
        known = next(((v,) for k, v in stored if k == RETURN), None)
        child.resume = answers(run, child, stored)
        if self.policy.tell_tasks is not None:
            self.policy.tell_tasks(task_payload(child))
        if known is not None:
            child.value, child.done = known[0], True
            return [Resolve(self.calls.pop(child), child)]
        self.pending.add(child)
        if child.node.cache is not None and run.scope.cache is not None:
            self.awaited = child
            return [LoadCached([child.cache_key])]
        return [Start([child], self.policy.limit)]

    def on_cached(self, found: Any) -> list[Request]:
        """The cache has answered for the task that was called last."""
        child, self.awaited = self.awaited, None
        assert child is not None
        take_cached([child], found)
        if not child.cached:
            return [Start([child], self.policy.limit)]
        self.pending.discard(child)
        child.value = next((v for k, v in child.restored or () if k == RETURN), None)
        child.restored = None
        return self.settle_call(child)

    # -- storing -----------------------------------------------------------------------

    def store(self, task: Task, pairs: Pairs) -> list[Request]:
        """Keep a task's writes with the checkpoint it belongs to."""
        ledger = self.run.ledger
        if ledger is None:
            return []
        transient = self.run.program.transient
        if transient:
            pairs = [pair for pair in pairs if pair[0] not in transient]
        if task.resume:
            pairs = [*pairs, (RESUME, list(task.resume))]
        path = path_str(task.path)
        command = SaveWrites(self.run.checkpoint_id, task.id, path, pairs)
        if self.policy.durability == "exit":
            ledger.held.append(command)
            return []
        return [command]


def _one_level_up(error: ParentCommand) -> ParentCommand:
    """The command as the graph around this one has to see it: addressed to itself."""
    command = error.args[0]
    return ParentCommand(Command(update=command.update, resume=command.resume, goto=command.goto))


def collect(step: Superstep, first: Any = None) -> Waiting:
    """Run the superstep's tasks until none is left.

    `first` is an event that has arrived already.

    Raises: `GraphInterrupt` with all open questions; the first failure; whatever a
    task raised for its parent graph. By then all that is worth keeping is stored.
    """
    commands = step.start() if first is None else step.answer(first)
    pending, quiet = step.pending, step.quiet
    while pending or commands:
        event = yield commands
        if quiet and event.__class__ is Task and event.error is None and not step.calls:
            pending.discard(event)
            event.done = True
            commands = NOTHING
        else:
            commands = [] if event is None else step.answer(event)
    if step.failure is not None:
        raise step.failure
    if step.interrupted:
        # A called task's question is its caller's as well: it is asked once.
        asked = {i.id: i for _, interrupts in step.interrupted for i in interrupts}
        raise GraphInterrupt(tuple(asked.values()))


__all__ = ["Superstep", "collect"]
