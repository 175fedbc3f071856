"""Finding out how a list changed, without trusting that its items stayed as they were."""

from collections.abc import Iterable
from operator import is_
from typing import Any, Final

from anystep.checkpoint._codec import PLAIN, Codec

#: Builtin containers: a change to one in place is seen in a copy.
_CONTAINERS = frozenset((dict, list, tuple, set, bytearray))

#: All classes whose objects need no look at their bytes.
_KNOWN = _CONTAINERS | PLAIN | {bytes}

#: Classes whose objects are equal to no object of another class. (Of containers: those that
#: hold numbers are compared by their values alone.)
_EXACT = frozenset((str, bytes, type(None), dict, list, tuple))

#: How many items are enough to see that a list was converted.
_SAMPLE = 8

#: How many items at a list's end are compared by content if they are containers.
WATCHED = 256

#: How many items at a list's end are compared by their bytes if they are other objects.
GUARDED = 4


class Rebuilt:
    """The answer for a list of other objects than those that were stored."""


REBUILT: Final = Rebuilt()


class TrackedList:
    """What was last committed of a list, safe from nodes that change its items in place.

    Numbers and texts are compared, all of them. Objects that can be changed in place are known by
    identity, and besides: containers among the last 256 items are compared with copies, other
    objects, messages above all, with their bytes if they are among the last four; and what a
    task wrote in this step is stored anew wherever it stands. More would make every step pay for
    the whole list.
    """

    __slots__ = ("_exact", "_guards", "_items", "_own", "_tail", "_tail_start", "mutable")

    def __init__(self, items: list[Any], codec: Codec, *, own: bool = False) -> None:
        """Track `items`, which are stored; with `own` nobody else has these objects."""
        self._items = items[:]
        self._own = own
        self._exact = True  # whether items that are equal are of one type as well
        self._tail_start = len(items)  # where the copies of the last items start
        self._tail: list[Any] = []
        self._guards: dict[int, Any] = {}
        self.mutable = False  # whether any item can be changed in place
        self._watch(0, codec)

    def _watch(self, start: int, codec: Codec) -> None:
        """Take note of the items from `start` on."""
        added = self._items[start:]
        types = set(map(type, added))
        self._exact = self._exact and types <= _EXACT
        if not self.mutable:
            if types <= PLAIN:
                self._tail_start = len(self._items)
                return
            self.mutable = True
        first = max(start, len(self._items) - WATCHED)
        if self._tail_start + len(self._tail) != first:
            self._tail_start, self._tail = first, []
        fresh = added[first - start :]
        self._tail += fresh if types.isdisjoint(_CONTAINERS) else [_frozen(x) for x in fresh]
        if len(self._tail) > 2 * WATCHED:
            self._tail_start += len(self._tail) - WATCHED
            del self._tail[:-WATCHED]
        if not types <= _KNOWN:
            items = self._items
            for index in range(max(start, len(items) - GUARDED), len(items)):
                if type(items[index]) not in _KNOWN:
                    self._guards[index] = _print(items[index], codec)
            for index in sorted(self._guards)[:-GUARDED]:
                del self._guards[index]

    def grown(self, new: list[Any]) -> list[Any] | None:
        """`advance` for a list of numbers and texts that got longer: the commonest change.

        Its new items; None, and nothing is done, if it is another change.
        """
        old = self._items
        size = len(old)
        if self.mutable or self._own or len(new) <= size:
            return None
        added = new[size:]
        if not PLAIN.issuperset(map(type, added)):
            return None
        old += added  # first, so that the lists can be compared as they are
        if new != old or not (self._exact or _same_types(new, old, size)):
            del old[size:]
            return None
        if self._exact:
            self._exact = _EXACT.issuperset(map(type, added))
        self._tail_start = len(old)
        return added

    def advance(
        self, new: list[Any], written: Iterable[Any], codec: Codec
    ) -> tuple[Any, ...] | Rebuilt | None:
        """The edits that turn the stored list into `new`.

        `written` are the objects tasks wrote to the channel in this step. None if only a rewrite
        will do; `REBUILT` if the objects are others, so that only a comparison with what is
        stored can tell.
        """
        old = self._items
        size = len(old)
        kept = size if new[:size] == old else _common(new, old)
        if not (self._exact or _same_types(new, old, kept)):
            return None
        if self.mutable:
            if not self._own and kept and not _same_objects(new, old, kept):
                return REBUILT
            kept = self._unchanged(new, kept, written, codec)
        if kept * 2 < size:
            return None
        added = new[kept:]
        if kept == size and not added and not self._own:
            return ()
        body = codec.encode_items(added) if added else b""
        self._take(new, kept, codec)
        return ((kept, size, len(added), body),) if added or kept < size else ()

    def _take(self, new: list[Any], kept: int, codec: Codec) -> None:
        """Track `new`, whose first `kept` items are as they were."""
        if self._own:
            self._items, self._own = new[:], False
        else:
            self._items[kept:] = new[kept:]
        if kept < self._tail_start:
            self._tail_start, self._tail = kept, []
        else:
            del self._tail[kept - self._tail_start :]
        if self._guards:
            self._guards = {index: known for index, known in self._guards.items() if index < kept}
        if len(new) > kept:
            self._watch(kept, codec)

    def _unchanged(self, new: list[Any], kept: int, written: Iterable[Any], codec: Codec) -> int:
        """How many of the `kept` first items are known not to have been changed in place."""
        start = self._tail_start
        if kept > start and new[start:kept] != self._tail[: kept - start]:
            kept = start + _common(new[start:kept], self._tail)
        for index, known in self._guards.items():
            if index < kept and not _matches(new[index], known, codec):
                kept = index
        for item in written:
            if type(item) in PLAIN or any(item is other for other in new[kept:]):
                continue
            for index in range(min(kept, start) if type(item) in _CONTAINERS else kept):
                if new[index] is item:
                    kept = index
                    break
        return kept


