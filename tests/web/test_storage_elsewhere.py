"""The browser's storage where there is no browser: importable, and clear about what is missing."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from anystep.web import IndexedDBCache, IndexedDBSaver, IndexedDBStore
from anystep.web._session import Session
from anystep.web.errors import StorageUnavailableError

THREAD: Any = {"configurable": {"thread_id": "1"}}


async def test_there_is_none() -> None:
    """Each says where it works, and what to use here."""
    assert sys.platform != "emscripten"
    with pytest.raises(StorageUnavailableError, match=r"anystep\.checkpoint\.sqlite"):
        await IndexedDBSaver().aget_tuple(THREAD)
    with pytest.raises(StorageUnavailableError, match="inside Pyodide only"):
        await IndexedDBStore().aget(("a",), "k")
    cache: IndexedDBCache[Any] = IndexedDBCache()
    with pytest.raises(StorageUnavailableError, match="inside Pyodide only"):
        await cache.aget([(("a",), "k")])


def test_a_call_that_cannot_wait_says_what_to_call() -> None:
    """Synchronous methods need a browser that switches stacks."""
    with pytest.raises(RuntimeError, match="use ainvoke, astream.*or aget_tuple of the saver"):
        IndexedDBSaver().get_tuple(THREAD)
    with pytest.raises(RuntimeError, match="use abatch, aget"):
        IndexedDBStore().get(("a",), "k")


async def test_a_session_knows_its_storages() -> None:
    """And names them for whoever asks for another one."""
    answer = await Session().handle("storage", '{"kind": "paper"}')

    assert "'memory', 'indexeddb' or 'opfs', not 'paper'" in answer
    assert await Session().handle("storage", '{"kind": "memory"}') == '{"value": null}'
