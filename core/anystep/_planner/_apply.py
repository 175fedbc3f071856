"""One superstep's end in its commonest form: a single task, applied in place.

The same rules as `Run.apply` and `Run.advance`, without the lists those need to
put several tasks in order. Whatever is unusual goes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anystep._records import Commit

from ._fold import fold_update
from ._program import UNKNOWN

if TYPE_CHECKING:
    from ._ledger import Ledger
    from ._run import Run
    from ._task import Task


def commit_one(run: Run, ledger: Ledger, task: Task) -> Commit | None:
    """Close a superstep of one pulled task for a native saver: apply, advance, commit.

    None where the step needs more than that; nothing has been done then. What this
    saves over `Run.apply`, `Ledger.before` and `Ledger.after` is the lists and sets
    they keep to serve any number of tasks (measured: half of a checkpointed step).
    """
    node, goto, program = task.node, task.goto, run.program
    branch = node.branch
    if (
        task.push is not None
        or task.sends
        or node.joins
        or node.deferred
        or len(node.triggers) != 1
        or branch is None
        or run.sends
        or run.deferred
        or run.complete
        or task.resume
        or task.failed is not None
        or task.stored
        or not is_plain(run, task)
        or (goto and (node.targets or len(goto) > 1 or program.nodes[goto[0]].defer))
    ):
        return None
    apply_one(run, task)
    run.pulls = targets = goto or node.targets
    run.ready = run.postponed = ()
    ops, state = program.ops, run.values
    names = [name for name in task.update or () if name in ops]
    writes = [(name, task.update[name]) for name in names]
    values = {name: state[name] for name in names}
    for index in targets:
        target = program.nodes[index].branch
        assert target is not None
        names.append(target)
        writes.append((target, None))
        values[target] = None
    return ledger.commit_one(run, node, names, values, writes)


def is_plain(run: Run, task: Task) -> bool:
    """Whether the step can be closed here: one task, ordinary channels and edges."""
    return not (
        run.given is not UNKNOWN
        or run.fading
        or run.barriers
        or task.extra is not None
        or task.restored is not None
        or (task.update is not None and task.update.__class__ is not dict)
        or run.program.irregular
    )


def apply_one(run: Run, task: Task) -> bool:
    """Apply the only writes of the superstep; False when they need `Run.apply`."""
    update = task.update
    if not update:
        return True
    if task.fresh is not None:
        run.values = task.fresh
        return True
    task.input = None  # it refers to the state's own lists
    fold_update(run.values, run.program.ops, update, in_place=True)
    return True


def advance_one(run: Run, task: Task) -> None:
    """Follow the edges of the only task of the superstep."""
    node, goto = task.node, task.goto
    if task.sends or node.joins or node.deferred or task.failed is not None:
        run.advance((task,), ())
        return
    if not goto:
        run.pulls = node.targets
    elif len(goto) == 1 and not node.targets and not run.program.nodes[goto[0]].defer:
        run.pulls = goto
    else:
        run.advance((task,), ())
        return
    run.ready = run.sends = run.postponed = ()
    if not run.pulls and (run.deferred or run.complete):
        run.finish()


def written_by(run: Run, task: Task) -> list[str]:
    """The channels the only task of the superstep wrote."""
    ops = run.program.ops
    return [name for name in task.update or () if name in ops]


__all__ = ["advance_one", "apply_one", "commit_one", "is_plain", "written_by"]
