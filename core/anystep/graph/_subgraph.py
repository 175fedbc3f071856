"""Which graph runs inside a node: the node itself, or one its function refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anystep.pregel import Pregel


def find_subgraph(action: Any) -> Pregel[Any, Any, Any, Any] | None:
    """The graph a node runs, None where there is none or it never saves.

    A function may call a graph of its closure or its module; that is what the names
    it uses are looked through for. Looked up when somebody asks, never on the way.
    """
    for candidate in _candidates(action):
        if isinstance(candidate, Pregel):
            return None if candidate.checkpointer is False else candidate
    return None


def _candidates(action: Any) -> Iterator[Any]:
    yield action
    function = getattr(action, "__func__", action)
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    for name in code.co_names:
        if name in function.__globals__:
            yield function.__globals__[name]
