"""Fan-out and fan-in: the cost of a task that runs beside others."""

import operator
from typing import Annotated, Any, TypedDict

from .scenario import Scenario, Work, expect


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


def _sends(lib: Any, size: int, *, is_async: bool) -> Work:
    def spread(state: Gathered) -> list[Any]:
        return [lib.Send("work", {"i": index}) for index in range(size)]

    builder = lib.StateGraph(Gathered)
    builder.add_node("work", _aworks if is_async else _works)
    builder.add_node("join", _ajoins if is_async else _joins)
    builder.add_conditional_edges(lib.START, spread, ["work"])
    builder.add_edge("work", "join").add_edge("join", lib.END)
    graph = builder.compile()
    call = graph.ainvoke if is_async else graph.invoke

    def check(result: Any) -> None:
        expect("found", result["found"], list(range(size)))

    return Work(lambda: call({"found": []}), size, check)


def _static(lib: Any, size: int, *, is_async: bool) -> Work:
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
    call = graph.ainvoke if is_async else graph.invoke

    def check(result: Any) -> None:
        expect("found", result["found"], list(range(size)))

    return Work(lambda: call({"found": []}), size, check)


def send(lib: Any, size: int) -> Work:
    """Send to *size* tasks and join, sync."""
    return _sends(lib, size, is_async=False)


def asend(lib: Any, size: int) -> Work:
    """Send to *size* coroutine tasks and join."""
    return _sends(lib, size, is_async=True)


def static(lib: Any, size: int) -> Work:
    """*size* nodes beside one another and a join, sync."""
    return _static(lib, size, is_async=False)


def astatic(lib: Any, size: int) -> Work:
    """*size* coroutine nodes beside one another and a join."""
    return _static(lib, size, is_async=True)


SCENARIOS = (
    Scenario("send_100", send, 100, "task"),
    Scenario("send_1000", send, 1000, "task", ratio=50, calls=60),
    Scenario("send_100_async", asend, 100, "task", is_async=True),
    Scenario("send_1000_async", asend, 1000, "task", is_async=True, ratio=25, calls=60),
    Scenario("static_1000", static, 1000, "task", ratio=50),
    Scenario("static_1000_async", astatic, 1000, "task", is_async=True, ratio=25),
)
