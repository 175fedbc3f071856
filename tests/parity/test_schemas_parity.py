"""Graphs describe their inputs, outputs and contexts as LangGraph's do."""
# pyright: basic

import importlib
import operator
import warnings
from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired, Optional

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict


class Plain(TypedDict):
    """A TypedDict with a reducer and an optional key."""

    x: int
    ys: Annotated[list[str], operator.add]
    z: NotRequired[str]


@dataclass
class Data:
    """A dataclass with defaults."""

    x: int
    m: Optional[str]  # noqa: UP045
    ys: Annotated[list[Any], operator.add] = field(default_factory=list)
    z: str = "q"


class Model(BaseModel):
    """A pydantic model."""

    x: int
    y: list[int] = [1]


class Given(TypedDict):
    """An input schema."""

    x: int


class Shown(BaseModel):
    """An output schema."""

    y: int


@dataclass
class Context:
    """A context schema."""

    user: str
    n: int = 3


def _compiled(root: str, schema: Any, **options: Any) -> Any:
    graph = importlib.import_module(f"{root}.graph")
    builder = graph.StateGraph(schema, **options)
    builder.add_node("a", lambda state: None)
    return builder.add_edge(graph.START, "a").compile(name="mine" if options else None)


def _by_hand(root: str) -> Any:
    pregel = importlib.import_module(f"{root}.pregel")
    channels = importlib.import_module(f"{root}.channels")
    return pregel.Pregel(
        nodes={"one": pregel.NodeBuilder().subscribe_only("a").write_to("b")},
        channels={
            "a": channels.LastValue(int),
            "b": channels.LastValue(str),
            "c": channels.Topic(int),
        },
        input_channels=["a", "c"],
        output_channels="b",
    )


def _described(graph: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "input": graph.get_input_jsonschema(),
            "output": graph.get_output_jsonschema(),
            "context": graph.get_context_jsonschema(),
            "config": graph.get_config_jsonschema(include=["tags", "run_name"]),
            "config model": graph.config_schema().model_json_schema(),
            "input model": graph.get_input_schema().model_json_schema(),
            "output model": graph.get_output_schema().model_json_schema(),
            "input type": repr(graph.InputType),
            "output type": repr(graph.OutputType),
            "names": [
                graph.get_name(),
                graph.get_name("input"),
                graph.get_name("input", name="foo"),
            ],
        }


CASES: dict[str, Any] = {
    "typed dict": lambda root: _compiled(root, Plain),
    "dataclass": lambda root: _compiled(root, Data),
    "model": lambda root: _compiled(root, Model),
    "input and output": lambda root: _compiled(
        root, Plain, input_schema=Given, output_schema=Shown
    ),
    "one value": lambda root: _compiled(root, list),
    "one reduced value": lambda root: _compiled(root, Annotated[list, operator.add]),
    "context": lambda root: _compiled(root, Plain, context_schema=Context),
    "by hand": _by_hand,
}


@pytest.mark.parametrize("case", CASES)
def test_schemas(case: str) -> None:
    """Every schema, type and name is the same."""
    theirs, ours = (_described(CASES[case](root)) for root in ("langgraph", "anystep"))

    assert ours == theirs


def test_nodes_run_by_themselves() -> None:
    """`graph.nodes[name]` can be invoked outside the graph."""
    for root in ("langgraph", "anystep"):
        graph = importlib.import_module(f"{root}.graph")
        builder = graph.StateGraph(Plain).add_node("a", lambda state: {"x": state["x"] + 1})
        compiled = builder.add_edge(graph.START, "a").compile()

        assert sorted(compiled.nodes) == ["__start__", "a"]
        assert compiled.nodes["a"].invoke({"x": 1}) == {"x": 2}
