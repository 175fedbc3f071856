"""What our own tools tell while they run, and `ValidationNode`, with nothing else installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import START, MessagesState, StateGraph
from anystep.messages import AIMessage, HumanMessage
from anystep.prebuilt import ToolCallTransformer, ToolNode, ToolRuntime, ValidationNode
from anystep.prebuilt.interrupt import ActionRequest, HumanInterrupt, HumanInterruptConfig
from anystep.tools import Tool, tool
from anystep.types import Command, interrupt

if TYPE_CHECKING:
    from tests.conftest import Driver

pytestmark = pytest.mark.host


@tool
def counts(n: int, runtime: ToolRuntime[Any, Any]) -> str:
    """Count."""
    for i in range(n):
        runtime.emit_output_delta(i)
    if n == 0:
        raise ValueError("nothing")
    return f"counted {n}"


@tool
def asks(n: int) -> str:
    """Ask."""
    return f"got {interrupt('sure?')}"


def calling(name: str, args: dict[str, Any]) -> dict[str, Any]:
    """An input that calls one tool."""
    call = {"name": name, "args": args, "id": "c", "type": "tool_call"}
    return {"messages": [AIMessage("", tool_calls=[call])]}


def graph_of(node: Any, **options: Any) -> Any:
    """A graph that is nothing but the node."""
    return StateGraph(MessagesState).add_node("t", node).add_edge(START, "t").compile(**options)


def test_a_call_is_told_with_its_parts(driver: Driver) -> None:
    """From its beginning to its end."""
    events = driver.stream(
        graph_of(ToolNode([counts])), calling("counts", {"n": 2}), stream_mode="tools"
    )

    assert [e["event"] for e in events] == [
        "tool-started",
        "tool-output-delta",
        "tool-output-delta",
        "tool-finished",
    ]
    assert {e["tool_call_id"] for e in events} == {"c"}
    assert (events[0]["tool_name"], events[0]["input"]) == ("counts", {"n": 2})
    assert [e["delta"] for e in events[1:3]] == [0, 1]
    assert events[3]["output"].content == "counted 2"


def test_a_failure_is_told(driver: Driver) -> None:
    """With the error's text, also if the model is told of it as well."""
    graph = graph_of(ToolNode([counts], handle_tool_errors=True))

    events = driver.stream(graph, calling("counts", {"n": 0}), stream_mode="tools")

    assert [e["event"] for e in events] == ["tool-started", "tool-error"]
    assert events[1]["message"] == "nothing"


def test_a_question_is_no_failure(driver: Driver) -> None:
    """The tool begins again when the answer is there."""
    graph = graph_of(ToolNode([asks]), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}

    first = driver.stream(graph, calling("asks", {"n": 1}), config, stream_mode="tools")
    second = driver.stream(graph, Command(resume="yes"), config, stream_mode="tools")

    assert [e["event"] for e in first] == ["tool-started"]
    assert [e["event"] for e in second] == ["tool-started", "tool-finished"]


def test_outside_a_graph_nobody_is_told() -> None:
    """Parts of the output go nowhere."""
    runtime: Any = ToolRuntime({}, None, {}, print, None, None)

    assert counts.invoke({"n": 1, "runtime": runtime}) == "counted 1"


def test_a_run_that_is_read_has_its_tools() -> None:
    """Each call is a stream of its own."""
    graph = graph_of(ToolNode([counts]), transformers=[ToolCallTransformer])
    seen = [
        (call.tool_name, call.input, list(call), call.output, call.error)
        for call in graph.stream_events(calling("counts", {"n": 2}), version="v3").tool_calls
    ]

    assert seen == [("counts", {"n": 2}, [0, 1], "counted 2", None)]


def test_calls_are_checked_without_running_them(driver: Driver) -> None:
    """What fits is answered as JSON, what does not with what is wrong."""

    def add(a: int, b: int = 2) -> int:
        raise AssertionError("it only lends its signature")

    graph = graph_of(ValidationNode([add, Tool(add, name="plus", description="Add.")]))

    fits = driver.invoke(graph, calling("add", {"a": 1}))["messages"][-1]
    wrong = driver.invoke(graph, calling("plus", {"a": "x"}))["messages"][-1]

    assert (fits.content, fits.name, fits.tool_call_id) == ('{"a": 1}', "add", "c")
    assert "a: has to be of type integer" in wrong.content.replace("\\n", "\n")
    assert wrong.additional_kwargs == {"is_error": True}


def test_a_conversation_has_to_end_with_a_model() -> None:
    """Anything else cannot be checked."""
    node = ValidationNode([])

    with pytest.raises(ValueError, match="Last message is not an AIMessage"):
        node.invoke([HumanMessage("x")])
    with pytest.raises(ValueError, match="No message found in input"):
        node.invoke({"messages": []})
    with pytest.raises(ValueError, match="Unsupported input to ValidationNode"):
        ValidationNode([1])


def test_questions_to_humans_are_plain_dicts() -> None:
    """As inboxes take them."""
    config = HumanInterruptConfig(
        allow_ignore=True, allow_respond=True, allow_edit=False, allow_accept=True
    )
    asked = HumanInterrupt(
        action_request=ActionRequest(action="rm", args={"path": "x"}),
        config=config,
        description=None,
    )

    assert asked["action_request"] == {"action": "rm", "args": {"path": "x"}}
