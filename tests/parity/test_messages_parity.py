"""Our messages behave like LangChain's, and our reducer like langgraph's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anystep import messages as ours
from anystep.graph import message as our_graph
from anystep.messages._tool_calls import parse_partial_json as our_partial

theirs = pytest.importorskip("langchain_core.messages")
their_graph = pytest.importorskip("langgraph.graph.message")

from langchain_core.utils.json import parse_partial_json as their_partial

CALL = {"name": "f", "args": {"x": [1, {"y": None}]}, "id": "c1"}
USAGE = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}

#: (class, positional arguments, keyword arguments)
SAMPLES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("HumanMessage", ("hi",), {}),
    ("HumanMessage", ("hi",), {"name": "bob", "id": "1", "mood": "fine"}),
    ("HumanMessage", (["a", {"type": "text", "text": "b"}],), {"additional_kwargs": {"k": 1}}),
    ("HumanMessage", (), {"content": "x", "response_metadata": {"m": [1]}}),
    ("SystemMessage", ("be good",), {"id": "2"}),
    ("AIMessage", ("x",), {}),
    ("AIMessage", ("",), {"tool_calls": [CALL, {**CALL, "type": "tool_call"}]}),
    (
        "AIMessage",
        ("x",),
        {
            "usage_metadata": USAGE,
            "invalid_tool_calls": [{"name": "g", "args": "{", "id": "c2", "error": "no"}],
        },
    ),
    (
        "AIMessage",
        ("",),
        {
            "additional_kwargs": {
                "tool_calls": [
                    {"id": "1", "function": {"name": "f", "arguments": '{"x": 1}'}},
                    {"id": "2", "function": {"name": "g", "arguments": "{x"}},
                ]
            }
        },
    ),
    ("ToolMessage", ("r",), {"tool_call_id": "1"}),
    (
        "ToolMessage",
        (3,),
        {"tool_call_id": 7, "artifact": {"a": 1}, "status": "error", "name": "t"},
    ),
    ("ToolMessage", (["a", 1],), {"tool_call_id": "1"}),
    ("ChatMessage", ("c",), {"role": "r"}),
    ("FunctionMessage", ("f",), {"name": "n"}),
    ("RemoveMessage", (), {"id": "3"}),
    ("HumanMessageChunk", ("q",), {}),
    ("SystemMessageChunk", ("s",), {"id": "9"}),
    ("ChatMessageChunk", ("c",), {"role": "r"}),
    ("FunctionMessageChunk", ("f",), {"name": "n"}),
    ("ToolMessageChunk", ("t",), {"tool_call_id": "1"}),
    ("AIMessageChunk", ("a",), {"usage_metadata": USAGE, "chunk_position": "last"}),
    ("AIMessageChunk", ("a",), {"tool_calls": [CALL]}),
    (
        "AIMessageChunk",
        ("a",),
        {
            "tool_call_chunks": [
                {"name": "f", "args": '{"x": [1, {"y": tr', "id": "c1", "index": 0},
                {"name": "g", "args": "{]", "id": "c2", "index": 1},
                {"name": None, "args": None, "id": None, "index": None},
            ]
        },
    ),
]


def both(sample: tuple[str, tuple[Any, ...], dict[str, Any]]) -> tuple[Any, Any]:
    """The same message in our class and in theirs."""
    name, args, kwargs = sample
    return getattr(ours, name)(*args, **kwargs), getattr(theirs, name)(*args, **kwargs)


def plain(message: Any) -> Any:
    """A message of either side as data that can be compared."""
    return (type(message).__name__, message.model_dump())


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(SAMPLES)))
def test_fields_repr_and_text_are_langchain_s(sample: Any) -> None:
    """Everything one can print or write down."""
    our, their = both(sample)

    assert our.model_dump() == their.model_dump()
    assert list(our.model_dump()) == list(their.model_dump())
    assert repr(our) == repr(their)
    assert str(our) == str(their)
    assert our.text == their.text
    assert our.pretty_repr() == their.pretty_repr()
    assert our.pretty_repr(html=True) == their.pretty_repr(html=True)
    assert ours.message_to_dict(our) == theirs.message_to_dict(their)
    assert plain(ours.message_chunk_to_message(our)) == plain(
        theirs.message_chunk_to_message(their)
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(SAMPLES)))
def test_either_side_reads_what_the_other_wrote(sample: Any) -> None:
    """The wire form is one."""
    our, their = both(sample)

    assert ours.messages_from_dict(theirs.messages_to_dict([their])) == [our]
    assert theirs.messages_from_dict(ours.messages_to_dict([our])) == [their]


@pytest.mark.parametrize(
    "wrong",
    [
        ("HumanMessage", (), {}),
        ("HumanMessage", (3,), {}),
        ("HumanMessage", ([3],), {}),
        ("HumanMessage", ("a",), {"type": "ai"}),
        ("AIMessage", ("",), {"tool_calls": [{"name": "f", "args": "text", "id": "1"}]}),
        ("ToolMessage", ("",), {"tool_call_id": "1", "status": "odd"}),
        ("RemoveMessage", (), {"id": "1", "content": "x"}),
    ],
    ids=range(7),
)
def test_the_same_arguments_are_wrong(wrong: Any) -> None:
    """A program that catches ValueError catches ours."""
    name, args, kwargs = wrong
    for module in (theirs, ours):
        with pytest.raises(ValueError):  # noqa: PT011 - two libraries, two texts
            getattr(module, name)(*args, **kwargs)


CONVERTIBLE: list[Any] = [
    "hi",
    ("user", "hi"),
    ["ai", "hi"],
    ("assistant", [{"type": "text", "text": "x"}]),
    {"role": "user", "content": "hi", "id": "1", "name": "bob"},
    {"type": "human", "content": None},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
        ],
    },
    {"role": "developer", "content": "x"},
    {"role": "system", "content": "x", "odd": 1, "additional_kwargs": {"k": 2}},
    {"role": "user", "content": "x", "response_metadata": {"m": 3}},
    {"role": "tool", "content": "1", "tool_call_id": "c", "status": "error", "artifact": 2},
    {"role": "function", "content": "1", "name": "f"},
    {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", "AIMessage"],
        "kwargs": {"content": "x", "id": "1"},
    },
]


@pytest.mark.parametrize("value", CONVERTIBLE, ids=range(len(CONVERTIBLE)))
def test_the_same_things_stand_for_messages(value: Any) -> None:
    """And for the same ones."""
    [our] = ours.convert_to_messages([value])
    [their] = theirs.convert_to_messages([value])

    assert plain(our) == plain(their)


@pytest.mark.parametrize(
    "value",
    [("martian", "x"), {"content": "x"}, {"role": "user"}, ("a", "b", "c"), 3],
    ids=range(5),
)
def test_the_same_things_do_not(value: Any) -> None:
    """The same class of error, the same first line."""
    with pytest.raises((ValueError, NotImplementedError)) as our:
        ours.convert_to_messages([value])
    with pytest.raises((ValueError, NotImplementedError)) as their:
        theirs.convert_to_messages([value])

    assert type(our.value) is type(their.value)
    assert str(our.value).splitlines()[0] == str(their.value).splitlines()[0]


# -- pieces

texts = st.text(alphabet='ab{}[]",:1 \\', max_size=12)
metadata = st.dictionaries(
    st.sampled_from(["a", "id", "index", "model_provider"]),
    st.none() | st.text(alphabet="xy", max_size=2),
    max_size=3,
)
call_pieces = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.none() | st.sampled_from(["f", "g"]),
            "args": st.none() | texts,
            "id": st.none() | st.sampled_from(["c1", "c2"]),
            "index": st.none() | st.integers(0, 2),
        }
    ),
    max_size=3,
)
pieces = st.fixed_dictionaries(
    {
        "content": texts | st.lists(texts, min_size=1, max_size=2),
        "additional_kwargs": metadata,
        "response_metadata": metadata,
        "tool_call_chunks": call_pieces,
        "id": st.none() | st.sampled_from(["lc_1", "lc_run-1", "real", "real-2"]),
        "usage_metadata": st.none()
        | st.just({**USAGE, "input_token_details": {"audio": 1}})
        | st.just({**USAGE, "output_token_details": {"reasoning": 2}}),
        "chunk_position": st.sampled_from([None, "last"]),
    }
)


@given(st.lists(pieces, min_size=2, max_size=4))
def test_pieces_join_like_langchain_s(given_pieces: list[dict[str, Any]]) -> None:
    """Contents, metadata, calls, counts and ids."""
    our, *our_rest = [ours.AIMessageChunk(**one) for one in given_pieces]
    their, *their_rest = [theirs.AIMessageChunk(**one) for one in given_pieces]
    for one, other in zip(our_rest, their_rest, strict=True):
        our, their = our + one, their + other
    mine, reference = our.model_dump(), their.model_dump()
    for side in (mine, reference):  # what of broken JSON can be read is compared on its own
        side.pop("tool_calls")
        side.pop("invalid_tool_calls")

    assert mine == reference


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-99, 99)
        | st.text(alphabet='a"\\\n{[,', max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(alphabet="ab", max_size=2), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    st.data(),
)
def test_broken_off_json_is_read_like_langchain_s(value: Any, data: st.DataObject) -> None:
    """At whatever character it breaks off, except inside an escape, of which we save more."""
    import json

    text = json.dumps({"k": value})
    cut = data.draw(st.integers(1, len(text)))
    head = text[:cut]
    if "\\u" in head[-6:]:
        return

    assert our_partial(head) == their_partial(head)


# -- the reducer

message_ids = st.sampled_from(["1", "2", "3", "4"])
turns = st.lists(
    st.tuples(st.sampled_from(["HumanMessage", "AIMessage", "RemoveMessage"]), message_ids),
    max_size=5,
)


def build(module: Any, turn: list[tuple[str, str]], mark: str) -> list[Any]:
    """A list of messages of one side."""
    return [
        module.RemoveMessage(id=one)
        if name == "RemoveMessage"
        else getattr(module, name)(f"{mark}{number}", id=one)
        for number, (name, one) in enumerate(turn)
    ]


def outcome(run: Any) -> Any:
    """The merged messages as data, or the error."""
    try:
        return [plain(message) for message in run()]
    except ValueError as error:
        return str(error).splitlines()[0]


@given(st.lists(turns, min_size=1, max_size=4))
def test_messages_merge_like_langgraph_s(writes: list[list[tuple[str, str]]]) -> None:
    """Appending, replacing, removing, and the errors."""

    def merged(module: Any, reducer: Any) -> Any:
        state: list[Any] = []
        for number, turn in enumerate(writes):
            state = reducer(state, build(module, turn, f"{number}."))
        return state

    assert outcome(lambda: merged(ours, our_graph.add_messages)) == outcome(
        lambda: merged(theirs, their_graph.add_messages)
    )


@given(st.lists(turns, min_size=1, max_size=4))
def test_the_batch_reducer_is_langgraph_s(writes: list[list[tuple[str, str]]]) -> None:
    """In one batch."""
    mine = our_graph._messages_delta_reducer(
        [], [build(ours, turn, f"{n}.") for n, turn in enumerate(writes)]
    )
    reference = their_graph._messages_delta_reducer(
        [], [build(theirs, turn, f"{n}.") for n, turn in enumerate(writes)]
    )

    assert list(map(plain, mine)) == list(map(plain, reference))


def test_everything_is_removed_like_in_langgraph() -> None:
    """By the special id."""
    turn = [("HumanMessage", "1"), ("RemoveMessage", "__remove_all__"), ("AIMessage", "2")]

    assert our_graph.REMOVE_ALL_MESSAGES == their_graph.REMOVE_ALL_MESSAGES
    assert outcome(
        lambda: our_graph.add_messages(
            build(ours, [("HumanMessage", "9")], ""), build(ours, turn, "")
        )
    ) == outcome(
        lambda: their_graph.add_messages(
            build(theirs, [("HumanMessage", "9")], ""), build(theirs, turn, "")
        )
    )


def test_langchain_s_messages_stay_themselves() -> None:
    """They are merged as they are, pieces as their whole messages; ours become theirs."""
    old = theirs.HumanMessage("a", id="1")
    new = theirs.AIMessage("b")
    piece = theirs.AIMessageChunk("c", id="3")
    own = ours.HumanMessage("d", id="1")
    merged = our_graph.add_messages([old], [new, piece, own])

    assert merged[0] == theirs.HumanMessage("d", id="1")
    assert merged[1] is new
    assert new.id is not None
    assert merged[2] == theirs.AIMessage("c", id="3")
    assert our_graph.add_messages([old], theirs.RemoveMessage(id="1")) == []
    assert ours.is_langchain_message(old)
    assert not ours.is_langchain_message(own)


BLOCKS: list[Any] = [
    "text",
    {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}, "more": 1},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}},
    {"image": {"format": "png", "source": {"bytes": b"AA"}}},
    {"type": "image", "url": "https://example.org/x.png"},
    {"type": "image", "base64": "AA", "mime_type": "image/png"},
    {"type": "image", "source_type": "base64", "data": "AA", "mime_type": "image/png"},
    {"type": "file", "base64": "AA", "mime_type": "application/pdf", "filename": "f.pdf"},
    {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA"}},
    {"type": "file", "file_id": "f1"},
    {"type": "audio", "base64": "AA", "mime_type": "audio/wav"},
    {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
    {"type": "json", "json": {"a": 1}},
    {"guard_content": {"text": "x"}},
    {"guard_content": {"text": {"text": "x"}}},
    {"type": "media", "mime_type": "image/png", "data": b"AA"},
    {"type": "thinking", "thinking": "hm", "signature": "s"},
    {"type": "odd", "text": "x", "more": 1},
    {"type": "tool_use", "id": "c", "name": "f", "input": {"ä": 1}},
    {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    {"type": "tool_result", "tool_use_id": "c", "content": [{"type": "text", "text": "r"}]},
    {"type": "tool_result", "tool_use_id": "c", "content": "r", "is_error": True},
]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
@pytest.mark.parametrize(
    "beside",
    [[], ["b"], [{"type": "image_url", "image_url": {"url": "u"}}]],
    ids=["alone", "text", "image"],
)
@pytest.mark.parametrize("text_format", ["string", "block"])
def test_blocks_are_translated_like_langchain_s(block: Any, beside: Any, text_format: Any) -> None:
    """Alone and beside others."""
    content = [block, *beside]

    assert ours.convert_to_openai_messages(
        [ours.AIMessage(content, id="1")], text_format=text_format, include_id=True
    ) == theirs.convert_to_openai_messages(
        [theirs.AIMessage(content, id="1")], text_format=text_format, include_id=True
    )


@pytest.mark.parametrize("sample", SAMPLES[:14], ids=range(14))
def test_messages_are_openai_s_like_langchain_s(sample: Any) -> None:
    """Roles, names, calls; one message gives one dict."""
    our, their = both(sample)

    assert ours.convert_to_openai_messages(our) == theirs.convert_to_openai_messages(their)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text"},
        {"type": "image_url"},
        {"type": "image"},
        {"type": "image", "source": {"type": "base64"}},
        {"type": "tool_use", "id": "c"},
        {"type": "function_call", "call_id": "d"},
        {"type": "tool_result"},
        {"type": "json"},
        {"type": "guard_content"},
        {"type": "media", "mime_type": "video/mp4", "data": b""},
        {"type": "odd"},
    ],
    ids=range(11),
)
def test_incomplete_blocks_are_errors_like_langchain_s(block: Any) -> None:
    """Both raise ValueError."""
    for module in (theirs, ours):
        with pytest.raises(ValueError):  # noqa: PT011 - two libraries, two texts
            module.convert_to_openai_messages(
                [module.AIMessage([block])],
                text_format="block",
                pass_through_unknown_blocks=False,
            )


def test_a_pydantic_model_can_hold_our_messages() -> None:
    """From messages or from their data, and back to data."""
    pydantic = pytest.importorskip("pydantic")

    class Talk(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        messages: list[ours.AnyMessage]

    talk = Talk(messages=[ours.HumanMessage("a"), {"type": "ai", "content": "b"}])

    assert talk.messages == [ours.HumanMessage("a"), ours.AIMessage("b")]
    assert Talk.model_validate(talk.model_dump()) == talk
    assert Talk.model_json_schema()
    with pytest.raises(pydantic.ValidationError):
        Talk(messages=[{"content": "x"}])
