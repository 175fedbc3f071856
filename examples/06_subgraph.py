"""Subgraphs: a compiled graph is a node.

The inner graph shares the keys that both states name. With `subgraphs=True` a stream also tells
what happens inside, and where: every event comes with the path of the graph it is from.

Prints:

    (): {'fetch': {'text': 'grace hopper, 1906'}}
    clean: {'trim': {'text': 'grace hopper'}}
    clean: {'capitals': {'text': 'Grace Hopper', 'changes': 8}}
    (): {'clean': {'text': 'Grace Hopper'}}
    (): {'greet': {'text': 'Hello, Grace Hopper!'}}
"""

from typing import TypedDict

from anystep.graph import END, START, StateGraph


class Text(TypedDict, total=False):
    """The state of the outer graph."""

    text: str


class Cleaning(TypedDict, total=False):
    """The state of the inner one: `changes` is its own affair."""

    text: str
    changes: int


def fetch(state: Text) -> Text:
    """Pretend to read a record."""
    return {"text": "grace hopper, 1906"}


def trim(state: Cleaning) -> Cleaning:
    """Only the name."""
    return {"text": state["text"].split(",")[0]}


def capitals(state: Cleaning) -> Cleaning:
    """Names have capitals."""
    return {"text": state["text"].title(), "changes": len(state["text"]) - 4}


def greet(state: Text) -> Text:
    """Be polite."""
    return {"text": f"Hello, {state['text']}!"}


def main() -> None:
    """Build the inner graph, put it into the outer one, watch both."""
    inner = StateGraph(Cleaning)
    inner.add_node("trim", trim)
    inner.add_node("capitals", capitals)
    inner.add_edge(START, "trim")
    inner.add_edge("trim", "capitals")
    inner.add_edge("capitals", END)

    outer = StateGraph(Text)
    outer.add_node("fetch", fetch)
    outer.add_node("clean", inner.compile())
    outer.add_node("greet", greet)
    outer.add_edge(START, "fetch")
    outer.add_edge("fetch", "clean")
    outer.add_edge("clean", "greet")
    outer.add_edge("greet", END)
    graph = outer.compile()

    for path, update in graph.stream({}, stream_mode="updates", subgraphs=True):
        # A path's parts are "node:task id"; the ids differ from run to run.
        names = [part.split(":")[0] for part in path]
        print(f"{'/'.join(names) or '()'}: {update}")


if __name__ == "__main__":
    main()
