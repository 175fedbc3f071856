"""The suite of Juncture, a LangGraph in Rust: its four valid rows against its published times.

Its README (2026-05-26) gives 16.9, 142.7, 95.4 and 0.7 ms of wall time on the author's
machine for the largest sizes.  Its fan-out row and its row with a checkpointer do not do
the work they name, so its figures for them are not used; here the work is done.  The budget
is that pure Python needs less CPU time here than the Rust program's wall time there.
"""

import dataclasses
import operator
from typing import Annotated, Any, TypedDict

from bench.scenario import Scenario, Work, both, expect, invoking, limit

from .chains import chain_builder
from .saved import saving, thread
from .states import coloured


def _nothing(state: Any) -> None:
    return None


async def _anothing(state: Any) -> None:
    return None


async def _no_messages(state: Any) -> dict[str, list[Any]]:
    return {"messages": []}


def sequential(lib: Any, size: int, is_async: bool) -> Work:
    """A chain over MessagesState whose nodes return None."""
    node = _anothing if is_async else _nothing
    graph = chain_builder(lib, size, node, lib.MessagesState).compile()

    def check(result: Any) -> None:
        expect("result", result, {"messages": []})

    return Work(invoking(graph, {"messages": []}, limit(size), is_async), size, check)


def streaming(lib: Any, size: int, is_async: bool) -> Work:
    """The same chain, every node writing, its updates streamed."""
    graph = chain_builder(lib, size, _no_messages, lib.MessagesState).compile()

    async def call() -> int:
        count = 0
        async for _ in graph.astream({"messages": []}, limit(size), stream_mode="updates"):
            count += 1
        return count

    return Work(call, size, lambda count: expect("events", count, size))


def checkpointed(lib: Any, size: int, is_async: bool) -> Work:
    """The chain with a saver that keeps the last step only (durability="exit")."""
    saver = lib.InMemorySaver()
    node = _anothing if is_async else _nothing
    graph = chain_builder(lib, size, node, lib.MessagesState).compile(checkpointer=saver)

    def check(outcome: Any) -> None:
        number, result = outcome
        expect("result", result, {"messages": []})
        expect("checkpoints", sum(1 for _ in saver.list(thread(number))), 1)

    return Work(saving(graph, saver, {"messages": []}, is_async, "exit"), size, check)


def _later(old: Any, new: Any) -> Any:
    return new


def _given(old: Any, new: Any) -> Any:
    return new if new is not None else old


def _truthy(old: Any, new: Any) -> Any:
    return new or old


@dataclasses.dataclass(kw_only=True)
class Wide:
    """Fifteen fields: four lists, two dicts, six reducers of one's own, three plain."""

    messages: Annotated[list[Any], operator.add] = dataclasses.field(default_factory=list)
    trigger_events: Annotated[list[Any], operator.add] = dataclasses.field(default_factory=list)
    categorizations: Annotated[list[Any], operator.add] = dataclasses.field(default_factory=list)
    responses: Annotated[list[Any], operator.add] = dataclasses.field(default_factory=list)
    slack_participants: Annotated[dict[str, Any], operator.or_] = dataclasses.field(
        default_factory=dict
    )
    notified: Annotated[dict[str, Any], operator.or_] = dataclasses.field(default_factory=dict)
    medium: Annotated[str, _truthy] = "email"
    autoresponse: Annotated[dict[str, Any] | None, _later] = None
    issue: Annotated[dict[str, Any] | None, _truthy] = None
    relevant_rules: Annotated[list[Any] | None, _later] = None
    memory_docs: Annotated[list[Any] | None, _later] = None
    user_info: Annotated[dict[str, Any] | None, _given] = None
    crm_info: dict[str, Any] | None = None
    thread: str | None = None
    bot: str | None = None


def _writer(is_async: bool, reads: str, **writes: Any) -> Any:
    async def anode(state: Wide) -> dict[str, Any]:
        getattr(state, reads)
        return writes

    def node(state: Wide) -> dict[str, Any]:
        getattr(state, reads)
        return writes

    return anode if is_async else node


