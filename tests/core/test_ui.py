"""Pieces of a user interface: pushed, merged, removed; and the small public modules."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

import anystep.version
from anystep.graph import StateGraph
from anystep.graph.ui import (
    AnyUIMessage,
    delete_ui_message,
    push_ui_message,
    ui_message_reducer,
)
from anystep.messages import AIMessage
from anystep.pregel import Pregel
from anystep.pregel.protocol import PregelProtocol, StreamProtocol
from anystep.types import RetryPolicy
from anystep.warnings import LangGraphDeprecatedSinceV10

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


class State(TypedDict):
    """What is shown."""

    ui: Annotated[list[AnyUIMessage], ui_message_reducer]


def graph(node: Any) -> Any:
    """A graph of this node."""
    return StateGraph(State).add_node("a", node).set_entry_point("a").compile()


def test_a_component_is_shown_and_kept() -> None:
    """It is in the custom stream at once, in the state, and returned."""
    pushed: list[Any] = []

    def node(state: State) -> None:
        pushed.append(push_ui_message("chart", {"x": 1}, message=AIMessage("m", id="m1")))
        pushed.append(push_ui_message("chart", {"y": 2}, id=pushed[0]["id"], merge=True))
        push_ui_message("passing", {}, state_key=None, id="p")

    events = list(graph(node).stream({"ui": []}, {"tags": ["t"]}, stream_mode=["custom", "values"]))
    shown = [payload for mode, payload in events if mode == "custom"]

    assert [one["name"] for one in shown] == ["chart", "chart", "passing"]
    assert shown[:2] == pushed
    assert pushed[0]["metadata"]["message_id"] == "m1"
    assert pushed[0]["metadata"]["tags"] == ["t"]
    assert [one["props"] for one in events[-1][1]["ui"]] == [{"x": 1, "y": 2}]


def test_a_component_is_taken_away() -> None:
    """The removal is shown, too; the state no longer has it."""

    def node(state: State) -> None:
        delete_ui_message("1")

    result = graph(node)
    old = {"type": "ui", "id": "1", "name": "n", "props": {}, "metadata": {}}

    assert result.invoke({"ui": [old]}) == {"ui": []}
    assert list(result.stream({"ui": [old]}, stream_mode="custom")) == [
        {"type": "remove-ui", "id": "1"}
    ]


def test_pushing_needs_a_run() -> None:
    """Outside a node there is nowhere to show anything."""
    with pytest.raises(RuntimeError, match="outside of a runnable context"):
        push_ui_message("chart", {})
    with pytest.raises(RuntimeError, match="outside of a runnable context"):
        delete_ui_message("1")


def test_every_graph_is_a_pregel_protocol() -> None:
    """What runs here is what the protocol asks for; a stream is called."""
    compiled = graph(lambda _: None)
    seen: list[Any] = []
    stream = StreamProtocol(seen.append, {"values"})
    stream.__call__(((), "values", 1))

    assert isinstance(compiled, PregelProtocol)
    assert issubclass(Pregel, PregelProtocol)
    assert (seen, stream.modes) == ([((), "values", 1)], {"values"})


def test_the_old_home_of_types_warns() -> None:
    """LangGraph's old module is there, and says where its names are now."""
    old = importlib.import_module("anystep.pregel.types")
    with pytest.warns(LangGraphDeprecatedSinceV10, match=r"from anystep\.types import"):
        found = old.RetryPolicy

    assert found is RetryPolicy
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        assert old.Nothing


def test_the_version_is_the_distributions() -> None:
    """One version, written twice."""
    assert f'\nversion = "{anystep.version.__version__}"\n' in PYPROJECT.read_text()
