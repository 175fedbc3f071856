"""Tools: functions that a model may ask for, with a schema of their arguments.

    from anystep.tools import tool

    @tool
    def weather(city: str, days: int = 1) -> str:
        "The weather of a city, for some days."
        return f"sunny in {city}"

    weather.schema           # what a model is told
    weather.invoke({"city": "Oslo"})

Needs the standard library only. Where LangChain is used its tools do as well.
"""

from ._arguments import ToolArgumentError
from ._injected import InjectedToolArg, InjectedToolCallId
from ._tool import Tool, ToolException, tool

__all__ = [
    "InjectedToolArg",
    "InjectedToolCallId",
    "Tool",
    "ToolArgumentError",
    "ToolException",
    "tool",
]
