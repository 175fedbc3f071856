"""One task for each verse, side by side, each a graph of its own; then one answer for all."""

import operator
from typing import Annotated, Any, TypedDict

from anystep.graph import END, START, StateGraph
from anystep.types import Send


class Finding(TypedDict):
    verse: int
    words: int
    longest: str


class State(TypedDict, total=False):
    text: str
    verses: list[str]
    findings: Annotated[list[Finding], operator.add]
    report: str


class Verse(TypedDict, total=False):
    number: int
    line: str
    words: list[str]
    findings: Annotated[list[Finding], operator.add]


def split(state: State) -> State:
    return {"verses": [line.strip() for line in state["text"].splitlines() if line.strip()]}


def fan_out(state: State) -> list[Send]:
    """One `Send` is one task; a hundred lines would be a hundred tasks."""
    return [
        Send("study", {"number": number, "line": line})
        for number, line in enumerate(state["verses"], 1)
    ]


def tokenize(verse: Verse) -> Verse:
    return {"words": [word.strip(".,;:!?").lower() for word in verse["line"].split()]}


def measure(verse: Verse) -> Verse:
    words = verse["words"]
    longest = max(words, key=len, default="")
    return {"findings": [{"verse": verse["number"], "words": len(words), "longest": longest}]}


def combine(state: State) -> State:
    words = sum(finding["words"] for finding in state["findings"])
    longest = max((finding["longest"] for finding in state["findings"]), key=len, default="none")
    lines = len(state["findings"])
    return {"report": f"{words} words in {lines} lines; the longest is {longest!r}."}


def build(saver: Any = None) -> Any:
    study = StateGraph(Verse)
    study.add_node("tokenize", tokenize)
    study.add_node("measure", measure)
    study.add_edge(START, "tokenize")
    study.add_edge("tokenize", "measure")

    graph = StateGraph(State)
    graph.add_node("split", split)
    graph.add_node("study", study.compile())
    graph.add_node("combine", combine)
    graph.add_edge(START, "split")
    graph.add_conditional_edges("split", fan_out, ["study"])
    graph.add_edge("study", "combine")
    graph.add_edge("combine", END)
    return graph.compile(checkpointer=saver)
