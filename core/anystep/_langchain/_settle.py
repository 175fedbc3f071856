"""One text for code that calls callbacks, whether they are awaited or not.

A conversation is a generator that yields what a call gave: the value itself on the sync
face, something to await on the async one. It is sent the value. `settle` and `asettle` hold
the conversation.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")
Talk = Generator[Any, Any, T]


def settle(talk: Talk[T]) -> T:
    """Hold a conversation in which nothing has to be awaited."""
    try:
        said = next(talk)
        while True:
            said = talk.send(said)
    except StopIteration as end:
        result: T = end.value
        return result
    except RuntimeError as error:
        if isinstance(error.__cause__, StopIteration):  # what was called has raised it
            raise error.__cause__ from None
        raise


async def asettle(talk: Talk[T]) -> T:
    """Hold a conversation, awaiting what can be."""
    try:
        said = next(talk)
        while True:
            if not hasattr(said, "__await__"):
                said = talk.send(said)
                continue
            try:
                said = await said
            except BaseException as error:  # noqa: BLE001  # handed on, whatever it is
                said = talk.throw(error)
            else:
                said = talk.send(said)
    except StopIteration as end:
        result: T = end.value
        return result
