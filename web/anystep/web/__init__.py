"""The browser host: graphs that run in a tab, driven from JavaScript.

The JavaScript half is shipped inside the package, as ES modules that need no build step:
copy the folder ``javascript()`` names next to a page and import its ``index.js``.
``docs/browser.md`` has the protocol and a page of ten lines.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["javascript"]


def javascript() -> Traversable:
    """The folder of ES modules (``index.js``, the worker and what they import)."""
    return files(__name__) / "js"
