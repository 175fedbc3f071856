"""The front door: describe a graph, compile it, run it."""

from anystep._constants import END, START

from .message import MessagesState, add_messages
from .state import StateGraph

__all__ = ["END", "START", "MessagesState", "StateGraph", "add_messages"]
