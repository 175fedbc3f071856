"""Drawing: a compiled graph as a picture.

`get_graph()` gives the nodes and edges; they draw themselves as Mermaid source (the same text
that LangGraph gives), as text, as SVG or as a whole HTML page, all without the network. Dotted
lines are conditional edges; `xray=True` opens subgraphs.

Prints:

    +-----------+
    | __start__ |
    +-----------+
          |
          v
      +-------+
      | draft |
      +-------+
          | ^
          v :
      +-------+
      | check |
      +-------+
          :
          v
     +---------+
     | __end__ |
     +---------+
    ---
    graph TD;
        __start__ --> draft;
        check -.-> __end__;
        check -.-> draft;
        draft --> check;
    ---
    the SVG has 4 boxes, the page 2 tables
"""

from typing import Literal, TypedDict

from anystep.graph import START, StateGraph


class Essay(TypedDict, total=False):
    """Something that is written until it is good."""

    text: str


def draft(state: Essay) -> Essay:
    """Write some more."""
    return {"text": state.get("text", "") + "More. "}


def check(state: Essay) -> None:
    """Read it; the edge below decides."""


def good(state: Essay) -> Literal["draft", "__end__"]:
    """The annotation tells the picture where this may lead."""
    return "__end__" if len(state["text"]) > 10 else "draft"


def main() -> None:
    """Draw one graph in some ways."""
    builder = StateGraph(Essay)
    builder.add_node("draft", draft)
    builder.add_node("check", check)
    builder.add_edge(START, "draft")
    builder.add_edge("draft", "check")
    builder.add_conditional_edges("check", good)
    picture = builder.compile().get_graph()

    picture.print_ascii()
    print("---")
    print(picture.draw_mermaid(with_styles=False).expandtabs(4), end="")
    print("---")
    boxes = picture.draw_svg().count("<rect") - 1  # one is the background
    tables = picture.draw_html().count("<table>")
    print(f"the SVG has {boxes} boxes, the page {tables} tables")


if __name__ == "__main__":
    main()
