"""`create_react_agent` with our own messages, tools and models, nothing else installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph.message import add_messages
from anystep.managed import RemainingSteps
from anystep.messages import AIMessage, AnyMessage, SystemMessage
from anystep.prebuilt import ToolNode, create_react_agent
from anystep.prebuilt.chat_agent_executor import AgentState
from anystep.testing import ScriptedModel
from anystep.tools import tool
from anystep.types import Command, interrupt

if TYPE_CHECKING:
    from tests.conftest import Driver

pytestmark = pytest.mark.host


@tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@tool(return_direct=True)
def final(x: int) -> str:
    """End with this."""
    return f"final {x}"


@tool
def book(place: str) -> str:
    """Book a place."""
    return f"{place}: {interrupt('sure?')}"


def calling(name: str, **args: Any) -> list[dict[str, Any]]:
    """A reply that calls one tool."""
    return [{"name": name, "args": args}]


def said(result: dict[str, Any]) -> list[Any]:
    """The contents of a conversation."""
    return [m.content for m in result["messages"]]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_tools_are_called_until_there_is_an_answer(version: Any, driver: Driver) -> None:
    """One after another or side by side, in either version."""
    model = ScriptedModel(
        [calling("add", a=1, b=2) + calling("add", a=3, b=4), calling("add", a=3, b=7), "ten"]
    )
    agent = create_react_agent(model, [add], version=version, name="bob")

    result = driver.invoke(agent, {"messages": "sum"})

    assert said(result) == ["sum", "", "3", "7", "", "10", "ten"]
    assert [m.name for m in result["messages"] if isinstance(m, AIMessage)] == ["bob"] * 3
    assert agent.name == "bob"


@pytest.mark.parametrize(
    "prompt",
    [
        "Be brief.",
        SystemMessage("Be brief."),
        lambda state: [SystemMessage("Be brief."), *state["messages"]],
    ],
)
def test_a_prompt_goes_before_the_messages(prompt: Any, driver: Driver) -> None:
    """Whether it is text, a message or a function; the state does not hold it."""
    model = ScriptedModel(["yes"])

    result = driver.invoke(create_react_agent(model, [], prompt=prompt), {"messages": "hi"})

    assert [m.content for m in model.calls[0]] == ["Be brief.", "hi"]
    assert said(result) == ["hi", "yes"]


def test_a_prompt_that_is_none_is_refused() -> None:
    """By name of its type."""
    with pytest.raises(ValueError, match="unexpected type for `prompt`: <class 'int'>"):
        create_react_agent(ScriptedModel([]), [], prompt=1)


def test_a_function_chooses_the_model(driver: Driver) -> None:
    """From the state and the runtime."""
    models = {"a": ScriptedModel(["from a"]), "b": ScriptedModel(["from b"])}
    agent = create_react_agent(lambda state, runtime: models[runtime.context], [add])

    assert said(driver.invoke(agent, {"messages": "x"}, context="b")) == ["x", "from b"]
    assert said(driver.invoke(agent, {"messages": "x"}, context="a")) == ["x", "from a"]


def test_a_coroutine_function_that_chooses_needs_the_async_face() -> None:
    """The sync one says so."""

    async def choose(state: Any, runtime: Any) -> Any:
        return ScriptedModel(["x"])

    with pytest.raises(RuntimeError, match="Async model callable provided"):
        create_react_agent(choose, []).invoke({"messages": "x"})


def test_data_is_asked_for_at_the_end(driver: Driver) -> None:
    """With a prompt of its own before the conversation."""
    model = ScriptedModel(["Oslo it is", {"city": "Oslo"}])
    agent = create_react_agent(model, [add], response_format=("As data.", dict))

    result = driver.invoke(agent, {"messages": "where?"})

    assert result["structured_response"] == {"city": "Oslo"}
    assert [m.content for m in model.calls[-1]] == ["As data.", "where?", "Oslo it is"]


def test_a_tool_that_returns_directly_ends_the_agent(driver: Driver) -> None:
    """The model is not asked again."""
    model = ScriptedModel([calling("final", x=1)])

    result = driver.invoke(create_react_agent(model, [add, final]), {"messages": "x"})

    assert said(result) == ["x", "", "final 1"]


def test_an_agent_ends_in_good_order_when_steps_run_out(driver: Driver) -> None:
    """It says so instead of calling tools that could not answer."""
    model = ScriptedModel([calling("add", a=1, b=2)] * 3)

    result = driver.invoke(
        create_react_agent(model, [add]), {"messages": "x"}, {"recursion_limit": 4}
    )

    assert said(result) == ["x", "", "3", "Sorry, need more steps to process this request."]


def test_hooks_run_around_the_model(driver: Driver) -> None:
    """One before says what the model gets, one after sees what it has said."""
    model = ScriptedModel(["yes"])
    agent = create_react_agent(
        model,
        [add],
        pre_model_hook=lambda state: {"llm_input_messages": state["messages"][-1:]},
        post_model_hook=lambda state: {"messages": [AIMessage("after")]},
    )

    result = driver.invoke(agent, {"messages": ["one", "two"]})

    assert [m.content for m in model.calls[0]] == ["two"]
    assert said(result) == ["one", "two", "yes", "after"]


def test_a_tool_may_ask_and_go_on(driver: Driver) -> None:
    """The question is the run's, and its answer the tool's."""
    model = ScriptedModel([calling("book", place="A"), "done"])
    agent = create_react_agent(model, [book], checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}

    asked = driver.invoke(agent, {"messages": "x"}, config)
    result = driver.invoke(agent, Command(resume="yes"), config)

    assert [i.value for i in asked["__interrupt__"]] == ["sure?"]
    assert said(result) == ["x", "", "A: yes", "done"]


def test_a_conversation_with_an_open_call_is_refused(driver: Driver) -> None:
    """Most vendors refuse it as well."""
    call = {"name": "add", "args": {}, "id": "1", "type": "tool_call"}
    agent = create_react_agent(ScriptedModel(["x"]), [add])

    with pytest.raises(ValueError, match="do not have a corresponding ToolMessage"):
        driver.invoke(agent, {"messages": [AIMessage("", tool_calls=[call])]})


def test_a_dataclass_may_be_the_state(driver: Driver) -> None:
    """Its keys are there for prompts."""

    @dataclass
    class State:
        messages: Annotated[list[AnyMessage], add_messages]
        remaining_steps: RemainingSteps
        mood: str = "bad"

    model = ScriptedModel(["yes"])
    agent = create_react_agent(
        model, [add], state_schema=State, prompt=lambda state: [SystemMessage(state.mood)]
    )

    driver.invoke(agent, {"messages": "x", "mood": "good"})

    assert [m.content for m in model.calls[0]] == ["good"]


def test_a_state_needs_its_keys() -> None:
    """The one that is missing is named."""
    with pytest.raises(ValueError, match=r"Missing required key\(s\) {'structured_response'}"):
        create_react_agent(
            ScriptedModel([]), [], state_schema=AgentState, response_format=dict[str, Any]
        )


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"version": "v3"}, ValueError, "Invalid version v3"),
        ({"wrong": 1}, TypeError, "unexpected keyword arguments: {'wrong': 1}"),
        ({"model": object()}, TypeError, "Expected a model with `invoke`"),
        ({"model": "nobody:nothing"}, ImportError, "pip install langchain"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], error: Any, says: str) -> None:
    """When the agent is made."""
    options = {"model": ScriptedModel([]), "tools": [], **options}

    with pytest.raises(error, match=says):
        create_react_agent(**options)


def test_a_model_without_tools_cannot_be_given_any() -> None:
    """It has to have `bind_tools`."""

    class Plain:
        def invoke(self, messages: Any, config: Any) -> Any:
            return AIMessage("x")

        ainvoke = invoke

    with pytest.raises(TypeError, match="a model with `bind_tools`"):
        create_react_agent(Plain(), [add])
    with pytest.raises(TypeError, match="with_structured_output"):
        create_react_agent(Plain(), [], response_format=dict).invoke({"messages": "x"})


def test_an_agent_is_drawn_with_its_loop() -> None:
    """Tools lead back to the model."""
    drawn = create_react_agent(ScriptedModel([]), ToolNode([add])).get_graph()

    assert sorted((e.source, e.target, e.conditional) for e in drawn.edges) == [
        ("__start__", "agent", False),
        ("agent", "__end__", True),
        ("agent", "tools", True),
        ("tools", "agent", False),
    ]


def test_an_agent_tells_tokens_and_runs_in_a_graph(driver: Driver) -> None:
    """The words of its model are the outer graph's, under the agent's name."""
    from anystep.graph import START, MessagesState, StateGraph

    agent = create_react_agent(ScriptedModel(["one two"]), [add], name="bob")
    outer = StateGraph(MessagesState).add_node(agent).add_edge(START, "bob").compile()

    events = driver.stream(outer, {"messages": "x"}, stream_mode="messages", subgraphs=True)

    assert [(ns[0].split(":")[0], part[0].content) for ns, part in events] == [
        ("bob", "one"),
        ("bob", " two"),
    ]
