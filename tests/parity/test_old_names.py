"""Names that LangGraph has retired still work, with its warnings."""
# pyright: basic

import importlib
import operator
import warnings
from typing import Annotated, Any

import pytest
from typing_extensions import TypedDict


class State(TypedDict):
    """A state of two keys."""

    x: int
    ys: Annotated[list[Any], operator.add]


class Given(TypedDict):
    """An input schema."""

    x: int


def _heard(run: Any) -> tuple[Any, list[tuple[str, str]]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = run()
    return result, [(w.category.__name__, str(w.message).split("\n")[0]) for w in caught]


def _messages(root: str) -> Any:
    graph = importlib.import_module(f"{root}.graph").MessageGraph()
    graph.add_node("a", lambda messages: ("ai", f"{len(messages)} so far"))
    graph.set_entry_point("a")
    graph.set_finish_point("a")
    found = graph.compile().invoke([("human", "hi")])
    return [(message.type, message.content) for message in found]


def _old_schemas(root: str) -> Any:
    graph = importlib.import_module(f"{root}.graph")
    builder = graph.StateGraph(State, input=Given, output=Given, config_schema=Given)
    builder.add_node("a", lambda state: {"x": state["x"] + 1, "ys": [1]})
    compiled = builder.add_edge(graph.START, "a").compile()
    return compiled.invoke({"x": 1, "ys": [5]}), builder.context_schema is Given


def _old_node_names(root: str) -> Any:
    graph = importlib.import_module(f"{root}.graph")
    policy = importlib.import_module(f"{root}.types").RetryPolicy(max_attempts=1)
    builder = graph.StateGraph(State)
    builder.add_node("a", lambda state: {"ys": [sorted(state)]}, retry=policy, input=Given)
    return builder.add_edge(graph.START, "a").compile().invoke({"x": 1, "ys": []})


@pytest.mark.parametrize("case", [_messages, _old_schemas, _old_node_names])
def test_retired_names(case: Any) -> None:
    """The same result, and the same warnings."""
    theirs, ours = (_heard(lambda root=root: case(root)) for root in ("langgraph", "anystep"))

    assert ours == theirs
