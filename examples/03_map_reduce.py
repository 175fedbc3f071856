"""Map and reduce: one task per item, as many as the input has.

A router may return `Send(node, input)` objects instead of names: each starts a task of that node
with an input of its own, and all of them run in one superstep. The reducer of `counts` joins
what they find; `report` runs once, after the last of them.

Prints:

    {'the': 4, 'cat': 2, 'mat': 1, 'dog': 2, 'saw': 1}
    most: the
"""

from typing import Annotated, Any, TypedDict

from anystep.graph import END, START, StateGraph
from anystep.types import Send


def add_counts(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    """The reducer: totals of both."""
    return {word: left.get(word, 0) + right.get(word, 0) for word in [*left, *right]}


class Corpus(TypedDict, total=False):
    """The whole job."""

    lines: list[str]
    counts: Annotated[dict[str, int], add_counts]
    most: str


class Line(TypedDict):
    """The input of one task."""

    text: str


def fan_out(state: Corpus) -> list[Send]:
    """One task for each line."""
    return [Send("count", {"text": line}) for line in state["lines"]]


def count(line: Line) -> dict[str, Any]:
    """Count the words of one line."""
    words = line["text"].split()
    return {"counts": {word: words.count(word) for word in words}}


def report(state: Corpus) -> Corpus:
    """The word that was found most often."""
    counts = state["counts"]
    return {"most": max(counts, key=lambda word: counts[word])}


def main() -> None:
    """Count the words of three lines side by side."""
    builder = StateGraph(Corpus)
    builder.add_node("count", count)
    builder.add_node("report", report)
    builder.add_conditional_edges(START, fan_out, ["count"])
    builder.add_edge("count", "report")
    builder.add_edge("report", END)
    graph = builder.compile()

    result = graph.invoke({"lines": ["the cat the mat", "the dog", "the cat saw dog"]})
    print(result["counts"])
    print("most:", result["most"])


if __name__ == "__main__":
    main()
