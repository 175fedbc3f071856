"""What is measured: small programs that run on anystep and on langgraph alike.

A scenario takes the name of the package and returns a `Work`: a callable, and how many
supersteps, tasks or events one call is, so that figures are microseconds of CPU per
unit.  Building and compiling happens before the clock starts, except where that is the
scenario.  Nodes do as little as possible: what is left is the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from importlib import import_module
from operator import add
from typing import Annotated, Any, NamedTuple, TypedDict

__all__ = ["SCENARIOS", "Scenario", "Work"]


#: The keys of the wide state.
KEYS = [f"key_{number}" for number in range(100)]


class Work(NamedTuple):
    """Something to run, and the number of units it does each time."""

    run: Callable[[], object]
    units: int


class Scenario(NamedTuple):
    """A name, what one unit is, the ratio to langgraph asked for (None: none), the program."""

    name: str
    unit: str
    budget: float | None
    build: Callable[[str], Work]


class Count(TypedDict):
    """One number."""

    n: int


class Items(TypedDict):
    """A growing list."""

    items: Annotated[list[int], add]


def nothing(_: Any) -> None:
    """A node that writes nothing."""


def one_more(state: Count) -> Count:
    """A node that counts."""
    return {"n": state["n"] + 1}


def echo(one: Count) -> dict[str, list[int]]:
    """A task of a fan-out."""
    return {"items": [one["n"]]}


def append(_: Items) -> dict[str, list[int]]:
    """A node that appends to a list."""
    return {"items": [1]}


def write_one(_: Any) -> dict[str, int]:
    """A node that writes one key of many."""
    return {"key_7": 1}


def chain(package: str, length: int) -> Any:
    """A builder of nodes in a row, none of which does anything."""
    graph = import_module(f"{package}.graph")
    builder = graph.StateGraph(Count)
    names = [f"node_{number}" for number in range(length)]
    for name in names:
        builder.add_node(name, nothing)
    for source, target in zip([graph.START, *names], [*names, graph.END], strict=True):
        builder.add_edge(source, target)
    return builder


def loop(package: str, node: Any, schema: type, *, limit: int) -> Any:
    """A builder of one node that runs `limit` times, by a router."""
    graph = import_module(f"{package}.graph")
    steps: Iterator[int] = iter(())

    def route(_: Any) -> str:
        nonlocal steps
        if next(steps, None) is not None:
            return "node"
        steps = iter(range(limit - 1))
        return str(graph.END)

    route(None)
    builder = graph.StateGraph(schema)
    builder.add_node("node", node)
    builder.add_edge(graph.START, "node")
    builder.add_conditional_edges("node", route, ["node", graph.END])
    return builder


def limited(length: int, thread: int | None = None) -> dict[str, Any]:
    """A config that allows a long run, on a thread of its own if asked for."""
    config: dict[str, Any] = {"recursion_limit": length + 10}
    if thread is not None:
        config["configurable"] = {"thread_id": str(thread)}
    return config


def run_chain(length: int) -> Callable[[str], Work]:
    """Invoke a chain."""

    def build(package: str) -> Work:
        graph, config = chain(package, length).compile(), limited(length)
        return Work(lambda: graph.invoke({"n": 0}, config), length)

    return build


def run_chain_async(package: str) -> Work:
    """Invoke a chain of a thousand on a loop of asyncio's."""
    graph, config = chain(package, 1_000).compile(), limited(1_000)
    return Work(lambda: asyncio.run(graph.ainvoke({"n": 0}, config)), 1_000)


def run_loop(package: str) -> Work:
    """Go round a loop with a router."""
    graph, config = loop(package, one_more, Count, limit=1_000).compile(), limited(1_000)
    return Work(lambda: graph.invoke({"n": 0}, config), 1_000)


def stream_loop(package: str) -> Work:
    """Go round a loop and look at every update."""
    graph, config = loop(package, one_more, Count, limit=1_000).compile(), limited(1_000)

    def run() -> int:
        return sum(1 for _ in graph.stream({"n": 0}, config, stream_mode="updates"))

    return Work(run, 1_000)


def fan_out(width: int) -> Callable[[str], Work]:
    """Send to many tasks that write one list."""

    def build(package: str) -> Work:
        graph, types = import_module(f"{package}.graph"), import_module(f"{package}.types")
        builder = graph.StateGraph(Items)
        builder.add_node("node", echo)
        sends = [types.Send("node", {"n": number}) for number in range(width)]

        def everybody(_: Items) -> list[Any]:
            return sends

        builder.add_conditional_edges(graph.START, everybody, ["node"])
        builder.add_edge("node", graph.END)
        compiled = builder.compile()
        return Work(lambda: compiled.invoke({"items": []}), width)

    return build


def remember(schema: type, node: Any, value: dict[str, Any]) -> Callable[[str], Work]:
    """Go round a loop with a checkpoint in memory after every step."""

    def build(package: str) -> Work:
        memory = import_module(f"{package}.checkpoint.memory")
        builder = loop(package, node, schema, limit=300)
        threads = iter(range(1_000_000))

        def run() -> Any:
            # A saver of its own each time: memory that grows would be measured as well.
            graph = builder.compile(checkpointer=memory.InMemorySaver())
            return graph.invoke(dict(value), limited(300, next(threads)))

        return Work(run, 300)

    return build


def wide(package: str) -> Work:
    """Go round a loop over a state of a hundred keys, one of which is written."""
    make: Any = TypedDict  # Checkers understand literal keys only.
    schema = make("Wide", dict.fromkeys(KEYS, int))
    builder = loop(package, write_one, schema, limit=300)
    graph, config = builder.compile(), limited(300)
    value = dict.fromkeys(KEYS, 0)
    return Work(lambda: graph.invoke(value, config), 300)


def compile_chain(package: str) -> Work:
    """Compile a chain of three thousand."""
    builder = chain(package, 3_000)
    return Work(builder.compile, 3_000)


#: The design's budgets; `make bench` shows them beside what was measured.
SCENARIOS = (
    Scenario("chain of 100", "step", 60, run_chain(100)),
    Scenario("chain of 1 000", "step", 120, run_chain(1_000)),
    Scenario("chain of 3 000", "step", 200, run_chain(3_000)),
    Scenario("chain of 1 000, async", "step", 120, run_chain_async),
    Scenario("loop with a router", "step", 60, run_loop),
    Scenario("Send to 1 000", "task", 50, fan_out(1_000)),
    Scenario("streamed updates", "event", 60, stream_loop),
    Scenario("100 keys, one written", "step", 80, wide),
    Scenario("checkpoints of a number", "step", 40, remember(Count, one_more, {"n": 0})),
    Scenario(
        "checkpoints of a growing list",
        "step",
        30,
        remember(Items, append, {"items": []}),
    ),
    Scenario("compile 3 000 nodes", "node", 25, compile_chain),
)
