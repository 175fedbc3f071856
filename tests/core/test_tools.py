"""Tools of our own: schemas from signatures, arguments checked, results as messages."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal, TypedDict

import pytest

from anystep.messages import ToolMessage
from anystep.tools import InjectedToolArg, InjectedToolCallId, Tool, ToolArgumentError, tool
from anystep.types import Command

pytestmark = pytest.mark.host


class Secret(InjectedToolArg):
    """A mark."""


class Unit(Enum):
    """Of temperatures."""

    C = "celsius"
    F = "fahrenheit"


class Place(TypedDict):
    """Where."""

    city: str
    country: str


@tool
def weather(
    city: Annotated[str, "Its name"],
    days: int = 1,
    unit: Unit = Unit.C,
    tags: list[str] | None = None,
    kind: Literal["short", "long"] = "short",
) -> str:
    """The weather of a city.

    For some days.
    """
    return f"{city} {days} {unit.name} {tags} {kind}"


def test_a_schema_comes_from_the_signature() -> None:
    """Types, defaults, descriptions and what must be given."""
    assert weather.name == "weather"
    assert weather.description == "The weather of a city.\n\nFor some days."
    assert weather.schema == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Its name"},
            "days": {"type": "integer", "default": 1},
            "unit": {"enum": ["celsius", "fahrenheit"], "default": Unit.C},
            "tags": {
                "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
                "default": None,
            },
            "kind": {"enum": ["short", "long"], "default": "short"},
        },
        "required": ["city"],
    }


def test_arguments_are_coerced() -> None:
    """What a model writes in JSON becomes what the function declares."""
    given = {"city": "Oslo", "days": 2.0, "unit": "fahrenheit", "tags": ["a"], "kind": "long"}

    assert weather.invoke(given) == "Oslo 2 F ['a'] long"


def test_all_that_is_wrong_is_listed() -> None:
    """Each with its place: types, choices, missing and unknown names."""
    with pytest.raises(ToolArgumentError) as raised:
        weather.invoke({"days": "two", "unit": "kelvin", "tags": ["a", 3], "kind": "odd", "x": 1})

    assert [where for where, _ in raised.value.problems] == [
        "days",
        "unit",
        "tags.1",
        "kind",
        "x",
        "city",
    ]
    assert "days: has to be of type integer, got 'two'" in str(raised.value)


def test_nested_types_are_described() -> None:
    """TypedDicts and dicts of values."""

    @tool("find", description="Finds")
    def search(place: Place, limits: dict[str, float]) -> str:
        return f"{place} {limits}"

    assert search.name == "find"
    assert search.schema["properties"]["place"]["required"] == ["city", "country"]
    assert search.schema["properties"]["limits"] == {
        "type": "object",
        "additionalProperties": {"type": "number"},
    }
    found = search.invoke({"place": {"city": "a", "country": "b"}, "limits": {"x": 1}})
    assert found == "{'city': 'a', 'country': 'b'} {'x': 1.0}"


def test_injected_arguments_are_hidden() -> None:
    """Models do not see them; the call's id is given, others are passed through."""

    @tool
    def act(x: int, call: Annotated[str, InjectedToolCallId], key: Annotated[Any, Secret]) -> str:
        """Act."""
        return f"{x} {call} {key}"

    assert list(act.schema["properties"]) == ["x"]
    call = {"type": "tool_call", "name": "act", "args": {"x": 1, "key": "k"}, "id": "c1"}
    assert act.invoke(call).content == "1 c1 k"


def test_a_call_is_answered_by_a_message() -> None:
    """With text, blocks or JSON; artifacts beside; messages and commands as they are."""

    @tool(response_format="content_and_artifact")
    def both(n: int) -> Any:
        """Both."""
        return {"n": n}, [n]

    @tool
    def own(n: int) -> Any:
        """Own."""
        return Command(goto="x") if n else ToolMessage(content="mine", tool_call_id="c")

    message = both.invoke({"type": "tool_call", "name": "both", "args": {"n": 1}, "id": "c"})
    assert (message.content, message.artifact, message.name) == ('{"n": 1}', [1], "both")
    call = {"type": "tool_call", "name": "own", "id": "c"}
    assert own.invoke({**call, "args": {"n": 0}}).content == "mine"
    assert own.invoke({**call, "args": {"n": 1}}) == Command(goto="x")


async def test_coroutine_functions_are_awaited() -> None:
    """They run on the async face only; plain functions on both."""

    @tool
    async def later(n: int) -> int:
        """Later."""
        return n + 1

    assert await later.ainvoke({"n": 1}) == 2
    assert await weather.ainvoke({"city": "a"}) == "a 1 C None short"
    with pytest.raises(TypeError, match="coroutine function"):
        later.invoke({"n": 1})


def test_a_tool_needs_a_description() -> None:
    """A model cannot choose what it knows nothing of."""
    with pytest.raises(ValueError, match="needs a description"):
        Tool(lambda x: x, name="mute")
