"""An agent with tools: the model asks for them, the tools node answers, until it can say it.

The model is a script, so that this needs no key and says the same every time; in a program
of yours the node `model` calls whatever model you like.
"""

from typing import Any, Literal

from anystep.graph import START, MessagesState, StateGraph
from anystep.prebuilt import ToolNode, tools_condition
from anystep.testing import ScriptedModel

KNOWN = {"lighthouse": 54, "windmill": 22, "cathedral": 96}


def height_of(building: str) -> str:
    """How high a building is, in metres."""
    return f"{KNOWN[building]} m" if building in KNOWN else f"no {building} is known"


def calculate(
    operation: Literal["add", "subtract", "multiply", "divide"], a: float, b: float
) -> str:
    """Add, subtract, multiply or divide two numbers."""
    does = {"add": a + b, "subtract": a - b, "multiply": a * b}
    return f"{does[operation] if operation in does else a / b:g}"


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

    graph = StateGraph(MessagesState)
    graph.add_node("model", ask_model)
    graph.add_node("tools", ToolNode([height_of, calculate]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=saver)
