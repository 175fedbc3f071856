"""The browser host: graphs that run in a tab and keep their threads there.

    from anystep.web import IndexedDBSaver

    graph = builder.compile(checkpointer=IndexedDBSaver())
    await graph.ainvoke(input, {"configurable": {"thread_id": "1"}})

The JavaScript half is shipped inside the package, as ES modules that need no build step:
copy the folder ``javascript()`` names next to a page and import its ``index.js``.
``docs/browser.md`` has the protocol and a page of ten lines.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable

from anystep.web._cache import IndexedDBCache
from anystep.web._connection import Cipher
from anystep.web._feed import events
from anystep.web._saver import IndexedDBSaver
from anystep.web._store import IndexedDBStore

__all__ = ["Cipher", "IndexedDBCache", "IndexedDBSaver", "IndexedDBStore", "events", "javascript"]


def javascript() -> Traversable:
    """The folder of ES modules (``index.js``, the worker and what they import)."""
    return files(__name__) / "js"
