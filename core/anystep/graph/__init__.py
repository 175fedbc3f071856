"""The front door: describe a graph, compile it, run it."""

from typing import TYPE_CHECKING, Any

from anystep._constants import END, START

from .state import StateGraph

if TYPE_CHECKING:
    from ._message_graph import MessageGraph
    from .message import MessagesState, add_messages

__all__ = ["END", "START", "MessageGraph", "MessagesState", "StateGraph", "add_messages"]


def __getattr__(name: str) -> Any:
    """What belongs to conversations, when somebody asks: messages are a tenth of an import."""
    if name == "MessageGraph":
        from ._message_graph import MessageGraph

        return MessageGraph
    if name in ("MessagesState", "add_messages", "message"):
        from importlib import import_module

        message = import_module("anystep.graph.message")
        return message if name == "message" else getattr(message, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
