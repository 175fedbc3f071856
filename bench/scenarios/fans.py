"""Fan-out and fan-in: the cost of a task that runs beside others."""

import operator
from typing import Annotated, Any, TypedDict

from bench.scenario import Scenario, Work, both, expect, invoking


class Gathered(TypedDict):
    """What the tasks write."""

    found: Annotated[list[int], operator.add]


class Item(TypedDict):
    """What one Send carries."""

    i: int


def _works(state: Item) -> dict[str, list[int]]:
    return {"found": [state["i"]]}


async def _aworks(state: Item) -> dict[str, list[int]]:
    return {"found": [state["i"]]}


def _joins(state: Gathered) -> None:
    return None


async def _ajoins(state: Gathered) -> None:
    return None


def gathers(size: int) -> Any:
    """Return the check that every task's number came, in order."""
    return lambda result: expect("found", result["found"], list(range(size)))


def send(lib: Any, size: int, is_async: bool) -> Work:
    """Send to *size* tasks and join."""

    def spread(state: Gathered) -> list[Any]:
        return [lib.Send("work", {"i": index}) for index in range(size)]

    builder = lib.StateGraph(Gathered)
    builder.add_node("work", _aworks if is_async else _works)
    builder.add_node("join", _ajoins if is_async else _joins)
    builder.add_conditional_edges(lib.START, spread, ["work"])
    builder.add_edge("work", "join").add_edge("join", lib.END)
    graph = builder.compile()
    return Work(invoking(graph, {"found": []}, {}, is_async), size, gathers(size))


def static(lib: Any, size: int, is_async: bool) -> Work:
    """*size* nodes beside one another and a join."""

    def named(index: int) -> Any:
        async def anode(state: Gathered) -> dict[str, list[int]]:
            return {"found": [index]}

        def node(state: Gathered) -> dict[str, list[int]]:
            return {"found": [index]}

        return anode if is_async else node

    builder = lib.StateGraph(Gathered)
    builder.add_node("join", _ajoins if is_async else _joins)
    names = [f"n{index:05}" for index in range(size)]
    for index, name in enumerate(names):
        builder.add_node(name, named(index))
        builder.add_edge(lib.START, name)
    builder.add_edge(names, "join").add_edge("join", lib.END)
    graph = builder.compile()
    return Work(invoking(graph, {"found": []}, {}, is_async), size, gathers(size))


SCENARIOS = (
    *both(Scenario("send_100", send, 100, "task")),
    *both(Scenario("send_1000", send, 1000, "task", ratio=50, calls=60), ratio=25),
    *both(Scenario("send_10000", send, 10_000, "task", peer=False, quick=False)),
    *both(Scenario("static_100", static, 100, "task", quick=False)),
    *both(Scenario("static_1000", static, 1000, "task", ratio=50, calls=60), ratio=25),
    *both(Scenario("static_10000", static, 10_000, "task", peer=False, quick=False)),
)
