"""Appending to a list in place, where nobody could tell.

A list that only the state refers to can be extended instead of copied: for a state of
50 lists that grow every step it is the difference between 56 and 19 microseconds a
step. Sole ownership is proven by the reference count, which is measured first, on a
list that is known to have one owner: interpreters count differently. Where there is
no such count, or it means something else (no GIL), lists are always copied.
"""

from __future__ import annotations

import sys
from typing import Any, Final


def _references(values: dict[str, Any], name: str) -> int:
    return sys.getrefcount(values[name])


def _sole() -> int:
    """What `_references` says of a list with one owner; -1 where it says nothing."""
    if not hasattr(sys, "getrefcount") or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return -1
    values: dict[str, Any] = {}
    values["x"] = []
    return _references(values, "x")


SOLE: Final = _sole()


def extended(values: dict[str, Any], name: str, tail: list[Any]) -> bool:
    """Extend the list `values[name]` in place if the state is its only owner."""
    if _references(values, name) != SOLE or values[name].__class__ is not list:
        return False
    values[name] += tail
    return True
