"""Messages are made from whatever people write down as messages."""

from __future__ import annotations

from typing import Any

import pytest

from anystep.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
    messages_from_dict,
)

pytestmark = pytest.mark.host

CALL = {"name": "f", "args": {"x": 1}, "id": "c1"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("hi", HumanMessage("hi")),
        (("user", "hi"), HumanMessage("hi")),
        (["ai", "hi"], AIMessage("hi")),
        (("system", [{"type": "text"}]), SystemMessage([{"type": "text"}])),
        ({"role": "user", "content": "hi", "id": "1"}, HumanMessage("hi", id="1")),
        ({"type": "human", "content": None}, HumanMessage("")),
        (
            {"role": "assistant", "content": "", "tool_calls": [CALL]},
            AIMessage("", tool_calls=[CALL]),
        ),
        (
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": '{"x": 1}'}}],
            },
            AIMessage("", tool_calls=[CALL]),
        ),
        (
            {"role": "developer", "content": "x"},
            SystemMessage("x", additional_kwargs={"__openai_role__": "developer"}),
        ),
        (
            {"role": "tool", "content": "1", "tool_call_id": "c", "status": "error", "artifact": 2},
            ToolMessage("1", tool_call_id="c", status="error", artifact=2),
        ),
        ({"role": "function", "content": "1", "name": "f"}, FunctionMessage("1", name="f")),
        ({"type": "remove", "content": "", "id": "1"}, RemoveMessage("1")),
        (
            {
                "role": "user",
                "content": "x",
                "mood": 1,
                "additional_kwargs": {"k": 2},
                "response_metadata": {"m": 3},
            },
            HumanMessage("x", additional_kwargs={"mood": 1, "k": 2}, response_metadata={"m": 3}),
        ),
        (
            {
                "lc": 1,
                "type": "constructor",
                "id": ["langchain", "schema", "messages", "AIMessageChunk"],
                "kwargs": {"content": "x", "id": "1"},
            },
            AIMessage("x", id="1"),
        ),
    ],
)
def test_many_things_can_stand_for_a_message(given: Any, message: BaseMessage) -> None:
    """Text, pairs, dicts in several forms."""
    before = repr(given)

    assert convert_to_messages([given]) == [message]
    assert repr(given) == before


def test_messages_stay_themselves() -> None:
    """Also pieces, and what knows how to turn itself into messages."""
    piece = AIMessageChunk("a")

    class Prompt:
        def to_messages(self) -> list[BaseMessage]:
            return [piece]

    assert convert_to_messages([piece])[0] is piece
    prompt: Any = Prompt()
    assert convert_to_messages(prompt) == [piece]


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage("hi", name="bob", id="1"),
        AIMessage(
            "x",
            tool_calls=[CALL],
            invalid_tool_calls=[{"name": "g", "args": "{", "id": "c2", "error": "no"}],
            usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
            additional_kwargs={"refusal": "no"},
        ),
    ],
    ids=lambda message: message.type,
)
def test_a_dumped_message_is_converted_back(message: BaseMessage) -> None:
    """Nothing of it is lost, not even the token counts."""
    assert convert_to_messages([message.model_dump()]) == [message]


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (("martian", "hi"), ValueError, "Unexpected message type: 'martian'"),
        ({"content": "x"}, ValueError, "must contain 'role' and 'content'"),
        ({"role": "user"}, ValueError, "must contain 'role' and 'content'"),
        (("a", "b", "c"), NotImplementedError, "Message as a sequence"),
        (3, NotImplementedError, "Unsupported message type"),
        (
            {"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {"content": "x"}},
            ValueError,
            "must contain",
        ),
    ],
)
def test_what_is_no_message_is_an_error(wrong: Any, error: type[Exception], text: str) -> None:
    """Which says what was expected."""
    with pytest.raises(error, match=text):
        convert_to_messages([wrong])


def test_only_messages_are_made_from_data() -> None:
    """A wire name never chooses another class."""
    with pytest.raises(ValueError, match="Got unexpected message type: os"):
        messages_from_dict([{"type": "os", "data": {}}])
