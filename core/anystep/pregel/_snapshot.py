"""A stored checkpoint as users see it: values, what comes next, and who waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import (
    CONF,
    ERROR,
    ERROR_SOURCE_NODE,
    INTERRUPT,
    NULL_TASK_ID,
    RESUME,
    RETURN,
)
from anystep._ids import interrupt_id
from anystep._planner import Ledger, Run, Task, application_order, restore
from anystep._planner import result_dict as results
from anystep.types import PregelTask, StateSnapshot

from ._scope import Scope

if TYPE_CHECKING:
    from anystep._records import Interrupt

    from ._threads import Threads

_ABOUT_A_TASK = frozenset({INTERRUPT, RESUME, ERROR, ERROR_SOURCE_NODE})
Pairs = list[tuple[str, Any]]


class Status:
    """What the stored writes say about one task.

    A task has finished exactly when it stored something besides questions, answers
    and errors: one that wrote nothing stores a marker.
    """

    __slots__ = ("error", "interrupts", "output", "told")

    def __init__(self, pairs: Pairs) -> None:
        self.output = [(k, v) for k, v in pairs if k not in _ABOUT_A_TASK]
        self.interrupts = tuple(i for k, v in pairs if k == INTERRUPT for i in v)
        self.error = next((v for k, v in pairs if k == ERROR), None)
        self.told = next((v for k, v in pairs if k == RESUME), ())

    def still_open(self, ns: str) -> tuple[Interrupt, ...]:
        """The questions of a task whose node has to run again, without those it was answered."""
        told = self.told
        answered = {interrupt_id(ns, n) for n in range(len(told))} if isinstance(told, list) else ()
        return tuple(i for i in self.interrupts if i.id not in answered)


def stored_pairs(loaded: Any) -> dict[str, Pairs]:
    """A checkpoint tuple's pending writes by task id."""
    stored: dict[str, Pairs] = {}
    for task_id, channel, value in loaded.pending_writes or ():
        stored.setdefault(task_id, []).append((channel, value))
    return stored


def run_at(graph: Threads, scope: Scope, loaded: Any) -> Run:
    """A run that stands at a stored checkpoint, with its ledger; not to be driven."""
    run = Run(graph.program, scope)
    run.ledger = Ledger(_no_version, {})
    if loaded is not None:
        restore(run, loaded.checkpoint, loaded.metadata.get("step", -1))
        scope.ns = loaded.config[CONF].get("checkpoint_ns", "")
    run.stop = run.step + 2
    return run


def _no_version(_: Any) -> Any:
    raise AssertionError("a run made for reading has no versions to give")


def snapshot(
    graph: Threads,
    scope: Scope,
    loaded: Any,
    config: Any,
    *,
    live: bool,
    states: dict[str, Any],
) -> StateSnapshot:
    """Build the snapshot of one checkpoint.

    `live`: the current status — finished tasks' writes are in the values, only open
    questions are listed. Otherwise a record of the step: its start, all its tasks,
    all they asked. `states` holds the snapshots of subgraphs by task id.
    """
    if loaded is None:
        return StateSnapshot({}, (), config, None, None, None, (), ())
    loaded, _ = scope.migrate(loaded)
    run = run_at(graph, scope, loaded)
    stored = stored_pairs(loaded)
    tasks = as_declared(graph, run.prepare(read=False))
    statuses = {task.id: Status(stored.get(task.id, [])) for task in tasks}
    subgraphs = {task.id: states.get(task.id) or scope.subgraph_config(task) for task in tasks}
    apply_stored(run, tasks, stored, finished=live)
    keys = graph.stream_channels_asis
    shown = tuple(
        _shown_task(task, statuses[task.id], keys, live, subgraphs[task.id]) for task in tasks
    )
    return StateSnapshot(
        run.output(keys),
        _still_due(tasks, statuses, live),
        _with_map(loaded.config, loaded.metadata),
        loaded.metadata,
        loaded.checkpoint["ts"],
        _with_map(loaded.parent_config, loaded.metadata),
        shown,
        tuple(i for task in shown for i in task.interrupts),
    )


def as_declared(graph: Threads, tasks: list[Task]) -> list[Task]:
    """The tasks as a snapshot lists them: Sends, then nodes in the order they were added."""
    if sum(task.push is None for task in tasks) < 2:
        return tasks
    declared: Any = getattr(graph, "builder", graph)
    ranks = {name: rank for rank, name in enumerate(declared.nodes)}
    sends = [task for task in tasks if task.push is not None]
    pulls = [task for task in tasks if task.push is None]
    return [*sends, *sorted(pulls, key=lambda task: ranks.get(task.name, -1))]


def _still_due(tasks: Sequence[Task], statuses: dict[str, Status], live: bool) -> tuple[str, ...]:
    """The tasks to run; all of them where they are done and only their step is not committed.

    A process may die between its last task's writes and the commit: the run is not over then.
    """
    due = tuple(t.name for t in tasks if not (live and statuses[t.id].output))
    return due or tuple(t.name for t in tasks)


def apply_stored(
    run: Run, tasks: Sequence[Task], stored: dict[str, Pairs], *, finished: bool
) -> None:
    """Apply what callers wrote to the thread and, if asked, what finished tasks wrote."""
    null = [(k, v) for k, v in stored.get(NULL_TASK_ID, ()) if k != RESUME]
    if null:
        run.apply([run.caller(null)])
    writers: list[Task] = []
    if finished:
        for task in tasks:
            output = Status(stored.get(task.id, [])).output
            if output:
                task.restored = output
                writers.append(task)
    if writers:
        run.apply(sorted(writers, key=application_order))


def _shown_task(
    task: Task, status: Status, keys: str | Sequence[str], live: bool, state: Any
) -> PregelTask:
    asked = status.interrupts
    if live and asked:
        asked = () if status.output else status.still_open(task.ns)
    return PregelTask(
        task.id, task.name, task.path, status.error, asked, state, _result(status, keys)
    )


def _result(status: Status, keys: str | Sequence[str]) -> Any:
    """What a finished task has to show: its return value, or its writes by channel."""
    if not status.output:
        return None
    for name, value in status.output:
        if name == RETURN:
            return value
    shown = frozenset((keys,) if isinstance(keys, str) else keys)
    result = results(status.output, shown)
    return result.get(keys) if isinstance(keys, str) else result


def _with_map(config: Any, metadata: Any) -> Any:
    """The config of a subgraph's checkpoint also names its ancestors' checkpoints."""
    if config is None:
        return None
    own = config[CONF]
    parents = (metadata or {}).get("parents")
    shown = {k: v for k, v in own.items() if not k.startswith("__")}
    if not parents:
        return {**config, CONF: shown}
    shown["checkpoint_map"] = {**parents, own["checkpoint_ns"]: own["checkpoint_id"]}
    return {**config, CONF: shown}