def _print(item: Any, codec: Codec) -> Any:
    """What an object that can be changed in place looks like: its fields, or else its bytes."""
    if type(item).__module__ == "anystep.messages":
        from anystep.checkpoint.serde._messages import is_message, message_fields

        if is_message(type(item)):
            return _frozen(message_fields(item))
    return codec.encode(item)


def _matches(item: Any, known: Any, codec: Codec) -> bool:
    if known.__class__ is bytes:
        return bool(codec.encode(item) == known)
    from anystep.checkpoint.serde._messages import message_fields

    return bool(message_fields(item) == known)


def _frozen(item: Any) -> Any:
    cls = item.__class__
    if cls in PLAIN:
        return item
    if cls is dict:
        if PLAIN.issuperset(map(type, item.values())):
            return item.copy()
        return {k: v if v.__class__ in PLAIN else _frozen(v) for k, v in item.items()}
    if cls is list:
        return [v if v.__class__ in PLAIN else _frozen(v) for v in item]
    if cls is tuple:
        return tuple([v if v.__class__ in PLAIN else _frozen(v) for v in item])
    if cls is set or cls is bytearray:
        return cls(item)
    return item


def _common(new: list[Any], old: list[Any]) -> int:
    """How many items at the beginning are equal, by halving what is compared."""
    low, high = 0, min(len(new), len(old))
    while low < high:
        middle = (low + high + 1) // 2
        if new[low:middle] == old[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _same_types(new: list[Any], old: list[Any], count: int) -> bool:
    """Whether the first `count` items, which are equal, are still of their types.

    1, 1.0 and True are all equal. Of a long list a sample is compared: who converts items
    converts all of them.
    """
    step = count // _SAMPLE + 1
    return list(map(type, new[:count:step])) == list(map(type, old[:count:step]))


def _same_objects(new: list[Any], old: list[Any], count: int) -> bool:
    """Whether mutable items among a sample of the first `count` are the very objects."""
    step = count // _SAMPLE + 1
    samples = [*new[:count:step], new[count - 1]], [*old[:count:step], old[count - 1]]
    return all(map(is_, *samples)) or all(
        item is known or type(known) in PLAIN for item, known in zip(*samples, strict=True)
    )
