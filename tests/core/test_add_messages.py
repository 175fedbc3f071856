"""`add_messages` merges a conversation by message id."""

from __future__ import annotations

from functools import reduce
from typing import Any, get_type_hints

import pytest

from anystep.channels import BinaryOperatorAggregate
from anystep.channels._reducer import fold_of
from anystep.config import current_task
from anystep.graph.message import (
    REMOVE_ALL_MESSAGES,
    MessagesState,
    _messages_delta_reducer,
    add_messages,
    push_message,
)
from anystep.messages import AIMessage, AIMessageChunk, HumanMessage, RemoveMessage, ToolMessage

pytestmark = pytest.mark.host


def talk(*ids: str) -> list[Any]:
    """A conversation of messages with these ids."""
    return [HumanMessage(f"m{one}", id=one) for one in ids]


def ids_of(messages: list[Any]) -> list[str]:
    """The ids, in order."""
    return [message.id for message in messages]


def test_new_messages_come_last() -> None:
    """In a new list; both sides stay as they were."""
    left, right = talk("1", "2"), talk("3")
    merged = add_messages(left, right)

    assert ids_of(merged) == ["1", "2", "3"]
    assert (len(left), len(right)) == (2, 1)
    assert merged[0] is left[0]


def test_a_message_takes_the_place_of_the_one_with_its_id() -> None:
    """Where that one was."""
    newer = AIMessage("new", id="1")

    assert add_messages(talk("1", "2"), [newer]) == [newer, *talk("2")]
    assert add_messages([], [*talk("1"), newer]) == [newer]


def test_one_message_needs_no_list() -> None:
    """On either side, and whatever stands for a message."""
    assert ids_of(add_messages(talk("1")[0], talk("2")[0])) == ["1", "2"]
    assert [message.content for message in add_messages("a", ("ai", "b"))] == ["a", "b"]


def test_messages_without_id_get_one() -> None:
    """A different one each, on both sides; the message itself is given it."""
    left, right = HumanMessage("a"), HumanMessage("b")
    merged = add_messages([left], [right, HumanMessage("c")])

    assert merged[0] is left
    assert len({message.id for message in merged}) == 3
    assert all(len(message.id) == 36 for message in merged)


def test_a_removal_forgets_the_message() -> None:
    """Also one of the same write; a message with that id may come again."""
    assert ids_of(add_messages(talk("1", "2", "3"), RemoveMessage(id="2"))) == ["1", "3"]
    assert add_messages(talk("1"), [*talk("2"), RemoveMessage(id="2")]) == talk("1")
    again = AIMessage("again", id="1")
    assert add_messages(talk("1", "2"), [RemoveMessage(id="1"), again]) == [again, *talk("2")]


def test_removing_what_is_not_there_is_an_error() -> None:
    """The error names the id."""
    with pytest.raises(ValueError, match=r"an ID that doesn't exist \('9'\)"):
        add_messages(talk("1"), RemoveMessage(id="9"))


def test_everything_can_be_removed() -> None:
    """What follows in the same write stays, what precedes it does not."""
    forget = RemoveMessage(id=REMOVE_ALL_MESSAGES)

    assert add_messages(talk("1", "2"), forget) == []
    assert add_messages(talk("1"), [*talk("2"), forget, *talk("1", "3")]) == talk("1", "3")
    assert add_messages(talk("1"), [forget, *talk("2"), forget]) == []


def test_what_follows_a_removal_of_everything_is_merged_as_always() -> None:
    """No removal is left over in the state, no id stands in it twice."""
    forget = RemoveMessage(id=REMOVE_ALL_MESSAGES)

    assert add_messages(talk("1"), [forget, *talk("2"), RemoveMessage(id="2")]) == []
    assert add_messages(talk("1"), [forget, *talk("2"), *talk("2")]) == talk("2")
    with pytest.raises(ValueError, match="doesn't exist"):
        add_messages(talk("1"), [forget, RemoveMessage(id="1")])


def test_pieces_become_whole_messages() -> None:
    """On both sides."""
    merged = add_messages(AIMessageChunk("a", id="1"), [AIMessageChunk("b", id="2")])

    assert merged == [AIMessage("a", id="1"), AIMessage("b", id="2")]


