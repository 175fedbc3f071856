"""State is what its schema says: reducers, defaults, schemas, classes, managed values."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, TypedDict

import pytest

from anystep.channels import EphemeralValue, LastValue, Topic, UntrackedValue
from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import InvalidUpdateError
from anystep.graph import END, START, MessagesState, StateGraph
from anystep.managed import IsLastStep, RemainingSteps
from anystep.messages import AIMessage, HumanMessage, RemoveMessage
from anystep.types import GraphOutput, Overwrite

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Driver

pytestmark = pytest.mark.host

Node = Any  # a function of whatever state its graph has


def chain(schema: Any, *nodes: Node, **schemas: Any) -> Any:
    """A builder whose nodes n0, n1, … run one after another."""
    graph = StateGraph[Any](schema, **schemas)
    graph.add_sequence([(f"n{i}", node) for i, node in enumerate(nodes)])
    return graph.add_edge(START, "n0")


def fan(schema: Any, *nodes: Node) -> Any:
    """A builder whose nodes n0, n1, … run in one superstep."""
    graph = StateGraph[Any](schema)
    for i, node in enumerate(nodes):
        graph.add_node(f"n{i}", node).add_edge(START, f"n{i}")
    return graph


def gives(**update: Any) -> Callable[[Any], Any]:
    """A node that returns `update`."""
    return lambda state: update


# -- plain keys and reducers -------------------------------------------------------------


class Plain(TypedDict):
    """Two keys that hold the last value."""

    a: int
    b: NotRequired[int]


def highest(old: int, new: int) -> int:
    """A reducer; `max` itself has no signature to check."""
    return max(old, new)


class Folded(TypedDict):
    """One key of each common kind of reducer."""

    items: Annotated[list[int], operator.add]
    total: Annotated[int, operator.add]
    names: Annotated[set[str], operator.or_]
    high: Annotated[int, highest]


def test_a_plain_key_holds_the_last_value(driver: Driver) -> None:
    """Keys that nobody writes stay as they are."""
    graph = chain(Plain, gives(a=2), gives(b=3)).compile()

    assert driver.invoke(graph, {"a": 1}) == {"a": 2, "b": 3}


def test_a_key_nobody_wrote_is_absent(driver: Driver) -> None:
    """Neither None nor a default stands in for it."""
    seen: list[set[str]] = []
    graph = chain(Plain, lambda s: seen.append(set(s))).compile()

    assert driver.invoke(graph, {"a": 1}) == {"a": 1}
    assert seen == [{"a"}]


def test_two_writers_of_a_plain_key_are_refused_and_named(driver: Driver) -> None:
    """The message names the key and the remedy, the note the writers."""
    graph = fan(Plain, gives(a=1), gives(b=0), gives(a=2)).compile()

    with pytest.raises(InvalidUpdateError, match="At key 'a'.*Annotated") as caught:
        driver.invoke(graph, {"a": 0})
    assert "'n0', 'n2'" in caught.value.__notes__[0]
    assert "INVALID_CONCURRENT_GRAPH_UPDATE" in str(caught.value)


def test_reducers_fold_what_nodes_return(driver: Driver) -> None:
    """Over supersteps, in order; the input is folded like any write."""
    one = gives(items=[1], total=1, names={"x"}, high=5)
    graph = chain(Folded, one, gives(items=[2], total=2, names={"y"}, high=3)).compile()

    assert driver.invoke(graph, {"items": [0], "total": 10, "names": {"i"}, "high": 4}) == {
        "items": [0, 1, 2],
        "total": 13,
        "names": {"i", "x", "y"},
        "high": 5,
    }


def test_parallel_writes_fold_by_node_name(driver: Driver) -> None:
    """Not by the order in which nodes were added or ended."""
    graph = fan(Folded, *(gives(items=[i]) for i in range(12))).compile()

    in_name_order = [0, 1, 10, 11, *range(2, 10)]
    assert driver.invoke(graph, {"items": []})["items"] == in_name_order


def test_a_reducer_starts_from_its_type(driver: Driver) -> None:
    """A list from the empty list, a number from zero, a set from the empty set."""
    graph = chain(Folded, gives(high=0)).compile()

    assert driver.invoke(graph, {"total": 1}) == {
        "items": [],
        "total": 1,
        "names": set(),
        "high": 0,
    }


def test_runs_do_not_share_a_reducers_start(driver: Driver) -> None:
    """What one run appends in place, another does not see."""

    def append(state: Folded) -> None:
        state["items"].append(1)

    graph = chain(Folded, append).compile()
    runs = [driver.invoke(graph, {"total": 1}) for _ in range(2)]

    assert [run["items"] for run in runs] == [[1], [1]]


@pytest.mark.parametrize("routed", [False, True], ids=["edges", "router"])
def test_a_list_only_the_state_holds_grows_where_it_is(driver: Driver, routed: bool) -> None:
    """Appending copies nothing but, once, what the caller gave."""
    steps = 20
    seen: set[int] = set()

    def append(state: Folded) -> dict[str, Any]:
        seen.add(id(state["items"]))
        return {"items": [1], "total": 1}

    graph = chain(Folded, *[append] * (1 if routed else steps))
    if routed:
        graph.add_conditional_edges("n0", lambda s: "n0" if s["total"] < steps else END)

    assert driver.invoke(graph.compile(), {"total": 0})["items"] == [1] * steps
    assert len(seen) <= 2


def test_overwrite_replaces_what_a_reducer_has_folded(driver: Driver) -> None:
    """Writes of later supersteps are folded on top of it."""
    graph = chain(Folded, gives(items=Overwrite([9])), gives(items=[10])).compile()

    assert driver.invoke(graph, {"items": [1, 2]})["items"] == [9, 10]


def test_overwrite_wins_over_its_siblings(driver: Driver) -> None:
    """Whatever else its superstep writes to the key is dropped after it."""
    graph = fan(Folded, gives(items=Overwrite([9])), gives(items=[10])).compile()

    assert driver.invoke(graph, {"items": [1]})["items"] == [9]


def test_two_overwrites_in_one_superstep_are_refused(driver: Driver) -> None:
    """They contradict each other."""
    graph = fan(Folded, *(gives(items=Overwrite([i])) for i in range(2))).compile()

    with pytest.raises(InvalidUpdateError, match="only one Overwrite"):
        driver.invoke(graph, {"items": [1]})


def note(old: str, new: str) -> str:
    """Show the order of folding."""
    return f"({old}{new})"


class Noted(TypedDict):
    """A key with a reducer of one's own."""

    text: Annotated[str, note]


