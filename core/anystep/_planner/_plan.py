"""The superstep loop: the Pregel algorithm, written once, waiting for nothing.

Theory of operation. The finished tasks' targets are the next frontier, so a step
costs what it does and not what the graph holds: no channel or node is ever scanned.
A step with one task takes no lists; a step with several is collected by
`_collect`. Either way a superstep is: prepare, tell, run, apply, advance, commit.

The generator protocol is in `_commands`. The loop is one generator, not a generator
that delegates to others: every level between it and the driver is paid for in every
superstep. What is not in every superstep is in `_steps`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from anystep._records import Command
from anystep.errors import GraphInterrupt

from ._apply import close_one, commit_one
from ._begin import begin, begin_afresh
from ._commands import Notify
from ._program import UNKNOWN
from ._steps import (
    after,
    before,
    close,
    flush,
    out_of_steps,
    refuse_calls,
    settle,
    several,
    stop_to_ask,
    tell_checkpoint,
)
from ._task import Task
from ._tell import tell_done, updates_payload

if TYPE_CHECKING:
    from anystep._records import Interrupt

    from ._commands import Command as Request
    from ._policy import Policy
    from ._run import Run
    from ._task import Pairs

Steps = Generator["Task | Request | list[Request]", Any, "tuple[Interrupt, ...]"]


def plan(run: Run, policy: Policy, given: Any) -> Steps:
    """Plan a run that is given an input, a command or None.

    Yields tasks and commands and is sent events (see `_commands`). Returns the
    questions a root run stopped to ask; raises what the run fails with.
    """
    stored: dict[str, Pairs] = {}
    if run.ledger is None and not isinstance(given, Command):
        begin_afresh(run, policy, given)
    else:
        stored = yield from begin(run, policy, given)
        if stored:
            run.scope.remember(stored)
    if policy.notify and run.resuming:
        yield [Notify("pending", run.checkpoint_id)]
    nodes, ledger, attended = run.program.nodes, run.ledger, policy.attended
    tell_updates, tell_values = policy.tell_updates, policy.tell_values
    timed, swift = policy.step_timeout is not None, policy.swift
    output_set, unguarded = run.program.output_set, policy.guard is None
    thorough = not unguarded or (ledger is not None and not policy.native)
    late = policy.durability == "exit"
    breaks = bool(policy.interrupt_before or policy.interrupt_after)
    try:
        while True:
            if run.step > run.stop:
                yield from out_of_steps(run, policy)
            pulls, pulled = run.pulls or run.ready, False
            task: Task | None = None
            event = None  # the task before: a run that waits holds on to one only
            alone = len(pulls) == 1 and not (run.sends or (run.ready and run.pulls))
            if alone and not (stored or timed):
                node = nodes[pulls[0]]
                if node.cache is None:
                    read = run.values.copy() if node.reader is None else run.read_for(node)
                    if read is not UNKNOWN:
                        task, pulled = Task(run, node, run.step, read), swift
                    read = None  # only what nobody else refers to may change in place
            if task is None:
                tasks = run.prepare() if pulls or run.sends else []
                if len(tasks) != 1 or stored or timed or tasks[0].node.cache is not None:
                    if not tasks:
                        break
                    yield from several(run, policy, tasks, stored)
                    tasks, stored = [], {}  # done with: they refer to the state's own lists
                    continue
                task, tasks = tasks[0], []
            if attended:
                yield from before(run, policy, [task], {})
            # -- one task: run it, apply it, follow it
            event = yield task
            if thorough or event is not task or task.error is not None:
                if (yield from settle(run, policy, task, event)):
                    continue
            elif attended:
                tell_done(policy, task)
            elif tell_updates is not None and not task.node.hidden:
                tell_updates(updates_payload(task, run.program.shown))
            if ledger is None:
                commit, closed = None, unguarded and close_one(run, task)
            else:
                commit = commit_one(run, ledger, task, late) if pulled else None
                closed = commit is not None
            if not closed:
                yield from close(run, policy, [task])
                continue
            if tell_values is not None or not run.told:
                update = task.update
                if update and not output_set.isdisjoint(update):
                    run.told = True
                    if tell_values is not None:
                        tell_values(run.output(run.program.output_keys))
            if ledger is not None:
                if commit:
                    yield commit
                    commit = None  # as above
                run.resuming = False
            if breaks:
                yield from after(run, policy, [task], True)
        if policy.tell_checkpoints is not None:
            yield from tell_checkpoint(run, policy, [], stored)
    except GraphInterrupt as stop:
        stop.__traceback__ = None  # it holds this frame, and this frame will hold it
        return (yield from stop_to_ask(run, policy, stop))
    except BaseException as error:
        run.take_back(None)
        # A generator that is closed may not yield: whoever gives up a run throws.
        if not isinstance(error, GeneratorExit):
            if run.calls is not None:
                yield refuse_calls(run, error)
            yield from flush(run, policy)
        raise
    if ledger is not None and (not policy.nested or run.scope.keeps_own_thread):
        yield from flush(run, policy)
    return ()
