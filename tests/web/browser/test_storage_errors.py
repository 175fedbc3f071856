"""What the browser's storage says when it cannot: by name, and with the remedy."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from anystep.host import current_host
from anystep.web import IndexedDBSaver
from anystep.web._javascript import answered
from anystep.web.errors import StorageClosedError, StorageVersionError

pytestmark = pytest.mark.host

THREAD: Any = {"configurable": {"thread_id": "1"}}


def name() -> str:
    """A database that no other test uses."""
    return f"test-{current_host().random_bytes(6).hex()}"


def indexed_db() -> Any:
    """The browser's own."""
    assert sys.platform == "emscripten"
    import js

    return js.indexedDB


async def done(request: Any) -> Any:
    """The result of a request of IndexedDB."""
    import asyncio

    from pyodide.ffi import create_once_callable  # pyright: ignore[reportMissingImports]

    future = asyncio.get_running_loop().create_future()
    request.onsuccess = create_once_callable(lambda _: future.set_result(request.result))
    return await future


async def test_a_layout_from_the_future_is_left_alone() -> None:
    """Whoever is too old says so, and changes nothing."""
    database = name()
    newer = await done(indexed_db().open(database, 99))
    newer.close()
    with pytest.raises(StorageVersionError, match="newer anystep wrote it.*Reload the page"):
        await IndexedDBSaver(database).aget_tuple(THREAD)
    again = await done(indexed_db().open(database))

    assert again.version == 99
    again.close()


async def test_a_saver_makes_room_for_a_newer_layout() -> None:
    """It closes when another tab upgrades or deletes the database, and names the remedy."""
    database = name()
    saver = IndexedDBSaver(database)
    assert await saver.aget_tuple(THREAD) is None
    newer = await done(indexed_db().open(database, 99))
    with pytest.raises(StorageClosedError, match="newer layout.*Reload the page"):
        await saver.aget_tuple(THREAD)
    newer.close()


async def test_other_errors_stay_what_they_are() -> None:
    """Only JavaScript's errors are translated."""

    async def wrong() -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await answered(wrong(), "it")


async def test_unknown_durability_is_refused() -> None:
    """Before anything is opened."""
    with pytest.raises(ValueError, match="'relaxed' or 'strict', not 'maybe'"):
        IndexedDBSaver(name(), durability="maybe")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def test_synchronous_calls_work_where_stacks_can_be_switched() -> None:
    """The whole graph, with `invoke`, over a storage that answers later."""
    from pyodide.ffi import can_run_sync  # pyright: ignore[reportMissingImports]

    from anystep.graph import START, StateGraph

    graph = StateGraph(dict)
    graph.add_node("up", lambda state: {"n": state["n"] + 1})
    graph.add_edge(START, "up")
    compiled: Any = graph.compile(checkpointer=IndexedDBSaver(name()))

    assert can_run_sync()
    assert compiled.invoke({"n": 1}, THREAD) == {"n": 2}
    assert next(compiled.get_state_history(THREAD)).values == {"n": 2}
