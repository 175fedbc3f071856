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
    BaseMessageChunk,
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
    add_usage,
    convert_to_messages,
    merge_content,
    message_chunk_to_message,
    message_from_fields,
    message_to_dict,
    messages_from_dict,
    messages_to_dict,
)
from anystep.messages._merge import merge_dicts, merge_lists, merge_objects
from anystep.messages._tool_calls import parse_partial_json

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

    assert message.mood == "fine"  # type: ignore[attr-defined]
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
    with pytest.raises(ValueError, match="must be 'success' or 'error'"):
        ToolMessage("", tool_call_id="7", status="odd")  # type: ignore[arg-type]


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


# -- pieces


def test_text_pieces_join() -> None:
    """In order; the id is the first one's."""
    whole = HumanMessageChunk("a", id="1") + HumanMessageChunk("b", id="2")

    assert whole == HumanMessageChunk("ab", id="1")
    assert HumanMessageChunk("a") + [HumanMessageChunk("b"), HumanMessageChunk("c")] == (
        HumanMessageChunk("abc")
    )
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = HumanMessageChunk("a") + "b"
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = AIMessageChunk("a") + HumanMessage("b")


def test_pieces_of_a_call_join_by_index() -> None:
    """The call can be read as far as it goes."""
    first = AIMessageChunk(
        "", tool_call_chunks=[{"name": "f", "args": '{"x": [1, ', "id": "c1", "index": 0}]
    )
    second = AIMessageChunk(
        "", tool_call_chunks=[{"name": None, "args": "2], ", "id": None, "index": 0}]
    )
    last = AIMessageChunk(
        "",
        tool_call_chunks=[
            {"name": None, "args": '"y": 3}', "id": None, "index": 0},
            {"name": "g", "args": "", "id": "c2", "index": 1},
        ],
        chunk_position="last",
    )

    assert first.tool_calls[0]["args"] == {"x": [1]}
    assert (first + second).tool_calls[0]["args"] == {"x": [1, 2]}
    whole = first + second + last
    assert whole.tool_calls == [
        {"name": "f", "args": {"x": [1, 2], "y": 3}, "id": "c1", "type": "tool_call"},
        {"name": "g", "args": {}, "id": "c2", "type": "tool_call"},
    ]
    assert whole.chunk_position == "last"
    assert message_chunk_to_message(whole) == AIMessage("", tool_calls=whole.tool_calls)


def test_a_piece_that_is_no_json_is_an_invalid_call() -> None:
    """With the text as it came."""
    piece = AIMessageChunk(
        "", tool_call_chunks=[{"name": "f", "args": "{]", "id": "1", "index": 0}]
    )

    assert piece.tool_calls == []
    assert piece.invalid_tool_calls[0]["args"] == "{]"


def test_whole_calls_of_a_piece_have_pieces_too() -> None:
    """So that they join with those that follow."""
    piece = AIMessageChunk("", tool_calls=[CALL])

    assert piece.tool_call_chunks == [
        {"name": "f", "args": '{"x": 1}', "id": "c1", "index": None, "type": "tool_call_chunk"}
    ]
    assert (piece + AIMessageChunk("")).tool_calls == [FULL_CALL]


def test_the_calls_of_a_piece_can_be_replaced() -> None:
    """What was read before of the other kind stays."""
    piece = AIMessageChunk("", tool_call_chunks=[{"name": "f", "args": "{]", "id": "1"}])
    piece.tool_calls = [FULL_CALL]  # type: ignore[list-item]

    assert piece.tool_calls == [FULL_CALL]
    assert len(piece.invalid_tool_calls) == 1

    piece.invalid_tool_calls = []

    assert (piece.tool_calls, piece.invalid_tool_calls) == ([FULL_CALL], [])


def test_calls_in_a_provider_s_form_are_read_from_pieces() -> None:
    """Also without a function."""
    raw = [{"id": "1", "index": 0, "function": {"name": "f", "arguments": '{"x"'}}, {"id": "2"}]
    piece = AIMessageChunk("", additional_kwargs={"tool_calls": raw})

    assert [chunk["args"] for chunk in piece.tool_call_chunks] == ['{"x"', None]
    assert [call["args"] for call in piece.tool_calls] == [{}, {}]


