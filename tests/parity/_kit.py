"""The few schemas and builders that most programs share.

Programs speak to an engine through ``lib``, which is Any on purpose (two engines,
one text); their files ask pyright for its basic mode, where that is no finding.
"""

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict


class Log(TypedDict):
    """A list that grows and a plain number."""

    xs: Annotated[list[Any], operator.add]
    n: int


class Words(TypedDict):
    """Only a list that grows."""

    xs: Annotated[list[str], operator.add]


class Number(TypedDict):
    """Only a plain number."""

    n: int


def says(word: Any) -> Callable[[Any], dict[str, Any]]:
    """Return a node that appends *word*."""

    def node(state: Any) -> dict[str, Any]:
        return {"xs": [word]}

    return node


def counts(state: Any) -> dict[str, Any]:
    """Add one to ``n``."""
    return {"n": state["n"] + 1}


def chain(lib: Any, schema: Any, nodes: dict[str, Any], **options: Any) -> Any:
    """Compile START → first → … → last."""
    builder = lib.StateGraph(schema)
    previous = lib.START
    for name, node in nodes.items():
        builder.add_node(name, node)
        builder.add_edge(previous, name)
        previous = name
    return builder.compile(**options)


def edges(graph: Any) -> list[tuple[Any, ...]]:
    """What the drawn graph says about its edges, sorted."""
    drawn = graph.get_graph().edges
    return sorted((e.source, e.target, str(e.data), e.conditional) for e in drawn)


def fan(lib: Any, schema: Any, nodes: dict[str, Any], **options: Any) -> Any:
    """Compile START → every node at once."""
    builder = lib.StateGraph(schema)
    for name, node in nodes.items():
        builder.add_node(name, node)
        builder.add_edge(lib.START, name)
    return builder.compile(**options)
