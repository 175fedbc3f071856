"""Human approval: stop for a person, go on with the answer.

`interrupt(value)` ends the run and saves where it stands; `invoke` returns what was asked under
`__interrupt__`. `Command(resume=answer)` on the same thread continues: the node runs again from
its start, and this time `interrupt` returns the answer. Days may lie between the two.

Prints:

    asked: {'question': 'Send it?', 'letter': 'Dear Ada, your parcel is late.'}
    waiting at: ('approve',)
    asked: {'question': 'Send it?', 'letter': 'Dear Ada, your parcel is late. We are sorry.'}
    sent: Dear Ada, your parcel is late. We are sorry.
"""

from typing import Any, TypedDict

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph
from anystep.types import Command, interrupt


class Letter(TypedDict, total=False):
    """A letter on its way."""

    to: str
    text: str
    answer: str
    sent: bool


def write(state: Letter) -> Letter:
    """The first version, or a better one."""
    if "text" in state:
        return {"text": f"{state['text']} {state['answer']}"}
    return {"text": f"Dear {state['to']}, your parcel is late."}


def approve(state: Letter) -> Letter:
    """Ask; "yes" sends it, anything else is added to it."""
    return {"answer": interrupt({"question": "Send it?", "letter": state["text"]})}


def send(state: Letter) -> Letter:
    """Send it."""
    print("sent:", state["text"])
    return {"sent": True}


def main() -> None:
    """Answer twice: once with an addition, once with yes."""
    builder = StateGraph(Letter)
    builder.add_node("write", write)
    builder.add_node("approve", approve)
    builder.add_node("send", send)
    builder.add_edge(START, "write")
    builder.add_edge("write", "approve")
    builder.add_conditional_edges(
        "approve", lambda state: "send" if state["answer"] == "yes" else "write", ["send", "write"]
    )
    builder.add_edge("send", END)
    graph = builder.compile(checkpointer=InMemorySaver())

    config: Any = {"configurable": {"thread_id": "letter-1"}}
    result: Any = graph.invoke({"to": "Ada"}, config)
    print("asked:", result["__interrupt__"][0].value)
    print("waiting at:", graph.get_state(config).next)
    result = graph.invoke(Command(resume="We are sorry."), config)
    print("asked:", result["__interrupt__"][0].value)
    graph.invoke(Command(resume="yes"), config)


if __name__ == "__main__":
    main()
