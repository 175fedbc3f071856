"""What a cache in memory keeps, and for how long."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest

from anystep.cache.memory import InMemoryCache
from anystep.checkpoint.serde.msgpack import MsgpackSerializer
from anystep.graph import START, StateGraph
from anystep.types import CachePolicy

pytestmark = pytest.mark.host

NODE = ("writes", "node")


class State(TypedDict):
    n: int
    found: Annotated[list[int], operator.add]


class Thing(list[int]):
    """A class nobody listed."""


def test_values_live_as_long_as_they_were_given() -> None:
    """Seconds, or for ever; an expired value is as if it had never been."""
    now = [0]
    cache = InMemoryCache[Any](clock=lambda: now[0])
    keys = [(NODE, "a"), (NODE, "b"), (("other",), "a"), (("none",), "a")]
    cache.set({keys[0]: (1, None), keys[1]: ((2, "x"), 10), keys[2]: (3, 10)})

    assert {keys[0]: 1, keys[1]: (2, "x"), keys[2]: 3} == cache.get(keys)

    now[0] = 10 * 10**9

    assert {keys[0]: 1} == cache.get(keys)
    assert {} == cache.get([])


def test_namespaces_are_cleared() -> None:
    """Those that are named, or all."""
    cache = InMemoryCache[int]()
    pairs: dict[Any, Any] = {((name,), "k"): (1, None) for name in "abc"}
    cache.set(pairs)
    cache.clear([("a",), ("x",)])

    assert [("b",), ("c",)] == [namespace for namespace, _ in cache.get([*pairs])]

    cache.clear()

    assert {} == cache.get([*pairs])


def test_a_cached_value_is_nobody_elses() -> None:
    """What is done to an object before or after does not change what others get."""
    cache = InMemoryCache[Any]()
    value = [Thing([1])]
    cache.set({(NODE, "k"): (value, None)})
    value[0].append(2)
    cache.get([(NODE, "k")])[NODE, "k"].append(3)
    found = cache.get([(NODE, "k")])[NODE, "k"]

    assert [[1]] == found
    assert Thing is type(found[0])


async def test_the_async_face_is_the_same() -> None:
    """Every method has its twin; lists do for tuples, as JSON makes them."""
    cache = InMemoryCache[int](serde=MsgpackSerializer())
    await cache.aset({(NODE, "k"): (1, 5)})

    assert {(NODE, "k"): 1} == await cache.aget([([*NODE], "k")])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]

    await cache.aclear([NODE])

    assert {} == await cache.aget([(NODE, "k")])


def test_a_node_whose_result_is_kept_does_not_run() -> None:
    """Neither alone in its superstep nor beside another node; its writes are those it made."""
    ran: list[int] = []

    def node(state: State) -> dict[str, list[int]]:
        ran.append(state["n"])
        return {"found": [state["n"]]}

    for others in (0, 1):
        builder = StateGraph(State).add_node("a", node, cache_policy=CachePolicy())
        builder.add_edge(START, "a")
        for index in range(others):
            builder.add_node(f"b{index}", lambda state: None).add_edge(START, f"b{index}")
        graph = builder.compile(cache=InMemoryCache())
        ran.clear()

        assert [3] == graph.invoke({"n": 3, "found": []})["found"]
        assert [3] == graph.invoke({"n": 3, "found": []})["found"]
        assert [4] == graph.invoke({"n": 4, "found": []})["found"]
        assert [3, 4] == ran
