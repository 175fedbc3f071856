"""One superstep's end in its commonest form: a single task, applied in place.

The same rules as `Run.apply` and `Run.advance`, without the lists those need to
put several tasks in order, and what a `Ledger` notes of it in one go (measured: a
third of a checkpointed step). Whatever is unusual is left to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anystep._superstep import Shape

from ._fold import fold_update
from ._program import BRANCH_TO, UNKNOWN
from ._run import blame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anystep._superstep import StepCommit

    from ._ledger import Ledger
    from ._program import Node, Program
    from ._run import Run
    from ._task import Task

#: More shapes of one node than this are more than programs have: keys that change all the time.
_MANY: Final = 64


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


def _shape(
    program: Program, node: Node, goto: Sequence[int], keys: Iterable[str]
) -> tuple[Shape, Sequence[int]] | None:
    """The shape of a superstep that is no exception, and the nodes that run next."""
    if (
        program.irregular
        or not node.simple
        or not node.led_to
        or node.subscribed
        or (goto and (node.targets or len(goto) > 1 or program.nodes[goto[0]].defer))
    ):
        return None
    targets = goto or node.targets
    led = [BRANCH_TO + program.nodes[index].name for index in targets]
    keys, ops = [*keys], program.ops
    written = [name for name in keys if name in ops]
    as_written = [name for name in written if ops[name] is None] == keys
    branch = BRANCH_TO + node.name
    return Shape(node.name, branch, (*written,), (*led,), as_written=as_written), targets


def _learn(
    program: Program, node: Node, goto: Sequence[int], keys: Iterable[str], key: tuple[Any, ...]
) -> tuple[Shape, Sequence[int]] | None:
    """`_shape`, kept with the node."""
    shapes = node.shapes
    if shapes is None or len(shapes) > _MANY:
        shapes = node.shapes = {}
    known = shapes[key] = _shape(program, node, goto, keys)
    return known


def commit_one(run: Run, ledger: Ledger, task: Task, late: bool) -> StepCommit | tuple[()] | None:
    """Close a superstep of one task for a native saver: apply, advance, commit.

    The task was pulled and has no past. Nothing to commit yet where the run stores its last
    checkpoint only (`late`). None where it takes more; nothing has been done then.
    """
    update, node, goto = task.update, task.node, task.goto
    if update.__class__ is dict:
        key = (*goto, *update)
    elif update is None:
        key = (*goto,)
    else:
        return None
    if (
        task.sends
        or task.extra is not None
        or task.resume
        or run.given is not UNKNOWN
        or run.barriers
        or run.deferred
        or run.complete
    ):
        return None
    shapes = node.shapes
    if shapes is not None and key in shapes:
        known = shapes[key]
    else:
        known = _learn(run.program, node, goto, update or (), key)
    if known is None:
        return None
    shape, targets = known
    fresh = task.fresh
    if fresh is not None:
        run.values = fresh
        run.grown = None
    elif update:
        _fold_alone(run, task, update)
    if late:
        run.pulls = targets
        run.ready = run.postponed = ()
        ledger.note_one(run, shape)
        return ()
    run.pulls = targets
    run.ready = run.postponed = ()
    if not update:
        return ledger.commit_one(run, shape, (), {})
    if shape.as_written:
        return ledger.commit_one(run, shape, (*update.values(),), update)
    state = run.values
    return ledger.commit_one(run, shape, tuple([state[name] for name in shape.written]), update)


def _fold_alone(run: Run, task: Task, update: dict[str, Any]) -> None:
    """Apply the only writes of the superstep."""
    task.input = None  # it refers to the state's own lists
    try:
        fold_update(run.values, run.program.ops, update, in_place=True)
    except Exception as error:
        blame(error, (task,))
        raise


__all__ = ["close_one", "commit_one"]