def test_token_counts_add_up() -> None:
    """Details included; nothing is nothing."""
    left: Any = {"input_tokens": 1, "total_tokens": 1, "input_token_details": {"audio": 1}}
    right: Any = {"input_tokens": 2, "output_tokens": 3, "input_token_details": {"cache_read": 2}}

    assert add_usage(left, right) == {
        "input_tokens": 3,
        "output_tokens": 3,
        "total_tokens": 1,
        "input_token_details": {"audio": 1, "cache_read": 2},
    }
    assert add_usage(left, None) == left
    assert add_usage(None, None)["total_tokens"] == 0
    with pytest.raises(ValueError, match="not both counts"):
        add_usage(left, right | {"input_tokens": "x"})
    joined = AIMessageChunk("a", usage_metadata=left) + AIMessageChunk("b", usage_metadata=right)
    assert joined.usage_metadata == add_usage(left, right)
    assert (AIMessageChunk("a") + AIMessageChunk("b")).usage_metadata is None


@pytest.mark.parametrize(
    ("ids", "best"),
    [
        ((None, "lc_run-1", "real"), "real"),
        ((None, "lc_1", "lc_run-1"), "lc_run-1"),
        (("lc_1", "lc_2"), "lc_1"),
        ((None, None), None),
    ],
)
def test_the_provider_s_id_is_the_best(ids: tuple[str | None, ...], best: str | None) -> None:
    """Then a run's, then the first."""
    first, *rest = [AIMessageChunk("", id=one) for one in ids]

    assert (first + rest).id == best


def test_pieces_of_different_speakers_do_not_join() -> None:
    """Roles, names and calls must be the same."""
    with pytest.raises(ValueError, match="different roles"):
        _ = ChatMessageChunk("a", role="x") + ChatMessageChunk("b", role="y")
    with pytest.raises(ValueError, match="different names"):
        _ = FunctionMessageChunk("a", name="x") + FunctionMessageChunk("b", name="y")
    with pytest.raises(ValueError, match="different names"):
        _ = ToolMessageChunk("a", tool_call_id="1") + ToolMessageChunk("b", tool_call_id="2")


def test_pieces_of_the_same_speaker_join() -> None:
    """An error anywhere is an error; artifacts are merged."""
    assert ChatMessageChunk("a", role="x") + ChatMessageChunk("b", role="x") == (
        ChatMessageChunk("ab", role="x")
    )
    assert FunctionMessageChunk("a", name="x") + FunctionMessageChunk("b", name="x") == (
        FunctionMessageChunk("ab", name="x")
    )
    joined = ToolMessageChunk("a", tool_call_id="1", artifact={"x": 1}) + ToolMessageChunk(
        "b", tool_call_id="1", artifact={"y": 2}, status="error"
    )
    assert joined == ToolMessageChunk(
        "ab", tool_call_id="1", artifact={"x": 1, "y": 2}, status="error"
    )
    assert ToolMessageChunk("a", tool_call_id="1") + HumanMessageChunk("b") == (
        ToolMessageChunk("ab", tool_call_id="1")
    )


@pytest.mark.parametrize("message", ALL, ids=wire)
def test_a_whole_message_is_what_a_piece_stands_for(message: BaseMessage) -> None:
    """A whole one is itself."""
    whole = message_chunk_to_message(message)

    assert not isinstance(whole, BaseMessageChunk)
    assert whole.content == message.content
    assert (whole is message) is not isinstance(message, BaseMessageChunk)


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (("a", "b"), "ab"),
        (("a", ["b"]), ["a", "b"]),
        ((["a"], "b"), ["ab"]),
        (([{"x": 1}], ""), [{"x": 1}]),
        (([{"x": 1}], "b"), [{"x": 1}, "b"]),
        (([], "b"), ["b"]),
        (([{"index": 0, "t": "a"}], [{"index": 0, "t": "b"}]), [{"index": 0, "t": "ab"}]),
    ],
)
def test_contents_merge(pieces: Any, whole: Any) -> None:
    """And the first one's list is left alone."""
    before = repr(pieces)

    assert merge_content(*pieces) == whole
    assert repr(pieces) == before


