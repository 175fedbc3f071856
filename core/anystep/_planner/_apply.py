"""One superstep's end in its commonest form: a single task, applied in place.

The same rules as `Run.apply` and `Run.advance`, without the lists those need to
put several tasks in order, and what a `Ledger` notes of it in one go (measured: a
third of a checkpointed step). Whatever is unusual is left to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anystep._constants import PULL
from anystep._records import Commit

from ._fold import fold_update
from ._program import UNKNOWN
from ._run import blame

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class Shape:
    """What a superstep of one pulled node changes, but for the values.

    It depends on where the node leads and on the keys it wrote, and is worked out once for each.
    """

    __slots__ = (
        "branch",
        "bumped",
        "dropped",
        "led",
        "ran",
        "routed",
        "targets",
        "updated",
        "written",
    )

    def __init__(self, program: Program, node: Node, goto: tuple[int, ...], keys: Any) -> None:
        assert node.branch is not None
        self.branch = branch = node.branch
        self.targets = goto or node.targets  # the nodes that run next
        branches: list[Any] = [program.nodes[index].branch for index in self.targets]
        #: The channels of the state that were written, those of the nodes led to, and both.
        self.written = tuple(name for name in keys if name in program.ops)
        self.led: dict[str, None] = dict.fromkeys(branches)
        changed = [*dict.fromkeys((*self.written, *branches))]
        self.updated = tuple(sorted(changed))
        #: The node's own channel becomes empty, unless the node has led to itself.
        self.dropped = () if branch in changed else (branch,)
        self.bumped = (*changed, *self.dropped)
        self.routed = tuple((name, None) for name in branches)
        self.ran = (None, (PULL, node.name), (branch,))


def _shape(program: Program, node: Node, goto: Sequence[int], keys: Any) -> Shape | None:
    """The shape of such a superstep; None where it takes more than a `Shape` says."""
    if (
        program.irregular
        or not node.simple
        or not node.led_to
        or node.subscribed
        or (goto and (node.targets or len(goto) > 1 or program.nodes[goto[0]].defer))
    ):
        return None
    return Shape(program, node, tuple(goto), keys)


def commit_one(run: Run, ledger: Ledger, task: Task) -> Commit | None:
    """Close a superstep of one task for a native saver: apply, advance, commit.

    The task was pulled and has no past. None where that takes more; nothing has been done then.
    """
    update, node, goto = task.update, task.node, task.goto
    if (
        (update is not None and update.__class__ is not dict)
        or task.sends
        or task.extra is not None
        or task.resume
        or run.given is not UNKNOWN
        or run.barriers
        or run.deferred
        or run.complete
    ):
        return None
    shapes = node.shapes
    if shapes is None or len(shapes) > _MANY:
        shapes = node.shapes = {}
    key = (*goto, *update) if update else goto and (*goto,)
    try:
        shape = shapes[key]
    except KeyError:
        shape = shapes[key] = _shape(run.program, node, goto, update or ())
    if shape is None:
        return None
    if task.fresh is not None:
        run.values, run.grown = task.fresh, None
    elif update:
        _fold_alone(run, task, update)
    values: dict[str, Any] = {}
    writes: list[tuple[str, Any]] = []
    if update:
        state = run.values
        for name in shape.written:
            values[name] = state[name]
            writes.append((name, update[name]))
    values.update(shape.led)
    run.pulls = shape.targets
    run.ready = run.postponed = ()
    return ledger.commit_one(run, node, shape, values, (*writes, *shape.routed))


def _fold_alone(run: Run, task: Task, update: dict[str, Any]) -> None:
    """Apply the only writes of the superstep."""
    task.input = None  # it refers to the state's own lists
    try:
        fold_update(run.values, run.program.ops, update, in_place=True)
    except Exception as error:
        blame(error, (task,))
        raise


__all__ = ["Shape", "close_one", "commit_one"]