def test_a_custom_reducer_gets_the_old_value_and_the_write(driver: Driver) -> None:
    """In this order, once per write."""

    graph = chain(Noted, gives(text="a"), gives(text="b")).compile()

    assert driver.invoke(graph, {"text": "i"}) == {"text": "(((i)a)b)"}


class Channels(TypedDict):
    """Channels by instance and by class."""

    last: Annotated[int, LastValue(int)]
    topic: Annotated[list[int], Topic(int)]
    short: Annotated[int, EphemeralValue]
    unsaved: Annotated[int, UntrackedValue]


def test_channels_may_stand_in_annotations(driver: Driver) -> None:
    """An instance or a class; each behaves as in a hand-built graph."""
    seen: list[set[str]] = []

    def spy(state: Channels) -> None:
        seen.append(set(state) - {"last"})

    graph = chain(Channels, gives(last=1, topic=3, short=4, unsaved=5), spy, spy).compile()

    assert driver.invoke(graph, {"last": 0}) == {"last": 1, "unsaved": 5}
    assert seen == [{"topic", "short", "unsaved"}, {"unsaved"}]


# -- schemas -----------------------------------------------------------------------------


class Question(TypedDict):
    """What goes in."""

    question: str


class Answer(TypedDict):
    """What comes out."""

    answer: str


