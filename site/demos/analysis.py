"""Count a text and sum it up: two nodes, four fields, one function a page can call."""

from typing import Any, TypedDict

from anystep.graph import END, START, StateGraph

PREVIEW = 50  # characters


class Analysis(TypedDict, total=False):
    input: str
    word_count: int
    char_count: int
    summary: str


def count(state: Analysis) -> Analysis:
    text = state["input"]
    return {"word_count": len(text.split()), "char_count": len(text)}


def summary(state: Analysis) -> Analysis:
    text = state["input"]
    preview = text if len(text) <= PREVIEW else text[:PREVIEW] + "..."
    said = f"{state['word_count']} words, {state['char_count']} characters: {preview}"
    return {"summary": said}


def build(saver: Any = None) -> Any:
    graph = StateGraph(Analysis)
    graph.add_node("count", count)
    graph.add_node("summary", summary)
    graph.add_edge(START, "count")
    graph.add_edge("count", "summary")
    graph.add_edge("summary", END)
    return graph.compile(checkpointer=saver)


async def analyze_text(text: str) -> Analysis:
    """What a page calls: `await anystep.call("analysis", "analyze_text", text)`."""
    return await build().ainvoke({"input": text})


def info(_: Any = None) -> dict[str, Any]:
    """What runs here, for a page that wants to say so."""
    import sys
    from importlib.metadata import version

    return {
        "framework": "anystep",
        "version": version("anystep"),
        "target": sys.platform,
        "features": ["graphs", "checkpoints", "interrupts", "streams", "time travel"],
    }
