"""Messages are values in LangChain's shape, made from whatever people write as messages."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from anystep import messages
from anystep.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
    message_from_fields,
    message_to_dict,
    messages_from_dict,
    messages_to_dict,
)

pytestmark = pytest.mark.host

CALL = {"name": "f", "args": {"x": 1}, "id": "c1"}
FULL_CALL = {**CALL, "type": "tool_call"}

ALL: list[BaseMessage] = [
    HumanMessage("hi", name="bob", id="1"),
    AIMessage(
        [{"type": "text", "text": "a"}],
        tool_calls=[CALL],
        invalid_tool_calls=[{"name": "g", "args": "{", "id": "c2", "error": "no"}],
        usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
        response_metadata={"model": "m"},
        additional_kwargs={"refusal": "no"},
    ),
    SystemMessage("be good"),
    ToolMessage("1", tool_call_id="c1", artifact={"a": 1}, status="error"),
    ChatMessage("x", role="judge"),
    FunctionMessage("x", name="f"),
    RemoveMessage(id="1"),
    HumanMessageChunk("h"),
    AIMessageChunk(
        "a", tool_call_chunks=[{"name": "f", "args": '{"x": 1', "id": "c1", "index": 0}]
    ),
    SystemMessageChunk("s"),
    ToolMessageChunk("t", tool_call_id="c1"),
    ChatMessageChunk("x", role="judge"),
    FunctionMessageChunk("x", name="f"),
    HumanMessage("extra", name="odd", mood="fine"),
]


def wire(message: BaseMessage) -> str:
    """The message's wire name, and the name of its speaker."""
    return f"{message.type} {message.name}"


@pytest.mark.parametrize("message", ALL, ids=wire)
def test_a_message_survives_every_way_of_writing_it_down(message: BaseMessage) -> None:
    """Copies, pickles, the long dict form and the short one give an equal message."""
    assert copy.copy(message) == message
    assert copy.deepcopy(message) == message
    assert pickle.loads(pickle.dumps(message)) == message
    assert messages_from_dict(messages_to_dict([message])) == [message]
    assert message_from_fields(message.to_dict()) == message
    assert message_from_fields(message.model_dump()) == message


@pytest.mark.parametrize("message", ALL, ids=wire)
def test_a_message_is_public_and_knows_its_class_by_wire_name(message: BaseMessage) -> None:
    """The class is importable from the package under its name."""
    assert getattr(messages, type(message).__name__) is type(message)
    assert type(message).__module__ == "anystep.messages"
    assert message_to_dict(message)["type"] == message.type


def test_the_short_form_holds_only_what_is_not_default() -> None:
    """So that a checkpoint is no larger than the conversation."""
    assert HumanMessage("hi").to_dict() == {"type": "human", "content": "hi"}
    assert ToolMessage("1", tool_call_id="c").to_dict() == {
        "type": "tool",
        "content": "1",
        "tool_call_id": "c",
    }
    assert AIMessage("").to_dict() == {"type": "ai"}


def test_messages_are_equal_by_class_and_fields() -> None:
    """A piece is never equal to the whole; extras count."""
    assert HumanMessage("a") == HumanMessage("a")
    assert HumanMessage("a") != HumanMessage("a", id="1")
    assert HumanMessage("a") != HumanMessageChunk("a")
    assert HumanMessage("a") != AIMessage("a")
    assert HumanMessage("a", mood=1) != HumanMessage("a")
    assert HumanMessage("a") != "a"
    with pytest.raises(TypeError, match="unhashable"):
        hash(HumanMessage("a"))


def test_unknown_arguments_become_attributes() -> None:
    """As LangChain keeps them."""
    message = HumanMessage("a", mood="fine")

    assert getattr(message, "mood") == "fine"  # noqa: B009 - no class has it
    assert repr(message).endswith("mood='fine')")
    assert message.model_dump()["mood"] == "fine"


@pytest.mark.parametrize("wrong", [None, 3, [3], ["a", None], {"type": "text"}])
def test_content_is_text_or_blocks(wrong: Any) -> None:
    """Anything else is an error that says what came."""
    with pytest.raises(ValueError, match=r"HumanMessage\.content"):
        HumanMessage(wrong)


def test_a_message_does_not_share_its_containers() -> None:
    """Changing what was given, or what was dumped, changes no message."""
    content: list[Any] = ["a"]
    extra = {"k": [1]}
    message = HumanMessage(content, additional_kwargs=extra)
    content.append("b")
    extra["j"] = [2]
    message.model_dump()["additional_kwargs"]["k"].append(2)

    assert message.content == ["a"]
    assert message.additional_kwargs == {"k": [1]}


def test_a_type_must_be_the_class_s() -> None:
    """Data of one kind is not read as another."""
    assert HumanMessage("a", type="human").type == "human"
    with pytest.raises(ValueError, match="HumanMessage has type 'human', got 'ai'"):
        HumanMessage("a", type="ai")


