"""Messages of LangChain's: telling them from ours, and making them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from . import module


def message_bases(cls: type) -> frozenset[str]:
    """The names of the classes of LangChain's messages that `cls` derives from."""
    return _known_bases(cls)


@lru_cache(maxsize=128)
def _known_bases(cls: type) -> frozenset[str]:
    bases = (base for base in cls.__mro__ if base.__module__ == "langchain_core.messages.base")
    return frozenset(base.__name__ for base in bases)


def is_imported() -> bool:
    """Whether the application has imported LangChain's messages."""
    loaded = sys.modules.get("langchain_core.messages.base")
    return loaded is not None and hasattr(loaded, "BaseMessage")


def whole_messages(given: Iterable[Any]) -> list[Any]:
    """Each item as a whole message of LangChain's: messages of ours, pieces, dicts, text.

    Raises: what `langchain_core.messages.convert_to_messages` raises.
    """
    theirs = module("messages")
    items = [_from_ours(theirs, item) for item in given]
    return [theirs.message_chunk_to_message(one) for one in theirs.convert_to_messages(items)]


def _from_ours(theirs: Any, message: Any) -> Any:
    if not hasattr(message, "wire_fields"):
        return message
    fields: dict[str, Any] = message.model_dump()
    fields.pop("type", None)
    if message.type == "remove":
        fields.pop("content", None)
    made = getattr(theirs, type(message).__name__)(**fields)
    return made


def openai_form(messages: list[Any]) -> list[Any]:
    """LangChain's messages with contents in OpenAI's form."""
    theirs = module("messages")
    plain = theirs.convert_to_openai_messages(messages, include_id=True)
    converted: list[Any] = theirs.convert_to_messages(plain)
    return converted
