"""Records of change: what a checkpoint stores, and how states are put together from them.

A log holds the checkpoints of one namespace of one thread, a *record* each. A record holds a
*delta*, the change against its parent:

    delta = (versions, seen, dropped, values)

`values` maps channels to a plain value, to the bytes of a value, or to *edits* of the list the
parent has: `((start, end, count, items), ...)`, each of which puts `count` encoded items in the
place of `list[start:end]`; an edit that is bytes replaces the list. A list that grew is one
edit, whatever its length.

Reading follows the parents to a record that is complete (depth 0). So that this stays short,
every 64th record of a line also holds a *skip*, the delta against the record 64 before it, every
4096th the delta against the record 4096 before, and so on. A skip is made from deltas, never
from the whole state: storage stays linear in what changed, whatever the state's size is.
"""

from collections.abc import Callable, Generator, Iterable
from operator import itemgetter
from typing import Any, TypeAlias

from anystep._superstep import Shape
from anystep.checkpoint._codec import Codec

#: How many records one skip passes over, per level.
STRIDE = 64

#: More edits than this and a list is stored anew in the next skip.
MAX_EDITS = 32

Versions: TypeAlias = dict[str, Any]
Edit: TypeAlias = tuple[int, int, int, bytes]
Delta: TypeAlias = tuple[Versions, dict[str, Versions], tuple[str, ...], dict[str, Any]]

#: (id, parent, ts, source, step, depth, parents, metadata, delta, updated, writes, skip, extra).
#: `parent` is the distance to the parent in records, the id of a parent that is not in the log,
#: or None. `depth` counts from the nearest complete record of the line, which has 0. `skip` is
#: (distance, delta).
Record: TypeAlias = tuple[Any, ...]
ID, PARENT, TS, SOURCE, STEP, DEPTH, PARENTS, METADATA = range(8)
DELTA, UPDATED, WRITES, SKIP, EXTRA = range(8, 13)

#: (shape, version, version seen, what `shape.written` hold): the delta of a superstep.
Step: TypeAlias = tuple[Shape, int, int, tuple[Any, ...]]

Walk: TypeAlias = Generator[int, Record, tuple[list[Delta], int]]


class State:
    """What a chain of deltas adds up to; channel values are still encoded."""

    __slots__ = ("seen", "values", "versions")

    def __init__(self) -> None:
        self.versions: Versions = {}
        self.seen: dict[str, Versions] = {}
        self.values: dict[str, Any] = {}

    def apply(self, delta: Delta) -> None:
        """Take the next delta of the chain."""
        versions, seen, dropped, values = delta
        self.versions.update(versions)
        ours, known = self.values, self.seen
        for node in seen:
            known[node] = known[node] | seen[node] if node in known else seen[node]
        if dropped:
            for channel in dropped:
                ours.pop(channel, None)
        if tuple not in map(type, values.values()):
            ours.update(values)
            return
        for channel in values:
            value = values[channel]
            if value.__class__ is tuple and channel in ours:
                old = ours[channel]
                whole = value and value[0].__class__ is bytes  # it starts over
                value = value if whole else (old if old.__class__ is tuple else (old,)) + value
            ours[channel] = value


def walk(seq: int, since: int | None = None) -> Walk:
    """The deltas that lead to record `seq`, oldest first, and the record they start from.

    Yields the numbers of the records it wants and is sent them. The deltas make up the whole
    state or, with `since`, the change against the record of that depth, a multiple of the stride.
    """
    deltas: list[Delta] = []
    while True:
        record = yield seq
        depth = record[DEPTH]
        if depth == since:
            break
        skip = record[SKIP]
        distance, delta = (record[PARENT], record[DELTA]) if skip is None else skip
        deltas.append(delta)
        if depth == 0:
            break
        seq -= distance
    deltas.reverse()
    return deltas, seq


def drive(steps: Walk, read: Callable[[int], Record]) -> tuple[list[Delta], int]:
    """Run a walk over records that can be read without waiting."""
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(read(wanted))
    except StopIteration as done:
        found: tuple[list[Delta], int] = done.value
        return found


def fold(deltas: Iterable[Delta]) -> State:
    """The state a chain of deltas adds up to."""
    state = State()
    for delta in deltas:
        state.apply(delta)
    return state