class Whole(Question, Answer):
    """Both, and what nodes keep to themselves."""

    notes: str


class Private(TypedDict):
    """A key that is in no other schema."""

    secret: str


def test_input_and_output_have_schemas_of_their_own(driver: Driver) -> None:
    """Other keys of the input are dropped, other keys of the state are not shown."""
    seen: list[Any] = []
    graph = chain(
        Whole,
        lambda s: seen.append(dict(s)),
        gives(notes="n", answer="42"),
        input_schema=Question,
        output_schema=Answer,
    ).compile()

    assert driver.invoke(graph, {"question": "?", "notes": "x"}) == {"answer": "42"}
    assert seen == [{"question": "?"}]


def test_nodes_may_share_private_keys(driver: Driver) -> None:
    """A schema that a node reads adds its keys to the state."""

    def hide(state: Question) -> Private:
        return {"secret": state["question"] * 2}

    def show(state: Private) -> Answer:
        return {"answer": state["secret"]}

    graph = chain(Whole, hide, show, input_schema=Question, output_schema=Answer).compile()

    assert driver.invoke(graph, {"question": "ab"}) == {"answer": "abab"}


def test_a_node_reads_its_own_schema_only(driver: Driver) -> None:
    """From `input_schema` or from the annotation of its first parameter."""
    seen: list[Any] = []

    def annotated(state: Question) -> None:
        seen.append(dict(state))

    graph = StateGraph(Whole).add_node("a", annotated).add_edge(START, "a")
    graph.add_node("b", lambda s: seen.append(dict(s)), input_schema=Answer).add_edge("a", "b")
    driver.invoke(graph.compile(), {"question": "?", "answer": "!", "notes": "n"})

    assert seen == [{"question": "?"}, {"answer": "!"}]


def test_a_state_may_be_one_value(driver: Driver) -> None:
    """A schema that is no record: what nodes return replaces, or is folded."""
    folded: Any = Annotated[list[int], operator.add]
    graph = chain(folded, lambda s: [len(s)], lambda s: [len(s)]).compile()

    assert driver.invoke(graph, [7]) == [7, 1, 2]
    assert driver.invoke(chain(int, lambda s: s + 1, lambda s: s * 2).compile(), 3) == 8


# -- classes -----------------------------------------------------------------------------


@dataclass
class Point:
    """A state with defaults."""

    x: int
    y: int = 1
    seen: Annotated[list[str], operator.add] = field(default_factory=list[str])


def test_nodes_get_instances_of_a_dataclass_schema(driver: Driver) -> None:
    """Fields that nobody wrote have the class's defaults; the output is a dict."""
    graph = chain(Point, lambda p: {"y": p.x + p.y}, lambda p: {"seen": [repr(p)]}).compile()

    assert driver.invoke(graph, {"x": 2}) == {
        "x": 2,
        "y": 3,
        "seen": ["Point(x=2, y=3, seen=[])"],
    }


def test_a_dataclass_may_be_input_and_update(driver: Driver) -> None:
    """As an update it writes all its fields, defaults too."""
    graph = chain(Point, lambda p: Point(x=p.x + 1, seen=["n"])).compile()

    assert driver.invoke(graph, Point(x=2, y=5, seen=["i"])) == {"x": 3, "y": 1, "seen": ["i", "n"]}


def test_routers_get_instances_too(driver: Driver) -> None:
    """With the node's own writes in them."""
    graph = StateGraph(Point).add_node("a", gives(x=9)).add_node("b", gives(y=0))
    graph.add_edge(START, "a").add_conditional_edges("a", lambda p: "b" if p.x == 9 else "a")

    assert driver.invoke(graph.compile(), {"x": 1})["y"] == 0


def test_version_two_returns_the_class(driver: Driver) -> None:
    """An output schema that is a class makes instances of itself."""
    output = driver.invoke(chain(Point, gives(y=7)).compile(), {"x": 2}, version="v2")

    assert output == GraphOutput(value=Point(x=2, y=7, seen=[]), interrupts=())


