"""Bad input: one clear error that names the culprit and the remedy, and a history left whole."""

from __future__ import annotations

import operator
import threading
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import (
    CheckpointNotFoundError,
    EmptyInputError,
    InvalidUpdateError,
    UnknownInterruptError,
)
from anystep.graph import END, START, StateGraph
from anystep.types import Command, Send, interrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Driver

pytestmark = pytest.mark.host

CONFIG: dict[str, Any] = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    """A key that takes one write a superstep, and one that takes any number."""

    n: int
    log: Annotated[list[Any], operator.add]


def says(word: Any) -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends `word` to the log."""
    return lambda state: {"log": [word]}


def returns(value: Any) -> Callable[[Any], Any]:
    """A node, or a router, that returns `value`."""
    return lambda state: value


def built(**nodes: Any) -> StateGraph[Any, Any, Any, Any]:
    """A graph that begins with the first of these nodes."""
    builder: Any = StateGraph(State)
    for name, action in nodes.items():
        builder.add_node(name, action)
    builder.add_edge(START, next(iter(nodes)))
    return builder  # type: ignore[no-any-return]


def strict(builder: Any, **options: Any) -> Any:
    """The graph, strict and saved."""
    return builder.compile(checkpointer=InMemorySaver(), strict=True, **options)


def notes(error: BaseException) -> str:
    """All that an error says, its notes included."""
    return "\n".join([str(error), *getattr(error, "__notes__", ())])


def is_whole(driver: Driver, graph: Any, due: str = "a") -> bool:
    """Whether the thread stands before node `due`, with nothing of it applied."""
    state = driver.get_state(graph, CONFIG)
    return (state.next, state.values) == ((due,), {"log": []})


# -- building ------------------------------------------------------------------------


def test_an_edge_to_an_unknown_node_is_refused() -> None:
    """With its name, strict or not."""
    with pytest.raises(ValueError, match="unknown node `zz`"):
        built(a=says(1)).add_edge("a", "zz").compile()


def test_a_duplicate_node_is_refused() -> None:
    """With its name, strict or not."""
    with pytest.raises(ValueError, match="Node `a` already present"):
        built(a=says(1)).add_node("a", says(2))


@pytest.mark.parametrize("name", [START, END, "a|b", "a:b"])
def test_a_reserved_name_is_refused(name: str) -> None:
    """Strict or not."""
    with pytest.raises(ValueError, match="reserved"):
        built(a=says(1)).add_node(name, says(2))


@pytest.mark.parametrize("name", ["", "__copy__"])
def test_strict_mode_refuses_names_the_engine_uses(name: str) -> None:
    """LangGraph takes them, and then confuses the node with its own entries."""
    builder = built(a=says(1)).add_node(name, says(2)).add_edge("a", name)

    with pytest.raises(ValueError, match=f"Node name {name!r} is reserved"):
        builder.compile(strict=True)


def test_names_that_checkpoints_use_are_refused() -> None:
    """For nodes and for keys of the state, strict or not, as in LangGraph."""
    with pytest.raises(ValueError, match="Node name '__input__' is reserved"):
        built(a=says(1)).add_node("__input__", says(2)).compile()

    class Keys(TypedDict):
        configurable: int

    builder: Any = StateGraph(Keys).add_node("a", returns(None)).add_edge(START, "a")
    with pytest.raises(ValueError, match="Channel name 'configurable' is reserved"):
        builder.compile()


def test_strict_mode_refuses_a_node_that_nothing_leads_to() -> None:
    """The error names it and says how to declare the way."""
    builder = built(a=says(1), lost=says(2))

    builder.compile()
    with pytest.raises(ValueError, match=r"Nothing leads to 'lost'.*destinations="):
        builder.compile(strict=True)


def test_declared_ways_count_as_ways() -> None:
    """Path maps, destinations and annotations lead to nodes, handlers included."""
    builder: Any = StateGraph(State)
    builder.add_node("a", says(1), error_handler=says("handled"))
    builder.add_node("b", says(2), destinations=("c",))
    builder.add_node("c", says(3))
    builder.add_edge(START, "a").add_conditional_edges("a", returns("x"), {"x": "b"})

    assert builder.compile(strict=True).invoke({"log": []})["log"] == [1, 2]


def test_a_router_that_may_go_anywhere_reaches_everything() -> None:
    """Without a path map nobody can know."""
    builder = built(a=says(1), b=says(2)).add_conditional_edges("a", returns("b"))

    assert builder.compile(strict=True).invoke({"log": []})["log"] == [1, 2]


def test_destinations_that_do_not_exist_are_refused() -> None:
    """A misspelt destination is found when the graph is built."""
    builder: Any = built(a=says(1)).add_node("b", says(2), destinations=("zz",))

    with pytest.raises(ValueError, match="edge ending at unknown node `zz`"):
        builder.add_edge("a", "b").compile()


def test_strict_mode_refuses_a_join_that_names_a_node_twice() -> None:
    """It waits for a set; twice is a slip."""
    builder = built(a=says(1), b=says(2)).add_edge(["a", "a"], "b")

    with pytest.raises(ValueError, match="into 'b' waits for a node twice"):
        builder.compile(strict=True)


# -- running: what nodes and routers return -----------------------------------------


@pytest.mark.parametrize(
    "result",
    [
        Command(goto="zz", update={"log": [1]}),
        Command(goto=[Send("zz", 1)]),
        [Command(goto="zz")],
        Send("zz", 1),
    ],
    ids=["goto", "goto-send", "list", "send"],
)
def test_strict_mode_refuses_unknown_targets_before_anything_is_saved(
    driver: Driver, result: Any
) -> None:
    """The error names node and target; the node is still due."""
    graph = strict(built(a=returns(result)))

    with pytest.raises(InvalidUpdateError, match=r"'a' leads to 'zz'.* nodes are 'a'"):
        driver.invoke(graph, {"log": []}, CONFIG)
    assert is_whole(driver, graph)


@pytest.mark.parametrize("answer", ["zz", 42, Send("zz", 1), ["zz", END]], ids=repr)
def test_strict_mode_refuses_routers_that_point_nowhere(driver: Driver, answer: Any) -> None:
    """A name that is no node, a number, a Send to nobody."""
    graph = strict(built(a=says(1)).add_conditional_edges("a", returns(answer)))

    with pytest.raises(InvalidUpdateError, match="'a' leads to"):
        driver.invoke(graph, {"log": []}, CONFIG)
    assert is_whole(driver, graph)


def test_a_router_that_returns_nothing_is_refused(driver: Driver) -> None:
    """Strict or not, as in LangGraph."""
    builder = built(a=says(1)).add_conditional_edges("a", returns(None))
    graph = builder.compile(checkpointer=InMemorySaver())

    with pytest.raises(ValueError, match="Branch did not return a valid destination") as caught:
        driver.invoke(graph, {"log": []}, CONFIG)
    assert "task with name 'a'" in notes(caught.value)
    assert is_whole(driver, graph)


def test_an_answer_that_the_path_map_lacks_names_the_map(driver: Driver) -> None:
    """Still a KeyError; its note says whose router, and what would have been known."""
    builder = built(a=says(1), b=says(2)).add_conditional_edges("a", returns("q"), {"y": "b"})
    graph = builder.compile(checkpointer=InMemorySaver())

    with pytest.raises(KeyError) as caught:
        driver.invoke(graph, {"log": []}, CONFIG)
    assert "router of node 'a' returned 'q'; its path map has 'y'" in notes(caught.value)
    assert is_whole(driver, graph)


def test_a_result_that_is_no_update_names_its_node(driver: Driver) -> None:
    """Strict or not, as in LangGraph."""
    graph = built(a=returns(5)).compile(checkpointer=InMemorySaver())

    with pytest.raises(InvalidUpdateError, match="Expected dict, got 5") as caught:
        driver.invoke(graph, {"log": []}, CONFIG)
    assert "Node 'a' returned a int: return a dict" in notes(caught.value)
    assert is_whole(driver, graph)


@pytest.mark.parametrize("result", [{"lgo": [1]}, Command(update={"lgo": [1]})], ids=repr)
def test_strict_mode_refuses_unknown_keys(driver: Driver, result: Any) -> None:
    """The default drops them, as LangGraph does; strict names node, key and the known keys."""
    builder = built(a=returns(result))

    assert driver.invoke(builder.compile(), {"log": []}) == {"log": []}
    graph = strict(builder)
    with pytest.raises(InvalidUpdateError, match=r"Node 'a' wrote 'lgo'.* keys are 'n', 'log'"):
        driver.invoke(graph, {"log": []}, CONFIG)
    assert is_whole(driver, graph)


async def test_strict_mode_refuses_unknown_keys_of_coroutine_nodes() -> None:
    """And of coroutines."""

    async def node(state: Any) -> dict[str, Any]:
        return {"lgo": 1}

    with pytest.raises(InvalidUpdateError, match="Node 'a' wrote 'lgo'"):
        await built(a=node).compile(strict=True).ainvoke({"log": []})


def test_two_writers_of_one_key_are_both_named(driver: Driver) -> None:
    """Strict or not; the superstep is not applied."""
    builder = built(a=says("a"), b=returns({"n": 1}), c=returns({"n": 2}))
    graph = builder.add_edge("a", "b").add_edge("a", "c").compile(checkpointer=InMemorySaver())

    with pytest.raises(InvalidUpdateError, match="At key 'n'") as caught:
        driver.invoke(graph, {"log": []}, CONFIG)
    assert "Key 'n' was written by 'b', 'c'" in notes(caught.value)
    assert driver.history(graph, CONFIG)[0].values == {"log": ["a"]}


@pytest.mark.parametrize("durability", ["sync", "exit"])
@pytest.mark.parametrize("fan", [False, True])
def test_an_error_in_a_reducer_names_key_and_node(
    driver: Driver, durability: str, fan: bool
) -> None:
    """The thread stays that of the last whole superstep, whatever was applied before."""
    builder = built(a=says("a"), b=returns({"n": 7, "log": 5}), c=says("c"))
    builder.add_edge("a", "b")
    if fan:
        builder.add_edge("a", "c")
    graph = builder.add_edge("b", END).compile(checkpointer=InMemorySaver())

    with pytest.raises(TypeError, match="can only concatenate list") as caught:
        driver.invoke(graph, {"log": []}, CONFIG, durability=durability)
    assert "'log'" in notes(caught.value)
    assert "'b'" in notes(caught.value)
    assert driver.history(graph, CONFIG)[0].values == {"log": ["a"]}


def test_a_value_that_cannot_be_saved_is_named_by_its_path(driver: Driver) -> None:
    """Strict or not; it is still a TypeError."""
    graph = built(a=says({"deep": threading.Lock()})).compile(checkpointer=InMemorySaver())

    with pytest.raises(TypeError, match=r"state\['log'\]\[0\]\['deep'\]"):
        driver.invoke(graph, {"log": []}, CONFIG)
    assert is_whole(driver, graph)


# -- running: what callers ask for --------------------------------------------------


def asks(state: Any) -> dict[str, Any]:
    """A node that asks a question."""
    return {"log": [interrupt("?")]}


def test_strict_mode_refuses_an_interrupt_without_a_saver(driver: Driver) -> None:
    """Nobody could ever answer it."""
    builder = built(a=asks)

    assert "__interrupt__" in driver.invoke(builder.compile(), {"log": []})
    with pytest.raises(RuntimeError, match=r"Node 'a' called interrupt\(\).*no saver"):
        driver.invoke(builder.compile(strict=True), {"log": []})


def test_strict_mode_refuses_breakpoints_without_a_saver(driver: Driver) -> None:
    """Nobody could ever go on."""
    graph = built(a=says(1)).compile(strict=True, interrupt_before=["a"])

    with pytest.raises(RuntimeError, match="need a saver"):
        driver.invoke(graph, {"log": []})


def test_strict_mode_refuses_an_answer_that_nobody_waits_for(driver: Driver) -> None:
    """On a fresh thread, and on one that is finished; nothing is written."""
    graph = strict(built(a=says(1)))

    with pytest.raises(UnknownInterruptError, match="'t' waits for no answer"):
        driver.invoke(graph, Command(resume=1), CONFIG)
    assert driver.history(graph, CONFIG) == []
    driver.invoke(graph, {"log": []}, CONFIG)
    before = len(driver.history(graph, CONFIG))
    with pytest.raises(UnknownInterruptError) as caught:
        driver.invoke(graph, Command(resume=1), CONFIG)
    assert caught.value.reason == "not_pending"
    assert len(driver.history(graph, CONFIG)) == before


def test_strict_mode_refuses_unknown_interrupt_ids(driver: Driver) -> None:
    """One of two may be answered; an id that waits for nothing is named."""
    builder = built(a=asks, b=asks).add_edge(START, "b")
    graph = strict(builder)
    asked = driver.invoke(graph, {"log": []}, CONFIG)["__interrupt__"]

    with pytest.raises(UnknownInterruptError, match="0" * 32):
        driver.invoke(graph, Command(resume={asked[0].id: 1, "0" * 32: 2}), CONFIG)
    with pytest.raises(UnknownInterruptError, match="multiple pending interrupts"):
        driver.invoke(graph, Command(resume=1), CONFIG)
    left = driver.invoke(graph, Command(resume={asked[0].id: 1}), CONFIG)["__interrupt__"]
    assert [i.id for i in left] == [asked[1].id]
    result = driver.invoke(graph, Command(resume={asked[1].id: 2}), CONFIG)
    assert sorted(result["log"]) == [1, 2]


def test_strict_mode_refuses_to_go_on_with_a_finished_thread(driver: Driver) -> None:
    """There is nothing to do, so the caller is mistaken about something."""
    graph = strict(built(a=says(1)))
    driver.invoke(graph, {"log": []}, CONFIG)

    with pytest.raises(EmptyInputError, match="Thread 't' is finished"):
        driver.invoke(graph, None, CONFIG)


@pytest.mark.parametrize("goto", ["zz", [Send("zz", 1)]], ids=repr)
def test_strict_mode_refuses_a_callers_unknown_target(driver: Driver, goto: Any) -> None:
    """Before anything is written."""
    graph = strict(built(a=says(1)))
    driver.invoke(graph, {"log": []}, CONFIG)
    before = len(driver.history(graph, CONFIG))

    with pytest.raises(InvalidUpdateError, match="caller's Command leads to 'zz'"):
        driver.invoke(graph, Command(goto=goto), CONFIG)
    assert len(driver.history(graph, CONFIG)) == before


@pytest.mark.parametrize("given", [{"log": [2]}, None], ids=repr)
def test_strict_mode_refuses_a_checkpoint_that_does_not_exist(driver: Driver, given: Any) -> None:
    """LangGraph runs afresh and hides the thread's past."""
    graph = strict(built(a=says(1)))
    driver.invoke(graph, {"log": []}, CONFIG)
    stale = {"configurable": {"thread_id": "t", "checkpoint_id": "1ef00000-0000-6000-8000-0"}}
    before = driver.history(graph, CONFIG)

    with pytest.raises(CheckpointNotFoundError, match=r"'t' has no checkpoint '1ef0.*history"):
        driver.invoke(graph, given, stale)
    with pytest.raises(CheckpointNotFoundError):
        driver.update_state(graph, stale, {"log": [3]})
    assert driver.history(graph, CONFIG) == before


