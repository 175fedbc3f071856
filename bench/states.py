"""Wide states, and checkpoints of every step."""

import itertools
import operator
from typing import Annotated, Any, TypedDict

from .scenario import Scenario, Work, expect

_KEYS = 100
_LISTS = 50

Wide = TypedDict("Wide", {f"k{index}": int for index in range(_KEYS)})  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues, reportUnusedVariable]
Lists = TypedDict(  # type: ignore[misc]
    "Lists",
    {f"k{index}": Annotated[list, operator.add] for index in range(_LISTS)},  # pyright: ignore[reportGeneralTypeIssues, reportUnusedVariable]
)


class Grown(TypedDict):
    """A list that every step appends to."""

    xs: Annotated[list[str], operator.add]
    n: int


def _around(lib: Any, schema: Any, node: Any, size: int, key: str, **options: Any) -> Any:
    """Compile one node that goes round until *key* says it is enough."""

    def router(state: Any) -> str:
        value = state[key]
        done = value if isinstance(value, int) else len(value)
        return "step" if done < size else "__end__"

    builder = lib.StateGraph(schema).add_node("step", node)
    builder.add_edge(lib.START, "step")
    builder.add_conditional_edges("step", router, ["step", lib.END])
    return builder.compile(**options)


def wide(lib: Any, size: int) -> Work:
    """A state of a hundred keys of which each step writes one."""
    graph = _around(lib, Wide, lambda state: {"k0": state["k0"] + 1}, size, "k0")
    value = {f"k{index}": 0 for index in range(_KEYS)}
    config = {"recursion_limit": size + 10}

    def check(result: Any) -> None:
        expect("keys", len(result), _KEYS)
        expect("k0", result["k0"], size)

    return Work(lambda: graph.invoke(value, config), size, check)


def lists(lib: Any, size: int) -> Work:
    """Fifty lists of which each step appends to every one."""
    update = {f"k{index}": [1] for index in range(_LISTS)}
    graph = _around(lib, Lists, lambda state: update, size, "k0")
    config = {"recursion_limit": size + 10}

    def check(result: Any) -> None:
        expect("lengths", {len(value) for value in result.values()}, {size})
        expect("keys", len(result), _LISTS)

    return Work(lambda: graph.invoke({"k0": []}, config), size, check)


def saved(lib: Any, size: int, schema: Any, node: Any, key: str, first: Any) -> Work:
    """Save a checkpoint after every step of a loop, on a fresh thread each time."""
    saver = lib.InMemorySaver()
    graph = _around(lib, schema, node, size, key, checkpointer=saver)
    numbers = itertools.count()

    def config(number: int) -> dict[str, Any]:
        return {"configurable": {"thread_id": f"t{number}"}, "recursion_limit": size + 10}

    def call() -> Any:
        number = next(numbers)
        # Keeping every thread of every round would measure the allocator.
        saver.delete_thread(f"t{number - 1}")
        return number, graph.invoke(first, config(number), durability="sync")

    def check(outcome: Any) -> None:
        number, result = outcome
        value = result[key]
        expect(key, value if isinstance(value, int) else len(value), size)
        expect("checkpoints", sum(1 for _ in saver.list(config(number))), size + 2)

    return Work(call, size, check)


class _Int(TypedDict):
    n: int


def saved_int(lib: Any, size: int) -> Work:
    """A checkpoint of a number in every step."""
    return saved(lib, size, _Int, lambda state: {"n": state["n"] + 1}, "n", {"n": 0})


def saved_list(lib: Any, size: int) -> Work:
    """A checkpoint of a growing list in every step."""

    def node(state: Any) -> dict[str, Any]:
        return {"xs": [f"message number {len(state['xs'])}"]}

    return saved(lib, size, Grown, node, "xs", {"xs": []})


SCENARIOS = (
    Scenario("wide_100_keys", wide, 300, "step", ratio=80),
    Scenario("lists_50", lists, 100, "step", ratio=25),
    Scenario("saved_int", saved_int, 300, "step", ratio=40),
    Scenario("saved_list", saved_list, 300, "step", ratio=30),
)
