"""Streamed pieces of messages join into whole ones."""

from __future__ import annotations

from typing import Any

import pytest

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
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
    add_usage,
    merge_content,
    message_chunk_to_message,
)
from anystep.messages._merge import merge_dicts, merge_lists, merge_objects
from anystep.messages._tool_calls import parse_partial_json

pytestmark = pytest.mark.host

CALL = {"name": "f", "args": {"x": 1}, "id": "c1"}
FULL_CALL = {**CALL, "type": "tool_call"}


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
    calls: Any = [FULL_CALL]
    piece.tool_calls = calls

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


@pytest.mark.parametrize(
    ("piece", "whole"),
    [
        (HumanMessageChunk("h", id="1", mood="fine"), HumanMessage("h", id="1", mood="fine")),
        (AIMessageChunk("a", tool_calls=[CALL]), AIMessage("a", tool_calls=[CALL])),
        (SystemMessageChunk("s"), SystemMessage("s")),
        (ToolMessageChunk("t", tool_call_id="c1"), ToolMessage("t", tool_call_id="c1")),
        (ChatMessageChunk("x", role="judge"), ChatMessage("x", role="judge")),
        (FunctionMessageChunk("x", name="f"), FunctionMessage("x", name="f")),
    ],
    ids=lambda message: message.type,
)
def test_a_piece_stands_for_a_whole_message(piece: BaseMessage, whole: BaseMessage) -> None:
    """With all its fields; a whole one is itself."""
    assert message_chunk_to_message(piece) == whole
    assert message_chunk_to_message(whole) is whole


CONTENTS: list[tuple[Any, Any]] = [
    (("a", "b"), "ab"),
    (("a", ["b"]), ["a", "b"]),
    ((["a"], "b"), ["ab"]),
    (([{"x": 1}], ""), [{"x": 1}]),
    (([{"x": 1}], "b"), [{"x": 1}, "b"]),
    (([], "b"), ["b"]),
    (([{"index": 0, "t": "a"}], [{"index": 0, "t": "b"}]), [{"index": 0, "t": "ab"}]),
]


@pytest.mark.parametrize(
    ("pieces", "whole"),
    CONTENTS,
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


BROKEN_OFF: list[tuple[Any, Any]] = [
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
]


@pytest.mark.parametrize(
    ("text", "value"),
    BROKEN_OFF,
)
def test_json_that_breaks_off_is_read_as_far_as_it_goes(text: str, value: Any) -> None:
    """What is open is closed, what is no value yet is dropped."""
    assert parse_partial_json(text) == value


@pytest.mark.parametrize("text", ["", "x", "}", "{]", "nul"])
def test_text_that_is_no_json_is_an_error(text: str) -> None:
    """The error shows it."""
    with pytest.raises(ValueError, match="Not JSON"):
        parse_partial_json(text)
