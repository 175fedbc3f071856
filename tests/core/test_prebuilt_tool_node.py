"""`ToolNode` with our own messages and tools, nothing else installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pytest

from anystep.graph import START, MessagesState, StateGraph
from anystep.messages import AIMessage, HumanMessage, ToolMessage
from anystep.prebuilt import InjectedState, InjectedStore, ToolNode, ToolRuntime, tools_condition
from anystep.store.memory import InMemoryStore
from anystep.tools import tool
from anystep.types import Command, interrupt

if TYPE_CHECKING:
    from tests.conftest import Driver

pytestmark = pytest.mark.host


@tool
def add(a: int, b: int) -> int:
    """Add."""
    if a == 0:
        raise ValueError("zero")
    return a + b


@tool
def look(
    x: int,
    state: Annotated[Any, InjectedState],
    messages: Annotated[list[Any], InjectedState("messages")],
    store: Annotated[Any, InjectedStore()],
    runtime: ToolRuntime[Any, Any],
) -> str:
    """Look around."""
    found = store.get(("a",), "k").value
    return f"{x} {sorted(state)} {len(messages)} {found} {runtime.tool_call_id}"


def ai(*calls: tuple[str, dict[str, Any]]) -> AIMessage:
    """A model's message that calls tools."""
    listed = [
        {"name": name, "args": args, "id": f"c{i}", "type": "tool_call"}
        for i, (name, args) in enumerate(calls)
    ]
    return AIMessage(content="", tool_calls=listed)


def graph_of(node: Any, **options: Any) -> Any:
    """A graph that is nothing but the node."""
    return StateGraph(MessagesState).add_node("t", node).add_edge(START, "t").compile(**options)


def told(result: dict[str, Any]) -> list[Any]:
    """What the tools have answered."""
    return [m.content for m in result["messages"] if isinstance(m, ToolMessage)]


def test_calls_are_answered_in_order(driver: Driver) -> None:
    """Each with a message of its id, unknown tools and bad arguments too."""
    message = ai(("add", {"a": 1, "b": 2}), ("nope", {}), ("add", {"a": "x", "b": 2}))
    result = driver.invoke(graph_of(ToolNode([add])), {"messages": [message]})

    first, second, third = told(result)
    assert first == "3"
    assert second == "Error: nope is not a valid tool, try one of [add]."
    assert third.startswith("Error invoking tool 'add' with kwargs {'a': 'x', 'b': 2} with error:")
    assert [m.tool_call_id for m in result["messages"][1:]] == ["c0", "c1", "c2"]
    assert [m.status for m in result["messages"][1:]] == ["success", "error", "error"]


def test_errors_are_raised_or_told(driver: Driver) -> None:
    """A tool's own error is raised, unless the node is told to handle it."""
    message = ai(("add", {"a": 0, "b": 2}))

    with pytest.raises(ValueError, match="zero"):
        driver.invoke(graph_of(ToolNode([add])), {"messages": [message]})
    for handler, expected in (
        (True, "Error: ValueError('zero')\n Please fix your mistakes."),
        ("sorry", "sorry"),
        (lambda error: f"no {error}", "no zero"),
        ((KeyError, ValueError), "Error: ValueError('zero')\n Please fix your mistakes."),
    ):
        graph = graph_of(ToolNode([add], handle_tool_errors=handler))
        assert told(driver.invoke(graph, {"messages": [message]})) == [expected]


def test_state_store_and_runtime_are_injected(driver: Driver) -> None:
    """Whatever a model gives for them is dropped."""
    store = InMemoryStore()
    store.put(("a",), "k", {"v": 1})
    message = ai(("look", {"x": 1, "state": "evil", "store": "evil"}))
    result = driver.invoke(graph_of(ToolNode([look]), store=store), {"messages": [message]})

    assert told(result) == ["1 ['messages'] 1 {'v': 1} c0"]
    assert list(look.schema["properties"]) == ["x"]


def test_a_tool_may_command_the_graph(driver: Driver) -> None:
    """Its update goes to the state, beside the answers of others."""

    @tool
    def leave(runtime: ToolRuntime[Any, Any]) -> Any:
        """Leave."""
        answer = ToolMessage(content="left", tool_call_id=runtime.tool_call_id or "")
        return Command(update={"messages": [answer]}, goto="end")

    builder = StateGraph(MessagesState).add_node("t", ToolNode([leave, add]))
    builder.add_node("end", lambda state: {"messages": [HumanMessage(content="at the end")]})
    graph = builder.add_edge(START, "t").compile()
    message = ai(("leave", {}), ("add", {"a": 1, "b": 1}))
    result = driver.invoke(graph, {"messages": [message]})

    assert told(result) == ["left", "2"]
    assert result["messages"][-1].content == "at the end"


def test_a_tool_may_ask(driver: Driver) -> None:
    """An interrupt in a tool stops the run, and its answer is the tool's."""
    from anystep.checkpoint.memory import InMemorySaver

    @tool
    def confirm(what: str) -> str:
        """Confirm."""
        return f"{what}: {interrupt('sure?')}"

    graph = graph_of(ToolNode([confirm]), checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    asked = driver.invoke(graph, {"messages": [ai(("confirm", {"what": "it"}))]}, config)
    assert asked["__interrupt__"][0].value == "sure?"

    assert told(driver.invoke(graph, Command(resume="yes"), config)) == ["it: yes"]


def test_a_wrapper_stands_around_calls() -> None:
    """It may change the request, try again, or answer by itself."""

    def wrapper(request: Any, execute: Any) -> Any:
        if request.tool is None:
            return ToolMessage(content="no such tool", tool_call_id=request.tool_call["id"])
        changed = {**request.tool_call, "args": {**request.tool_call["args"], "a": 5}}
        return execute(request.override(tool_call=changed))

    node = ToolNode([add], wrap_tool_call=wrapper)
    result = node.invoke({"messages": [ai(("add", {"a": 0, "b": 1}), ("nope", {}))]})

    assert told(result) == ["6", "no such tool"]


def test_the_condition_leads_to_tools_or_to_the_end() -> None:
    """By the last message, in a list, a state or another key."""
    call = ai(("add", {}))

    assert tools_condition([call]) == "tools"
    assert tools_condition({"messages": [AIMessage(content="done")]}) == "__end__"
    assert tools_condition({"said": [call]}, messages_key="said") == "tools"
    with pytest.raises(ValueError, match="No messages found"):
        tools_condition({"messages": []})


def test_what_has_no_calls_is_refused() -> None:
    """The error says what is missing."""
    with pytest.raises(ValueError, match="No message found in input"):
        ToolNode([add]).invoke({"messages": []})
    with pytest.raises(ValueError, match="No AIMessage found in input"):
        ToolNode([add]).invoke({"messages": [HumanMessage(content="hi")]})
