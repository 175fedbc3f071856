"""An agent with tools: the model asks for them, the tools node answers, until it can say it.

The model is a script, so that this needs no key and says the same every time; in a program
of yours the node `model` calls whatever model you like.
"""

from collections.abc import Callable
from typing import Any, Literal

from anystep.graph import START, MessagesState, StateGraph
from anystep.messages import AIMessage, ToolMessage
from anystep.testing import ScriptedModel

KNOWN = {"lighthouse": 54, "windmill": 22, "cathedral": 96}


def height_of(building: str) -> str:
    """How high a building is, in metres."""
    return f"{KNOWN[building]} m" if building in KNOWN else f"no {building} is known"


def calculate(operation: str, a: float, b: float) -> str:
    """Add, subtract, multiply or divide two numbers."""
    does = {"add": a + b, "subtract": a - b, "multiply": a * b, "divide": a / b}
    return f"{does[operation]:g}"


TOOLS: dict[str, Callable[..., str]] = {"height_of": height_of, "calculate": calculate}


def scripted() -> ScriptedModel:
    """Asks for two tools at once, then for a third, then answers; and again for the next."""
    script = [
        [
            {"name": "height_of", "args": {"building": "lighthouse"}},
            {"name": "height_of", "args": {"building": "windmill"}},
        ],
        [{"name": "calculate", "args": {"operation": "subtract", "a": 54, "b": 22}}],
        "The lighthouse (54 m) is 32 metres higher than the windmill (22 m).",
    ]
    return ScriptedModel(script * 1000)


def build(saver: Any = None) -> Any:
    model = scripted()

    async def ask_model(state: MessagesState) -> Any:
        return {"messages": [await model.ainvoke(state["messages"])]}

    def run_tools(state: MessagesState) -> Any:
        asked = state["messages"][-1]
        assert isinstance(asked, AIMessage)
        answers = [
            ToolMessage(TOOLS[call["name"]](**call["args"]), tool_call_id=call["id"] or "")
            for call in asked.tool_calls
        ]
        return {"messages": answers}

    def needs_tools(state: MessagesState) -> Literal["tools", "__end__"]:
        last = state["messages"][-1]
        return "tools" if isinstance(last, AIMessage) and last.tool_calls else "__end__"

    graph = StateGraph(MessagesState)
    graph.add_node("model", ask_model)
    graph.add_node("tools", run_tools)
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", needs_tools)
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=saver)
