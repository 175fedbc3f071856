"""What the last reader of a thread got, kept so that the next one costs what is new since.

Every reader gets objects of his own. To decode them anew takes several times as long as to copy
objects that nobody else has, and a chat reads all its messages in every turn. So the newest
state that was read stays here, its lists as originals that are only ever copied; what was stored
since is decoded and added to them. (Measured, a message of a long chat: 2.1 microseconds to
decode, 0.4 to copy.)

Lists of objects that cannot be copied here are decoded every time, as everything else is.
"""

from collections.abc import Callable
from typing import Any, Final

from anystep.checkpoint._codec import PLAIN, Codec
from anystep.checkpoint._delta import DELTA, DEPTH, PARENT, Record, State, value_of

_CONTAINERS: Final = frozenset((list, dict, tuple, bytes))
_KNOWN: Final = PLAIN | _CONTAINERS

#: The fields that `_Said` knows.
_SAID: Final = frozenset(("type", "content", "id", "name"))

#: More records than this between two readers, and the state is put together from the beginning.
NEAR: Final = 64


class Uncopyable(Exception):
    """An object that only its decoder can make."""


class _Said:
    """A message of which nothing is known but who said what: most of most chats."""

    __slots__ = ("cls", "content", "id", "name")

    def __init__(self, message: Any) -> None:
        self.cls = message.__class__
        self.content = message.content
        self.id = message.id
        self.name = message.name


class Original:
    """A list that is never handed out, only copies of it."""

    __slots__ = ("_items",)

    def __init__(self, items: list[Any]) -> None:
        """Take over decoded `items`. Raises Uncopyable."""
        self._items = _kept(items)

    def extend(self, edits: tuple[Any, ...], codec: Codec) -> None:
        """Take what was stored of the list since. Raises Uncopyable."""
        for edit in edits:
            if edit.__class__ is bytes:
                self._items = _kept(codec.decode(edit))
            else:
                start, end, count, body = edit
                added = codec.decode_items(count, (body,)) if count else []
                self._items[start:end] = _kept(added)

    def copy(self) -> list[Any]:
        """A list that shares nothing with this one that can be changed."""
        items = self._items
        if PLAIN.issuperset(map(type, items)):
            return items[:]
        new = object.__new__
        copies: list[Any] = []
        for item in items:
            if item.__class__ is _Said:  # in line: there may be thousands
                message: Any = new(item.cls)
                message.content = item.content
                message.id = item.id
                message.name = item.name
                copies.append(message)
            else:
                copies.append(_copied(item))
        return copies


class Warm:
    """The state as of one record. In it, an `Original` stands for a list that has one."""

    __slots__ = ("seq", "state")

    def __init__(self, seq: int, state: State) -> None:
        self.seq = seq
        self.state = state

    def advance(self, seq: int, read: Callable[[int], Record]) -> bool:
        """Go on to record `seq`. False, and nothing is done, if it does not lead back here soon."""
        if not 0 <= seq - self.seq <= NEAR:
            return False
        deltas = []
        at = seq
        while at > self.seq:
            record = read(at)
            if record[DEPTH] == 0 or record[PARENT].__class__ is not int:
                return False
            deltas.append(record[DELTA])
            at -= record[PARENT]
        if at != self.seq:
            return False
        for delta in reversed(deltas):
            self.state.apply(delta)
        self.seq = seq
        return True

    def values(self, codec: Codec) -> dict[str, Any]:
        """Fresh copies of the channels' values.

        Raises Uncopyable if a list has got such items: the state has to be put together anew.
        """
        found: dict[str, Any] = {}
        stored = self.state.values
        for channel, value in stored.items():
            original = value[0] if value.__class__ is tuple else value
            if original.__class__ is Original:
                if value is not original:
                    original.extend(value[1:], codec)
                    stored[channel] = original
                found[channel] = original.copy()
                continue
            found[channel] = fresh = value_of(value, codec)
            if fresh.__class__ is list and fresh and codec.plain:
                try:
                    stored[channel] = original = Original(fresh)
                except Uncopyable:
                    continue
                found[channel] = original.copy()
        return found


def _kept(items: list[Any]) -> list[Any]:
    """Decoded items as an `Original` keeps them: the very objects, or what they come down to."""
    if PLAIN.issuperset(map(type, items)):
        return items
    return [item if item.__class__ in PLAIN else _kept_one(item) for item in items]


def _kept_one(item: Any) -> Any:
    cls = item.__class__
    if cls in _CONTAINERS:
        _check(item)
        return item
    if cls.__module__.startswith("anystep.messages"):
        from anystep.checkpoint.serde._messages import is_simple

        if is_simple(cls):
            more = [getattr(item, name) for name in cls._fields if name not in _SAID]
            if item.content.__class__ is str and not any(more) and not item.__dict__:
                return _Said(item)
            _check([item.content, item.__dict__, *more])
            return item
    raise Uncopyable


def _check(value: Any) -> None:
    cls = value.__class__
    if cls is dict:
        _check(list(value))
        _check(list(value.values()))
    elif cls is list or cls is tuple:
        for item in value:
            if item.__class__ not in PLAIN:
                _check(item)
    elif cls is not bytes and cls not in PLAIN:
        raise Uncopyable


def _copied(value: Any) -> Any:
    """A copy that shares nothing with `value` that can be changed."""
    cls = value.__class__
    if cls in PLAIN or cls is bytes:
        return value
    if cls is dict:
        if PLAIN.issuperset(map(type, value.values())):
            return value.copy()
        return {key: _copied(item) for key, item in value.items()}
    if cls is list:
        return [_copied(item) for item in value]
    if cls is tuple:
        return tuple([_copied(item) for item in value])
    message = object.__new__(cls)
    for name in cls._fields:
        if name != "type":
            setattr(message, name, _copied(getattr(value, name)))
    if value.__dict__:
        message.__dict__.update(_copied(value.__dict__))
    return message


__all__ = ["Original", "Uncopyable", "Warm"]
