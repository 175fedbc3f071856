"""Stop and ask a person. Close the tab, come back tomorrow: the thread is still waiting."""

import operator
from typing import Annotated, Any, Literal, TypedDict

from anystep.graph import END, START, StateGraph
from anystep.types import Command, interrupt

#: What the second question must be answered with; the page makes a form of it.
PUBLISHING = {
    "type": "object",
    "title": "Publishing",
    "required": ["channel", "copies"],
    "properties": {
        "channel": {"enum": ["newsletter", "blog", "notice board"], "title": "Where"},
        "copies": {"type": "integer", "minimum": 1, "default": 25, "title": "Copies"},
        "notify": {"type": "boolean", "default": True, "title": "Tell the readers"},
    },
}
TONES = ("Dear reader, {topic} matters more than you think.", "In short: {topic}.", "{topic}!")


class State(TypedDict, total=False):
    topic: str
    draft: str
    rounds: Annotated[int, operator.add]
    notes: Annotated[list[str], operator.add]
    published: dict[str, Any]


def write(state: State) -> State:
    done = state.get("rounds", 0)
    tone = TONES[done % len(TONES)]
    return {"draft": tone.format(topic=state["topic"].capitalize()), "rounds": 1}


def review(state: State) -> Command[Literal["write", "publish"]]:
    answer = interrupt(
        {
            "question": "Is this draft good enough? Anything else you type becomes a note.",
            "options": ["publish it", "try again"],
            "draft": state["draft"],
        }
    )
    if answer == "publish it":
        return Command(goto="publish")
    notes = [] if answer == "try again" else [str(answer)]
    return Command(goto="write", update={"notes": notes})


def publish(state: State) -> State:
    terms = interrupt("How shall it be published?", response_schema=PUBLISHING)
    return {"published": {"text": state["draft"], **terms}}


def build(saver: Any = None) -> Any:
    graph = StateGraph(State)
    graph.add_node("write", write)
    graph.add_node("review", review)
    graph.add_node("publish", publish)
    graph.add_edge(START, "write")
    graph.add_edge("write", "review")
    graph.add_edge("publish", END)
    return graph.compile(checkpointer=saver)