def merge(deltas: Iterable[Delta], codec: Codec) -> Delta:
    """A chain of deltas as one."""
    state = State()
    dropped: set[str] = set()
    for delta in deltas:
        if delta[2]:
            dropped.update(delta[2])
        state.apply(delta)
    values: dict[str, Any] = {}
    for channel, value in state.values.items():
        if value.__class__ is tuple:
            value = join_edits(value, codec)
            if len(value) == 1 and value[0].__class__ is bytes:
                value = value[0]
            elif len(value) > MAX_EDITS and value[0].__class__ is bytes:
                value = codec.encode(build_list(value, codec))
        values[channel] = value
    return state.versions, state.seen, tuple(sorted(dropped - values.keys())), values


def add_up(steps: list[Step]) -> Delta:
    """Consecutive steps as one delta. Of each shape only the last one says anything but edits."""
    versions: Versions = {}
    seen: dict[str, Versions] = {}
    values: dict[str, Any] = {}
    dropped: set[str] = set()
    last: dict[Shape, Step] = {}
    for step in steps:
        last[step[0]] = step
    for shape, version, saw, held in sorted(last.values(), key=itemgetter(1)):
        versions.update(dict.fromkeys(shape.bumped, version))
        seen.setdefault(shape.node, {})[shape.branch] = saw
        for channel in shape.dropped:
            values.pop(channel, None)
            dropped.add(channel)
        values.update(shape.values(held))
    for channel in [name for name, value in values.items() if value.__class__ is tuple]:
        edits: list[Any] = []
        for shape, _, _, held in steps:
            if channel in shape.written:
                value = held[shape.written.index(channel)]
                if value.__class__ is tuple:
                    edits += value
                else:
                    edits = [value]  # it starts over
        values[channel] = tuple(edits)
    return versions, seen, tuple(sorted(dropped - values.keys())), values


def join_edits(edits: tuple[Any, ...], codec: Codec) -> tuple[Any, ...]:
    """The same edits, as few of them as possible."""
    if (grown := _join_growth(edits)) is not None:
        return (grown,)
    joined: list[Any] = []
    run = _Run(0, -1, 0, b"")  # of edits that make up one; the first has nothing before it
    for edit in edits:
        if edit.__class__ is bytes:
            joined.append(edit)
            run = _Run(0, -1, 0, b"")
        elif not run.take(edit, codec):
            run = _Run(*edit)
            joined.append(run)
    return tuple([edit.edit() if edit.__class__ is _Run else edit for edit in joined])


def _join_growth(edits: tuple[Any, ...]) -> Edit | None:
    """The one edit that edits make which follow one another: what most lists have."""
    if not edits or edits[0].__class__ is bytes:
        return None
    start, end, count, items = edits[0]
    reached = start + count
    parts = [items]
    for edit in edits[1:]:
        if edit.__class__ is bytes or not edit[0] == edit[1] == reached:
            return None
        reached += edit[2]
        parts.append(edit[3])
    return start, end, reached - start, b"".join(parts)


class _Run:
    """Edits at one place of a list, added up."""

    __slots__ = ("_count", "_end", "_parts", "_start")

    def __init__(self, start: int, end: int, count: int, items: bytes) -> None:
        self._start = start
        self._end = end
        self._count = count
        self._parts = [items]

    def take(self, edit: Edit, codec: Codec) -> bool:
        """Add an edit, if it only concerns items this run brought, or all of these and more."""
        start, end, count, items = edit
        own_start, own_end = self._start, self._start + self._count
        if self._end < 0 or end > own_end or (start < own_start and end != own_end):
            return False
        if start >= own_end:
            self._parts.append(items)
        elif start <= own_start and end == own_end:
            self._start, self._count, self._parts = start, 0, [items]
            start = end = 0
        else:
            before, after = codec.cut(b"".join(self._parts), start - own_start, end - own_start)
            self._parts = [before, items, after]
        self._count += count - (end - start)
        return True

    def edit(self) -> Edit:
        """All of them as one."""
        return self._start, self._end, self._count, b"".join(self._parts)


def build_list(edits: tuple[Any, ...], codec: Codec) -> list[Any]:
    """The list that `edits` make; the first of them is the bytes of a whole list."""
    built: list[Any] = []
    for edit in join_edits(edits, codec):
        if edit.__class__ is bytes:
            built = codec.decode(edit)
        else:
            start, end, count, body = edit
            built[start:end] = codec.decode_items(count, (body,))
    return built


def value_of(stored: Any, codec: Codec) -> Any:
    """A fresh copy of a channel's value."""
    if stored.__class__ is bytes:
        return codec.decode(stored)
    if stored.__class__ is tuple:
        return build_list(stored, codec)
    return stored
