"""Conversations with a saver, written once and held by whoever can wait.

A conversation is a generator that yields `(object, method, arguments)` and is sent
the result. `drive` calls the method; `adrive` awaits the method's async face, whose
name begins with `a`. So reading and editing threads has one implementation.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")
Ask = tuple[Any, str, tuple[Any, ...]]
Conversation = Generator[Ask, Any, T]


def drive(conversation: Conversation[T]) -> T:
    """Hold a conversation by calling."""
    try:
        target, method, args = next(conversation)
        while True:
            target, method, args = conversation.send(getattr(target, method)(*args))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


async def adrive(conversation: Conversation[T]) -> T:
    """Hold a conversation by awaiting."""
    try:
        target, method, args = next(conversation)
        while True:
            reply = await getattr(target, "a" + method)(*args)
            target, method, args = conversation.send(reply)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