def wide_state(lib: Any, size: int, is_async: bool) -> Work:
    """Six nodes over a wide dataclass, round and round *size* + 1 times."""

    def again(state: Wide) -> str:
        return "__end__" if len(state.messages) > size else "one"

    async def aagain(state: Wide) -> str:
        return again(state)

    builder = lib.StateGraph(Wide)
    for name, reads, writes in _WIDE_NODES:
        builder.add_node(name, _writer(is_async, reads, **writes))
    builder.add_edge(lib.START, "one").add_edge("one", "two")
    builder.add_edge("two", "three").add_edge("two", "four")
    builder.add_edge(["three", "four"], "five").add_edge("five", "six")
    builder.add_conditional_edges("six", aagain if is_async else again, ["one", lib.END])
    graph = builder.compile()

    def check(result: Any) -> None:
        expect("messages", len(result["messages"]), size + 1)
        expect("responses", len(result["responses"]), size + 1)
        expect("participants", result["slack_participants"], {"s": 1})

    # Five supersteps a round: three and four run together.
    steps = 5 * (size + 1)
    return Work(invoking(graph, {"messages": []}, limit(steps), is_async), steps, check)


#: Each node's name, the field it reads, and what it writes.
_WIDE_NODES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("one", "messages", {"trigger_events": [1], "medium": "chat"}),
    ("two", "trigger_events", {"autoresponse": {"a": 1}}),
    ("three", "autoresponse", {"relevant_rules": [{"r": 1}]}),
    (
        "four",
        "trigger_events",
        {"categorizations": [1], "responses": [1], "memory_docs": [{"m": 1}]},
    ),
    (
        "five",
        "categorizations",
        {
            "user_info": {"u": 1},
            "crm_info": {"c": 1},
            "thread": "t",
            "slack_participants": {"s": 1},
            "bot": "b",
            "notified": {"n": 1},
        },
    ),
    ("six", "responses", {"messages": ["m"]}),
)


class Routed(TypedDict):
    """A value to route by, and what came of it."""

    value: int
    result: str


def routing(lib: Any, size: int, is_async: bool) -> Work:
    """One of *size* branches, then a node that collects."""

    def choose(state: Routed) -> str:
        return f"branch_{state['value'] % size}"

    def branch(index: int) -> Any:
        return coloured(lambda state: {"result": f"branch_{index}"}, is_async)

    def collect(state: Routed) -> dict[str, str]:
        return {"result": state["result"] + "_complete"}

    builder = lib.StateGraph(Routed)
    builder.add_node("route", _anothing if is_async else _nothing)
    builder.add_node("collect", coloured(collect, is_async))
    builder.add_edge(lib.START, "route")
    names = [f"branch_{index}" for index in range(size)]
    for index, name in enumerate(names):
        builder.add_node(name, branch(index))
        builder.add_edge(name, "collect")
    builder.add_conditional_edges(
        "route", coloured(choose, is_async), {name: name for name in names}
    )
    graph = builder.add_edge("collect", lib.END).compile()

    def check(result: Any) -> None:
        expect("result", result["result"], f"branch_{42 % size}_complete")

    return Work(invoking(graph, {"value": 42, "result": ""}, {}, is_async), 3, check)


class Jokes(TypedDict):
    """Subjects, and what came of them."""

    subjects: list[str]
    jokes: Annotated[list[str], operator.add]


class Subject(TypedDict):
    """What a subgraph is given."""

    subject: str


class Joke(TypedDict):
    """What a subgraph answers."""

    jokes: list[str]


class Telling(TypedDict):
    """What a subgraph works on."""

    subject: str
    jokes: list[str]


