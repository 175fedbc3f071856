"""Where a page's threads are kept: the storages that `start` of index.js knows by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from anystep.checkpoint.base import BaseCheckpointSaver
from anystep.checkpoint.memory import InMemorySaver

__all__ = ["open_storage"]


async def open_storage(asked: Mapping[str, Any]) -> Callable[[], BaseCheckpointSaver[Any]]:
    """What makes the saver of a graph; all graphs of a page share a lasting one.

    Raises ValueError for a kind there is none of, and the errors of `anystep.web.errors`.
    """
    kind, name = asked.get("kind"), str(asked.get("name") or "anystep")
    if kind == "memory":
        return InMemorySaver
    if kind == "indexeddb":
        from anystep.web._saver import IndexedDBSaver

        saver = IndexedDBSaver(name, durability=asked.get("durability") or "relaxed")
        await saver.__aenter__()
        return lambda: saver
    if kind == "opfs":
        from anystep.web._opfs import OPFSSaver

        file = await OPFSSaver.open(name, durability=asked.get("durability") or "relaxed")
        return lambda: file
    raise ValueError(f"the storage is 'memory', 'indexeddb' or 'opfs', not {kind!r}")
