"""Appending to a list in place, where nobody could tell.

A list that only the state refers to can be extended instead of copied: appending to
a list costs what is appended, however long the list is (measured: 50 lists of 50
items that grow in every step, 26 microseconds a step instead of 13). Sole ownership
is proven by the reference count, which is measured first, on a list that is known to
have one owner: interpreters count differently. Where there is no such count, or it
means something else (no GIL), lists are always copied.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

#: Counts the references to an object; without the GIL no count proves anything.
references: Final[Callable[[Any], int]] = (
    sys.getrefcount
    if hasattr(sys, "getrefcount") and getattr(sys, "_is_gil_enabled", lambda: True)()
    else lambda _: 0
)


def _sole() -> int:
    """What `references(items)` says of a list that only `values` and the name `items` refer to."""
    values: dict[str, Any] = {}
    name = "x"
    values[name] = []
    items = values[name]
    return references(items) or -2


#: Negative, even with one added, where lists have to be copied.
SOLE: Final = _sole()

#: Lists that were extended, and how long they were.
Undo = list[tuple[list[Any], int]]
