"""`MessageGraph`: a graph whose state is a list of messages. LangGraph has retired it."""

from __future__ import annotations

import warnings
from typing import Annotated, Any

from anystep.warnings import LangGraphDeprecatedSinceV10

from .message import add_messages
from .state import StateGraph


class MessageGraph(StateGraph[Any, Any, Any, Any]):
    """A graph whose nodes get a list of messages and return what is added to it.

    Deprecated: use a `StateGraph` with a key `messages`, such as `MessagesState`.
    """

    def __init__(self) -> None:
        warnings.warn(
            LangGraphDeprecatedSinceV10(
                "MessageGraph is deprecated in LangGraph v1.0.0, to be removed in v2.0.0. Please use "
                "StateGraph with a `messages` key instead."
            ),
            stacklevel=2,
        )
        schema: Any = Annotated[list[Any], add_messages]
        super().__init__(schema)


__all__ = ["MessageGraph"]
