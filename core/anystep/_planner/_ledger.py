"""Channel versions, and the checkpoint that each superstep leaves behind.

Only a run with a saver keeps a ledger. It records what changed since the last
commit and nothing else, so closing a superstep costs what the superstep changed;
a whole checkpoint is put together only for savers that want one.

LangGraph's planning rule — a node runs when a trigger channel's version is newer
than the version the node has seen — is what the versions are for: they make a
stored thread mean the same to both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import INTERRUPT, START, TASKS
from anystep._record import MISSING
from anystep._records import Commit
from anystep._superstep import StepCommit

from ._program import BRANCH_TO, UNKNOWN

if TYPE_CHECKING:
    from anystep._superstep import Shape

    from ._commands import SaveWrites
    from ._run import Run
    from ._task import Task

Version = Any  # int for our own savers; whatever a foreign saver counts with


def _no_mark(step: int) -> tuple[str, int]:
    raise AssertionError("a run made for reading has no checkpoints to make")


class Ledger:
    """What a thread's next commit will say."""

    __slots__ = (
        "fresh",
        "fresh_seen",
        "held",
        "high",
        "loaded",
        "mark",
        "metadata",
        "next_version",
        "parent_id",
        "parents",
        "place",
        "saved_id",
        "seen",
        "source",
        "updated",
        "versions",
        "writes",
    )

    def __init__(
        self,
        next_version: Callable[[Version | None], Version],
        metadata: dict[str, Any],
        place: tuple[str, str] = ("", ""),
        mark: Callable[[int], tuple[str, int]] = _no_mark,
    ) -> None:
        self.place = place  # the thread and the namespace
        self.mark = mark  # the id of this moment's checkpoint of a step, and the moment
        self.next_version = next_version
        self.metadata = metadata
        self.loaded: dict[str, Any] | None = None  # metadata, until the first commit
        self.parents: dict[str, str] = {}
        self.versions: dict[str, Version] = {}
        self.high: Version = None  # the newest version of all channels, if there is one
        self.seen: dict[str, dict[str, Version]] = {}
        self.fresh: dict[str, Version] = {}  # versions since the last commit
        self.fresh_seen: dict[str, dict[str, Version]] = {}
        self.parent_id: str | None = None
        self.saved_id: str | None = None
        self.source = "loop"
        self.updated: Sequence[str] | None = None
        self.writes: list[Any] = []  # for the next commit to carry
        self.held: list[SaveWrites] = []  # stored only if the run stops here

    # -- following the run ------------------------------------------------------

    def bump(self, names: Collection[str]) -> None:
        """Give `names` the next version, one for all."""
        if not names:
            return
        self.high = version = self.next_version(self.high)
        versions, fresh = self.versions, self.fresh
        for name in names:
            versions[name] = fresh[name] = version

    def saw(self, name: str, triggers: Iterable[str]) -> None:
        """Note that node `name` has seen its triggers as they are now."""
        versions = self.versions
        entry = {t: versions[t] for t in triggers if t in versions}
        known = self.seen.get(name)
        if known is None:
            self.seen[name] = entry
        else:
            known.update(entry)
        self.fresh_seen[name] = self.seen[name]

    def pass_breakpoint(self) -> None:
        """Mark everything as seen by breakpoints: a resumed run goes past them."""
        self.saw(INTERRUPT, tuple(self.versions))

    def before(self, run: Run, tasks: Sequence[Task]) -> list[str]:
        """Note what `tasks` saw; return the trigger channels they used up."""
        used: list[str] = []
        for task in tasks:
            node = task.node
            self.saw(node.name, task.triggers)
            if task.failed is not None:  # its handler's triggers are not channels
                node = task.failed.node
                self.saw(node.name, task.failed.triggers)
            pulled = (task.failed or task).push is None
            branch = node.branch
            if pulled and branch is not None and branch in self.versions:
                used.append(branch)
        if run.given is not UNKNOWN and START in self.versions:
            used.append(START)
        if run.barriers:
            joins = run.program.joins
            used.extend(joins[index].channel for index in run.open_joins(tasks))
        return used

    def after(self, run: Run, used: Sequence[str], written: Sequence[str], had_sends: bool) -> None:
        """Give versions to all that the superstep changed."""
        program = run.program
        nodes = program.nodes
        self.held.clear()
        targets = [BRANCH_TO + nodes[index].name for index in run.pulls]
        waiting = [BRANCH_TO + nodes[index].name for index in run.postponed]
        names = dict.fromkeys(used)
        names.update(dict.fromkeys(written))
        names.update(dict.fromkeys(targets))
        names.update(dict.fromkeys(waiting))
        ready = [nodes[i].branch for i in run.ready if nodes[i].defer and nodes[i].branch]
        names.update(dict.fromkeys(n for n in ready if n is not None))
        names.update(dict.fromkeys(program.joins[index].channel for index in run.arrived))
        if run.sends or had_sends:
            names[TASKS] = None
        run.arrived.clear()
        self.bump(names)
        self.updated = sorted(
            {
                *(name for name in written if name in run.values or name == START),
                *targets,
                *(n for n in ready if n is not None),
                *(program.joins[i].channel for i in run.barriers if _is_open(run, i)),
                *((TASKS,) if run.sends else ()),
            }
        )

    def commit_one(
        self, run: Run, shape: Shape, held: tuple[Any, ...], wrote: dict[str, Any]
    ) -> StepCommit:
        """`before`, `after` and `commit` for a superstep of that shape.

        `held` is what the written channels hold now, `wrote` what the node wrote.
        """
        versions, seen, step = self.versions, self.seen, run.step
        node, branch = shape.node, shape.branch
        saw = versions[branch]
        if node in seen:
            seen[node][branch] = saw
        else:
            seen[node] = {branch: saw}
        self.high = version = self.high + 1  # our own savers' way; somebody has led here
        for channel in shape.bumped:
            versions[channel] = version
        self.updated = shape.updated
        if self.held:
            self.held = []
        self.source = "loop"
        self.loaded = None
        self.parent_id = parent_id = self.saved_id
        run.step = step + 1
        id, moment = self.mark(step)
        run.known_id = self.saved_id = id
        return StepCommit(
            self.place,
            id,
            parent_id,
            moment,
            step,
            self.parents,
            self.metadata,
            held,
            shape,
            version,
            saw,
            wrote,
        )

    def note_one(self, run: Run, shape: Shape) -> None:
        """`before` and `after` for a superstep of that shape, in a run that commits at its end."""
        versions, seen, node = self.versions, self.seen, shape.node
        if node not in seen:
            seen[node] = {}
        seen[node][shape.branch] = versions[shape.branch]
        self.fresh_seen[node] = seen[node]
        self.high = version = 1 if self.high is None else self.high + 1
        for channel in shape.bumped:
            versions[channel] = self.fresh[channel] = version
        self.updated = shape.updated
        self.held.clear()
        self.source = "loop"
        self.parent_id = self.saved_id
        run.known_id = None
        run.step += 1

    # -- writing it down --------------------------------------------------------

    def commit(self, run: Run, full: bool) -> Commit:
        """The change since the last commit (`full`: the whole state), and start anew.

        The checkpoint is the one of the superstep that has just ended: `run.step - 1`.
        """
        scope = run.scope
        names = self.versions if full else self.fresh
        values: dict[str, Any] = {}
        dropped: list[str] = []
        for name in names:
            value = channel_value(run, name)
            if value is UNKNOWN:
                if not full:
                    dropped.append(name)
            else:
                values[name] = value
        record = Commit(
            thread_id=scope.thread_id,
            ns=run.ns,
            id=run.checkpoint_id,
            parent_id=self.parent_id,
            ts=scope.now_ns(),
            source=self.source,
            step=run.step - 1,
            parents=self.parents,
            metadata=self.metadata,
            values=values,
            dropped=tuple(dropped),
            versions=dict(self.versions) if full else self.fresh,
            seen={k: dict(v) for k, v in (self.seen if full else self.fresh_seen).items()},
            updated=None if self.updated is None else tuple(self.updated),
            writes=tuple(self.writes),
            full=full,
        )
        self.fresh = {}
        self.fresh_seen = {}
        self.writes = []
        self.loaded = None
        self.saved_id = run.checkpoint_id
        return record


