"""Messages of LangChain's: telling them from ours, and making them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import module


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
    """LangChain's messages with contents in OpenAI's form, and, as LangGraph has them, no ids."""
    theirs = module("messages")
    plain = theirs.convert_to_openai_messages(messages)
    converted: list[Any] = theirs.convert_to_messages(plain)
    return converted
