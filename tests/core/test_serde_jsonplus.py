"""LangGraph's format without LangGraph: what only one side knows, events, hostile bytes."""

from __future__ import annotations

import sys
from typing import Any

import msgpack
import pytest

from anystep.checkpoint.serde.event_hooks import SerdeEvent, register_serde_event_listener
from anystep.checkpoint.serde.jsonplus import JsonPlusSerializer
from anystep.messages import HumanMessage
from anystep.store.base import Item
from anystep.types import Interrupt, Send

pytestmark = pytest.mark.host

SERDE = JsonPlusSerializer()


@pytest.fixture(autouse=True)
def _without_langchain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that has not imported LangChain, whatever other tests imported."""
    monkeypatch.delitem(sys.modules, "langchain_core.messages", raising=False)


def extension(code: int, payload: Any) -> tuple[str, bytes]:
    """Data as LangGraph writes it."""
    return "msgpack", msgpack.packb(msgpack.ExtType(code, msgpack.packb(payload)))


def test_the_engines_classes_come_back_without_langgraph() -> None:
    """Records, messages and store items need no other package."""
    item = Item(
        value={}, key="k", namespace=("a",), created_at="2026-01-01", updated_at="2026-01-02"
    )
    values = [Send("n", 1), Interrupt("q", "i"), HumanMessage("hi"), item]

    assert values == SERDE.loads_typed(SERDE.dumps_typed(values))


def test_listeners_hear_of_classes_that_are_not_listed() -> None:
    """Until they stop listening; one that fails disturbs nobody."""
    heard: list[SerdeEvent] = []

    def fail(event: SerdeEvent) -> None:
        raise RuntimeError

    stops = [register_serde_event_listener(fail), register_serde_event_listener(heard.append)]
    data = extension(0, ["fractions", "Fraction", "1/2"])

    assert "1/2" == SERDE.loads_typed(data)
    assert "1/2" == str(JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed(data))
    assert "x" == SERDE.loads_typed(extension(3, ["os", "path", "x", "join"]))
    for stop in (*stops, *stops):
        stop()
    SERDE.loads_typed(data)

    assert [
        "msgpack_blocked",
        "msgpack_unregistered_allowed",
        "msgpack_method_blocked",
    ] == [event["kind"] for event in heard]


@pytest.mark.parametrize(
    ("code", "payload", "expected"),
    [
        (0, ["decimal", "Decimal", "no number"], "no number"),
        (2, ["langgraph.types", "Interrupt", {"nothing": 1}], {"nothing": 1}),
        (5, ["langchain_core.messages.human", "HumanMessage", {"content": 5}], {"content": 5}),
        (0, "nonsense", None),
        (0, [], None),
        (9, [1, 2, 3], None),
    ],
)
def test_what_cannot_be_rebuilt_is_data(code: int, payload: Any, expected: Any) -> None:
    """Nothing is lost and nothing raised, as in LangGraph."""
    assert expected == SERDE.loads_typed(extension(code, payload))


def test_other_kinds_are_refused() -> None:
    """A pickle is not read unless that was asked for."""
    for kind in ("pickle", "yaml"):
        with pytest.raises(NotImplementedError, match=kind):
            SERDE.loads_typed((kind, b""))


def test_a_hook_of_the_programs_own_replaces_the_reader() -> None:
    """As LangGraph's constructor allows."""
    serde = JsonPlusSerializer(__unpack_ext_hook__=lambda code, data: (code, data))

    assert (0, b"\xc0") == serde.loads_typed(
        ("msgpack", msgpack.packb(msgpack.ExtType(0, b"\xc0")))
    )
    assert (0, b"\xc0") == serde.with_msgpack_allowlist([("a", "b")]).loads_typed(
        ("msgpack", msgpack.packb(msgpack.ExtType(0, b"\xc0")))
    )
