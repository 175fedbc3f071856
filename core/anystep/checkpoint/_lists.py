"""Finding out how a list changed, without trusting that its items stayed as they were."""

from typing import Any

from anystep.checkpoint._codec import PLAIN, Codec

_CONTAINERS = frozenset((dict, list, tuple, set, bytearray))


class TrackedList:
    """What was last committed of a list, safe from nodes that change its items in place.

    Plain items are kept as they are, containers as copies, other objects by reference: their
    class decides what equality means, and a change made to one in place is not seen.
    """

    __slots__ = ("_items",)

    def __init__(self, items: list[Any]) -> None:
        self._items = freeze(items)

    def advance(self, new: list[Any], codec: Codec) -> tuple[Any, ...] | None:
        """The edits that turn the committed list into `new`, or None if only a rewrite will do."""
        old = self._items
        size = len(old)
        if len(new) < size or new[:size] != old or _retyped(new, old):
            return None
        added = new[size:]
        if not added:
            return ()
        body = codec.encode_items(added)
        old += freeze(added)
        return ((size, size, len(added), body),)


def freeze(items: list[Any]) -> list[Any]:
    """A list of the same items, the containers among them copied."""
    if _CONTAINERS.isdisjoint(map(type, items)):
        return items[:]
    return [_frozen(item) for item in items]


def restore_frozen(loaded: list[Any], fresh: list[Any]) -> list[Any]:
    """`loaded` objects with `fresh` containers: what was handed out, safe from changes since."""
    return [
        new if type(old) in _CONTAINERS else old for old, new in zip(loaded, fresh, strict=True)
    ]


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


def _retyped(new: list[Any], old: list[Any]) -> bool:
    """Whether items that are equal became another type, as 1 and 1.0 and True.

    A list that kept its objects kept their types too, and one that was rebuilt has other objects
    at its ends: the costly comparison is made only then.
    """
    if not old or (_kept(new[0], old[0]) and _kept(new[len(old) - 1], old[-1])):
        return False
    return list(map(type, new[: len(old)])) != list(map(type, old))


def _kept(new: Any, old: Any) -> bool:
    return new is old or new.__class__ in _CONTAINERS
