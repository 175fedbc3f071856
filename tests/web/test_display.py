"""What a page is shown of a Python value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from anystep.types import Interrupt
from anystep.web._display import MAX_DEPTH, MAX_ITEMS, MAX_TEXT, displayed

pytestmark = pytest.mark.host


@dataclass
class Point:
    """A dataclass of an application."""

    x: int
    tags: tuple[str, ...]


class Described:
    """Something that describes itself, as messages do."""

    def to_dict(self) -> dict[str, object]:
        """The description."""
        return {"type": "human", "content": "hi"}


class Opaque:
    """Something JSON knows nothing of."""

    def __repr__(self) -> str:
        return "<opaque>"


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 2**53 - 1, 1.5, "", "é\u2028", [1, "a"], {"k": []}]
)
def test_json_is_shown_as_it_is(value: object) -> None:
    """What JSON can say is unchanged."""
    assert displayed(value) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2**53, {"$int": "9007199254740992"}),
        (float("nan"), {"$float": "nan"}),
        (float("-inf"), {"$float": "-inf"}),
        (b"abc", {"$bytes": 3}),
        (Opaque(), {"$repr": "<opaque>"}),
        (Opaque, {"$repr": repr(Opaque)}),
        ({3, 1, 2}, [1, 2, 3]),
        ((1, (2,)), [1, [2]]),
        ({("a", 1): 2}, {"('a', 1)": 2}),
        (Point(1, ("a",)), {"x": 1, "tags": ["a"]}),
        (Described(), {"type": "human", "content": "hi"}),
        (Interrupt("why", "1"), {"value": "why", "id": "1"}),
    ],
)
def test_the_rest_is_described(value: object, shown: object) -> None:
    """What JSON cannot say becomes something a page can show."""
    assert displayed(value) == shown


def test_long_things_are_cut_and_say_so() -> None:
    """Size is bounded in every direction."""
    deep: Any = []
    for _ in range(MAX_DEPTH * 2):
        deep = [deep]

    text, many, named = (
        displayed("x" * (MAX_TEXT + 1)),
        displayed(list(range(MAX_ITEMS + 5))),
        displayed({str(n): n for n in range(MAX_ITEMS + 7)}),
    )

    assert isinstance(text, str)
    assert len(text) == MAX_TEXT + 1
    assert isinstance(many, list)
    assert many[-1] == {"$more": 5}
    assert isinstance(named, dict)
    assert named["$more"] == 7
    assert json.dumps(displayed(deep)).count("[") == MAX_DEPTH
