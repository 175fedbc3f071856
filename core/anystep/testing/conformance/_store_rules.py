"""Rules about stores."""

from __future__ import annotations

from typing import Any

from anystep.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchOp,
)

from ._bench import SyncCalls

__all__ = ["RULES"]

Namespace = tuple[str, ...]


def _place(store: SyncCalls, *labels: str) -> Namespace:
    """A namespace that no other rule uses."""
    return (store.name("rule"), *labels)


async def _an_item_reads_back(store: SyncCalls) -> None:
    """An item has the value, the key and the namespace it was put with, and its times."""
    where = _place(store, "users", "ann")
    value = {"text": "zwölf", "n": 1, "deep": {"list": [1, None, True, 0.5]}}
    await store.call("put", where, "k", value)
    item = await store.call("get", where, "k")

    assert item.value == value
    assert (item.namespace, item.key) == (where, "k")
    assert item.created_at <= item.updated_at


async def _what_is_not_there_is_none(store: SyncCalls) -> None:
    """An address without an item gives None, whatever its neighbours hold."""
    where = _place(store)
    await store.call("put", (*where, "a"), "k", {"n": 1})

    assert await store.call("get", (*where, "a"), "other") is None
    assert await store.call("get", where, "k") is None
    assert await store.call("get", (*where, "a", "b"), "k") is None


async def _a_second_put_replaces(store: SyncCalls) -> None:
    """The newer value stands alone; the item keeps the time at which it was made."""
    where = _place(store)
    await store.call("put", where, "k", {"a": 1, "b": 2})
    first = await store.call("get", where, "k")
    await store.call("put", where, "k", {"a": 3})
    second = await store.call("get", where, "k")

    assert second.value == {"a": 3}
    assert second.created_at == first.created_at
    assert second.updated_at >= first.updated_at


async def _a_stored_value_is_its_own(store: SyncCalls) -> None:
    """Changing what was put changes nothing that is stored."""
    where = _place(store)
    value = {"list": [1]}
    await store.call("put", where, "k", value)
    value["list"].append(2)

    assert (await store.call("get", where, "k")).value == {"list": [1]}


async def _impossible_namespaces_are_refused(store: SyncCalls) -> None:
    """An empty namespace, an empty label, a label with a dot and the reserved one are refused."""
    for where in ((), ("",), ("a.b",), ("langgraph", "x")):
        try:
            await store.call("put", where, "k", {})
        except InvalidNamespaceError:
            continue
        raise AssertionError(f"put took the namespace {where!r}")


async def _a_deleted_item_is_gone(store: SyncCalls) -> None:
    """Deleting takes one item, also one that is not there, and no other."""
    where = _place(store)
    await store.call("put", where, "a", {"n": 1})
    await store.call("put", where, "b", {"n": 2})
    await store.call("delete", where, "a")
    await store.call("delete", where, "never")

    assert await store.call("get", where, "a") is None
    assert (await store.call("get", where, "b")).value == {"n": 2}
    assert [item.key for item in await store.call("search", where)] == ["b"]


async def _a_search_goes_below_its_prefix(store: SyncCalls) -> None:
    """Items of a namespace and of all below it are found, no others, label by label."""
    where = _place(store)
    for labels in (("a",), ("a", "b"), ("ab",)):
        await store.call("put", (*where, *labels), "k", {"at": ".".join(labels)})

    found = await store.call("search", (*where, "a"))
    assert sorted(item.value["at"] for item in found) == ["a", "a.b"]
    assert len(await store.call("search", where)) == 3


async def _a_search_is_paged(store: SyncCalls) -> None:
    """`limit` and `offset` cut one fixed order into pages; ten is the page without a limit."""
    where = _place(store)
    for n in range(12):
        await store.call("put", where, f"k{n:02}", {"n": n})
    everything = [item.key for item in await store.call("search", where, limit=50)]
    pages = [await store.call("search", where, limit=5, offset=at) for at in (0, 5, 10)]

    assert len(everything) == 12
    assert [item.key for page in pages for item in page] == everything
    assert len(await store.call("search", where)) == 10


