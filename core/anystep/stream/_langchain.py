"""Which classes a streamed message is made of: ours, or LangChain's where it is LangChain's."""

from __future__ import annotations

import sys
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from anystep.messages import is_langchain_message


def chat_streams(message: Any) -> Any:
    """`ChatModelStream`, `AsyncChatModelStream` and `message_to_events` for `message`.

    None stands for one that comes in events. Those are LangChain's where the application
    has imported that: only its models tell them.
    """
    from . import chat_model

    if "langchain_core" not in sys.modules:
        return chat_model
    if message is not None and not is_langchain_message(message):
        return chat_model
    models = "langchain_core.language_models"
    theirs = import_module(f"{models}.chat_model_stream")
    return SimpleNamespace(
        ChatModelStream=theirs.ChatModelStream,
        AsyncChatModelStream=theirs.AsyncChatModelStream,
        message_to_events=import_module(f"{models}._compat_bridge").message_to_events,
    )