def _is_open(run: Run, index: int) -> bool:
    join = run.program.joins[index]
    return len(run.barriers[index]) == len(join.names) and index not in run.complete


def channel_value(run: Run, name: str) -> Any:
    """What a checkpoint stores for channel `name`; `UNKNOWN` where it is empty."""
    program = run.program
    if name in run.objects:
        if name in program.transient:
            return UNKNOWN
        channel = run.objects[name]
        if name not in run.fading:
            return UNKNOWN
        value = channel.checkpoint()
        # A channel that leaves it to the engine what is saved: our savers store what is new.
        return channel.get() if value is MISSING else value
    if name == START:
        return run.given
    if name in program.ops:
        return run.values.get(name, UNKNOWN)
    if name == TASKS:
        return list(run.sends)
    index = program.node_at(name)
    if index is not None:
        return _branch_value(run, index)
    join = program.by_join.get(name)
    if join is not None:
        there = set(run.barriers.get(join, ()))
        if program.joins[join].defer:
            return (
                there,
                len(there) == len(program.joins[join].names) and join not in run.complete,
            )
        return there
    return UNKNOWN


def _branch_value(run: Run, index: int) -> Any:
    """A target's own channel: None once an edge has led there. A deferred node's
    says as well whether its turn has come."""
    if run.program.nodes[index].defer:
        if index in run.deferred:
            return (None, False)
        return (None, True) if index in run.ready else UNKNOWN
    return None if index in run.pulls else UNKNOWN
