"""Nodes that wait without awaiting: side by side they should take no longer than one."""

import time
from typing import Any

from .fans import Gathered, Item
from .scenario import Scenario, Work, expect

_SECONDS = 0.05


def _waits(state: Item) -> dict[str, list[int]]:
    time.sleep(_SECONDS)
    return {"found": [state["i"]]}


def blocking(lib: Any, size: int) -> Work:
    """Send to *size* tasks that sleep; how long it takes says how many run at once."""

    def spread(state: Gathered) -> list[Any]:
        return [lib.Send("work", {"i": index}) for index in range(size)]

    builder = lib.StateGraph(Gathered).add_node("work", _waits)
    graph = builder.add_conditional_edges(lib.START, spread, ["work"]).compile()

    def check(result: Any) -> None:
        expect("found", result["found"], list(range(size)))

    return Work(lambda: graph.invoke({"found": []}), size, check)


SCENARIOS = (Scenario("blocking_100", blocking, 100, "task", wall=1),)
