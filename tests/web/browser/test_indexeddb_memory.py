"""The IndexedDB store and cache: what they keep, find and forget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from anystep.graph import START, StateGraph
from anystep.host import current_host
from anystep.store.base import GetOp, ListNamespacesOp, PutOp, SearchOp
from anystep.store.memory import InMemoryStore
from anystep.types import CachePolicy
from anystep.web import Cipher, IndexedDBCache, IndexedDBStore

pytestmark = pytest.mark.host

MINUTE = 60 * 10**9
EPOCH = 1_700_000_000 * 10**9


class Clock:
    """A time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> int:
        return self.now


def name() -> str:
    """A database that no other test uses."""
    return f"test-{current_host().random_bytes(6).hex()}"


async def letters(texts: Sequence[str]) -> list[list[float]]:
    """How often each of a to e is in the texts."""
    return [[float(text.count(letter)) for letter in "abcde"] for text in texts]


async def test_a_store_answers_as_memory_does() -> None:
    """The same batches give the same results: items, searches, namespaces, deletions."""
    batches: list[list[Any]] = [
        [PutOp(("users", "ann"), "a", {"n": 1}), PutOp(("users", "bob"), "b", {"n": 2, "t": "é"})],
        [GetOp(("users", "ann"), "a"), GetOp(("users", "ann"), "none"), SearchOp(("users",))],
        [PutOp(("users", "ann"), "a", {"n": 3}), SearchOp(("users",), filter={"n": {"$gt": 1}})],
        [SearchOp(()), ListNamespacesOp(), ListNamespacesOp(max_depth=1)],
        [PutOp(("users", "ann"), "a", None), PutOp(("user",), "x", {})],
        [SearchOp(("users",)), SearchOp(("user",)), ListNamespacesOp()],
    ]
    clock = Clock()
    memory, store = InMemoryStore(clock=clock), IndexedDBStore(name(), clock=clock)
    for batch in batches:
        clock.now += MINUTE
        assert await store.abatch(batch) == await memory.abatch(batch)


async def test_a_store_lasts_and_searches_by_meaning() -> None:
    """Another store on the same database finds what was put, best first."""
    database = name()
    index: Any = {"dims": 5, "embed": letters, "fields": ["text"]}
    cipher = Cipher.from_key(bytes(16))
    store = IndexedDBStore(database, index=index, cipher=cipher)
    await store.aput(("s",), "one", {"text": "aaa"})
    await store.aput(("s",), "two", {"text": "bbb"})
    again = IndexedDBStore(database, index=index, cipher=Cipher.from_key(bytes(16)))
    found = await again.asearch(("s",), query="b")

    assert [item.key for item in found] == ["two", "one"]
    assert found[0].score == pytest.approx(1.0)


async def test_items_expire_and_are_swept() -> None:
    """What is over is gone for readers at once, and from the storage after a sweep."""
    clock = Clock()
    store = IndexedDBStore(name(), clock=clock)
    await store.aput(("s",), "short", {"n": 1}, ttl=1)
    await store.aput(("s",), "long", {"n": 2})
    clock.now += 2 * MINUTE

    assert await store.aget(("s",), "short") is None
    assert [item.key for item in await store.asearch(("s",))] == ["long"]
    assert await store.asweep_ttl() == 1
    assert await store.asweep_ttl() == 0


async def test_a_cache_keeps_expires_and_clears() -> None:
    """Values come back until their time is over, or their namespace is cleared."""
    clock = Clock()
    database = name()
    cache: IndexedDBCache[Any] = IndexedDBCache(database, clock=clock)
    one, two, brief = (("a",), "k"), (("a", "b"), "k"), (("a",), "brief")
    await cache.aset({one: ({"x": [1, (2,)]}, None), two: ("two", None), brief: (3, 60)})
    again: IndexedDBCache[Any] = IndexedDBCache(database, clock=clock)

    assert await again.aget([one, two, brief]) == {one: {"x": [1, (2,)]}, two: "two", brief: 3}
    clock.now += 2 * MINUTE
    assert await again.aget([one, brief]) == {one: {"x": [1, (2,)]}}
    await again.aclear([("a",)])
    assert await again.aget([one, two]) == {two: "two"}
    await again.aclear()
    assert await again.aget([one, two]) == {}


async def test_a_cached_node_does_not_run_again() -> None:
    """Neither in this graph nor in the next page's."""
    ran: list[int] = []
    database = name()

    def work(_state: Any) -> Any:
        ran.append(1)
        return {"n": 1}

    def build() -> Any:
        graph = StateGraph(dict)
        graph.add_node("work", work, cache_policy=CachePolicy())
        graph.add_edge(START, "work")
        return graph.compile(cache=IndexedDBCache(database))

    results = [await build().ainvoke({"n": 0}) for _ in range(3)]

    assert results == [{"n": 1}] * 3
    assert ran == [1]
