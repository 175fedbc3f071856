"""Nodes that are generator functions."""

import asyncio
import operator
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, TypedDict

import pytest

from anystep.graph import START, StateGraph


class State(TypedDict):
    xs: Annotated[list[Any], operator.add]


@pytest.mark.host
def test_the_last_of_what_a_generator_yields_counts() -> None:
    """Dicts cannot be added, so the later one is the update."""

    def node(state: State) -> Iterator[dict[str, Any]]:
        yield {"xs": [1]}
        yield {"xs": [2]}

    builder = StateGraph(State)
    builder.add_node("a", node)
    builder.add_edge(START, "a")

    assert builder.compile().invoke({"xs": [0]}) == {"xs": [0, 2]}


def test_what_can_be_added_is_added() -> None:
    """An async generator's values are added up where they can be."""

    async def node(state: list[int]) -> AsyncIterator[list[int]]:
        yield [1]
        yield [2]

    schema: Any = Annotated[list[int], operator.add]
    builder: StateGraph[Any] = StateGraph(schema)
    builder.add_node("a", node)
    builder.add_edge(START, "a")

    assert asyncio.run(builder.compile().ainvoke([0])) == [0, 1, 2]
