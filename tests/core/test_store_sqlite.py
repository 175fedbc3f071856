"""A store in a file answers as the one in memory, and outlives the program."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anystep.store.base import BaseStore, PutOp
from anystep.store.memory import InMemoryStore
from anystep.store.sqlite import AsyncSqliteStore, SqliteStore

SPACES = st.sampled_from([("a",), ("a", "b"), ("a", "b", "c"), ("ab",), ("a-b",), ("b",)])
VALUES = st.fixed_dictionaries(
    {"n": st.integers(0, 3)},
    optional={"t": st.sampled_from(["ab", "b", "a"]), "deep": st.just([{"x": None}])},
)
ACTIONS = st.lists(
    st.tuples(
        SPACES,
        st.sampled_from("kl"),
        st.none() | VALUES,
        st.sampled_from([None, 1, 5]),
        st.integers(0, 2),
    ),
    max_size=10,
)
MINUTE = 60 * 10**9


def letters(texts: Any) -> list[list[float]]:
    """A toy embedding that single precision holds."""
    return [[float(text.count(letter)) for letter in "ab"] for text in texts]


def answers(store: BaseStore) -> list[Any]:
    """What a store says about everything in it; the order of equals is nobody's promise."""
    found: list[Any] = []
    wishes: list[dict[str, Any]] = [{}, {"filter": {"n": {"$lt": 2}}}, {"query": "b"}]
    for prefix in ((), ("a",), ("a", "b"), ("b",)):
        for wanted in wishes:
            items = store.search(prefix, refresh_ttl=False, **wanted)
            found.append(sorted(repr(item.dict()) for item in items))
        found.append(store.list_namespaces(prefix=prefix, max_depth=2))
    got = [store.get(("a",), key, refresh_ttl=True) for key in "kl"]
    return [*found, [item and item.dict() for item in got]]


@given(ACTIONS, st.booleans())
@settings(max_examples=80)
def test_a_file_answers_as_memory_does(actions: list[Any], indexed: bool) -> None:
    """Items, searches, namespaces and times to live, after any writes."""
    now = [1_700_000_000 * 10**9]
    index: Any = {"dims": 2, "embed": letters, "fields": ["t"]} if indexed else None
    memory = InMemoryStore(index=index, clock=lambda: now[0])
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    file = SqliteStore(connection, index=index, clock=lambda: now[0])
    for space, key, value, ttl, minutes in actions:
        now[0] += minutes * MINUTE
        for store in (memory, file):
            if value is None:
                store.delete(space, key)
            else:
                store.put(space, key, value, ttl=ttl)

        assert answers(memory) == answers(file)

    assert memory.sweep_ttl() == file.sweep_ttl()
    connection.close()


def test_items_outlive_the_connection(tmp_path: Path) -> None:
    """With their values, times and vectors."""
    path = str(tmp_path / "store.db")
    index: Any = {"dims": 2, "embed": letters}
    with SqliteStore.from_conn_string(path, index=index) as store:
        store.put(("a", "b"), "k", {"t": "bbb", "ü": [1, None]})
        first = store.get(("a", "b"), "k")
    with SqliteStore.from_conn_string(path, index=index) as store:
        assert first == store.get(("a", "b"), "k")
        assert 0.9 < (store.search((), query="b")[0].score or 0)


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    """A value that is no JSON takes the others with it."""
    with SqliteStore.from_conn_string(str(tmp_path / "store.db")) as store:
        with pytest.raises(TypeError, match="JSON"):
            store.batch([PutOp(("a",), "k", {}), PutOp(("a",), "l", {"x": object()})])

        assert [] == store.search(())


def test_the_sweeper_runs_until_it_is_stopped(tmp_path: Path) -> None:
    """It can be started twice and stopped twice."""
    with SqliteStore.from_conn_string(str(tmp_path / "s.db"), ttl={"default_ttl": 1}) as store:
        assert store.stop_ttl_sweeper()

        sweeper = store.start_ttl_sweeper(60)

        assert sweeper is store.start_ttl_sweeper()
        assert store.stop_ttl_sweeper(30)
        assert sweeper.done()


async def test_the_async_store_does_the_same_elsewhere(tmp_path: Path) -> None:
    """Every `a` method, with an index."""
    index: Any = {"dims": 2, "embed": letters}
    async with AsyncSqliteStore.from_conn_string(str(tmp_path / "s.db"), index=index) as store:
        await store.aput(("a",), "k", {"t": "b"})
        await store.aput(("a", "b"), "l", {"t": "a"})

        assert ["k", "l"] == [item.key for item in await store.asearch((), query="b")]
        assert [("a",), ("a", "b")] == await store.alist_namespaces()

        await store.adelete(("a",), "k")

        assert await store.aget(("a",), "k") is None
        assert 1 == len(store.search(()))
