"""A batched store does together what is asked for at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from anystep.store.base import GetOp, Op, PutOp, Result
from anystep.store.base.batch import AsyncBatchedBaseStore
from anystep.store.memory import InMemoryStore
from anystep.store.sqlite.aio import AsyncSqliteStore

NOTES = ("notes",)


class Counting(AsyncBatchedBaseStore):
    """Keeps the batches it is given, and lets a store in memory do them."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[Op]] = []
        self.store = InMemoryStore()

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        self.batches.append([*ops])
        await asyncio.sleep(0)
        return await self.store.abatch(self.batches[-1])


async def test_what_is_asked_at_once_is_one_batch() -> None:
    """Equal reads are done once, of two writes to one address the last one."""
    store = Counting()
    await asyncio.gather(store.aput(NOTES, "a", {"n": 1}), store.aput(NOTES, "a", {"n": 2}))
    found: list[Any] = await asyncio.gather(
        *(store.aget(NOTES, "a") for _ in range(3)),
        store.asearch(NOTES, filter={"n": 2}),
        store.asearch(NOTES, filter={"n": 2}),
        store.alist_namespaces(prefix=NOTES),
        store.adelete(("other",), "x"),
    )

    assert [len(batch) for batch in store.batches] == [1, 4]
    assert [item.value for item in found[:3] if item] == [{"n": 2}] * 3
    assert [[item.key for item in items] for items in found[3:5]] == [["a"], ["a"]]
    assert found[5:] == [[NOTES], None]


async def test_an_error_reaches_everybody_who_asked() -> None:
    """And the store goes on with the next batch; who no longer waits is passed over."""
    store = Counting()
    store.store = InMemoryStore(index={"dims": 1, "embed": broken})
    put = store.aput(NOTES, "a", {"text": "x"})
    results = await asyncio.gather(put, store.aget(NOTES, "a"), return_exceptions=True)

    assert [type(one) for one in results] == [OSError, OSError]
    assert await store.aget(NOTES, "a") is None
    waiting = asyncio.ensure_future(store.aget(NOTES, "a"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert await store.aget(NOTES, "b") is None


def broken(texts: Any) -> Any:
    """An embedding model that is down."""
    raise OSError("down")


async def test_the_sync_methods_are_for_other_threads() -> None:
    """On the loop's own they say which method to await."""
    store = Counting()

    def work() -> Any:
        store.put(NOTES, "a", {"n": 1})
        found = store.get(NOTES, "a"), store.search(NOTES), store.list_namespaces()
        store.delete(NOTES, "a")
        return [*found, store.batch([GetOp(NOTES, "a")])]

    item, items, spaces, nothing = await asyncio.to_thread(work)

    assert (item.value, len(items), spaces, nothing) == ({"n": 1}, 1, [NOTES], [None])
    with pytest.raises(asyncio.InvalidStateError, match=r"await store\.aget"):
        store.get(NOTES, "a")
    with pytest.raises(ValueError, match="cannot contain periods"):
        await store.aput(("a.b",), "k", {})


async def test_the_async_sqlite_store_is_awaited() -> None:
    """Setting up, sweeping and the sweeper, as LangGraph's; `deserializer` reads values."""
    async with AsyncSqliteStore.from_conn_string(":memory:", ttl={"default_ttl": 1}) as store:
        await store.setup()
        await store.aput(NOTES, "a", {"n": 1})
        sweeper = await store.start_ttl_sweeper(60)

        assert await store.sweep_ttl() == 0
        assert await store.start_ttl_sweeper() is sweeper
        assert await store.stop_ttl_sweeper(1) is True
        assert sweeper.done()
        assert await store.stop_ttl_sweeper() is True
        assert [item.key for item in await store.asearch(NOTES)] == ["a"]


async def test_values_are_read_as_told() -> None:
    """The deserializer takes the place of `json.loads`."""
    import sqlite3

    connection = sqlite3.connect(":memory:", check_same_thread=False)
    store = AsyncSqliteStore(connection, deserializer=lambda text: {"raw": text})
    async with store:
        await store.abatch([PutOp(NOTES, "a", {"n": 1})])
        item = await store.aget(NOTES, "a")
    connection.close()

    assert item is not None
    assert item.value == {"raw": '{"n": 1}'}
    with pytest.raises(TypeError, match="AsyncSqliteStore works on a connection"):
        AsyncSqliteStore(object())
