"""Stores beside langgraph's: the same calls, the same answers and errors."""
# pyright: basic

from __future__ import annotations

import asyncio
import importlib
import warnings
from collections.abc import Callable
from typing import Any

import pytest

ENGINES = ("langgraph", "anystep")

FILTERS: list[dict[str, Any]] = [
    {},
    {"n": 1},
    {"n": {"$gt": 2}},
    {"n": {"$gte": 2, "$lt": 4}},
    {"n": {"$ne": 3}},
    {"n": {"$eq": 3}},
    {"n": {"$lte": 1}},
    {"tags": ["t", "1"]},
    {"missing": 1},
    {"b": True},
    {"f": 0.5},
    {"s": "1"},
    {"n": 1, "b": True},
    {"n": {"$in": [1]}},
    {"b": {"$eq": True}},
]
#: In SQL a filter of SQLite's looks no deeper than one level.
DEEP: list[dict[str, Any]] = [{"nested": {"x": 1}}, {"nested": {"x": 1, "y": [1, 1]}}]
LISTINGS: list[dict[str, Any]] = [
    {},
    {"prefix": ("users",)},
    {"suffix": ("docs",)},
    {"prefix": ("*", "u0")},
    {"prefix": ("users", "*", "docs")},
    {"max_depth": 1},
    {"max_depth": 2, "limit": 1},
    {"max_depth": 2, "offset": 1},
    {"suffix": ("*",)},
    {"prefix": ("users",), "suffix": ("u0",)},
    {"prefix": ("users",), "max_depth": 2},
    {"limit": 0},
    {"prefix": ("u",)},
]
BAD_NAMESPACES: list[Any] = [(), ("",), ("a.b",), ("langgraph", "x"), (1,), ("a", "b\0"), ("a", "")]


def letters(texts: Any) -> list[list[float]]:
    """How often each of five letters is in a text."""
    return [[float(text.count(letter)) for letter in "abcde"] for text in texts]


class Trace:
    """What calls gave."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def attempt(self, label: str, action: Callable[..., Any], *args: Any, **options: Any) -> None:
        """Call, and keep the result or the error's classes."""
        try:
            self.seen.append((label, shown(action(*args, **options))))
        except Exception as error:  # noqa: BLE001 - any error is an observation
            kinds = [base.__name__ for base in type(error).__mro__[:-2]]
            self.seen.append((label, kinds))

    def keys(self, label: str, action: Callable[..., Any], *args: Any, **options: Any) -> None:
        """Call, and keep the keys of what was found, sorted."""

        def found() -> list[str]:
            return sorted(item.key for item in action(*args, **options))

        self.attempt(label, found)


def shown(value: Any) -> Any:
    """A result as plain data, without times."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if hasattr(value, "created_at"):
        fields = {k: v for k, v in value.dict().items() if not k.endswith("_at")}
        if fields.get("score") is not None:
            fields["score"] = round(fields["score"], 5)
        return (type(value).__name__, fields)
    return value


def fill(store: Any) -> None:
    """Eight items in four namespaces."""
    for i in range(6):
        value = {
            "n": i,
            "txt": "abc"[i % 3] * i,
            "nested": {"x": i, "y": [1, i]},
            "tags": ["t", str(i)],
            "b": bool(i % 2),
            "f": i / 2,
            "s": str(i),
        }
        store.put(("users", f"u{i % 2}", "docs"), f"k{i}", value)
    store.put(("users",), "root", {"n": 100})
    store.put(("other", "u0"), "k", {"n": 7})


def exercise(trace: Trace, store: Any, base: Any, filters: list[dict[str, Any]]) -> None:
    """Every method of a store, with what it may be given and what not."""
    fill(store)
    user = ("users", "u0", "docs")
    trace.attempt("get", store.get, user, "k0")
    trace.attempt("none", store.get, ("users",), "nothing")
    trace.attempt("search", store.search, ("users",))
    trace.attempt("page", store.search, ("users",), limit=2, offset=3)
    trace.attempt("no limit", store.search, ("users",), limit=0)
    trace.keys("everywhere", store.search, (), limit=100)
    for one in filters:
        trace.keys(f"filter {one}", store.search, ("users",), filter=one, limit=50)
    for listing in LISTINGS:
        trace.attempt(f"list {listing}", store.list_namespaces, **listing)
    store.put(user, "k0", {"n": -1})
    trace.attempt("put over", store.get, user, "k0")
    store.delete(user, "k2")
    store.delete(user, "nothing")
    trace.keys("deleted", store.search, ("users",))
    for namespace in BAD_NAMESPACES:
        trace.attempt(f"put {namespace}", store.put, namespace, "k", {})
        trace.attempt(f"get {namespace}", store.get, namespace, "k")
        trace.attempt(f"delete {namespace}", store.delete, namespace, "k")
        trace.attempt(f"search {namespace}", store.search, namespace, limit=0)
    store.put(("k",), 1, {"a": 1})
    trace.attempt("number as key", store.get, ("k",), "1")
    condition = base.MatchCondition("prefix", ("q",))
    ops = [
        base.GetOp(user, "k4"),
        base.PutOp(user, "k4", {"z": 1}),
        base.GetOp(user, "k4"),
        base.SearchOp(("other",), None, 2),
        base.PutOp(("q",), "1", {"a": 1}),
        base.PutOp(("q",), "1", {"a": 2}),
        base.PutOp(("q",), "2", None),
        base.ListNamespacesOp((condition,), None, 10, 0),
    ]
    trace.attempt("batch", store.batch, ops)
    trace.attempt("after", store.batch, [ops[0], base.GetOp(("q",), "1")])
    trace.attempt("then", store.list_namespaces, prefix=("q",))


def compare(make: Callable[[str, Trace], None]) -> None:
    """Both engines' stores answer alike."""
    seen: dict[str, list[Any]] = {}
    for engine in ENGINES:
        trace = Trace()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make(engine, trace)
        seen[engine] = trace.seen
    assert len(seen["langgraph"]) > 20
    for theirs, ours in zip(seen["langgraph"], seen["anystep"], strict=True):
        assert theirs == ours