# -- messages ----------------------------------------------------------------------------


def test_messages_are_appended_replaced_and_removed_by_id(driver: Driver) -> None:
    """Dicts and pairs are messages as well."""
    graph = chain(
        MessagesState,
        gives(messages=[AIMessage("draft", id="a")]),
        gives(messages={"role": "ai", "content": "final", "id": "a"}),
        gives(messages=[RemoveMessage(id="h")]),
    ).compile()
    messages = driver.invoke(graph, {"messages": [HumanMessage("hi", id="h"), ("user", "you?")]})[
        "messages"
    ]

    assert [(m.type, m.content) for m in messages] == [("human", "you?"), ("ai", "final")]
    assert all(m.id for m in messages)


# -- managed values ----------------------------------------------------------------------


class Managed(TypedDict):
    """Keys that are functions of the run."""

    log: Annotated[list[Any], operator.add]
    last: IsLastStep
    left: RemainingSteps


def test_managed_values_count_down_to_the_limit(driver: Driver) -> None:
    """A run that stops at the last step ends in time; the output does not show them."""
    graph = StateGraph(Managed).add_node("a", lambda s: {"log": [(s["left"], s["last"])]})
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", lambda s: "__end__" if s["last"] else "a")
    output = driver.invoke(graph.compile(), {"log": []}, {"recursion_limit": 3})

    assert output == {"log": [(2, False), (1, True)]}


# -- mutation ----------------------------------------------------------------------------


class Nested(TypedDict):
    """A value that can be changed from within."""

    box: dict[str, list[int]]
    log: Annotated[list[int], operator.add]


def test_what_nodes_change_in_place_never_alters_history(driver: Driver) -> None:
    """A checkpoint that was committed reads the same for ever."""

    def spoil(state: Nested) -> dict[str, Any]:
        state["box"]["in"].append(99)
        state["log"].append(99)
        return {"log": [1]}

    saver = InMemorySaver()
    graph = chain(Nested, gives(log=[0]), spoil).compile(checkpointer=saver)
    config = {"configurable": {"thread_id": "t"}}
    stop = driver.invoke(graph, {"box": {"in": [1]}, "log": []}, config, interrupt_before=["n1"])
    before = [(s.values, s.config) for s in driver.history(graph, config)]
    driver.invoke(graph, None, config)
    after = [(s.values, s.config) for s in driver.history(graph, config)]

    assert stop["box"] == {"in": [1]}
    assert after[1:] == before
    assert after[1][0] == {"box": {"in": [1]}, "log": [0]}


def test_the_callers_input_stays_as_it_was(driver: Driver) -> None:
    """A run folds into lists of its own."""
    given: dict[str, Any] = {"items": [1], "total": 0, "names": {"a"}, "high": 0}
    driver.invoke(chain(Folded, gives(items=[2], names={"b"})).compile(), given)

    assert given == {"items": [1], "total": 0, "names": {"a"}, "high": 0}


class Counted(TypedDict):
    n: int


def test_a_node_may_say_that_it_takes_a_dict() -> None:
    """A class without fields, as its parameter's type, says nothing about what it reads."""

    def node(state: Any) -> dict[str, int]:
        return {"n": state["n"] + 1}

    node.__annotations__ = {"state": dict}  # as it is without the future import

    assert {"n": 2} == chain(Counted, node).compile().invoke({"n": 1})


@pytest.mark.parametrize("limit", [0, -1, False, "soon"])
def test_a_timeout_is_a_time_above_zero(limit: Any) -> None:
    """A limit that limits nothing is refused where it is given, not dropped."""

    async def node(state: Counted) -> None:
        return None

    with pytest.raises(ValueError, match="greater than 0|could not convert"):
        StateGraph(Counted).add_node("n", node, timeout=limit)
    with pytest.raises(ValueError, match="greater than 0|could not convert"):
        StateGraph(Counted).set_node_defaults(timeout=limit)
