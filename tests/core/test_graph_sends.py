"""Sends and commands: nodes that say themselves what runs next, and with what."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import EmptyInputError, InvalidUpdateError, ParentCommand
from anystep.graph import END, START, StateGraph
from anystep.types import Command, Send

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Driver

pytestmark = pytest.mark.host

CONFIG: dict[str, Any] = {"configurable": {"thread_id": "t"}}


class Log(TypedDict):
    """What ran, in the order in which it was applied."""

    log: Annotated[list[Any], operator.add]


def says(word: Any) -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends `word` to the log."""
    return lambda state: {"log": [word]}


def tells(state: Any) -> dict[str, list[Any]]:
    """A node that appends what it was given."""
    return {"log": [state]}


def builder(**nodes: Any) -> StateGraph[Log, None, Log, Log]:
    """A graph of `nodes`, which starts at `a`."""
    graph = StateGraph(Log)
    for name, node in nodes.items():
        graph.add_node(name, node)
    return graph.add_edge(START, "a")


def log_of(driver: Driver, graph: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """The log after one run."""
    log: list[Any] = driver.invoke(graph, {"log": []}, *args, **kwargs)["log"]
    return log


# -- sends -----------------------------------------------------------------------------


def test_sends_map_and_an_edge_reduces(driver: Driver) -> None:
    """Each Send is a task with an input of its own; they are applied in their order."""
    graph = builder(a=says("a"), work=lambda n: {"log": [n * n]}, sum=lambda s: {"log": ["sum"]})
    graph.add_conditional_edges("a", lambda s: [Send("work", n) for n in (3, 1, 2)], ["work"])
    graph.add_edge("work", "sum")

    assert log_of(driver, graph.compile()) == ["a", 9, 1, 4, "sum"]


def test_many_sends_keep_their_order(driver: Driver) -> None:
    """By number, not by its text: 10 comes after 9."""
    graph = builder(a=says("a"), work=tells)
    graph.add_conditional_edges("a", lambda s: [Send("work", n) for n in range(25)])

    assert log_of(driver, graph.compile()) == ["a", *range(25)]


def test_edges_are_applied_before_sends(driver: Driver) -> None:
    """In the same superstep nodes an edge led to write first."""
    graph = builder(a=says("a"), z=says("z"), work=tells).add_edge("a", "z")
    graph.add_conditional_edges("a", lambda s: [Send("work", "sent")])

    assert log_of(driver, graph.compile()) == ["a", "z", "sent"]


def test_a_send_may_start_the_run(driver: Driver) -> None:
    """From a router at START."""
    graph = StateGraph(Log).add_node("work", tells)
    graph.set_conditional_entry_point(lambda s: [Send("work", "first")], ["work"])

    assert log_of(driver, graph.compile()) == ["first"]


def test_a_sent_node_may_send(driver: Driver) -> None:
    """Sends from Sends, until nobody sends any more."""

    def halve(n: Any) -> Any:
        targets = [Send("a", n // 2)] if isinstance(n, int) and n > 1 else []
        return Command(update={"log": [n]}, goto=targets)

    graph = StateGraph(Log).add_node("a", halve)
    graph.set_conditional_entry_point(lambda s: Send("a", 8), ["a"])

    assert log_of(driver, graph.compile()) == [8, 4, 2, 1]


def test_a_router_may_mix_names_and_sends(driver: Driver) -> None:
    """Names read the state, Sends bring their own input."""
    graph = builder(a=says("a"), b=says("b"), work=tells)
    graph.add_conditional_edges("a", lambda s: [Send("work", 1), "b"])

    assert log_of(driver, graph.compile()) == ["a", "b", 1]


def test_an_empty_list_of_sends_ends_the_branch(driver: Driver) -> None:
    """Nothing to map is no mistake."""
    graph = builder(a=says("a"), work=tells)
    graph.add_conditional_edges("a", lambda s: list[Send](), ["work"])

    assert log_of(driver, graph.compile()) == ["a"]


def test_an_unknown_target_warns_and_the_rest_runs(driver: Driver) -> None:
    """The warning names the node that does not exist, and what to do."""
    graph = builder(a=says("a"), work=tells)
    graph.add_conditional_edges("a", lambda s: [Send("wrok", 1), Send("work", 2)])

    with pytest.warns(UserWarning, match="unknown node name 'wrok'.*add_node"):
        assert log_of(driver, graph.compile()) == ["a", 2]


def test_a_send_to_the_end_is_refused(driver: Driver) -> None:
    """The end takes no input."""
    graph = builder(a=says("a")).add_conditional_edges("a", lambda s: Send(END, 1))

    with pytest.raises(InvalidUpdateError, match="Cannot send a packet to the END"):
        log_of(driver, graph.compile())


# -- commands from nodes -----------------------------------------------------------------


def test_a_command_updates_and_leads_on(driver: Driver) -> None:
    """Without any edge."""
    graph = builder(a=lambda s: Command(update={"log": ["a"]}, goto="b"), b=says("b"))

    assert log_of(driver, graph.compile()) == ["a", "b"]


def test_a_command_may_only_update_or_only_lead(driver: Driver) -> None:
    """Static edges are followed as well."""
    graph = builder(
        a=lambda s: Command(goto=["c"]), b=lambda s: Command(update={"log": ["b"]}), c=says("c")
    ).add_edge("a", "b")

    assert log_of(driver, graph.compile()) == ["b", "c"]


def test_a_command_may_lead_to_several_nodes_and_sends(driver: Driver) -> None:
    """All run in the next superstep."""
    targets: list[Send | str] = ["c", Send("work", 1), "b"]
    graph = builder(a=lambda s: Command(goto=targets), b=says("b"), c=says("c"), work=tells)

    assert log_of(driver, graph.compile()) == ["b", "c", 1]


def test_a_command_may_end_its_branch(driver: Driver) -> None:
    """`goto=END` leads nowhere."""

    def stop(state: Log) -> Command[Literal["b", "__end__"]]:
        return Command(update={"log": ["a"]}, goto=END)

    graph = builder(a=stop, b=says("b")).compile()

    assert log_of(driver, graph) == ["a"]


def test_a_command_may_loop(driver: Driver) -> None:
    """A node may lead to itself."""

    def turn(state: Log) -> Any:
        return Command(
            update={"log": [len(state["log"])]}, goto="a" if len(state["log"]) < 3 else END
        )

    assert log_of(driver, builder(a=turn).compile()) == [0, 1, 2, 3]


def test_a_node_may_return_several_commands(driver: Driver) -> None:
    """Their updates are folded, their targets joined; plain updates may be among them."""
    results = [Command(update={"log": [1]}, goto="b"), {"log": [2]}, Command(goto="c")]
    graph = builder(a=lambda s: results, b=says("b"), c=says("c"))

    assert log_of(driver, graph.compile()) == [1, 2, "b", "c"]


def test_an_update_may_be_pairs(driver: Driver) -> None:
    """A key written twice is folded twice."""
    pairs = [("log", [1]), ("log", [2])]
    graph = builder(a=lambda s: Command(update=pairs))

    assert log_of(driver, graph.compile()) == [1, 2]


def test_a_command_to_an_unknown_node_warns(driver: Driver) -> None:
    """The run goes on with what exists."""
    graph = builder(a=lambda s: Command(goto=["nowhere", "b"]), b=says("b"))

    with pytest.warns(UserWarning, match="'nowhere'"):
        assert log_of(driver, graph.compile()) == ["b"]


def test_a_command_may_address_the_graph_around(driver: Driver) -> None:
    """`Command.PARENT`: update and goto apply there, what the subgraph wrote is dropped."""
    inner = builder(
        a=says("inner"), b=lambda s: Command(graph=Command.PARENT, update={"log": ["up"]}, goto="c")
    ).add_edge("a", "b")
    outer = builder(a=inner.compile(), b=says("b"), c=says("c"))

    assert log_of(driver, outer.compile()) == ["up", "c"]


def test_a_command_may_go_up_two_levels(driver: Driver) -> None:
    """Each node on the way hands it on when it addresses the parent again."""

    def up(state: Log) -> Any:
        return Command(graph=Command.PARENT, goto="c")

    inner = builder(a=up).compile()
    middle = builder(a=inner, c=up).compile()
    outer = builder(a=middle, c=says("top")).compile()

    assert log_of(driver, outer) == ["top"]


def test_a_command_to_a_parent_that_is_not_there_is_refused(driver: Driver) -> None:
    """A root graph has none: the command comes out as the error it travels in."""
    graph = builder(a=lambda s: Command(graph=Command.PARENT, goto="b"), b=says("b"))

    with pytest.raises(ParentCommand) as caught:
        log_of(driver, graph.compile())
    assert caught.value.args[0].goto == "b"


# -- commands from the caller --------------------------------------------------------------


def test_a_caller_may_update_and_choose_where_to_go(driver: Driver) -> None:
    """On a thread that has ended: what is due is what the command says."""
    graph = builder(a=says("a"), b=says("b")).compile(checkpointer=InMemorySaver())
    driver.invoke(graph, {"log": []}, CONFIG)
    output = driver.invoke(graph, Command(update={"log": ["by hand"]}, goto="b"), CONFIG)

    assert output == {"log": ["a", "by hand", "b"]}


def test_a_caller_may_send(driver: Driver) -> None:
    """`goto` takes Sends from outside too."""
    graph = builder(a=says("a"), work=tells).compile(checkpointer=InMemorySaver())
    driver.invoke(graph, {"log": []}, CONFIG)

    assert driver.invoke(graph, Command(goto=Send("work", 5)), CONFIG) == {"log": ["a", 5]}


def test_an_empty_command_is_no_input(driver: Driver) -> None:
    """Neither update, goto nor resume: nothing to do, and that is said."""
    graph = builder(a=says("a")).compile(checkpointer=InMemorySaver())
    driver.invoke(graph, {"log": []}, CONFIG)

    with pytest.raises(EmptyInputError, match="empty Command"):
        driver.invoke(graph, Command(), CONFIG)


def test_a_caller_has_no_parent_to_address(driver: Driver) -> None:
    """`Command(graph=PARENT)` as input is refused."""
    graph = builder(a=says("a")).compile(checkpointer=InMemorySaver())
    driver.invoke(graph, {"log": []}, CONFIG)

    with pytest.raises(InvalidUpdateError, match="no parent graph"):
        driver.invoke(graph, Command(graph=Command.PARENT, update={"log": [1]}), CONFIG)