@pytest.mark.parametrize("index", [None, ["txt", "tags[*]"], ["$"]])
def test_in_memory(index: list[str] | None) -> None:
    """Get, search, filters, listings, batches, wrong namespaces; with and without an index."""

    def run(engine: str, trace: Trace) -> None:
        base = importlib.import_module(f"{engine}.store.base")
        kind = importlib.import_module(f"{engine}.store.memory").InMemoryStore
        config: Any = index and {"dims": 5, "embed": letters, "fields": index}
        store = kind(index=config)
        exercise(trace, store, base, FILTERS + DEEP)
        if index:
            store = kind(index=config)  # langgraph keeps the vectors of values that are put over
            fill(store)
            for query in ("aab", "c", "zzz"):
                trace.attempt(query, store.search, ("users",), query=query)
                top: Any = {"query": query, "filter": {"b": True}, "limit": 2, "offset": 1}
                trace.attempt("top", store.search, ("users",), **top)

    compare(run)


def test_in_sqlite() -> None:
    """The same on a database."""

    def run(engine: str, trace: Trace) -> None:
        base = importlib.import_module(f"{engine}.store.base")
        kind = importlib.import_module(f"{engine}.store.sqlite").SqliteStore
        with kind.from_conn_string(":memory:") as store:
            store.setup()
            exercise(trace, store, base, FILTERS)

    compare(run)


@pytest.mark.parametrize("engine", ENGINES)
def test_async_stores_of_both_are_used_alike(engine: str) -> None:
    """The words of a program written for one work on the other, aiosqlite's connection too."""
    import aiosqlite

    aio = importlib.import_module(f"{engine}.store.sqlite.aio")

    async def use(store: Any) -> None:
        await store.setup()
        await asyncio.gather(*(store.aput(("a",), f"k{i}", {"i": i}) for i in range(5)))
        found = await store.asearch(("a",), filter={"i": {"$gte": 3}})
        assert sorted(item.key for item in found) == ["k3", "k4"]
        assert await store.alist_namespaces() == [("a",)]
        assert await store.sweep_ttl() == 0
        await store.start_ttl_sweeper(10)
        assert await store.stop_ttl_sweeper(5) is True
        await store.adelete(("a",), "k0")
        assert await store.aget(("a",), "k0") is None

    async def main() -> None:
        async with aio.AsyncSqliteStore.from_conn_string(":memory:") as store:
            await use(store)
        async with aiosqlite.connect(":memory:", isolation_level=None) as connection:
            await use(aio.AsyncSqliteStore(connection))

    asyncio.run(main())


@pytest.mark.parametrize("engine", ENGINES)
def test_async_savers_take_the_same_connections(engine: str) -> None:
    """A graph saved through aiosqlite's connection goes on where it stopped."""
    import aiosqlite

    aio = importlib.import_module(f"{engine}.checkpoint.sqlite.aio")
    graph = importlib.import_module(f"{engine}.graph")

    async def main() -> None:
        async with aiosqlite.connect(":memory:") as connection:
            saver = aio.AsyncSqliteSaver(connection)
            await saver.setup()
            builder: Any = graph.StateGraph(dict)
            builder.add_node("a", lambda state: {**state, "a": 1})
            builder.add_node("b", lambda state: {**state, "b": 1})
            builder.add_edge(graph.START, "a").add_edge("a", "b")
            app = builder.compile(checkpointer=saver, interrupt_before=["b"])
            config = {"configurable": {"thread_id": "1"}}
            await app.ainvoke({"x": 0}, config)
            assert (await app.aget_state(config)).next == ("b",)
            assert await app.ainvoke(None, config) == {"x": 0, "a": 1, "b": 1}
            assert len([one async for one in app.aget_state_history(config)]) == 4
            await saver.adelete_thread("1")
            assert (await app.aget_state(config)).next == ()

    asyncio.run(main())