async def _a_filter_compares(store: SyncCalls) -> None:
    """Plain values are compared for equality; `$eq` `$ne` `$gt` `$gte` `$lt` `$lte` as they say."""
    where = _place(store)
    for n, kind in enumerate(("x", "x", "y")):
        await store.call("put", where, str(n), {"n": n, "kind": kind})

    async def keys(filter: dict[str, Any]) -> list[str]:
        return sorted(item.key for item in await store.call("search", where, filter=filter))

    assert await keys({"kind": "x"}) == ["0", "1"]
    assert await keys({"kind": "x", "n": 1}) == ["1"]
    assert await keys({"kind": {"$eq": "y"}}) == ["2"]
    assert await keys({"kind": {"$ne": "x"}}) == ["2"]
    assert await keys({"n": {"$gt": 0}}) == ["1", "2"]
    assert await keys({"n": {"$gte": 1, "$lt": 2}}) == ["1"]
    assert await keys({"n": {"$lte": 0}}) == ["0"]
    assert await keys({"absent": 1}) == []


async def _namespaces_are_listed(store: SyncCalls) -> None:
    """Those that hold items, sorted and once; by prefix, suffix, depth and page."""
    where = _place(store)
    for labels in (("b", "x"), ("a", "x"), ("a", "y"), ("a", "x", "deep")):
        await store.call("put", (*where, *labels), "k1", {})
        await store.call("put", (*where, *labels), "k2", {})

    async def found(**options: Any) -> list[Namespace]:
        listed = await store.call("list_namespaces", prefix=where, **options)
        return [namespace[1:] for namespace in listed]

    everything = [("a", "x"), ("a", "x", "deep"), ("a", "y"), ("b", "x")]
    assert await found() == everything
    assert await found(suffix=("x",)) == [("a", "x"), ("b", "x")]
    assert await found(max_depth=2) == [("a",), ("b",)]
    assert await found(limit=2) == everything[:2]
    assert await found(limit=2, offset=2) == everything[2:]
    listed = await store.call("list_namespaces", prefix=(where[0], "*", "x"))
    assert [namespace[1:] for namespace in listed] == [("a", "x"), ("a", "x", "deep"), ("b", "x")]


async def _an_emptied_namespace_is_not_listed(store: SyncCalls) -> None:
    """A namespace whose last item is deleted is gone."""
    where = _place(store, "a")
    await store.call("put", where, "k", {})
    await store.call("delete", where, "k")

    assert await store.call("list_namespaces", prefix=where) == []


async def _a_batch_answers_in_order(store: SyncCalls) -> None:
    """One result for each operation; puts give None."""
    where = _place(store)
    await store.call("put", where, "a", {"n": 1})
    results = await store.call(
        "batch",
        [
            GetOp(where, "a"),
            PutOp(where, "b", {"n": 2}),
            SearchOp(where),
            ListNamespacesOp((MatchCondition("prefix", where),)),
            GetOp(where, "never"),
        ],
    )

    assert results[0].value == {"n": 1}
    assert results[1] is None
    assert "a" in [item.key for item in results[2]]
    assert results[3] == [where]
    assert results[4] is None


async def _the_last_put_of_a_batch_stands(store: SyncCalls) -> None:
    """Several writes to one address leave the last; None deletes."""
    where = _place(store)
    await store.call("batch", [PutOp(where, "a", {"n": 1}), PutOp(where, "a", {"n": 2})])
    await store.call("batch", [PutOp(where, "b", {"n": 1}), PutOp(where, "b", None)])

    assert (await store.call("get", where, "a")).value == {"n": 2}
    assert await store.call("get", where, "b") is None


async def _a_life_time_is_taken(store: SyncCalls) -> None:
    """An item put to live for an hour is there now."""
    where = _place(store)
    await store.call("put", where, "k", {"n": 1}, ttl=60)

    assert (await store.call("get", where, "k")).value == {"n": 1}


RULES = {
    "put": [
        _an_item_reads_back,
        _a_second_put_replaces,
        _a_stored_value_is_its_own,
        _impossible_namespaces_are_refused,
    ],
    "get": [_what_is_not_there_is_none],
    "delete": [_a_deleted_item_is_gone],
    "search": [_a_search_goes_below_its_prefix, _a_search_is_paged, _a_filter_compares],
    "list_namespaces": [_namespaces_are_listed, _an_emptied_namespace_is_not_listed],
    "batch": [_a_batch_answers_in_order, _the_last_put_of_a_batch_stands],
    "ttl": [_a_life_time_is_taken],
}
