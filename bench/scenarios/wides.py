"""The wide program of LangGraph's own bench: its state as a dict, as a pydantic model, saved.

The state begins with a large message, so that what copies or stores it whole is seen to.
"""

import importlib
import operator
from typing import Annotated, Any, TypedDict

from bench.scenario import Build, Scenario, Work, both, expect, invoking, limit

from .saved import saving, thread
from .states import coloured


class WideDict(TypedDict, total=False):
    """A list that grows, and what a round writes beside it."""

    messages: Annotated[list[Any], operator.add]
    notes: Annotated[list[Any], operator.add]
    seen: Annotated[dict[str, Any], operator.or_]
    medium: str
    verdict: dict[str, Any] | None


def _model() -> Any:
    """Return the same state as a pydantic model."""
    pydantic: Any = importlib.import_module("pydantic")
    return pydantic.create_model(
        "WideModel",
        messages=(Annotated[list[Any], operator.add], []),
        notes=(Annotated[list[Any], operator.add], []),
        seen=(Annotated[dict[str, Any], operator.or_], {}),
        medium=(str, ""),
        verdict=(dict[str, Any] | None, None),
    )


def _first(size: int) -> list[Any]:
    """Return a first message of as many parts as there are rounds."""
    return [
        {"role": "human", "parts": [f"part {index} of what was asked" for index in range(size)]}
    ]


def _compiled(lib: Any, schema: Any, size: int, is_async: bool, **options: Any) -> Any:
    """Compile three nodes that go round until there are *size* messages more."""

    def again(state: Any) -> str:
        messages = state["messages"] if isinstance(state, dict) else state.messages
        return "__end__" if len(messages) > size else "one"

    builder = lib.StateGraph(schema)
    builder.add_node("one", coloured(lambda state: {"notes": [1], "medium": "chat"}, is_async))
    builder.add_node("two", coloured(lambda state: {"seen": {"s": 1}, "verdict": {}}, is_async))
    builder.add_node("three", coloured(lambda state: {"messages": ["m"]}, is_async))
    builder.add_edge(lib.START, "one").add_edge("one", "two").add_edge("two", "three")
    builder.add_conditional_edges("three", again, ["one", lib.END])
    return builder.compile(**options)


def _check(size: int) -> Any:
    def check(result: Any) -> None:
        expect("messages", len(result["messages"]), size + 1)
        expect("notes", len(result["notes"]), size)
        expect("seen", result["seen"], {"s": 1})

    return check


def wide(as_model: bool) -> Build:
    """The program over a dict, or over a model that every node is given anew."""

    def build(lib: Any, size: int, is_async: bool) -> Work:
        graph = _compiled(lib, _model() if as_model else WideDict, size, is_async)
        given = {"messages": _first(size)}
        call = invoking(graph, given, limit(3 * size), is_async)
        return Work(call, 3 * size, _check(size))

    return build


def wide_saved(lib: Any, size: int, is_async: bool) -> Work:
    """The program over a dict with a checkpoint of every step."""
    saver = lib.InMemorySaver()
    graph = _compiled(lib, WideDict, size, is_async, checkpointer=saver)

    def check(outcome: Any) -> None:
        number, result = outcome
        _check(size)(result)
        expect("checkpoints", sum(1 for _ in saver.list(thread(number))), 3 * size + 2)

    return Work(saving(graph, saver, {"messages": _first(size)}, is_async), 3 * size, check)


SCENARIOS = (
    *both(Scenario("wide_dict_300", wide(as_model=False), 300, "step", quick=False)),
    *both(Scenario("wide_pydantic_100", wide(as_model=True), 100, "step", quick=False)),
    *both(Scenario("wide_dict_saved_100", wide_saved, 100, "step", quick=False)),
)
