"""Savers written for LangGraph plug in, and both engines go on with one another's threads."""

import operator
from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from ._compare import cases, compared, load
from ._oracle import ENGINES, PROGRAMS, Library

load()

_AREAS = ("breakpoints", "deferred", "interrupts", "joins", "sends", "subgraphs", "threads")
_NAMES = [
    case.program
    for case in cases()
    if case.face == "sync" and case.program.partition(".")[0] in _AREAS
]


@pytest.mark.parametrize("name", _NAMES)
def test_program(name: str) -> None:
    """A program behaves on anystep with LangGraph's own in-memory saver as on langgraph."""
    lines = compared(PROGRAMS[name], "sync", InMemorySaver=InMemorySaver)

    assert not lines, "\n".join(lines)


class State(TypedDict):
    """Who did what."""

    xs: Annotated[list[str], operator.add]


@pytest.fixture
def saver() -> Iterator[Any]:
    """LangGraph's SQLite saver, which pickles nothing and shares nothing in memory."""
    with SqliteSaver.from_conn_string(":memory:") as opened:
        yield opened


def _words(lib: Any) -> Any:
    """A join, a subgraph that asks, Sends after the answer."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [f"{lib.engine} heard {lib.interrupt('go?')}"]}

    def says(word: str) -> Any:
        return lambda state: {"xs": [f"{lib.engine} {word}"]}

    sub = lib.StateGraph(State).add_node("ask", asks).add_edge(lib.START, "ask").compile()
    builder = lib.StateGraph(State)
    for name in ("a", "b", "z"):
        builder.add_node(name, says(name))
    builder.add_node("sub", sub).add_node("w", lambda s: {"xs": [f"{lib.engine} w{s['i']}"]})
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b").add_edge("b", "sub")
    builder.add_edge(["a", "sub"], "z")
    builder.add_conditional_edges("z", lambda s: [lib.Send("w", {"i": i}) for i in (1, 2)], ["w"])
    return builder


def _begun(engine: str, saver: Any) -> Any:
    lib = Library(engine, async_nodes=False)
    graph = _words(lib).compile(checkpointer=saver)
    config = {"configurable": {"thread_id": "t"}}
    paused = graph.invoke({"xs": []}, config)
    return paused["__interrupt__"][0].id


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_thread_changes_engines(first: str, second: str, saver: Any) -> None:
    """A thread begun by one engine, a question pending, is finished by the other."""
    asked = _begun(first, saver)
    lib = Library(second, async_nodes=False)
    graph = _words(lib).compile(checkpointer=saver)
    config = {"configurable": {"thread_id": "t"}}

    waiting = graph.get_state(config)
    result = graph.invoke(lib.Command(resume={asked: "yes"}), config)

    assert waiting.next == ("sub",)
    assert [item.id for item in waiting.interrupts] == [asked]
    ends = [f"{second} {word}" for word in ("heard yes", "z", "w1", "w2")]
    before = [f"{first} a", f"{first} b"]
    # A subgraph returns what it was given and its own: the list is in it twice.
    assert result["xs"] == [*before, *before, *ends]
    assert [state.metadata["step"] for state in graph.get_state_history(config)] == [
        4,
        3,
        2,
        1,
        0,
        -1,
    ]


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_failed_thread_changes_engines(first: str, second: str, saver: Any) -> None:
    """What finished before a failure on one engine does not run again on the other."""
    ran: list[str] = []

    def graph(engine: str, *, broken: bool) -> Any:
        lib = Library(engine, async_nodes=False)

        def works(state: Any) -> dict[str, Any]:
            ran.append(engine)
            return {"xs": [f"{engine} a"]}

        def fails(state: Any) -> dict[str, Any]:
            if broken:
                raise ValueError("broken")
            return {"xs": [f"{engine} f"]}

        builder = lib.StateGraph(State).add_node("a", works).add_node("f", fails)
        builder.add_edge(lib.START, "a").add_edge(lib.START, "f")
        return builder.compile(checkpointer=saver)

    config: dict[str, Any] = {"configurable": {"thread_id": "t"}, "max_concurrency": 1}
    with pytest.raises(ValueError, match="broken"):
        graph(first, broken=True).invoke({"xs": []}, config)

    result = graph(second, broken=False).invoke(None, config)

    assert result == {"xs": [f"{first} a", f"{second} f"]}
    assert ran == [first]


Reader = Callable[[Any, dict[str, Any]], Any]


@pytest.mark.parametrize("writer", ENGINES)
def test_threads_are_readable_by_both(writer: str, saver: Any) -> None:
    """Snapshots and history of one thread are the same whoever reads them."""
    _begun(writer, saver)
    config = {"configurable": {"thread_id": "t"}}
    seen = []
    for reader in ENGINES:
        lib = Library(reader, async_nodes=False)
        graph = _words(lib).compile(checkpointer=saver)
        seen.append(
            [
                (state.values, state.next, state.config, state.metadata, len(state.tasks))
                for state in [graph.get_state(config), *graph.get_state_history(config)]
            ]
        )

    assert seen[0] == seen[1]


def _joined(value: Any, writes: Any) -> list[str]:
    """A reducer for delta channels: the lists one after another."""
    return [*value, *(word for words in writes for word in words)]


def _deltas(lib: Any) -> Any:
    """Writes to a delta channel in several steps, a question, and sometimes an Overwrite."""
    channel = lib.DeltaChannel(_joined, snapshot_frequency=3)
    schema: Any = TypedDict("schema", {"d": Annotated[list[str], channel], "n": int})

    def over(state: Any) -> dict[str, Any]:
        return {"d": lib.Overwrite(["anew"]) if state["n"] == 2 else ["b"]}

    builder = lib.StateGraph(schema).add_node("a", lambda s: {"d": [f"a{len(s['d'])}"]})
    builder.add_node("b", over).add_node("c", lambda s: {"d": [lib.interrupt("?")]})
    builder.add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", "c")
    return builder


def _delta_story(name: str, engines: tuple[str, ...], saver: Any) -> list[Any]:
    config = {"configurable": {"thread_id": name}}
    seen: list[Any] = []
    for turn, engine in enumerate(engines):
        lib = Library(engine, async_nodes=False)
        graph = _deltas(lib).compile(checkpointer=saver)
        given = {"d": [f"in{turn}"], "n": turn} if turn % 2 == 0 else lib.Command(resume="R")
        seen.append({k: v for k, v in graph.invoke(given, config).items() if k != "__interrupt__"})
        seen.append([(s.values, s.next) for s in graph.get_state_history(config)])
        seen.append(graph.get_state(config).values)
    return seen


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_delta_channels_change_engines(first: str, second: str, saver: Any) -> None:
    """What LangGraph keeps as writes and snapshots is read as the value it stands for."""
    alone = _delta_story("alone", ("langgraph",) * 5, saver)
    story = (first, second, second, first, second)

    assert alone == _delta_story("mixed", story, saver)
