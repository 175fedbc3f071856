"""What a superstep of one task leaves behind: its names, worked out once, and its values."""

from typing import TYPE_CHECKING, Any, final

from anystep._constants import NO_WRITES, PULL
from anystep._records import Commit, TaskWrites

LOOP = "loop"  # the source of these commits
_NOTHING_WRITTEN = ((NO_WRITES, None),)


@final
class Shape:
    """The names in a superstep of one pulled node: what it wrote, changed and led to.

    Steps in which a node writes the same keys and leads to the same nodes are of one shape:
    their commits differ in values, versions, moments and ids only.
    """

    __slots__ = (
        "as_written",
        "branch",
        "bumped",
        "changed",
        "dropped",
        "led",
        "node",
        "updated",
        "written",
    )

    def __init__(
        self,
        node: str,
        branch: str,
        written: tuple[str, ...],
        led: tuple[str, ...],
        *,
        as_written: bool,
    ) -> None:
        self.node = node
        self.branch = branch  # the channel that triggers the node
        #: Whether the channels hold what the node wrote, and it wrote nothing else: no reducers.
        self.as_written = as_written
        #: The channels of the state that were written, those of the nodes led to, and both.
        self.written = written
        self.led: dict[str, None] = dict.fromkeys(led)
        self.changed = (*dict.fromkeys((*written, *led)),)
        self.updated = tuple(sorted(self.changed))
        #: The node's own channel becomes empty, unless the node has led to itself.
        self.dropped = () if branch in self.changed else (branch,)
        self.bumped = (*self.changed, *self.dropped)

    def values(self, held: tuple[Any, ...]) -> dict[str, Any]:
        """The changed channels and their values: what those of the state hold, None for others."""
        return {**dict(zip(self.written, held, strict=True)), **self.led}

    def versions(self, version: int) -> dict[str, int | str]:
        """The versions of the changed channels."""
        return dict.fromkeys(self.bumped, version)

    def seen(self, version: int) -> dict[str, dict[str, int | str]]:
        """What the node has seen."""
        return {self.node: {self.branch: version}}

    def writes(self, wrote: dict[str, Any]) -> tuple[TaskWrites, ...]:
        """The task's writes: what it wrote, of which the state has a part, and where it leads."""
        pairs = (*[(name, wrote[name]) for name in self.written], *self.led.items())
        return ((None, (PULL, self.node), (self.branch,), pairs or _NOTHING_WRITTEN),)


@final
class StepCommit(Commit):
    """The commit of a superstep that has a shape. Who reads it sees a `Commit`.

    `held` is what the channels `shape.written` hold, `wrote` what the node wrote. Versions are
    integers, all of a step's the same: our own savers' way. What a saver that knows shapes does
    not ask for is put together when somebody does.
    """

    __slots__ = ("held", "saw", "shape", "version", "wrote")

    if not TYPE_CHECKING:  # to checkers these are the attributes of a `Commit`
        source = LOOP
        full = False
        thread_id = property(lambda self: self.place[0])
        ns = property(lambda self: self.place[1])
        values = property(lambda self: self.shape.values(self.held))
        dropped = property(lambda self: self.shape.dropped)
        updated = property(lambda self: self.shape.updated)
        versions = property(lambda self: self.shape.versions(self.version))
        seen = property(lambda self: self.shape.seen(self.saw))
        writes = property(lambda self: self.shape.writes(self.wrote))

    def __init__(
        self,
        place: tuple[str, str],
        id: str,
        parent_id: str | None,
        ts: int,
        step: int,
        parents: dict[str, str],
        metadata: dict[str, Any],
        held: tuple[Any, ...],
        shape: Shape,
        version: int,
        saw: int,
        wrote: dict[str, Any],
    ) -> None:
        self.place = place
        self.id = id
        self.parent_id = parent_id
        self.ts = ts
        self.step = step
        self.parents = parents
        self.metadata = metadata
        self.held = held
        self.shape = shape
        self.version = version
        self.saw = saw  # the version of its trigger that the node has seen
        self.wrote = wrote