def test_a_number_may_be_an_id() -> None:
    """It becomes text."""
    assert HumanMessage("a", id=7).id == "7"


def test_text_leaves_out_what_is_not_text() -> None:
    """Strings and text blocks are joined; calling it is deprecated."""
    message = AIMessage(["a", {"type": "text", "text": "b"}, {"type": "image", "url": "u"}])

    assert message.text == "ab"
    assert HumanMessage("x").text == "x"
    with pytest.warns(DeprecationWarning, match=r"Calling .text\(\)"):
        assert message.text() == "ab"


def test_content_blocks_are_typed() -> None:
    """Unknown blocks are wrapped; a model's calls and reasoning stand among them."""
    message = AIMessage(
        ["a", {"type": "text", "text": "b"}, {"odd": 1}],
        tool_calls=[CALL],
        additional_kwargs={"reasoning_content": "hm"},
    )

    assert message.content_blocks == [
        {"type": "reasoning", "reasoning": "hm"},
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
        {"type": "non_standard", "value": {"odd": 1}},
        FULL_CALL,
    ]
    assert HumanMessage("").content_blocks == []
    assert HumanMessage("x").content_blocks == [{"type": "text", "text": "x"}]


def test_a_message_can_be_made_of_blocks() -> None:
    """Calls among them count as the message's."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": "a"}, FULL_CALL]

    assert HumanMessage(content_blocks=blocks[:1]).content == blocks[:1]
    assert AIMessage(content_blocks=blocks).tool_calls == [FULL_CALL]


def test_calls_in_a_provider_s_form_are_read() -> None:
    """Those that are no JSON become invalid calls."""
    raw = [
        {"id": "1", "function": {"name": "f", "arguments": '{"x": 1}'}},
        {"id": "2", "function": {"name": "g", "arguments": "{x"}},
        {"id": "3"},
    ]
    message = AIMessage("", additional_kwargs={"tool_calls": raw})

    assert [call["id"] for call in message.tool_calls] == ["1"]
    assert message.invalid_tool_calls == [
        {"name": "g", "args": "{x", "id": "2", "error": None, "type": "invalid_tool_call"}
    ]
    assert AIMessage("", additional_kwargs={"tool_calls": raw}, tool_calls=[CALL]).tool_calls == [
        FULL_CALL
    ]


@pytest.mark.parametrize("wrong", [{"args": {}}, {"name": "f", "args": "{}"}, {"name": "f"}])
def test_a_call_needs_a_name_and_arguments(wrong: Any) -> None:
    """The error shows the call."""
    with pytest.raises(ValueError, match="A tool call needs"):
        AIMessage("", tool_calls=[wrong])


def test_a_tool_s_result_becomes_text() -> None:
    """Whatever the tool returned, and whatever the id was."""
    assert ToolMessage(3, tool_call_id=7) == ToolMessage("3", tool_call_id="7")
    assert ToolMessage(("a", 1, {"type": "text"}), tool_call_id="7").content == [
        "a",
        "1",
        {"type": "text"},
    ]
    odd: Any = "odd"
    with pytest.raises(ValueError, match="must be 'success' or 'error'"):
        ToolMessage("", tool_call_id="7", status=odd)


def test_a_removal_has_no_content() -> None:
    """Its id is given by position."""
    assert RemoveMessage("3").id == "3"
    with pytest.raises(ValueError, match="does not support 'content'"):
        RemoveMessage("3", content="x")


def test_a_message_is_shown_under_a_title() -> None:
    """With its name, and the calls it asks for."""
    assert HumanMessage("hi", name="bob").pretty_repr() == (
        "================================ Human Message =================================\n"
        "Name: bob\n\nhi"
    )
    assert (
        AIMessage("", tool_calls=[CALL])
        .pretty_repr()
        .endswith("Tool Calls:\n  f (c1)\n Call ID: c1\n  Args:\n    x: 1")
    )
    bold = HumanMessage("x").pretty_repr(html=True)
    assert "\033[1m Human Message \033[0m" in bold


def test_a_message_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The same text, to standard output."""
    SystemMessage("x").pretty_print()

    assert capsys.readouterr().out == SystemMessage("x").pretty_repr() + "\n"


def test_a_copy_may_differ_in_some_fields() -> None:
    """A deep one shares nothing."""
    message = HumanMessage(["a"], id="1")
    twin = message.model_copy(update={"id": "2"}, deep=True)

    assert (twin.id, message.id) == ("2", "1")
    assert twin.content is not message.content
    assert message.model_copy().content is message.content


def test_a_dump_can_be_narrowed() -> None:
    """To some fields, without some, without those that are None."""
    message = HumanMessage("a")

    assert message.model_dump(include={"content", "id"}) == {"content": "a", "id": None}
    assert message.model_dump(include={"content", "id"}, exclude_none=True) == {"content": "a"}
    assert "id" not in message.model_dump(exclude={"id"})
    assert HumanMessage("ä").model_dump_json().startswith('{"content": "ä"')
