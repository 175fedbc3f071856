"""Arguments that a model neither sees nor gives: marks in a parameter's annotation."""

from __future__ import annotations

from typing import Any, get_args


class InjectedToolArg:
    """Base of all marks: `Annotated[T, Mark]`, or a parameter whose type is a mark's class."""


class InjectedToolCallId(InjectedToolArg):
    """The id of the tool call: `Annotated[str, InjectedToolCallId]`."""


def marks(annotation: Any, kind: type[Any]) -> list[Any]:
    """Every mark of a kind in an annotation: classes, instances, and types of the kind itself."""
    found: list[Any] = []
    if _is_mark(annotation, kind):
        found.append(annotation)
    else:
        origin = getattr(annotation, "__origin__", None)
        if isinstance(origin, type) and _is_mark(origin, kind):
            found.append(origin)
    for item in get_args(annotation):
        found.extend(marks(item, kind))
    # `Annotated` gives what it annotates as `__origin__`, and that is looked through above.
    for item in getattr(annotation, "__metadata__", ()):
        if _is_mark(item, kind) and item not in found:
            found.append(item)
    return found


def _is_mark(value: Any, kind: type[Any]) -> bool:
    return isinstance(value, kind) or (isinstance(value, type) and issubclass(value, kind))
