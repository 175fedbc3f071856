"""Turn any Python value into JSON that a page can show.

The rule: what JSON can say is said as it is, and the rest is *described* — a page shows
state, it never rebuilds Python objects from it.  A described value is an object with one
key that starts with ``$``: ``{"$bytes": 3}``, ``{"$repr": "…"}``.  The output is bounded,
so that a state of a million items cannot freeze the page that looks at it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeAlias, cast, runtime_checkable

from anystep.types import Interrupt

__all__ = ["JSON", "displayed"]

JSON: TypeAlias = "None | bool | int | float | str | list[JSON] | dict[str, JSON]"

#: Integers beyond this lose digits in JavaScript.
SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 12
MAX_ITEMS = 500
MAX_TEXT = 20_000


@runtime_checkable
class _Described(Protocol):
    """Messages, and whatever else can describe itself as a dict."""

    def to_dict(self) -> dict[str, object]: ...


def displayed(value: object, depth: int = 0) -> JSON:
    """A JSON value that shows ``value``.  Never raises for a value whose ``repr`` works."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value) if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"
    if isinstance(value, int):
        return int(value) if abs(value) <= SAFE_INTEGER else {"$int": str(value)}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": len(value)}
    if depth >= MAX_DEPTH:
        return {"$repr": type(value).__name__}
    return _container(value, depth)


def _container(value: object, depth: int) -> JSON:
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value)
        shown = {_key(key): displayed(items[key], depth + 1) for key in _first(items)}
        return _counted(shown, len(items))
    if isinstance(value, AbstractSet):
        # Sets have no order of their own; two runs of one program must show the same.
        ordered = sorted(cast("AbstractSet[object]", value), key=repr)
        return [displayed(item, depth + 1) for item in ordered[:MAX_ITEMS]]
    if isinstance(value, Sequence):
        sequence = cast("Sequence[object]", value)
        listed = [displayed(item, depth + 1) for item in sequence[:MAX_ITEMS]]
        if len(sequence) > MAX_ITEMS:
            listed.append({"$more": len(sequence) - MAX_ITEMS})
        return listed
    if isinstance(value, Interrupt):
        return {"value": displayed(value.value, depth + 1), "id": value.id}
    if isinstance(value, _Described) and not isinstance(value, type):
        return displayed(value.to_dict(), depth + 1)
    fields = getattr(value, "__dataclass_fields__", None)
    if isinstance(fields, dict) and not isinstance(value, type):
        names = cast("dict[str, object]", fields)
        return displayed({name: getattr(value, name) for name in names}, depth + 1)
    return {"$repr": repr(value)[:MAX_TEXT]}


def _first(items: Mapping[object, object]) -> list[object]:
    return [key for key, _ in zip(items, range(MAX_ITEMS), strict=False)]


def _counted(shown: dict[str, JSON], total: int) -> dict[str, JSON]:
    if total > len(shown):
        shown["$more"] = total - len(shown)
    return shown


def _key(key: object) -> str:
    return key if isinstance(key, str) else repr(key)
