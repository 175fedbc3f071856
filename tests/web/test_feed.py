"""What a page's element is fed with."""

import json
from typing import Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph
from anystep.types import Command, interrupt
from anystep.web import events

pytestmark = pytest.mark.host


class State(TypedDict, total=False):
    """A text, and what was said about it."""

    text: str
    answer: str


def asking() -> Any:
    """A graph of one node that asks."""

    def ask(state: State) -> State:
        return {"answer": interrupt({"question": state["text"]})}

    graph = StateGraph(State).add_node("ask", ask).add_edge(START, "ask").add_edge("ask", END)
    return graph.compile(checkpointer=InMemorySaver())


async def told(graph: Any, given: Any, **options: Any) -> list[dict[str, Any]]:
    """Everything that is told of one run."""
    config = {"configurable": {"thread_id": "1"}}
    return [json.loads(event) async for event in events(graph, given, config, **options)]


async def test_the_drawing_comes_first_and_everything_is_json() -> None:
    """The graph, then tasks, states and checkpoints; a question with its value."""
    first, *others = await told(asking(), {"text": "really?"})

    assert first["mode"] == "drawing"
    assert [node["id"] for node in first["data"]["nodes"]] == ["__start__", "ask", "__end__"]
    assert {one["mode"] for one in others} == {"tasks", "values", "checkpoints"}
    assert all(one["ns"] == [] for one in others)
    asked = [one["data"]["interrupts"] for one in others if one["data"].get("interrupts")]
    assert asked[0][0]["value"] == {"question": "really?"}


async def test_an_answer_goes_on_and_options_are_the_streams() -> None:
    """A command is an input like any other; fewer modes can be asked for."""
    graph = asking()
    await told(graph, {"text": "really?"})
    found = await told(graph, Command(resume="yes"), stream_mode="values")

    assert [one["mode"] for one in found] == ["drawing", "values", "values"]
    assert found[-1]["data"] == {"text": "really?", "answer": "yes"}
