"""A checkpoint in memory of every step, and of the last one only."""

import itertools
import operator
from typing import Annotated, Any, NamedTuple, TypedDict

from bench.scenario import Build, Scenario, Work, both, expect

from .states import around, coloured


class _Number(TypedDict):
    n: int


class _Grown(TypedDict):
    xs: Annotated[list[str], operator.add]


def saving(
    graph: Any,
    saver: Any,
    given: Any,
    is_async: bool,
    durability: str = "sync",
) -> Any:
    """Return a call that runs *graph* on a thread of its own: its number and result."""
    numbers = itertools.count()

    def config() -> tuple[int, dict[str, Any]]:
        number = next(numbers)
        # Keeping every thread of every round would measure the allocator.
        saver.delete_thread(f"t{number - 1}")
        return number, thread(number)

    def call() -> Any:
        number, chosen = config()
        return number, graph.invoke(given, chosen, durability=durability)

    async def acall() -> Any:
        number, chosen = config()
        return number, await graph.ainvoke(given, chosen, durability=durability)

    return acall if is_async else call


def thread(number: int) -> dict[str, Any]:
    """Return the config of thread *number*."""
    return {"configurable": {"thread_id": f"t{number}"}, "recursion_limit": 100_000}


class Shape(NamedTuple):
    """A state, the node that adds to it, and what it begins with."""

    schema: Any
    node: Any
    given: dict[str, Any]


#: A number, and a list that grows by a text in every step.
NUMBER = Shape(_Number, lambda state: {"n": state["n"] + 1}, {"n": 0})
GROWN = Shape(_Grown, lambda state: {"xs": [f"message number {len(state['xs'])}"]}, {"xs": []})


def saved(shape: Shape) -> Build:
    """Save a checkpoint after every step of a loop."""

    def build(lib: Any, size: int, is_async: bool) -> Work:
        (key,) = shape.given
        saver = lib.InMemorySaver()
        node = coloured(shape.node, is_async)
        graph = around(lib, shape.schema, node, size, key, checkpointer=saver)

        def check(outcome: Any) -> None:
            number, result = outcome
            value = result[key]
            expect(key, value if isinstance(value, int) else len(value), size)
            expect("checkpoints", sum(1 for _ in saver.list(thread(number))), size + 2)

        return Work(saving(graph, saver, shape.given, is_async), size, check)

    return build


SCENARIOS = (
    *both(Scenario("saved_int", saved(NUMBER), 300, "step", ratio=40), ratio=None),
    *both(Scenario("saved_list", saved(GROWN), 300, "step", ratio=30), ratio=None),
)
