"""Running compiled graphs: the `Pregel` class and its drivers."""

from typing import TYPE_CHECKING, Any

from .main import Pregel

if TYPE_CHECKING:
    from ._node import NodeBuilder

__all__ = ["NodeBuilder", "Pregel"]


def __getattr__(name: str) -> Any:
    """`NodeBuilder`, when somebody asks: most programs never do."""
    if name == "NodeBuilder":
        from ._node import NodeBuilder

        return NodeBuilder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