def _joker(lib: Any, is_async: bool) -> Any:
    """Compile the subgraph: an edit, a joke, and ten changes of it."""

    def bumped(state: Telling) -> str:
        return "__end__" if state["jokes"][0].endswith(" a" * 10) else "bump"

    inner = lib.StateGraph(Telling, input_schema=Subject, output_schema=Joke)
    steps = {
        "edit": lambda state: {"subject": f"{state['subject']} - hohoho"},
        "generate": lambda state: {"jokes": [f"Joke about {state['subject']}"]},
        "bump": lambda state: {"jokes": [state["jokes"][0] + " a"]},
    }
    for name, step in steps.items():
        inner.add_node(name, coloured(step, is_async))
    inner.add_edge(lib.START, "edit").add_edge("edit", "generate").add_edge("generate", "bump")
    inner.add_conditional_edges("bump", bumped, ["bump", lib.END])
    return inner.compile()


def _telling(lib: Any, is_async: bool, **options: Any) -> Any:
    """Compile the graph that sends each subject to a subgraph."""

    def spread(state: Jokes) -> list[Any]:
        return [lib.Send("generate_joke", {"subject": subject}) for subject in state["subjects"]]

    builder = lib.StateGraph(Jokes).add_node("generate_joke", _joker(lib, is_async))
    builder.add_conditional_edges(lib.START, spread, ["generate_joke"])
    return builder.add_edge("generate_joke", lib.END).compile(**options)


def _told(subjects: list[str], result: Any) -> None:
    """Raise AssertionError unless there is a joke about each subject, changed ten times."""
    wanted = [f"Joke about {subject} - hohoho" + " a" * 10 for subject in subjects]
    expect("jokes", result["jokes"], wanted)


def fanout(lib: Any, size: int, is_async: bool) -> Work:
    """*size* subgraphs by Send, each of which changes its joke ten times: twelve steps each."""
    graph = _telling(lib, is_async)
    subjects = [f"subject {index}" for index in range(size)]
    call = invoking(graph, {"subjects": subjects, "jokes": []}, {}, is_async)
    return Work(call, 12 * size, lambda result: _told(subjects, result))


def fanout_saved(lib: Any, size: int, is_async: bool) -> Work:
    """The same with a checkpoint of every step, subjects of a thousand characters."""
    saver = lib.InMemorySaver()
    graph = _telling(lib, is_async, checkpointer=saver)
    subjects = [f"subject {index} ".ljust(1000, "x") for index in range(size)]
    call = saving(graph, saver, {"subjects": subjects, "jokes": []}, is_async)
    return Work(call, 12 * size, lambda outcome: _told(subjects, outcome[1]))


def _rows(name: str, build: Any, sizes: tuple[int, ...], **options: Any) -> list[Scenario]:
    """Return one scenario for each size but the largest, which is the one in the table."""
    return [Scenario(f"juncture_{name}_{size}", build, size, **options) for size in sizes]


_ASYNC: dict[str, Any] = {"unit": "step", "is_async": True}
SCENARIOS = (
    *_rows("sequential", sequential, (10, 100, 1000), quick=False, **_ASYNC),
    *both(Scenario("juncture_sequential_3000", sequential, 3000, "step", rust=16.9)),
    *_rows("streaming", streaming, (100, 1000), unit="event", is_async=True, quick=False),
    *_rows("streaming", streaming, (10_000,), unit="event", is_async=True, rust=142.7, peer=False),
    *_rows("wide", wide_state, (300, 600), quick=False, **_ASYNC),
    *both(Scenario("juncture_wide_1200", wide_state, 1200, "step", rust=95.4)),
    *_rows("routing", routing, (3, 10), quick=False, **_ASYNC),
    *both(Scenario("juncture_routing_50", routing, 50, "step", rust=0.7)),
    *both(Scenario("juncture_fanout_10", fanout, 10, "step", quick=False)),
    *both(Scenario("juncture_fanout_100", fanout, 100, "step")),
    *both(Scenario("fanout_saved_10", fanout_saved, 10, "step", quick=False)),
    *both(Scenario("juncture_checkpoint_100", checkpointed, 100, "step")),
)
