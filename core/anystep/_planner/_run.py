"""The state of one run of one program: channel values and what runs next.

Rule: this file holds state and changes it; it decides nothing about order, saving
or telling. A value goes one way through a superstep: out of `values` into a task's
input, out of the task's outcome through `apply` back into `values`, and what it
triggers into `pulls`, `ready` and `sends`, which are the next superstep.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from anystep._constants import INPUT, START
from anystep._record import MISSING
from anystep.errors import ErrorCode, InvalidUpdateError, create_error_message

from ._fold import extend, fold, fold_update
from ._frontier import Frontier
from ._owned import Undo
from ._program import GIVEN, OBJECT, UNKNOWN, Node
from ._task import Task

if TYPE_CHECKING:
    from anystep._records import Send
    from anystep.channels.base import BaseChannel

    from ._commands import Resolve
    from ._ledger import Ledger
    from ._program import Program


#: Shared by all runs of graphs without channel objects, which never write to them.
_NO_OBJECTS: Final[dict[str, BaseChannel[Any, Any, Any]]] = {}
_NOTHING_FADES: Final[dict[str, None]] = {}

#: Shared by all runs of graphs without joins, at which nobody arrives.
_NO_BARRIERS: Final[dict[int, set[str]]] = {}
_NO_JOINS: Final[list[int]] = []


class Run(Frontier):
    """One run: created empty, filled from a checkpoint or an input."""

    __slots__ = (
        "answer",
        "answered",
        "answers",
        "calls",
        "fading",
        "grown",
        "halted",
        "known_id",
        "ledger",
        "moved",
        "resolving",
        "resuming",
        "scope",
        "step",
        "stop",
        "stopped",
        "told",
    )

    def __init__(self, program: Program, scope: Any) -> None:
        self.program = program
        self.scope = scope
        self.values = program.blank()
        self.objects: dict[str, BaseChannel[Any, Any, Any]] = _NO_OBJECTS
        self.fading: dict[str, None] = _NOTHING_FADES  # a set: objects that hold a value
        if program.objects:
            self.objects = {}
            self.fading = {}
            for name in program.objects:
                self.objects[name] = channel = program.channels[name].from_checkpoint(MISSING)
                channel.key = name
                if channel.is_available():  # some begin with a value
                    self.mirror(name, channel)
        self.given: Any = UNKNOWN  # the input, until the first node has read it
        # Lists that were extended in place for routers, and how long they were.
        self.grown: Undo | None = None
        joins = bool(program.joins)
        self.barriers = {} if joins else _NO_BARRIERS  # who arrived at which join
        self.arrived = [] if joins else _NO_JOINS  # joins that changed in the last superstep
        self.complete = [] if joins else _NO_JOINS  # deferred joins whose names are all there
        self.pulls: Sequence[int] = ()  # nodes an edge leads to next
        self.ready: Sequence[int] = ()  # nodes a join or a channel triggers next
        self.sends: Sequence[Send] = ()
        self.postponed: Sequence[int] = ()  # of these, the ones an edge has just led to
        self.deferred: dict[int, None] = {}  # a set: nodes that wait until nothing else runs
        self.step = -1
        self.stop = 0
        self.halted = "pending"  # or the breakpoint at which the run stops
        self.ledger: Ledger | None = None
        self.told = False  # whether the output was ever complete enough to tell
        self.moved = True  # whether anything changed since the last breakpoint
        self.resuming = False
        self.stopped: Sequence[Task] = ()
        self.answer: Any = None  # a scalar Command(resume=...)
        self.answered = -2  # the step whose tasks it is for: those that were due
        self.answers: dict[str, Any] | None = None  # by interrupt id
        self.calls: dict[Task, Any] | None = None  # called task -> the call that waits for it
        self.resolving: Resolve | None = None  # the last answer to one; it may not have arrived
        self.known_id: str | None = None  # `checkpoint_id`, once it has one

    # -- identity ------------------------------------------------------------

    @property
    def ns(self) -> str:
        """The checkpoint namespace: empty for a root run."""
        ns: str = self.scope.ns
        return ns

    @property
    def checkpoint_id(self) -> str:
        """Of the state the current tasks read: the checkpoint they belong to."""
        known = self.known_id
        if known is None:
            made: str = self.scope.new_checkpoint_id(self.step - 1)
            self.known_id = known = made
        return known

    def take_answer(self, task: Task) -> Any:
        """The scalar resume value, for the first who asks; None when there is none."""
        answer, self.answer = self.answer, None
        if answer is None or self.step != self.answered:
            answer = self.scope.inherited_answer()
        return answer

    # -- reading ---------------------------------------------------------------

    def read(self, name: str) -> Any:
        """The value of a channel, or `UNKNOWN` where it is empty."""
        value = self.values.get(name, UNKNOWN)
        if name == START:
            return self.given
        if value is UNKNOWN and name in self.objects:
            channel = self.objects[name]
            if channel.is_available():
                return channel.get()
        return value

    def output(self, keys: str | Sequence[str]) -> Any:
        """The channels `keys`: one value for a name, a dict for a list of names."""
        values = self.values
        if isinstance(keys, str):
            value = self.read(keys)
            return None if value is UNKNOWN else value
        if self.program.whole and keys is self.program.output_keys:
            return values.copy()
        return {k: values[k] for k in keys if k in values}

    def fresh(self, task: Task) -> dict[str, Any]:
        """The state with one task's own writes in it, as its routers see it.

        Not to be changed by the caller. When the task turns out to be the only one of
        its superstep, this becomes the state: no write is folded twice. For a task that
        is known to be the only one, lists are extended in place; `take_back` undoes it.
        """
        update, ops = task.update, self.program.ops
        if update.__class__ is dict and task.extra is None and not self.program.objects:
            if task.fresh is not None:  # another router of the same node
                return task.fresh
            alone = len(self.pulls) == 1 and not (self.sends or self.ready or self.stopped)
            if alone and task.failed is None and task.parent is None:
                task.input = None  # it refers to the state's own lists
                undo: Undo = []
                self.grown = undo
                task.fresh = values = self.values.copy()
                fold_update(values, ops, update, undo, in_place=True)
                return values
            task.fresh = values = self.values.copy()
            fold_update(values, ops, update, in_place=False)
            return values
        pairs = task.state_pairs()
        if not pairs:
            return self.values
        values = self.values.copy()
        grouped: dict[str, list[Any]] = {}
        for name, value in pairs:
            grouped.setdefault(name, []).append(value)
        for name, group in grouped.items():
            op = ops.get(name, UNKNOWN)
            if op is None:
                values[name] = group[-1]
            elif op is OBJECT:
                channel = self.objects[name].copy()
                channel.update(group)
                if channel.is_available():
                    values[name] = channel.get()
            elif op is not UNKNOWN:
                values[name] = fold(op, values.get(name, UNKNOWN), group)
        task.fresh = values
        return values

    def take_back(self, task: Task | None) -> None:
        """Undo what `fresh` did in place: `task`, the only one of its superstep, runs
        again, or its superstep is not applied, or not from there."""
        grown, self.grown = self.grown, None
        if grown is None:
            return
        for items, size in grown:
            del items[size:]
        if task is not None:
            task.fresh = None
            node = task.node
            task.input = self.values.copy() if node.reader is None else self.read_for(node)

    # -- what runs next --------------------------------------------------------

    def prepare(self, *, read: bool = True) -> list[Task]:
        """The tasks of the next superstep: Sends in their order, then nodes by name.

        Without `read` the tasks have no input: enough to know which they are.
        """
        program, values, step = self.program, self.values, self.step
        nodes = program.nodes
        tasks: list[Task] = []
        for index, send in enumerate(self.sends):
            target = program.by_name.get(send.node)
            if target is None:
                self.scope.warn_unknown_target(send.node)
                continue
            task = Task(self, nodes[target], step, send.arg)
            task.push = index
            if send.timeout is not None:
                task.timeout = send.timeout
            tasks.append(task)
        pulled: Iterable[int] = self.pulls
        if self.ready or len(self.pulls) > 1:
            pulled = sorted({*self.pulls, *self.ready})
        for index in pulled:
            node = nodes[index]
            given: Any = None
            if read:
                given = values.copy() if node.reader is None else self.read_for(node)
                if given is UNKNOWN:
                    continue
            tasks.append(Task(self, node, step, given))
        return tasks

    def caller(self, pairs: list[tuple[str, Any]]) -> Task:
        """Stands for the run's caller where writes have to look like a task's."""
        task = Task(self, Node(-1, INPUT), self.step, None)
        task.restored = pairs
        return task

    def read_for(self, node: Any) -> Any:
        """What a node with a view of its own reads; `UNKNOWN` where it is not there."""
        try:
            return node.reader(self)
        except Exception as error:
            path = ("__pregel_pull", node.name)
            error.add_note(f"Before task with name '{node.name}' and path '{path}'")
            raise

    # -- applying ----------------------------------------------------------------

    def apply(self, tasks: list[Task]) -> list[str]:
        """Apply the writes of a superstep in task-path order; return the channels
        written. Nothing is changed when a write is refused."""
        grouped: dict[str, list[Any]] = {}
        ops = self.program.ops
        for task in tasks:
            task.input = None  # it refers to the state's own lists
            pairs: Iterable[tuple[str, Any]]
            if task.restored is not None:
                pairs = task.restored
            elif task.update.__class__ is dict and task.extra is None:
                pairs = task.update.items()
            else:
                pairs = task.state_pairs()
            for name, value in pairs:
                if name in grouped:
                    grouped[name].append(value)
                elif name in ops:
                    grouped[name] = [value]
        values = self.values
        undo: Undo = []
        changed: dict[str, Any] = {}
        written: list[str] = []
        name = ""
        try:
            for name, group in grouped.items():
                op = ops[name]
                if op is None:
                    if len(group) > 1:
                        raise _two_writers(name, tasks)
                    changed[name] = group[0]
                elif op is OBJECT:
                    continue
                elif op is GIVEN:
                    self.given = group[-1]
                elif op is not operator.add or not extend(values, name, group, undo):
                    changed[name] = fold(op, values.get(name, UNKNOWN), group)
                written.append(name)
        except BaseException as error:
            for items, size in undo:
                del items[size:]
            if isinstance(error, Exception):
                blame(error, tasks, name)
            raise
        values.update(changed)
        if self.objects:
            written += self._apply_objects(grouped, tasks)
        return written

    def _apply_objects(self, grouped: dict[str, list[Any]], tasks: Sequence[Task]) -> list[str]:
        """Channel objects take their writes; those without see the step go by."""
        written: list[str] = []
        for name in [*grouped, *self.fading]:
            channel = self.objects.get(name)
            if channel is None or name in written:
                continue
            try:
                if channel.update(grouped.get(name, ())):
                    written.append(name)
                    self.mirror(name, channel)
            except Exception as error:
                blame(error, tasks, name)
                raise
        return written

    def mirror(self, name: str, channel: BaseChannel[Any, Any, Any]) -> None:
        """Keep `values` true for a channel object that has changed."""
        if channel.is_available():
            self.fading[name] = None
            self.values[name] = channel.get()
        else:
            self.fading.pop(name, None)
            self.values.pop(name, None)


def blame(error: Exception, tasks: Sequence[Task], name: str | None = None) -> None:
    """Say whose writes were refused, and at which key."""
    if isinstance(error, InvalidUpdateError):
        return  # says so itself
    wrote = [t.name for t in tasks if name is None or any(k == name for k, _ in t.pairs())]
    key = "a key" if name is None else f"key {name!r}"
    error.add_note(
        f"The reducer of {key} refused what {', '.join(map(repr, dict.fromkeys(wrote)))} wrote. "
        "Nothing of the superstep was applied."
    )


def _two_writers(name: str, tasks: list[Task]) -> InvalidUpdateError:
    error = InvalidUpdateError(
        create_error_message(
            message=f"At key '{name}': Can receive only one value per step. "
            "Use an Annotated key to handle multiple values.",
            error_code=ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE,
        )
    )
    writers = [t.name for t in tasks if any(k == name for k, _ in t.pairs())]
    error.add_note(f"Key {name!r} was written by {', '.join(map(repr, writers))}.")
    return error
