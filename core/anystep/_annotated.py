"""Objects with annotated fields as state updates: dataclasses, pydantic models, plain classes."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from anystep._record import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence


@lru_cache(maxsize=256)
def annotated_keys(cls: type[Any]) -> tuple[str, ...]:
    """The annotated names of `cls`, its bases' first; empty for a class without any."""
    keys: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        try:
            found = getattr(base, "__annotations__", None)
        except NameError:  # Python 3.14: annotated with a name only type checkers import
            from importlib import import_module

            library: Any = import_module("annotationlib")
            found = library.get_annotations(base, format=library.Format.FORWARDREF)
        names: Any = found
        if isinstance(found, dict):  # builtins have no annotations, or a descriptor
            keys.update(dict.fromkeys(names))
    return tuple(keys)


def object_update(value: object, keys: "Sequence[str]") -> list[tuple[str, Any]]:
    """The update an annotated object stands for, as (key, value) pairs.

    A None counts only where it says something: where the default is not None or, in a pydantic
    model, where the field was set.
    """
    fields: dict[str, Any] | None = getattr(type(value), "__pydantic_fields__", None)
    was_set: set[str] = getattr(value, "model_fields_set", set()) if fields else set()
    pairs: list[tuple[str, Any]] = []
    for key in keys:
        item = getattr(value, key, MISSING)
        if item is MISSING:
            continue
        if item is None and key not in was_set:
            default = fields[key].default if fields and key in fields else MISSING
            if default is None:
                continue
        pairs.append((key, item))
    return pairs
