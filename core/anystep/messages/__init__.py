"""Chat messages in LangChain's shape, without LangChain.

The classes have LangChain's names, fields, equality and repr, and are written down under the same
wire names; messages of LangChain itself are accepted beside them wherever messages are.
"""

from typing import TYPE_CHECKING, Any

from anystep.messages._ai import (
    AIMessage,
    AIMessageChunk,
    InputTokenDetails,
    OutputTokenDetails,
    UsageMetadata,
    add_usage,
)
from anystep.messages._base import BaseMessage, BaseMessageChunk
from anystep.messages._convert import (
    AnyMessage,
    MessageLikeRepresentation,
    convert_to_messages,
    is_langchain_message,
    message_chunk_to_message,
    message_from_fields,
    message_to_dict,
    messages_from_dict,
    messages_to_dict,
)
from anystep.messages._merge import merge_content
from anystep.messages._roles import (
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    SystemMessageChunk,
)
from anystep.messages._tool import ToolMessage, ToolMessageChunk
from anystep.messages._tool_calls import InvalidToolCall, ToolCall, ToolCallChunk

if TYPE_CHECKING:
    from anystep.messages._openai import convert_to_openai_messages

__all__ = (
    "AIMessage",
    "AIMessageChunk",
    "AnyMessage",
    "BaseMessage",
    "BaseMessageChunk",
    "ChatMessage",
    "ChatMessageChunk",
    "FunctionMessage",
    "FunctionMessageChunk",
    "HumanMessage",
    "HumanMessageChunk",
    "InputTokenDetails",
    "InvalidToolCall",
    "MessageLikeRepresentation",
    "OutputTokenDetails",
    "RemoveMessage",
    "SystemMessage",
    "SystemMessageChunk",
    "ToolCall",
    "ToolCallChunk",
    "ToolMessage",
    "ToolMessageChunk",
    "UsageMetadata",
    "add_usage",
    "convert_to_messages",
    "convert_to_openai_messages",
    "is_langchain_message",
    "merge_content",
    "message_chunk_to_message",
    "message_from_fields",
    "message_to_dict",
    "messages_from_dict",
    "messages_to_dict",
)

# Where users import them from, so where repr, pickle and documentation say they are. Not
# everything here is from here: `typing.Any` is a class, too.
for _public in [*globals().values()]:
    if isinstance(_public, type) and _public.__module__.startswith(__name__):
        _public.__module__ = __name__


def __getattr__(name: str) -> Any:
    """The translation to OpenAI's form, imported when first asked for."""
    if name == "convert_to_openai_messages":
        from anystep.messages._openai import convert_to_openai_messages

        return convert_to_openai_messages
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
