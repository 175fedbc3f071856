"""Finding out how a list changed, without trusting that its items stayed as they were."""

from collections.abc import Iterable
from typing import Any

from anystep.checkpoint._codec import PLAIN, Codec

_CONTAINERS = frozenset((dict, list, tuple, set, bytearray))

#: Classes whose objects are equal to no object of another class. (Of containers: those that
#: hold numbers are compared by their values alone.)
_EXACT = frozenset((str, bytes, type(None), dict, list, tuple))

#: How many items are enough to see that a list was converted.
_SAMPLE = 8

#: How many objects at a list's end are compared by their bytes.
_GUARDED = 4


class Handed:
    """A list as it was given to a reader, before the reader could change anything."""

    __slots__ = ("guards", "items")

    def __init__(self, items: list[Any], codec: Codec) -> None:
        self.items = items[:]
        self.guards = _guards(items, codec)


class TrackedList:
    """What was last committed of a list, safe from nodes that change its items in place.

    Plain items are kept as they are and containers as copies, so that a change to them is seen.
    Other objects, messages above all, are kept by reference: a change made to one in place is
    seen if it is one of the last four, or if a task of the step wrote it. Copying or encoding
    all of them at every step would cost what storing changes is meant to save.
    """

    __slots__ = ("_exact", "_guards", "_items", "has_objects")

    def __init__(self, items: list[Any], guards: dict[int, bytes]) -> None:
        self._items: list[Any] = []
        self._exact = True  # whether items that are equal are of one type as well
        self._guards = guards
        self.has_objects = False
        self._keep(items)

    @classmethod
    def stored(cls, items: list[Any], codec: Codec) -> "TrackedList":
        """A list whose items are what is stored now."""
        return cls(items, _guards(items, codec))

    @classmethod
    def handed(cls, handed: Handed, fresh: list[Any] | None) -> "TrackedList":
        """A list a reader was given; `fresh` is another copy of it if it holds containers."""
        items = handed.items
        if fresh is not None:
            pairs = zip(items, fresh, strict=True)
            items = [new if type(old) in _CONTAINERS else old for old, new in pairs]
        return cls(items, handed.guards)

    def _keep(self, added: list[Any]) -> None:
        if len(added) == 1 and added[0].__class__ in PLAIN:
            self._exact = self._exact and added[0].__class__ in _EXACT
            self._items.append(added[0])
            return
        types = set(map(type, added))
        self._exact = self._exact and types <= _EXACT
        self.has_objects = self.has_objects or not types <= _KNOWN
        self._items += added if types.isdisjoint(_CONTAINERS) else [_frozen(x) for x in added]

    def advance(
        self, new: list[Any], written: Iterable[Any], codec: Codec
    ) -> tuple[Any, ...] | None:
        """The edits that turn the committed list into `new`, or None if only a rewrite will do.

        `written` are the objects tasks wrote to the channel in this step.
        """
        old = self._items
        size = len(old)
        kept = size if new[:size] == old else _common(new, old)
        if not (self._exact or _same_types(new, old, kept)):
            return None
        if self.has_objects:
            kept = self._unchanged(new, kept, written, codec)
        if kept * 2 < size:
            return None
        added = new[kept:]
        if kept == size and not added:
            return ()
        body = codec.encode_items(added)
        if kept < size:
            del old[kept:]
        self._keep(added)
        if self.has_objects:
            self._guard(new, kept, body, codec)
        return ((kept, size, len(added), body),)

    def _unchanged(self, new: list[Any], kept: int, written: Iterable[Any], codec: Codec) -> int:
        """How many of the `kept` first items are known not to have been changed in place."""
        for index, data in self._guards.items():
            if index < kept and codec.encode(new[index]) != data:
                kept = index
        for item in written:
            if type(item) in _KNOWN or any(item is other for other in new[kept:]):
                continue
            for index in range(kept):
                if new[index] is item:
                    kept = index
                    break
        return kept

    def _guard(self, new: list[Any], kept: int, body: bytes, codec: Codec) -> None:
        known = {index: data for index, data in self._guards.items() if index < kept}
        if len(new) - kept == 1 and codec.single:
            if type(new[-1]) not in _KNOWN:
                known[kept] = body
        else:
            known.update(_guards(new, codec, kept))
        self._guards = {index: known[index] for index in sorted(known)[-_GUARDED:]}


_KNOWN = _CONTAINERS | PLAIN | {bytes}


def _guards(items: list[Any], codec: Codec, start: int = 0) -> dict[int, bytes]:
    """The bytes of the last few objects, by place."""
    return {
        index: codec.encode(items[index])
        for index in range(max(start, len(items) - _GUARDED), len(items))
        if type(items[index]) not in _KNOWN
    }


def has_containers(items: list[Any]) -> bool:
    """Whether any item could be changed in place without its class knowing."""
    return not _CONTAINERS.isdisjoint(map(type, items))


def _frozen(item: Any) -> Any:
    cls = item.__class__
    if cls in PLAIN:
        return item
    if cls is dict:
        return {key: _frozen(value) for key, value in item.items()}
    if cls is list:
        return [_frozen(value) for value in item]
    if cls is tuple:
        return tuple([_frozen(value) for value in item])
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
