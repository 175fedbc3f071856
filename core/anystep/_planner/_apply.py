"""One superstep's end in its commonest form: a single task, applied in place.

The same rules as `Run.apply` and `Run.advance`, without the lists those need to
put several tasks in order, and what a `Ledger` notes of it in one go (measured: a
third of a checkpointed step). Whatever is unusual is left to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep._records import Commit

from ._fold import fold_update
from ._program import UNKNOWN
from ._run import blame

if TYPE_CHECKING:
    from ._ledger import Ledger
    from ._run import Run
    from ._task import Task


def close_one(run: Run, task: Task) -> bool:
    """Close a superstep of one task that nobody saves: apply its writes, follow its edges.

    False where that takes more; nothing has been done then.
    """
    update, program = task.update, run.program
    if (
        program.irregular
        or task.extra is not None
        or task.restored is not None
        or (update is not None and update.__class__ is not dict)
    ):
        return False
    run.given = UNKNOWN
    if run.barriers:
        run.open_joins((task,))
    if task.fresh is not None:
        run.values, run.grown = task.fresh, None
    elif update:
        _fold_alone(run, task, update)
    node, goto = task.node, task.goto
    run.step += 1
    if task.sends or not node.simple or task.failed is not None:
        run.advance((task,), ())
        return True
    if not goto:
        run.pulls = node.targets
    elif len(goto) == 1 and not node.targets and not program.nodes[goto[0]].defer:
        run.pulls = goto
    else:
        run.advance((task,), ())
        return True
    run.ready = run.sends = run.postponed = ()
    if not run.pulls and (run.deferred or run.complete):
        run.finish()
    return True


def commit_one(run: Run, ledger: Ledger, task: Task) -> Commit | None:
    """Close a superstep of one pulled task for a native saver: apply, advance, commit.

    None where that takes more; nothing has been done then.
    """
    node, goto, program = task.node, task.goto, run.program
    nodes, update, branch = program.nodes, task.update, node.branch
    if (
        program.irregular
        or run.barriers
        or run.given is not UNKNOWN
        or run.sends
        or run.deferred
        or run.complete
        or task.push is not None
        or task.sends
        or task.extra is not None
        or task.restored is not None
        or task.resume
        or task.failed is not None
        or task.stored
        or (update is not None and update.__class__ is not dict)
        or not node.simple
        or branch is None
        or len(node.triggers) != 1
        or (goto and (node.targets or len(goto) > 1 or nodes[goto[0]].defer))
    ):
        return None
    values: dict[str, Any] = {}
    writes: list[tuple[str, Any]] = []
    ops = program.ops
    if task.fresh is not None:
        run.values, run.grown = task.fresh, None
    elif update:
        _fold_alone(run, task, update)
    if update:
        state = run.values
        for pair in update.items():
            name = pair[0]
            if name in ops:
                values[name] = state[name]
                writes.append(pair)
    run.pulls = targets = goto or node.targets
    run.ready = run.postponed = ()
    for index in targets:
        target: Any = nodes[index].branch
        values[target] = None
        writes.append((target, None))
    return ledger.commit_one(run, node.name, branch, values, writes)


def _fold_alone(run: Run, task: Task, update: dict[str, Any]) -> None:
    """Apply the only writes of the superstep."""
    task.input = None  # it refers to the state's own lists
    try:
        fold_update(run.values, run.program.ops, update, in_place=True)
    except Exception as error:
        blame(error, (task,))
        raise


__all__ = ["close_one", "commit_one"]
