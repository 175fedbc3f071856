"""Readers of a thread get objects of their own, however little was decoded for them."""

import dataclasses
import sys
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph
from anystep.graph.message import add_messages
from anystep.messages import (
    AIMessage,
    ChatMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
)

pytestmark = pytest.mark.host

CONFIG: Any = {"configurable": {"thread_id": "t"}}


class Talk(TypedDict, total=False):
    messages: Annotated[list[Any], add_messages]
    notes: Annotated[list[Any], lambda old, new: old + new]


def talk(saver: Any) -> Any:
    """A graph that only keeps what it is told."""
    builder = StateGraph(Talk).add_node("a", lambda state: None).add_edge(START, "a")
    return builder.add_edge("a", END).compile(checkpointer=saver)


SAID = [
    HumanMessage("hello", id="1"),
    AIMessage("", id="2", tool_calls=[{"name": "f", "args": {"x": [1]}, "id": "c"}]),
    ToolMessage("done", id="3", tool_call_id="c", artifact={"rows": [1, 2]}),
    AIMessage(
        "well",
        id="4",
        usage_metadata={"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
        additional_kwargs={"a": []},
    ),
    ChatMessage("so", id="5", role="judge", name="judge"),
    HumanMessage([{"type": "text", "text": "look"}], id="6", tag="x"),
]


def test_what_is_read_is_what_was_written() -> None:
    """Message by message, in a thread that is read and continued again and again."""
    app = talk(InMemorySaver())

    for count, message in enumerate(SAID, 1):
        result = app.invoke({"messages": [message], "notes": [{"n": [count]}, (count,)]}, CONFIG)
        assert result["messages"] == SAID[:count]
        assert list(map(type, result["messages"])) == list(map(type, SAID[:count]))
        assert result["notes"] == [x for n in range(1, count + 1) for x in ({"n": [n]}, (n,))]


def test_what_a_reader_changes_stays_with_him() -> None:
    """No later reader sees what one did to the objects he got."""
    app = talk(InMemorySaver())
    app.invoke({"messages": SAID, "notes": [{"n": [1]}]}, CONFIG)

    for _ in range(3):
        values = app.get_state(CONFIG).values
        assert values["messages"] == SAID
        assert values["notes"] == [{"n": [1]}]
        for message in values["messages"]:
            message.content = "changed"
            message.additional_kwargs["changed"] = True
            message.changed = True
        values["messages"][1].tool_calls[0]["args"]["x"].append(2)
        values["messages"][2].artifact["rows"].clear()
        values["notes"][0]["n"].append(2)
        values["notes"].clear()


def test_a_message_that_is_replaced_or_removed() -> None:
    """Readers follow edits in the middle of a list."""
    app = talk(InMemorySaver())
    app.invoke({"messages": [HumanMessage(str(n), id=str(n)) for n in range(5)]}, CONFIG)
    app.get_state(CONFIG)
    app.invoke({"messages": [HumanMessage("new", id="3"), RemoveMessage(id="1")]}, CONFIG)

    said = [(m.id, m.content) for m in app.get_state(CONFIG).values["messages"]]

    assert said == [("0", "0"), ("2", "2"), ("3", "new"), ("4", "4")]


def test_older_checkpoints_and_forks() -> None:
    """Whoever looks back sees what was there then, and whoever forks goes on from it."""
    app = talk(InMemorySaver())
    for number in range(4):
        app.invoke({"messages": [HumanMessage(str(number), id=str(number))]}, CONFIG)
    history = list(app.get_state_history(CONFIG))
    for snapshot in history:
        seen = app.get_state(snapshot.config).values
        assert seen.get("messages") == snapshot.values.get("messages")

    second = next(s for s in history if len(s.values.get("messages", ())) == 2)
    forked = app.invoke({"messages": [HumanMessage("other", id="o")]}, second.config)

    assert [m.content for m in forked["messages"]] == ["0", "1", "other"]
    assert [m.content for m in app.get_state(CONFIG).values["messages"]] == ["0", "1", "other"]


@dataclasses.dataclass
class Odd:
    """Not among what can be copied."""

    n: int


def test_objects_that_only_their_decoder_can_make() -> None:
    """A list that gets such an item later is read as before."""
    app = talk(InMemorySaver())
    for notes in ([1, {"a": 1}], [{"b": 2}], [Odd(1)], [{"c": 3}], [Odd(2)]):
        app.invoke({"notes": notes}, CONFIG)

    first, second = app.get_state(CONFIG).values["notes"], app.get_state(CONFIG).values["notes"]

    assert first == second == [1, {"a": 1}, {"b": 2}, Odd(1), {"c": 3}, Odd(2)]
    assert all(a is not b for a, b in zip(first[3:], second[3:], strict=True))


def calls_of(action: Callable[[], Any]) -> int:
    """How many functions `action` calls."""
    count = 0

    def note(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def test_a_turn_of_a_long_chat_decodes_what_is_new() -> None:
    """A message more in the thread costs a turn at most four calls."""
    counts = []
    for size in (100, 500):
        app = talk(InMemorySaver())
        app.invoke({"messages": [HumanMessage(str(n), id=str(n)) for n in range(size)]}, CONFIG)
        app.invoke({"messages": [HumanMessage("one more", id="a")]}, CONFIG)
        counts.append(
            calls_of(lambda app=app: app.invoke({"messages": [HumanMessage("b", id="b")]}, CONFIG))  # type: ignore[misc]
        )

    assert (counts[1] - counts[0]) / 400 <= 4
