"""The parts of a superstep that not every superstep has: several tasks, telling
before and after, breakpoints, failures, running out of steps, the last commit."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import INTERRUPT, RESUME
from anystep._records import Interrupt
from anystep.errors import (
    ErrorCode,
    GraphCancelled,
    GraphDrained,
    GraphInterrupt,
    GraphRecursionError,
    create_error_message,
)

from ._caching import take_cached
from ._collect import Superstep, collect
from ._commands import Barrier, Command, LoadCached, Notify, Resolve
from ._tell import checkpoint_payload, task_payload, updates_payload

if TYPE_CHECKING:
    from ._policy import Policy
    from ._run import Run
    from ._task import Pairs, Task

Stored = dict[str, "Pairs"]


def settle(run: Run, policy: Policy, task: Task, event: Any) -> Generator[Any, Any, bool]:
    """See the only task of a superstep through: it failed, asked or called, or somebody
    wants to know that it is done. True when that closed the superstep."""
    step = Superstep(run, policy, [task], solo=True)
    if event is task and task.error is None:
        if policy.guard is not None:
            refused = policy.guard.refusal(run, [task])
            if refused is not None:
                raise refused
        commands = step.on_success(task)
        if commands:
            yield commands
        return False
    step.pending.add(task)
    yield from collect(step, event)
    if step.tasks[0] is task:
        return False
    yield from close(run, policy, step.tasks)  # an error handler stood in for it
    return True


def stop_to_ask(
    run: Run, policy: Policy, stop: GraphInterrupt
) -> Generator[Any, Any, tuple[Interrupt, ...]]:
    """End a run that stops to ask; a nested one hands its questions on."""
    yield from flush(run, policy)
    if policy.nested:
        raise stop
    if policy.notify:
        asked = tuple(stop.args[0]) if stop.args else ()
        told = Notify(run.halted, run.checkpoint_id, asked)
        # What nodes asked is handed on before; a breakpoint stops in front of the rest.
        yield told if asked else [told]
    _show_finished(run, policy)
    if not (stop.args and stop.args[0]) and policy.tell_updates is not None:
        policy.tell_updates({INTERRUPT: ()})
    return tuple(stop.args[0]) if stop.args else ()


def several(
    run: Run, policy: Policy, tasks: list[Task], stored: Stored
) -> Generator[Any, Any, None]:
    """A superstep of several tasks, or one that goes on with stored writes."""
    if stored:
        from ._recall import recall  # most runs begin afresh

        tasks = recall(run, tasks, stored)
    if run.scope.cache is not None:
        cacheable = [t for t in tasks if t.node.cache is not None and not t.done]
        if cacheable:
            found = yield [LoadCached([task.cache_key for task in cacheable])]
            take_cached(cacheable, found)
    if policy.attended or policy.tell_updates is not None:
        yield from before(run, policy, tasks, stored)
    step = Superstep(run, policy, tasks, solo=False)
    run.stopped = step.tasks  # what a run that stops here still has to show
    if policy.step_timeout is None and len(tasks) == 1 and not tasks[0].done:
        step.pending.add(tasks[0])
        yield from collect(step, (yield tasks[0]))  # it goes on with what it was told
    elif policy.step_timeout is None:
        yield from collect(step)
    else:
        from ._deadline import collect_within

        yield from collect_within(step, policy.step_timeout)
    run.stopped = ()
    yield from close(run, policy, step.tasks)


def close(run: Run, policy: Policy, tasks: list[Task]) -> Generator[Any, Any, None]:
    """End a superstep: apply all writes, follow all edges, commit, tell."""
    run.take_back(tasks[0])
    ledger = run.ledger
    ordered = in_application_order(tasks)
    if policy.guard is not None:
        policy.guard.close(run, ordered)
    used: list[str] = []
    had_sends = bool(run.sends)
    if ledger is not None:
        used = ledger.before(run, ordered)
        if policy.durability != "exit":
            ledger.writes.extend(_own_writes(t) for t in ordered if not t.stored)
    elif run.barriers:
        run.open_joins(ordered)
    written = run.apply(ordered)
    run.advance(ordered, written)
    shown = not run.program.output_set.isdisjoint(written)
    if shown:
        run.told = True
        if policy.tell_values is not None:
            policy.tell_values(run.output(run.program.output_keys))
    if ledger is not None:
        ledger.after(run, used, written, had_sends)
        ledger.source = "loop"
        ledger.parent_id = ledger.saved_id
        run.known_id = None
    run.step += 1
    if ledger is not None and policy.durability != "exit":
        yield [ledger.commit(run, full=not policy.native)]
    if policy.attended:
        yield from after(run, policy, tasks, bool(written))
    run.resuming = False


def in_application_order(tasks: list[Task]) -> list[Task]:
    """The tasks of a superstep, sorted: they are prepared in order, but with Sends in front."""
    first, last = tasks[0].failed or tasks[0], tasks[-1].failed or tasks[-1]
    if first.push is None or last.push is not None:
        return tasks
    return sorted(tasks, key=application_order)


def application_order(task: Task) -> tuple[int, Any]:
    """Writes apply by task path: nodes by name, then Sends."""
    if task.failed is not None:  # in the place of the task it stands in for
        return application_order(task.failed)
    if task.push is not None:
        return (1, task.push)
    return (0, task.node.name)


def _own_writes(task: Task) -> tuple[Any, ...]:
    pairs = task.stored_pairs()
    transient = task.run.program.transient
    if transient:
        pairs = [pair for pair in pairs if pair[0] not in transient]
    if task.resume:
        pairs = [*pairs, (RESUME, list(task.resume))]
    # Only a pulled task's id can be worked out from its path when somebody asks.
    known = None if task.push is None and task.failed is None else task.id
    return (known, task.path, task.triggers, tuple(pairs))


def before(
    run: Run, policy: Policy, tasks: list[Task], stored: Stored
) -> Generator[Any, Any, None]:
    """Tell about the tasks to come; stop in front of them if somebody asked to."""
    if policy.tell_checkpoints is not None:
        yield from tell_checkpoint(run, policy, tasks, stored)
    if policy.interrupt_before and _at_breakpoint(run, policy.interrupt_before, tasks):
        run.halted = "interrupt_before"
        raise GraphInterrupt()
    control = policy.control
    if control is not None:
        if control.cancel_requested:
            raise GraphCancelled(control.cancel_reason or "cancelled")
        if control.drain_requested:
            raise GraphDrained(control.drain_reason or "shutdown")
    if policy.guard is not None:
        policy.guard.before(run, tasks)
    if policy.tell_tasks is not None:
        for task in tasks:
            if not task.node.hidden:
                policy.tell_tasks(task_payload(task))
    if policy.tell_updates is not None:
        for task in tasks:
            if task.restored is not None and not task.node.hidden:
                policy.tell_updates(updates_payload(task, run.program.shown, cached=True))


def after(
    run: Run, policy: Policy, tasks: Sequence[Task], moved: bool
) -> Generator[Any, Any, None]:
    run.moved = run.moved or moved or bool(run.pulls)
    if policy.interrupt_after and _at_breakpoint(run, policy.interrupt_after, tasks):
        yield from tell_checkpoint(run, policy, run.prepare(), {})
        run.halted = "interrupt_after"
        raise GraphInterrupt()


def _at_breakpoint(run: Run, names: Any, tasks: Sequence[Task]) -> bool:
    if not run.moved:
        return False
    if names == "*":
        return any(not task.node.hidden for task in tasks)
    return any(task.name in names for task in tasks)


def tell_checkpoint(
    run: Run, policy: Policy, tasks: Sequence[Task], stored: Stored
) -> Generator[Any, Any, None]:
    """Commit, then tell: the event is made only when its checkpoint is stored."""
    if policy.tell_checkpoints is not None and run.ledger is not None:
        yield [Barrier()]
        policy.tell_checkpoints(checkpoint_payload(run, tasks, stored))


def _show_finished(run: Run, policy: Policy) -> None:
    """Apply what finished before the run stopped to ask: shown, but not committed."""
    done = [task for task in run.stopped if task.done]
    if not any(task.pairs() for task in done):
        return
    written = run.apply(sorted(done, key=application_order))
    if not run.program.output_set.isdisjoint(written):
        run.told = True
        if policy.tell_values is not None:
            policy.tell_values(run.output(run.program.output_keys))


def out_of_steps(run: Run, policy: Policy) -> Generator[Any, Any, None]:
    yield from tell_checkpoint(run, policy, run.prepare(), {})
    limit = run.scope.recursion_limit
    raise GraphRecursionError(
        create_error_message(
            message=f"Recursion limit of {limit} reached without hitting a stop condition. "
            "You can increase the limit by setting the `recursion_limit` config key.",
            error_code=ErrorCode.GRAPH_RECURSION_LIMIT,
        )
    )


def refuse_calls(run: Run, error: BaseException) -> list[Command]:
    """Tell those who wait for called tasks that there will be no answer, and why."""
    calls, run.calls = run.calls or {}, None
    refused = [Resolve(call, task) for task, call in calls.items()]
    if run.resolving is not None:
        refused.append(run.resolving)
    for answer in refused:
        answer.task.error = error
    return [*refused]


def flush(run: Run, policy: Policy) -> Generator[Any, Any, None]:
    """Store what is still owed, and wait until it is."""
    ledger = run.ledger
    if ledger is None:
        return
    commands: list[Command] = []
    if policy.durability == "exit":
        if ledger.fresh and ledger.saved_id != run.checkpoint_id:
            commands.append(ledger.commit(run, full=not policy.native))
        commands.extend(ledger.held)
        ledger.held = []
    yield [*commands, Barrier()]