@pytest.mark.parametrize("limit", ["recursion_limit", "max_concurrency"])
@pytest.mark.parametrize("value", [0, -1])
def test_limits_below_one_are_refused(driver: Driver, limit: str, value: int) -> None:
    """Strict or not, before anything runs."""
    graph = built(a=says(1), b=says(2)).add_edge(START, "b").compile(checkpointer=InMemorySaver())

    with pytest.raises(ValueError, match=f"{limit} must be at least 1"):
        driver.invoke(graph, {"log": []}, {**CONFIG, limit: value})
    assert driver.history(graph, CONFIG) == []


def test_a_stream_that_is_abandoned_leaves_a_thread_that_can_go_on() -> None:
    """What was shown is saved, and no finished node runs again."""
    ran: list[str] = []

    def node(name: str) -> Callable[[Any], Any]:
        def run(state: Any) -> dict[str, list[str]]:
            ran.append(name)
            return {"log": [name]}

        return run

    builder = built(a=node("a"), b=node("b"), c=node("c")).add_edge("a", "b").add_edge("b", "c")
    graph = strict(builder)
    stream = graph.stream({"log": []}, CONFIG, stream_mode="updates")
    shown = [next(stream), next(stream)]
    stream.close()

    assert shown == [{"a": {"log": ["a"]}}, {"b": {"log": ["b"]}}]
    assert graph.get_state(CONFIG).next == ("c",)
    assert graph.invoke(None, CONFIG)["log"] == ["a", "b", "c"]
    assert ran == ["a", "b", "c"]


async def test_an_asynchronous_stream_that_is_abandoned_does_too() -> None:
    """As `stream`."""
    graph = strict(built(a=says("a"), b=says("b")).add_edge("a", "b"))
    stream = graph.astream({"log": []}, CONFIG, stream_mode="updates")
    async for _ in stream:
        break
    await stream.aclose()

    assert (await graph.aget_state(CONFIG)).next == ("b",)
    assert (await graph.ainvoke(None, CONFIG))["log"] == ["a", "b"]
