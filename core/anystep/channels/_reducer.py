"""What channels need to know about reducers and the types they reduce."""

import collections.abc
import operator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_QUALIFIERS = ("Required", "NotRequired", "ReadOnly")

# Types that cannot be instantiated, and the builtin that starts in their place.
_CONCRETE: dict[Any, type] = {
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Set: set,
    collections.abc.MutableSet: set,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}

# Not as a text, which would be compiled at import: that takes a millisecond.
Reducer = TypeVar("Reducer", bound=collections.abc.Callable[[Any, Any], Any])


def concrete_type(typ: Any) -> Any:
    """The class to call for an empty value of `typ`: `list` for `Annotated[Sequence[str], ...]`."""
    while hasattr(typ, "__origin__"):
        # typing_extensions has qualifiers of its own on old Pythons: known by name.
        qualifier = getattr(typ.__origin__, "_name", None) in _QUALIFIERS
        typ = typ.__args__[0] if qualifier else typ.__origin__
    try:
        return _CONCRETE.get(typ, typ)
    except TypeError:  # not hashable, so not one of these
        return typ


def same_reducer(a: Any, b: Any) -> bool:
    """Whether two channels with these reducers can stand for the same key.

    Lambdas have no name to tell them apart, so every lambda counts as the same; partials count by
    what they were made of.
    """
    if "<lambda>" in (getattr(a, "__name__", None), getattr(b, "__name__", None)):
        return True
    if a is b or a == b:
        return True
    parts = [
        (getattr(f, "func", None), getattr(f, "args", ()), getattr(f, "keywords", {}))
        for f in (a, b)
    ]
    return parts[0][0] is not None and parts[0] == parts[1]


def folding(fold: "Callable[[Any, Sequence[Any]], Any]") -> "Callable[[Reducer], Reducer]":
    """Decorate a reducer with a faster way to take many writes at once.

    `fold(value, [w1, w2])` must equal `reducer(reducer(value, w1), w2)`.
    """

    def mark(reducer: Reducer) -> Reducer:
        function: Any = reducer
        function.fold = fold
        return reducer

    return mark


def fold_of(reducer: Any) -> "Callable[[Any, Sequence[Any]], Any] | None":
    """How `reducer` takes many writes at once, if it has a way."""
    if reducer is operator.add or reducer is operator.concat:
        return _concatenate
    fold: Callable[[Any, Sequence[Any]], Any] | None = getattr(reducer, "fold", None)
    return fold


def _concatenate(value: Any, writes: "Sequence[Any]") -> Any:
    """`value + w1 + w2 ...`; for lists in one go, because a fan-out writes one item a thousand times."""
    total: Any = value
    if type(value) is list and set(map(type, writes)) <= {list}:
        joined: list[Any] = [*value]
        for write in writes:
            joined += write
        return joined
    for write in writes:
        total = total + write
    return total
