"""The front door: describe a graph, compile it, run it."""

from typing import TYPE_CHECKING, Any

from anystep._constants import END, START

from .message import MessagesState, add_messages
from .state import StateGraph

if TYPE_CHECKING:
    from ._message_graph import MessageGraph

__all__ = ["END", "START", "MessageGraph", "MessagesState", "StateGraph", "add_messages"]


def __getattr__(name: str) -> Any:
    """`MessageGraph`, which is retired, when somebody asks."""
    if name == "MessageGraph":
        from ._message_graph import MessageGraph

        return MessageGraph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
