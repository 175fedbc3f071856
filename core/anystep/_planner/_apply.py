"""One superstep's end in its commonest form: a single task, applied in place.

The same rules as `Run.apply` and `Run.advance`, without the lists those need to
put several tasks in order. Whatever is unusual goes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anystep._records import Overwrite

from ._fold import fold
from ._program import OBJECT, UNKNOWN

if TYPE_CHECKING:
    from ._run import Run
    from ._task import Task


def is_plain(run: Run, task: Task) -> bool:
    """Whether the step can be closed here: one task, ordinary channels and edges."""
    return not (
        run.fading
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
    values, ops = run.values, run.program.ops
    for name, value in update.items():
        op = ops.get(name, UNKNOWN)
        if op is None:
            values[name] = value
        elif op is UNKNOWN:
            continue
        else:
            kind = value.__class__
            current = values.get(name, UNKNOWN)
            if current is UNKNOWN or kind is dict or kind is Overwrite:
                values[name] = fold(op, current, [value])
            else:
                values[name] = op(current, value)
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


__all__ = ["OBJECT", "advance_one", "apply_one", "is_plain", "written_by"]
