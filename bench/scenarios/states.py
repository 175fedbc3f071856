"""Wide states: many keys of which few change, and lists that all grow."""

import operator
from typing import Annotated, Any, TypedDict

from bench.scenario import Scenario, Work, both, expect, invoking, limit

_KEYS = 100
_LISTS = 50

_NUMBERS: dict[str, Any] = {f"k{index}": int for index in range(_KEYS)}
_GROWING: dict[str, Any] = {
    f"k{index}": Annotated[list[int], operator.add] for index in range(_LISTS)
}
# Checkers want the fields of a TypedDict written out.
Wide = TypedDict("Wide", _NUMBERS)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
Lists = TypedDict("Lists", _GROWING)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]


def around(lib: Any, schema: Any, node: Any, size: int, key: str, **options: Any) -> Any:
    """Compile one node that goes round until the size of *key*'s value is enough."""

    def router(state: Any) -> str:
        value = state[key]
        done = value if isinstance(value, int) else len(value)
        return "step" if done < size else "__end__"

    builder = lib.StateGraph(schema).add_node("step", node)
    builder.add_edge(lib.START, "step")
    builder.add_conditional_edges("step", router, ["step", lib.END])
    return builder.compile(**options)


def coloured(node: Any, is_async: bool) -> Any:
    """Return *node*, or a coroutine function that does the same."""

    async def anode(state: Any) -> Any:
        return node(state)

    return anode if is_async else node


def wide(lib: Any, size: int, is_async: bool) -> Work:
    """A state of a hundred keys of which each step writes one."""
    node = coloured(lambda state: {"k0": state["k0"] + 1}, is_async)
    graph = around(lib, Wide, node, size, "k0")
    value = {f"k{index}": 0 for index in range(_KEYS)}

    def check(result: Any) -> None:
        expect("keys", len(result), _KEYS)
        expect("k0", result["k0"], size)

    return Work(invoking(graph, value, limit(size), is_async), size, check)


def lists(lib: Any, size: int, is_async: bool) -> Work:
    """Fifty lists of which each step appends to every one."""
    update = {f"k{index}": [1] for index in range(_LISTS)}
    graph = around(lib, Lists, coloured(lambda state: update, is_async), size, "k0")

    def check(result: Any) -> None:
        expect("lengths", {len(value) for value in result.values()}, {size})
        expect("keys", len(result), _LISTS)

    return Work(invoking(graph, {"k0": []}, limit(size), is_async), size, check)


SCENARIOS = (
    *both(Scenario("wide_100_keys", wide, 300, "step", ratio=80), ratio=None),
    *both(Scenario("lists_50", lists, 100, "step", ratio=25), ratio=None),
)
