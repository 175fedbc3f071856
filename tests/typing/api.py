"""What a type checker sees of the public interface.  NOT meant to be executed.

mypy and pyright, both strict, read this file twice: beside the sources, and beside
the installed wheel.  Every ``assert_type`` is a promise to users.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from operator import add
from typing import Annotated, Any, Literal, TypedDict, assert_type

from anystep.channels import BaseChannel, LastValue
from anystep.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from anystep.checkpoint.memory import InMemorySaver, MemorySaver
from anystep.errors import GraphRecursionError
from anystep.graph import END, START, MessagesState, StateGraph, add_messages
from anystep.graph.state import CompiledStateGraph
from anystep.prebuilt import ToolNode, ToolRuntime, create_react_agent, tools_condition
from anystep.runtime import Runtime
from anystep.testing import ScriptedModel
from anystep.tools import Tool, tool
from anystep.types import Command, Interrupt, RetryPolicy, Send, StateSnapshot, interrupt
from anystep.typing import RunnableConfig


class State(TypedDict):
    """A state with a reducer."""

    text: str
    items: Annotated[list[str], add]


class Question(TypedDict):
    """What the graph is asked."""

    text: str


class Answer(TypedDict):
    """What the graph answers."""

    items: list[str]


class Context(TypedDict):
    """What a run is given beside its input."""

    user: str


# --- nodes of every shape


def node(state: State) -> dict[str, Any]:
    """A node that returns an update."""
    return {"text": state["text"]}


def typed_node(state: State) -> State:
    """A node that returns the whole state."""
    return state


async def async_node(state: State) -> dict[str, Any]:
    """A coroutine function is a node."""
    return {"text": state["text"]}


def node_with_config(state: State, config: RunnableConfig) -> dict[str, Any]:
    """A node may ask for the config."""
    assert_type(config.get("recursion_limit"), int | None)
    return {}


def node_with_runtime(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """A node may ask for the run's context."""
    assert_type(runtime.context, Context)
    return {"text": runtime.context["user"]}


def commanding(state: State) -> Command[Literal["node", "async_node"]]:
    """A node may say where to go next."""
    return Command(goto="node", update={"text": "!"})


def asking(state: State) -> dict[str, Any]:
    """A node may pause for an answer, which can be anything."""
    assert_type(interrupt("really?"), Any)
    return {}


def route(state: State) -> Literal["node", "__end__"]:
    """A router names the next node."""
    return "node" if state["text"] else END


def fan_out(state: State) -> list[Send]:
    """A router may send different inputs to many tasks."""
    return [Send("node", {"text": item}) for item in state["items"]]


# --- the builder


builder = StateGraph(State)
assert_type(builder, StateGraph[State, None, State, State])
assert_type(builder.add_node(node), StateGraph[State, None, State, State])
builder.add_node("typed", typed_node)
builder.add_node("async", async_node, retry_policy=RetryPolicy(max_attempts=3))
builder.add_node("config", node_with_config)
builder.add_node("commanding", commanding, destinations=("node",))
builder.add_node("asking", asking, defer=True)
builder.add_edge(START, "node")
builder.add_edge(["node", "typed"], "async")
builder.add_conditional_edges("async", route)
builder.add_conditional_edges("async", fan_out, ["node"])
builder.add_conditional_edges("async", route, {"node": "node", END: END})
builder.add_sequence([node, ("second", typed_node)])

narrow = StateGraph(State, context_schema=Context, input_schema=Question, output_schema=Answer)
assert_type(narrow, StateGraph[State, Context, Question, Answer])
narrow.add_node("runtime", node_with_runtime)

messages = StateGraph(MessagesState)
assert_type(messages, StateGraph[MessagesState, None, MessagesState, MessagesState])

saver = InMemorySaver()
graph = builder.compile(checkpointer=saver, interrupt_before=["node"])
assert_type(graph, CompiledStateGraph[State, None, State, State])
assert_type(narrow.compile(), CompiledStateGraph[State, Context, Question, Answer])


# --- running, on both faces


config: RunnableConfig = {"configurable": {"thread_id": "1"}, "recursion_limit": 10}

assert_type(graph.invoke({"text": "", "items": []}, config), State)
graph.invoke(Command(resume="yes"), config)
graph.invoke(None, config, durability="sync")
narrow.compile().invoke({"text": ""}, context={"user": "me"})
assert_type(
    graph.stream({"text": "", "items": []}, config, stream_mode="updates"),
    Iterator[dict[str, Any] | Any],
)
graph.stream(None, config, stream_mode=["values", "custom"], subgraphs=True)

assert_type(graph.get_state(config), StateSnapshot)
assert_type(graph.get_state_history(config, limit=3), Iterator[StateSnapshot])
assert_type(graph.update_state(config, {"text": "new"}, as_node="node"), RunnableConfig)
assert_type(graph.get_graph().draw_mermaid(), str)


async def running() -> None:
    """The asynchronous face has the same types."""
    assert_type(await graph.ainvoke({"text": "", "items": []}, config), State)
    events = graph.astream({"text": "", "items": []}, config, stream_mode="values")
    assert_type(events, AsyncIterator[dict[str, Any] | Any])
    async for event in events:
        assert_type(event, dict[str, Any] | Any)
    assert_type(await graph.aget_state(config), StateSnapshot)
    assert_type(graph.aget_state_history(config), AsyncIterator[StateSnapshot])
    assert_type(await graph.aupdate_state(config, {"text": "new"}), RunnableConfig)


# --- what comes back


def looking(snapshot: StateSnapshot) -> None:
    """A snapshot's parts have types."""
    assert_type(snapshot.next, tuple[str, ...])
    assert_type(snapshot.config, RunnableConfig)
    assert_type(snapshot.parent_config, RunnableConfig | None)
    assert_type(snapshot.interrupts, tuple[Interrupt, ...])
    assert_type(snapshot.created_at, str | None)
    for task in snapshot.tasks:
        assert_type(task.name, str)
        assert_type(task.interrupts, tuple[Interrupt, ...])


def saving(saver: BaseCheckpointSaver[int]) -> None:
    """Any saver will do."""
    assert_type(saver.get_tuple(config), CheckpointTuple | None)
    builder.compile(checkpointer=saver)
    builder.compile(checkpointer=MemorySaver())
    builder.compile(checkpointer=False)


def failing() -> None:
    """Errors are exceptions of the built-in kinds."""
    try:
        graph.invoke(None, config)
    except GraphRecursionError as error:
        assert_type(error.args, tuple[Any, ...])
        recursion: RecursionError = error
        raise recursion from None


channel: BaseChannel[int, int, int] = LastValue(int)
reduced = add_messages([], [])


# --- agents


@tool
def look(place: str, runtime: ToolRuntime[Context, State]) -> str:
    """A tool that knows of its run."""
    return f"{place} {runtime.context['user']} {runtime.state['text']}"


assert_type(look, Tool)
assert_type(tools_condition({"messages": []}), Literal["tools", "__end__"])
agent = create_react_agent(ScriptedModel(["yes"]), ToolNode([look]), prompt="Be brief.")
assert_type(agent, CompiledStateGraph[Any, Any, Any, Any])
