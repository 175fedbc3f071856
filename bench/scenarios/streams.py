"""Streams of a loop in each mode: the cost of an event, and of the first one."""

import importlib
from typing import Any

from bench.scenario import Build, Scenario, Work, both, expect, limit

from .chains import Number, chain_builder, looped
from .states import around, coloured

#: How many events a loop of *n* steps makes in each mode.
_EVENTS = {
    "values": lambda n: n + 1,
    "updates": lambda n: n,
    "custom": lambda n: n,
    "tasks": lambda n: 2 * n,
    "debug": lambda n: 2 * n,
    "checkpoints": lambda n: n + 2,
    "values, updates": lambda n: 2 * n + 1,
}


def _talking(lib: Any, size: int, is_async: bool) -> Any:
    """Compile a loop whose node writes each number to the stream."""

    def node(state: Number) -> dict[str, int]:
        lib.get_stream_writer()(state["n"])
        return {"n": state["n"] + 1}

    async def anode(state: Number) -> dict[str, int]:
        # A context variable finds the writer in a coroutine from Python 3.11 on.
        lib.get_stream_writer()(state["n"])
        return {"n": state["n"] + 1}

    builder = lib.StateGraph(Number).add_node("step", anode if is_async else node)
    builder.add_edge(lib.START, "step")
    builder.add_conditional_edges(
        "step", lambda state: "step" if state["n"] < size else "__end__", ["step", lib.END]
    )
    return builder.compile()


def _compiled(lib: Any, size: int, is_async: bool, mode: str) -> tuple[Any, dict[str, Any]]:
    if mode == "custom":
        return _talking(lib, size, is_async), limit(size)
    if mode == "checkpoints":
        graph = looped(lib, size, is_async, checkpointer=lib.InMemorySaver())
        return graph, limit(size) | {"configurable": {"thread_id": "t"}}
    return looped(lib, size, is_async), limit(size)


def _last(mode: str, event: Any, size: int) -> None:
    """Raise AssertionError unless the last event says how the loop ended."""
    if mode == "values":
        expect("last", event, {"n": size})
    elif mode == "updates":
        expect("last", event, {"step": {"n": size}})
    elif mode == "custom":
        expect("last", event, size - 1)
    elif mode in {"tasks", "debug"}:
        payload = event["payload"] if mode == "debug" else event
        expect("last", dict(payload["result"]), {"n": size})
    elif mode == "checkpoints":
        expect("last", event["values"], {"n": size})


def streamed(mode: str) -> Build:
    """A loop whose events are collected in *mode*."""

    def build(lib: Any, size: int, is_async: bool) -> Work:
        graph, config = _compiled(lib, size, is_async, mode)
        events = _EVENTS[mode](size)
        modes: Any = mode.split(", ") if "," in mode else mode

        def call() -> list[Any]:
            return list(graph.stream({"n": 0}, config, stream_mode=modes))

        async def acall() -> list[Any]:
            return [event async for event in graph.astream({"n": 0}, config, stream_mode=modes)]

        def check(result: list[Any]) -> None:
            expect("events", len(result), events)
            _last(mode, result[-1], size)

        return Work(acall if is_async else call, events, check)

    return build


def messages(lib: Any, size: int, is_async: bool) -> Work:
    """A loop whose node answers a message each time; the stream has every one of them."""
    module = {"anystep": "anystep.messages", "langgraph": "langchain_core.messages"}[lib.root]
    message_class = importlib.import_module(module).AIMessage

    def node(state: Any) -> dict[str, Any]:
        number = len(state["messages"])
        return {"messages": [message_class(content=f"message {number}", id=f"m{number}")]}

    graph = around(lib, lib.MessagesState, coloured(node, is_async), size, "messages")

    def call() -> list[Any]:
        return list(graph.stream({"messages": []}, limit(size), stream_mode="messages"))

    async def acall() -> list[Any]:
        stream = graph.astream({"messages": []}, limit(size), stream_mode="messages")
        return [event async for event in stream]

    def check(result: list[Any]) -> None:
        expect("events", len(result), size)
        expect("last", result[-1][0].content, f"message {size - 1}")
        expect("node", result[-1][1]["langgraph_node"], "step")

    return Work(acall if is_async else call, size, check)


def first_event(lib: Any, size: int, is_async: bool) -> Work:
    """Start to stream a chain of *size* nodes and leave after the first update."""

    def node(state: Number) -> dict[str, int]:
        return {"n": state["n"]}

    async def anode(state: Number) -> dict[str, int]:
        return {"n": state["n"]}

    graph = chain_builder(lib, size, anode if is_async else node).compile()

    def call() -> Any:
        events = graph.stream({"n": 5}, limit(size), stream_mode="updates")
        first = next(events)
        events.close()
        return first

    async def acall() -> Any:
        events = graph.astream({"n": 5}, limit(size), stream_mode="updates")
        first = await anext(events)
        await events.aclose()
        return first

    return Work(acall if is_async else call, 1, lambda got: expect("event", got, {"n0": {"n": 5}}))


def _scenario(mode: str, size: int, ratio: float | None = None) -> tuple[Scenario, Scenario]:
    name = f"stream_{mode.replace(', ', '_')}"
    return both(Scenario(name, streamed(mode), size, "event", ratio=ratio, quick=ratio is not None))


SCENARIOS = (
    *_scenario("values", 1000, 60),
    *_scenario("updates", 1000, 60),
    *_scenario("custom", 300),
    *_scenario("tasks", 300),
    *_scenario("debug", 300),
    *_scenario("checkpoints", 100),
    *_scenario("values, updates", 300),
    *both(Scenario("stream_messages", messages, 100, "event", quick=False)),
    *both(Scenario("first_event_of_1000", first_event, 1000, "run", quick=False)),
)
