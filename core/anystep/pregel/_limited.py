"""Time limits of nodes: only what awaits can be stopped, so nothing else may have one."""

from __future__ import annotations

from typing import Any

from anystep._planner import Node

from ._inject import is_async


def check_limit(node: Node, action: Any, kind: str = "Node") -> None:
    """Refuse a limit for a node that does not await; one that does is refused in sync runs.

    Raises: `ValueError` that names the node.
    """
    if node.timeout is None:
        return
    refusal = ValueError(
        "Node timeouts are only supported for async nodes because sync Python "
        f"execution cannot be safely cancelled in-process. {kind} {node.name!r} is sync."
    )
    if not _awaits(action):
        raise refusal

    def call(_: Any) -> None:
        raise refusal

    node.call = call


def _awaits(action: Any) -> bool:
    """Whether all that runs is made to be awaited; LangChain's wrappers are looked into."""
    while hasattr(action, "bound") and hasattr(action, "invoke"):
        action = action.bound
    parts = getattr(action, "steps", None) or getattr(action, "steps__", None)
    if parts and hasattr(action, "ainvoke"):
        return all(map(_awaits, parts.values() if isinstance(parts, dict) else parts))
    if hasattr(action, "ainvoke"):
        return not hasattr(action, "func") or bool(getattr(action, "afunc", None))
    return is_async(action)


__all__ = ["check_limit"]
