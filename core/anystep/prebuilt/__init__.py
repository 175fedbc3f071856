"""Agents and what they are made of: a model, tools, and a node that runs them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._tool_call_transformer import ToolCallTransformer
    from .chat_agent_executor import create_react_agent
    from .tool_node import InjectedState, InjectedStore, ToolNode, ToolRuntime, tools_condition
    from .tool_validator import ValidationNode

__all__ = [
    "InjectedState",
    "InjectedStore",
    "ToolCallTransformer",
    "ToolNode",
    "ToolRuntime",
    "ValidationNode",
    "create_react_agent",
    "tools_condition",
]


def __getattr__(name: str) -> Any:
    """A name of one of the modules here; some depend on whether LangChain's tools are loaded."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home: Any
    if name == "create_react_agent":
        from . import chat_agent_executor as home
    elif name == "ToolCallTransformer":
        from . import _tool_call_transformer as home
    elif name == "ValidationNode":
        from . import tool_validator as home
    else:
        from . import tool_node as home
    return getattr(home, name)
