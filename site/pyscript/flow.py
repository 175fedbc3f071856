"""The graph of the PyScript pages: it counts, asks, and goes on with the answer."""

from typing import TypedDict

from anystep.graph import END, START, StateGraph
from anystep.types import interrupt
from anystep.web import IndexedDBSaver


class State(TypedDict, total=False):
    """A text and what was made of it."""

    text: str
    words: int
    title: str
    card: str


def count(state: State) -> State:
    """Count the words."""
    return {"words": len(state["text"].split())}


def name(state: State) -> State:
    """Ask for a title; the run rests until it is answered."""
    short = " ".join(state["text"].split()[:3]).strip(".,;").capitalize()
    question = f"{state['words']} words. What shall they be called?"
    return {"title": interrupt({"question": question, "options": [short, "Untitled"]})}


def print_card(state: State) -> State:
    """Put both together."""
    return {"card": f"{state['title']} ({state['words']} words)"}


builder = StateGraph(State)
builder.add_sequence([count, name, print_card])
builder.add_edge(START, "count")
builder.add_edge("print_card", END)
graph = builder.compile(checkpointer=IndexedDBSaver("pyscript"))
