"""Nodes that are generators: what they yield is added up, as LangChain's Runnables do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

_GENERATOR: Final = 0x20  # CO_GENERATOR
_ASYNC_GENERATOR: Final = 0x200  # CO_ASYNC_GENERATOR


def added_up(action: Any) -> Any:
    """A function that returns the sum of what the generator function `action` yields.

    Where two values cannot be added, the later one counts. Anything else is given back as it is.
    """
    code = getattr(action, "__code__", None)
    flags = 0 if code is None else code.co_flags
    if flags & _GENERATOR:
        return _sync(action)
    return _async(action) if flags & _ASYNC_GENERATOR else action


def _sync(action: Callable[..., Iterator[Any]]) -> Callable[..., Any]:
    from functools import wraps

    @wraps(action)
    def added(*args: Any, **kwargs: Any) -> Any:
        total = None
        for chunk in action(*args, **kwargs):
            total = _plus(total, chunk)
        return total

    return added


def _async(action: Callable[..., AsyncIterator[Any]]) -> Callable[..., Any]:
    from functools import wraps

    @wraps(action)
    async def added(*args: Any, **kwargs: Any) -> Any:
        total = None
        async for chunk in action(*args, **kwargs):
            total = _plus(total, chunk)
        return total

    return added


def _plus(total: Any, chunk: Any) -> Any:
    if total is None:
        return chunk
    try:
        return total + chunk
    except TypeError:
        return chunk


__all__ = ["added_up"]
