"""The four valid rows of Juncture, a LangGraph in Rust, against its published times.

Its README (2026-05-26) gives 16.9, 142.7, 95.4 and 0.7 ms of wall time on the
author's machine.  Its fan-out row and its checkpoint row do not do the work they
name and are left out.  The budget is that pure Python needs less CPU time here
than the Rust program's wall time there.
"""

import dataclasses
import operator
from typing import Annotated, Any, TypedDict

from .chains import chain_builder
from .scenario import Scenario, Work, expect


async def _nothing(state: Any) -> None:
    return None


async def _no_messages(state: Any) -> dict[str, list[Any]]:
    return {"messages": []}


def sequential(lib: Any, size: int) -> Work:
    """A chain over MessagesState whose nodes return None."""
    graph = chain_builder(lib, size, _nothing, lib.MessagesState).compile()
    config = {"recursion_limit": size + 10}

    def check(result: Any) -> None:
        expect("result", result, {"messages": []})

    return Work(lambda: graph.ainvoke({"messages": []}, config), size, check)


def streaming(lib: Any, size: int) -> Work:
    """The same chain, every node writing, its updates streamed."""
    graph = chain_builder(lib, size, _no_messages, lib.MessagesState).compile()
    config = {"recursion_limit": size + 10}

    async def call() -> int:
        count = 0
        async for _ in graph.astream({"messages": []}, config, stream_mode="updates"):
            count += 1
        return count

    return Work(call, size, lambda count: expect("events", count, size))


def _later(old: Any, new: Any) -> Any:
    return new


def _given(old: Any, new: Any) -> Any:
    return new if new is not None else old


def _truthy(old: Any, new: Any) -> Any:
    return new or old


@dataclasses.dataclass(kw_only=True)
class Wide:
    """Fifteen fields: four lists, two dicts, six reducers of one's own, three plain."""

    messages: Annotated[list[Any], operator.add] = dataclasses.field(default_factory=list)
    trigger_events: Annotated[list[Any], operator.add] = dataclasses.field(default_factory=list)
    categorizations: Annotated[list[Any], operator.add] = dataclasses.field(default_factory=list)
    responses: Annotated[list[Any], operator.add] = dataclasses.field(default_factory=list)
    slack_participants: Annotated[dict[str, Any], operator.or_] = dataclasses.field(
        default_factory=dict
    )
    notified: Annotated[dict[str, Any], operator.or_] = dataclasses.field(default_factory=dict)
    medium: Annotated[str, _truthy] = "email"
    autoresponse: Annotated[dict[str, Any] | None, _later] = None
    issue: Annotated[dict[str, Any] | None, _truthy] = None
    relevant_rules: Annotated[list[Any] | None, _later] = None
    memory_docs: Annotated[list[Any] | None, _later] = None
    user_info: Annotated[dict[str, Any] | None, _given] = None
    crm_info: dict[str, Any] | None = None
    thread: str | None = None
    bot: str | None = None


def _writer(reads: str, **writes: Any) -> Any:
    async def node(state: Wide) -> dict[str, Any]:
        getattr(state, reads)
        return writes

    return node


def wide_state(lib: Any, size: int) -> Work:
    """Six nodes over a wide dataclass, round and round *size* + 1 times."""

    async def again(state: Wide) -> str:
        return "__end__" if len(state.messages) > size else "one"

    builder = lib.StateGraph(Wide)
    builder.add_node("one", _writer("messages", trigger_events=[1], medium="chat"))
    builder.add_node("two", _writer("trigger_events", autoresponse={"a": 1}))
    builder.add_node("three", _writer("autoresponse", relevant_rules=[{"r": 1}]))
    builder.add_node(
        "four",
        _writer("trigger_events", categorizations=[1], responses=[1], memory_docs=[{"m": 1}]),
    )
    builder.add_node(
        "five",
        _writer(
            "categorizations",
            user_info={"u": 1},
            crm_info={"c": 1},
            thread="t",
            slack_participants={"s": 1},
            bot="b",
            notified={"n": 1},
        ),
    )
    builder.add_node("six", _writer("responses", messages=["m"]))
    builder.add_edge(lib.START, "one").add_edge("one", "two")
    builder.add_edge("two", "three").add_edge("two", "four")
    builder.add_edge(["three", "four"], "five").add_edge("five", "six")
    builder.add_conditional_edges("six", again, ["one", lib.END])
    graph = builder.compile()
    config = {"recursion_limit": 10 * size + 100}

    def check(result: Any) -> None:
        expect("messages", len(result["messages"]), size + 1)
        expect("responses", len(result["responses"]), size + 1)
        expect("participants", result["slack_participants"], {"s": 1})

    # Five supersteps a round: three and four run together.
    return Work(lambda: graph.ainvoke({"messages": []}, config), 5 * (size + 1), check)


class Routed(TypedDict):
    """A value to route by, and what came of it."""

    value: int
    result: str


def routing(lib: Any, size: int) -> Work:
    """One of *size* branches, then a node that collects."""

    async def route(state: Routed) -> None:
        return None

    async def choose(state: Routed) -> str:
        return f"branch_{state['value'] % size}"

    async def collect(state: Routed) -> dict[str, str]:
        return {"result": state["result"] + "_complete"}

    def branch(index: int) -> Any:
        async def node(state: Routed) -> dict[str, str]:
            return {"result": f"branch_{index}"}

        return node

    builder = lib.StateGraph(Routed)
    builder.add_node("route", route).add_node("collect", collect)
    builder.add_edge(lib.START, "route")
    names = [f"branch_{index}" for index in range(size)]
    for index, name in enumerate(names):
        builder.add_node(name, branch(index))
        builder.add_edge(name, "collect")
    builder.add_conditional_edges("route", choose, {name: name for name in names})
    graph = builder.add_edge("collect", lib.END).compile()

    def check(result: Any) -> None:
        expect("result", result["result"], f"branch_{42 % size}_complete")

    return Work(lambda: graph.ainvoke({"value": 42, "result": ""}), 3, check)


SCENARIOS = (
    Scenario(
        "juncture_sequential_3000", sequential, 3000, "step", is_async=True, milliseconds=16.9
    ),
    Scenario(
        "juncture_streaming_10000",
        streaming,
        10_000,
        "event",
        is_async=True,
        milliseconds=142.7,
        peer=False,
    ),
    Scenario("juncture_wide_1200", wide_state, 1200, "step", is_async=True, milliseconds=95.4),
    Scenario("juncture_routing_50", routing, 50, "step", is_async=True, milliseconds=0.7),
)