def test_dicts_merge_by_key() -> None:
    """Text and numbers add up, identities and equal values stay, None yields."""
    left = {"a": "x", "b": None, "id": "1", "n": 1, "index": 0, "flag": True, "d": {"k": "v"}}
    right = {"a": "y", "b": 2, "id": "1", "n": 2, "index": 3, "flag": True, "d": {"k": "w"}, "z": 0}

    assert merge_dicts(left, right) == {
        "a": "xy",
        "b": 2,
        "id": "1",
        "n": 3,
        "index": 3,
        "flag": True,
        "d": {"k": "vw"},
        "z": 0,
    }
    assert merge_dicts({"index": "lc_1"}, {"index": "lc_1"}) == {"index": "lc_1"}
    assert merge_dicts({"a": 1}, {"a": None}) == {"a": 1}
    assert merge_dicts({"a": [1]}, {"a": [2]}) == {"a": [1, 2]}


@pytest.mark.parametrize("pair", [("x", 1), (True, False), (1.5, 2.5), ([1], {})])
def test_values_that_cannot_be_merged_are_an_error(pair: tuple[Any, Any]) -> None:
    """Which names the key."""
    with pytest.raises(TypeError, match="Cannot merge 'a'"):
        merge_dicts({"a": pair[0]}, {"a": pair[1]})


def test_lists_merge_by_index() -> None:
    """Dicts of one index and of no other id join, everything else is appended."""
    assert merge_lists(None, None) is None
    assert merge_lists(None, [1]) == [1]
    assert merge_lists([1], None, [1]) == [1, 1]
    assert merge_lists(
        [{"index": 0, "id": "a", "t": "x", "type": "k"}],
        [{"index": 0, "id": "", "t": "y", "type": "k"}, {"index": 0, "id": "b"}, {"index": None}],
    ) == [{"index": 0, "id": "a", "t": "xy", "type": "k"}, {"index": 0, "id": "b"}, {"index": None}]


def test_non_standard_pieces_join_what_they_belong_to() -> None:
    """As extras of a standard block, into the value of another non-standard one."""
    piece = {"index": 0, "type": "non_standard", "value": {"type": "x", "a": 1}}

    assert merge_lists([{"index": 0, "type": "text", "text": "t"}], [piece]) == [
        {"index": 0, "type": "text", "text": "t", "extras": {"a": 1}}
    ]
    assert merge_lists([{"index": 0, "type": "non_standard", "value": {"b": 2}}], [piece]) == [
        {"index": 0, "type": "non_standard", "value": {"b": 2, "a": 1}}
    ]


def test_artifacts_merge() -> None:
    """Text, lists, dicts and equal values; nothing else."""
    assert merge_objects(None, 1) == 1
    assert merge_objects(1, None) == 1
    assert merge_objects("a", "b") == "ab"
    assert merge_objects([1], [2]) == [1, 2]
    assert merge_objects(1.5, 1.5) == 1.5
    with pytest.raises(TypeError, match="Cannot merge int with str"):
        merge_objects(1, "x")
    with pytest.raises(ValueError, match="neither text, dicts, lists nor equal"):
        merge_objects(1.5, 2.5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('{"a": 1', {"a": 1}),
        ('{"a": 1.', {"a": 1}),
        ('{"a": 1e+', {"a": 1}),
        ('{"a": "he', {"a": "he"}),
        ('{"a": "he\\', {"a": "he"}),
        ('{"a": "he\\"', {"a": 'he"'}),
        ('{"a": tr', {}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": 1, "b":', {"a": 1}),
        ('{"a": 1, "b": -', {"a": 1}),
        ('{"a": [1, {"b": "x', {"a": [1, {"b": "x"}]}),
        ('{"a": [1, {"b', {"a": [1, {}]}),
        ('{"a": {"b": [', {"a": {"b": []}}),
        ('{"a": "x\ny', {"a": "x\ny"}),
        ('{"a": "[{,"', {"a": "[{,"}),
        ('{"a": 1} and so on', {"a": 1}),
        ("{", {}),
        ("[", []),
        ('"a', "a"),
    ],
)
def test_json_that_breaks_off_is_read_as_far_as_it_goes(text: str, value: Any) -> None:
    """What is open is closed, what is no value yet is dropped."""
    assert parse_partial_json(text) == value


@pytest.mark.parametrize("text", ["", "x", "}", "{]", "nul"])
def test_text_that_is_no_json_is_an_error(text: str) -> None:
    """The error shows it."""
    with pytest.raises(ValueError, match="Not JSON"):
        parse_partial_json(text)


# -- conversion


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
    assert convert_to_messages(Prompt()) == [piece]  # type: ignore[arg-type]


@pytest.mark.parametrize("message", ALL[:2], ids=wire)
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