@pytest.mark.parametrize(
    ("given", "name"),
    [({"left": ["a"]}, "left"), ({"left": []}, "right"), ({"right": []}, "right")],
)
def test_one_side_alone_is_an_error(given: dict[str, Any], name: str) -> None:
    """Also if it is empty; LangGraph's message then names the other one."""
    with pytest.raises(ValueError, match=f"Only received: '{name}'"):
        add_messages(**given)


def test_without_sides_it_is_the_reducer_with_its_format_set() -> None:
    """For annotations."""
    reducer = add_messages(format="langchain-openai")
    odd: Any = "odd"

    assert reducer([], talk("1")) == talk("1")
    with pytest.raises(ValueError, match="Unrecognized format='odd'"):
        add_messages([], [], format=odd)


def test_contents_can_be_put_in_openai_s_form() -> None:
    """Blocks are translated, results of tools stand alone, ids stay."""
    given = [
        {
            "role": "user",
            "id": "1",
            "content": [
                {"type": "text", "text": "look", "cache_control": {"type": "ephemeral"}},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/jpeg", "data": "1234"},
                },
            ],
        },
        {
            "role": "user",
            "id": "2",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "c",
                    "content": [{"type": "text", "text": "r"}],
                }
            ],
        },
        AIMessage([{"type": "tool_use", "id": "c", "name": "f", "input": {"x": 1}}], id="3"),
    ]
    merged = add_messages([], given, format="langchain-openai")

    assert merged == [
        HumanMessage(
            [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,1234"}},
            ],
            id="1",
        ),
        ToolMessage("r", tool_call_id="c"),
        AIMessage("", tool_calls=[{"name": "f", "args": {"x": 1}, "id": "c"}], id="3"),
    ]


@pytest.mark.parametrize(
    "writes",
    [
        [talk("1"), talk("2", "3")],
        [talk("1"), RemoveMessage(id="1"), talk("1")],
        [talk("1", "2"), [RemoveMessage(id="1"), *talk("4")], talk("1")],
        [talk("1"), RemoveMessage(id=REMOVE_ALL_MESSAGES), talk("2"), talk("2", "0")],
        [talk("0"), talk("0"), RemoveMessage(id="0")],
    ],
)
def test_a_step_s_writes_fold_like_one_after_the_other(writes: list[Any]) -> None:
    """The channel's fast way gives the same conversation."""
    fold = fold_of(add_messages)
    channel = BinaryOperatorAggregate[Any](list, add_messages)
    channel.update([talk("0")])
    channel.update(writes)

    assert fold is not None
    assert fold(talk("0"), writes) == reduce(add_messages, writes, talk("0"))
    assert channel.get() == reduce(add_messages, writes, talk("0"))


def test_a_messages_state_has_one_merged_key() -> None:
    """`messages`, by this reducer."""
    hint = get_type_hints(MessagesState, include_extras=True)["messages"]

    assert hint.__metadata__ == (add_messages,)


class Task:
    """What of a running task `push_message` needs."""

    def __init__(self) -> None:
        self.pushed: list[Any] = []

    def push_message(self, message: Any, state_key: str | None) -> None:
        self.pushed.append((message, state_key))


def test_a_pushed_message_reaches_the_running_task() -> None:
    """With the key it is to be written to."""
    task = Task()
    token = current_task.set(task)
    try:
        message = push_message({"role": "ai", "content": "a", "id": "1"})
        push_message(message, state_key=None)
        with pytest.raises(ValueError, match="Message ID is required"):
            push_message("no id")
    finally:
        current_task.reset(token)

    assert message == AIMessage("a", id="1")
    assert task.pushed == [(message, "messages"), (message, None)]


def test_a_message_cannot_be_pushed_outside_a_run() -> None:
    """There is no stream."""
    with pytest.raises(RuntimeError, match="outside of a runnable context"):
        push_message(HumanMessage("a", id="1"))


def test_the_batch_reducer_does_not_care_about_batches() -> None:
    """Any split of the writes gives the same; missing ids and removals are left alone."""
    writes = [
        talk("1"),
        ("user", "x"),
        [HumanMessage("new", id="1"), RemoveMessage(id="9")],
        RemoveMessage(id="1"),
        talk("2"),
    ]
    whole = _messages_delta_reducer([], writes)

    for cut in range(len(writes)):
        first = _messages_delta_reducer([], writes[:cut])
        assert _messages_delta_reducer(first, writes[cut:]) == whole
    assert whole == [HumanMessage("x"), *talk("2")]
