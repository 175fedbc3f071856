"""Where anystep differs from LangGraph on purpose: both sides, row by row.

Each test is named after a row of docs/differences.md and shows what either engine
does, so that a row cannot outlive the behaviour it describes.
"""
# pyright: basic

import dataclasses
import pathlib
import re
import subprocess
import sys
import warnings
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import tool

from anystep import errors as _errors
from anystep.reliability import RunPolicy

from ._chat import ToolModel, calls
from ._kit import Words, chain, fan, says
from ._oracle import Library, thread

LANGGRAPH = Library("langgraph", async_nodes=False)
ANYSTEP = Library("anystep", async_nodes=False)
CONFIG = thread()


def _routed(lib: Any, router: Any) -> Any:
    """START → a → (router) → b, saved."""
    builder = lib.StateGraph(Words).add_node("a", says("a")).add_node("b", says("b"))
    builder.add_edge(lib.START, "a").add_conditional_edges("a", router)
    return builder.compile(checkpointer=lib.InMemorySaver())


def _saved(lib: Any, *values: Any) -> Any:
    """Run a node that writes *values* and return them as the thread holds them."""
    graph = chain(lib, Words, {"a": lambda s: {"xs": [*values]}}, checkpointer=lib.InMemorySaver())
    graph.invoke({"xs": []}, CONFIG)
    return graph.get_state(CONFIG).values["xs"]


def _failing_once(lib: Any) -> Any:
    ran = []

    def router(state: Any) -> str:
        ran.append("r")
        if len(ran) == 1:
            raise ArithmeticError("once")
        return "b"

    graph = _routed(lib, router)
    with pytest.raises(ArithmeticError):
        graph.invoke({"xs": []}, CONFIG)
    return graph


def test_router_fails() -> None:
    """After a failed router LangGraph ends the run; anystep runs its node again."""
    theirs, ours = _failing_once(LANGGRAPH), _failing_once(ANYSTEP)

    assert theirs.get_state(CONFIG).next == ()
    assert theirs.invoke(None, CONFIG) == {"xs": ["a"]}
    assert ours.get_state(CONFIG).next == ("a",)
    assert ours.invoke(None, CONFIG) == {"xs": ["a", "b"]}


def test_router_interrupts() -> None:
    """LangGraph shows the update of a node whose router still asks; anystep does not."""
    theirs = _routed(LANGGRAPH, lambda s: LANGGRAPH.interrupt("where?")).invoke({"xs": []}, CONFIG)
    ours = _routed(ANYSTEP, lambda s: ANYSTEP.interrupt("where?")).invoke({"xs": []}, CONFIG)

    assert theirs["xs"] == ["a"]
    assert ours["xs"] == []


def _gone_to_a_deferred_node(lib: Any) -> Any:
    builder = lib.StateGraph(Words).add_node("a", says("a")).add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a")
    graph = builder.compile(checkpointer=lib.InMemorySaver())
    graph.invoke({"xs": []}, CONFIG)
    return graph.invoke(lib.Command(goto="z"), CONFIG)["xs"]


def test_goto_deferred() -> None:
    """LangGraph forgets a caller's goto to a deferred node; anystep goes there."""
    assert _gone_to_a_deferred_node(LANGGRAPH) == ["a"]
    assert _gone_to_a_deferred_node(ANYSTEP) == ["a", "z"]


def _deferred_beside_sends(lib: Any) -> Any:
    builder = lib.StateGraph(Words).add_node("a", says("a")).add_node("z", says("z"), defer=True)
    builder.add_node("w", lambda s: {"xs": [s["i"]]}).add_node("x", says("x"))
    builder.add_edge(lib.START, "a").add_edge("a", "z").add_edge("w", "x")
    builder.add_conditional_edges("a", lambda s: [lib.Send("w", {"i": i}) for i in (1, 2)])
    return builder.compile().invoke({"xs": []})["xs"]


def test_deferred_and_sends() -> None:
    """LangGraph runs a deferred node beside sent tasks; anystep when they are done."""
    assert _deferred_beside_sends(LANGGRAPH) == ["a", "z", 1, 2, "x"]
    assert _deferred_beside_sends(ANYSTEP) == ["a", 1, 2, "x", "z"]


def _failed_after_an_answer(lib: Any) -> Any:
    ran = []

    def asks(state: Any) -> dict[str, Any]:
        ran.append(lib.interrupt("first"))
        if len(ran) == 1:
            raise ValueError("after the answer")
        return {"xs": [ran[-1], lib.interrupt("second")]}

    graph = chain(lib, Words, {"ask": asks}, checkpointer=lib.InMemorySaver())
    asked = graph.invoke({"xs": []}, CONFIG)["__interrupt__"][0]
    with pytest.raises(ValueError, match="after"):
        graph.invoke(lib.Command(resume={asked.id: "yes"}), CONFIG)
    return graph, asked


def test_answered_question() -> None:
    """A question that has its answer is still open in LangGraph, not in anystep."""
    theirs, asked = _failed_after_an_answer(LANGGRAPH)
    assert theirs.get_state(CONFIG).interrupts == (asked,)

    ours, asked = _failed_after_an_answer(ANYSTEP)
    assert ours.get_state(CONFIG).interrupts == ()
    assert ours.get_state(CONFIG).next == ("ask",)
    again = ours.invoke(None, CONFIG)["__interrupt__"]
    assert [question.value for question in again] == ["second"]
    # A caller who knows of the first question only may answer it once more.
    again = ours.invoke(ANYSTEP.Command(resume={asked.id: "no"}), CONFIG)["__interrupt__"]
    assert [question.value for question in again] == ["second"]
    done = ours.invoke(ANYSTEP.Command(resume={again[0].id: "so"}), CONFIG)
    assert done["xs"] == ["yes", "so"]


def _dead_before_the_checkpoint(lib: Any, write: str) -> Any:
    saver = lib.InMemorySaver()
    graph = fan(lib, Words, {"a": says("a"), "b": says("b")}, checkpointer=saver)
    store, count = getattr(saver, write), []

    def dies(*args: Any) -> Any:
        count.append(args)
        if len(count) == 3:  # the first two store the input
            raise ConnectionError("gone")
        return store(*args)

    setattr(saver, write, dies)
    with pytest.raises(ConnectionError):
        graph.invoke({"xs": []}, CONFIG, durability="sync")
    setattr(saver, write, store)
    return graph


def test_uncommitted_step() -> None:
    """A run that died before its step's checkpoint looks finished in LangGraph, not in anystep."""
    theirs = _dead_before_the_checkpoint(LANGGRAPH, "put")
    ours = _dead_before_the_checkpoint(ANYSTEP, "commit")

    assert theirs.get_state(CONFIG).next == ()
    assert ours.get_state(CONFIG).next == ("a", "b")
    assert ours.invoke(None, CONFIG) == {"xs": ["a", "b"]}
    assert ours.get_state(CONFIG).next == ()


def _with_bad_write(lib: Any) -> Any:
    nodes = {"a": says("a"), "b": lambda s: {"xs": 3}}
    graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())
    with pytest.raises(TypeError):
        graph.invoke({"xs": []}, CONFIG)
    return graph


def test_reducer_fails() -> None:
    """A write its reducer refuses makes LangGraph's thread unreadable, not anystep's."""
    theirs, ours = _with_bad_write(LANGGRAPH), _with_bad_write(ANYSTEP)

    with pytest.raises(TypeError):
        theirs.get_state(CONFIG)
    assert ours.get_state(CONFIG).values == {"xs": ["a"]}
    assert ours.get_state(CONFIG).next == ("b",)


def test_tuples() -> None:
    """A saver of LangGraph makes lists of tuples; anystep keeps them."""
    assert _saved(LANGGRAPH, (1, 2)) == [[1, 2]]
    assert _saved(ANYSTEP, (1, 2)) == [(1, 2)]


def test_big_integers() -> None:
    """LangGraph cannot save integers beyond 64 bits; anystep can."""
    with pytest.raises(TypeError):
        _saved(LANGGRAPH, 1 << 70)
    assert _saved(ANYSTEP, 1 << 70) == [1 << 70]


def test_value_that_cannot_be_saved() -> None:
    """LangGraph names the type that cannot be saved, anystep the way to it as well."""

    class Handle:
        """Something no serializer knows."""

    with pytest.raises(TypeError, match="Handle") as theirs:
        _saved(LANGGRAPH, {"inner": Handle()})
    with pytest.raises(TypeError, match="Handle") as ours:
        _saved(ANYSTEP, {"inner": Handle()})

    assert "['inner']" not in str(theirs.value)
    assert "['xs'][0]['inner']" in str(ours.value)


def test_empty_command() -> None:
    """An empty Command breaks LangGraph's loop; anystep says that it is empty."""
    for resume in ({}, {"resume": None}):
        graphs = [
            chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())
            for lib in (LANGGRAPH, ANYSTEP)
        ]
        with pytest.raises(UnboundLocalError):
            graphs[0].invoke(LANGGRAPH.Command(**resume), CONFIG)
        with pytest.raises(ANYSTEP.EmptyInputError, match="empty Command"):
            graphs[1].invoke(ANYSTEP.Command(**resume), CONFIG)


def test_state_without_thread_id() -> None:
    """Asking for the state of no thread: KeyError in LangGraph, a ValueError that says why here."""
    for lib, error in ((LANGGRAPH, KeyError), (ANYSTEP, ValueError)):
        graph = chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())
        with pytest.raises(error, match="thread_id"):
            graph.get_state({"configurable": {}})
        with pytest.raises(error, match="thread_id"):
            graph.update_state({"configurable": {}}, {"xs": []})


def test_thread_of_none() -> None:
    """A thread id of None: a thread in LangGraph, a missing one here."""
    theirs, ours = (
        chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())
        for lib in (LANGGRAPH, ANYSTEP)
    )
    config = {"configurable": {"thread_id": None}}

    assert theirs.invoke({"xs": []}, config) == {"xs": ["a"]}
    assert theirs.invoke({"xs": []}, config) == {"xs": ["a", "a"]}
    with pytest.raises(ValueError, match="thread_id"):
        ours.invoke({"xs": []}, config)


def test_key_order() -> None:
    """Results are equal; their keys are in the schema's order, or in that of the first writes."""

    class State(TypedDict, total=False):
        first: int
        second: int

    found = [
        chain(lib, State, {"a": lambda s: {"first": 1}}).invoke({"second": 2})
        for lib in (LANGGRAPH, ANYSTEP)
    ]

    assert found[0] == found[1]
    assert [[*one] for one in found] == [["first", "second"], ["second", "first"]]


def test_durability_without_saver() -> None:
    """durability="sync" without a saver breaks LangGraph; anystep warns and runs."""
    theirs, ours = (chain(lib, Words, {"a": says("a")}) for lib in (LANGGRAPH, ANYSTEP))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(AttributeError):
            theirs.invoke({"xs": []}, durability="sync")
    with pytest.warns(UserWarning, match="no effect"):
        assert ours.invoke({"xs": []}, durability="sync") == {"xs": ["a"]}


def _retried_subgraph(lib: Any) -> list[str]:
    ran = []

    def first(state: Any) -> dict[str, Any]:
        ran.append("first")
        return {"xs": ["first"]}

    def flaky(state: Any) -> dict[str, Any]:
        ran.append("flaky")
        if ran.count("flaky") == 1:
            raise ConnectionError("once")
        return {"xs": ["flaky"]}

    sub = chain(lib, Words, {"first": first, "flaky": flaky})
    policy = lib.RetryPolicy(initial_interval=0, jitter=False)
    builder = lib.StateGraph(Words).add_node("sub", sub, retry_policy=policy)
    graph = builder.add_edge(lib.START, "sub").compile(checkpointer=lib.InMemorySaver())
    assert graph.invoke({"xs": []}, CONFIG)["xs"] == ["first", "flaky"]
    return ran


def test_retried_subgraph() -> None:
    """A retried subgraph begins again in LangGraph, and goes on where it failed here."""
    assert _retried_subgraph(LANGGRAPH) == ["first", "flaky", "first", "flaky"]
    assert _retried_subgraph(ANYSTEP) == ["first", "flaky", "flaky"]


def test_two_writers() -> None:
    """Both engines refuse two writers of a plain key; anystep names them in a note."""
    notes = []
    for lib in (LANGGRAPH, ANYSTEP):
        nodes = {name: (lambda s: {"n": 1}) for name in "ab"}
        with pytest.raises(lib.InvalidUpdateError, match="At key 'n'") as raised:
            fan(lib, _Number, nodes).invoke({"n": 0})
        notes.append(getattr(raised.value, "__notes__", []))

    assert notes[0] == []
    assert any("'a', 'b'" in note for note in notes[1])


class _Number(dict[str, int]):
    """One plain number."""

    n: int


def _shown_and_saved(lib: Any) -> list[bool]:
    """For each checkpoint event of a run: was it in the saver when it was shown?"""
    saver = lib.InMemorySaver()
    nodes = {name: says(name) for name in "abcde"}
    graph = chain(lib, Words, nodes, checkpointer=saver)
    return [
        saver.get_tuple(event["config"]) is not None
        for event in graph.stream({"xs": []}, CONFIG, stream_mode="checkpoints")
    ]


def test_checkpoint_events() -> None:
    """anystep shows a checkpoint after it is saved; LangGraph may show it before."""
    assert all(_shown_and_saved(ANYSTEP))


def test_versions() -> None:
    """Channel versions in LangGraph's saver are padded strings, in ours whole numbers."""
    kinds = []
    for lib in (LANGGRAPH, ANYSTEP):
        saver = lib.InMemorySaver()
        chain(lib, Words, {"a": says("a")}, checkpointer=saver).invoke({"xs": []}, CONFIG)
        versions = saver.get_tuple(CONFIG).checkpoint["channel_versions"]
        kinds.append({type(version) for version in versions.values()})

    assert kinds == [{str}, {int}]


def test_delta_snapshots() -> None:
    """LangGraph's checkpoints count towards a delta channel's snapshot; ours hold its value."""
    found = []
    for lib in (LANGGRAPH, ANYSTEP):

        class State(TypedDict):
            xs: Annotated[
                list[Any], lib.DeltaChannel(lambda old, new: [*old, *(x for xs in new for x in xs)])
            ]

        saver = lib.InMemorySaver()
        chain(lib, State, {"a": says("a")}, checkpointer=saver).invoke({"xs": ["in"]}, CONFIG)
        found.append(saver.get_tuple(CONFIG))
    theirs, ours = found

    assert "counters_since_delta_snapshot" in theirs.metadata
    assert "xs" not in theirs.checkpoint["channel_values"]
    assert "counters_since_delta_snapshot" not in ours.metadata
    assert ours.checkpoint["channel_values"]["xs"] == ["in", "a"]


def test_housekeeping() -> None:
    """LangGraph's in-memory saver cannot copy, prune or delete by run; ours can."""
    for method, argument in (
        ("copy_thread", ("t", "u")),
        ("prune", (["t"],)),
        ("delete_for_runs", (["r"],)),
    ):
        with pytest.raises(NotImplementedError):
            getattr(LANGGRAPH.InMemorySaver(), method)(*argument)
        saver = ANYSTEP.InMemorySaver()
        chain(ANYSTEP, Words, {"a": says("a")}, checkpointer=saver).invoke({"xs": []}, CONFIG)
        assert getattr(saver, method)(*argument) is None


class Active:
    """Not plain data: it does something when it is made."""

    def __init__(self, given: Any) -> None:
        self.given = given


def test_classes_in_data() -> None:
    """LangGraph builds what data names; anystep gives the data of a class it does not know."""
    import importlib

    import msgpack

    payload = msgpack.packb([__name__, "Active", "x"])
    data = ("msgpack", msgpack.packb(msgpack.ExtType(0, payload)))
    theirs, ours = (
        importlib.import_module(f"{engine}.checkpoint.serde.jsonplus").JsonPlusSerializer()
        for engine in ("langgraph", "anystep")
    )

    assert isinstance(theirs.loads_typed(data), Active)
    assert ours.loads_typed(data) == "x"


def test_namespaces_that_were_read() -> None:
    """Asking for an item does not make a namespace."""
    for lib, expected in ((LANGGRAPH, [("asked",)]), (ANYSTEP, [])):
        store = lib.InMemoryStore()
        assert store.get(("asked",), "k") is None
        assert store.list_namespaces() == expected


def test_time_to_live_in_memory() -> None:
    """The in-memory store keeps items for so many minutes; LangGraph's refuses to."""
    with pytest.raises(NotImplementedError):
        LANGGRAPH.InMemoryStore().put(("a",), "k", {}, ttl=1)
    store = ANYSTEP.InMemoryStore()
    store.put(("a",), "k", {}, ttl=1)
    assert store.get(("a",), "k") is not None


def test_comparing_other_values() -> None:
    """An item without the number asked for is passed over; LangGraph's search fails."""
    for lib in (LANGGRAPH, ANYSTEP):
        store = lib.InMemoryStore()
        store.put(("a",), "1", {"n": 1, "day": "2026-01-02"})
        store.put(("a",), "2", {"n": None, "day": "2026-03-04"})
        if lib is LANGGRAPH:
            with pytest.raises(TypeError):
                store.search(("a",), filter={"n": {"$gt": 0}})
            continue
        assert [item.key for item in store.search(("a",), filter={"n": {"$gt": 0}})] == ["1"]
        days = store.search(("a",), filter={"day": {"$gt": "2026-02"}})
        assert [item.key for item in days] == ["2"]


def _one(lib: Any, action: Any, *, strict: bool = False, saved: bool = True, **nodes: Any) -> Any:
    """START → a, and nodes that nothing leads to."""
    builder = lib.StateGraph(Words).add_node("a", action).add_edge(lib.START, "a")
    for name, node in nodes.items():
        builder.add_node(name, node)
    options = {"strict": True} if strict else {}
    return builder.compile(checkpointer=lib.InMemorySaver() if saved else None, **options)


def test_reducer_error() -> None:
    """Both raise what the reducer raised; anystep says whose write it was."""
    for lib in (LANGGRAPH, ANYSTEP):
        with pytest.raises(TypeError, match="can only concatenate") as caught:
            _one(lib, lambda s: {"xs": 5}).invoke({"xs": []}, CONFIG)
        told = " ".join(getattr(caught.value, "__notes__", ()))
        assert ("'xs'" in told and "'a'" in told) == (lib is ANYSTEP)


def test_concurrency_of_zero() -> None:
    """Both refuse it; anystep by its name."""
    for lib, words in ((LANGGRAPH, "max_workers"), (ANYSTEP, "max_concurrency")):
        with pytest.raises(ValueError, match=words):
            _one(lib, says("a")).invoke(
                {"xs": []}, {"configurable": {"thread_id": "t"}, "max_concurrency": 0}
            )


def test_unknown_keys() -> None:
    """LangGraph drops them; so does anystep, unless it is strict."""
    for lib in (LANGGRAPH, ANYSTEP):
        assert _one(lib, lambda s: {"zz": 1}).invoke({"xs": []}, CONFIG) == {"xs": []}
    with pytest.raises(ANYSTEP.InvalidUpdateError, match="'a' wrote 'zz'"):
        _one(ANYSTEP, lambda s: {"zz": 1}, strict=True).invoke({"xs": []}, CONFIG)


def test_unknown_target() -> None:
    """LangGraph says so in its log, anystep by a warning; strict, it is an error."""
    goto = {"update": {"xs": ["a"]}, "goto": "zz"}
    theirs = _one(LANGGRAPH, lambda s: LANGGRAPH.Command(**goto))
    assert theirs.invoke({"xs": []}, CONFIG) == {"xs": ["a"]}
    ours = _one(ANYSTEP, lambda s: ANYSTEP.Command(**goto))
    with pytest.warns(UserWarning, match="'zz'"):
        assert ours.invoke({"xs": []}, CONFIG) == {"xs": ["a"]}
    strict = _one(ANYSTEP, lambda s: ANYSTEP.Command(**goto), strict=True)
    with pytest.raises(ANYSTEP.InvalidUpdateError, match="'a' leads to 'zz'"):
        strict.invoke({"xs": []}, CONFIG)
    assert strict.get_state(CONFIG).next == ("a",)


def test_unreachable_node() -> None:
    """Strict mode finds it when the graph is compiled."""
    for lib in (LANGGRAPH, ANYSTEP):
        assert _one(lib, says("a"), lost=says("b")).invoke({"xs": []}, CONFIG) == {"xs": ["a"]}
    with pytest.raises(ValueError, match="Nothing leads to 'lost'"):
        _one(ANYSTEP, says("a"), strict=True, lost=says("b"))


def test_reserved_names() -> None:
    """Strict mode refuses what `update_state` understands as something else."""
    for lib in (LANGGRAPH, ANYSTEP):
        assert _one(lib, says("a"), __copy__=says("b")).invoke({"xs": []}, CONFIG)
    with pytest.raises(ValueError, match="'__copy__' is reserved"):
        _one(ANYSTEP, says("a"), strict=True, __copy__=says("b"))


def test_interrupt_without_saver() -> None:
    """The question is asked, and nobody can answer; strict mode refuses to ask it."""
    for lib in (LANGGRAPH, ANYSTEP):
        graph = _one(lib, lambda s, lib=lib: {"xs": [lib.interrupt("?")]}, saved=False)
        assert "__interrupt__" in graph.invoke({"xs": []})
    strict = _one(ANYSTEP, lambda s: {"xs": [ANYSTEP.interrupt("?")]}, strict=True, saved=False)
    with pytest.raises(RuntimeError, match="no saver"):
        strict.invoke({"xs": []})


def test_nothing_to_resume() -> None:
    """An answer to no question changes nothing; strict mode says so."""
    for lib in (LANGGRAPH, ANYSTEP):
        graph = _one(lib, says("a"))
        graph.invoke({"xs": []}, CONFIG)
        assert graph.invoke(lib.Command(resume=1), CONFIG) == {"xs": ["a"]}
    strict = _one(ANYSTEP, says("a"), strict=True)
    strict.invoke({"xs": []}, CONFIG)
    with pytest.raises(_errors.UnknownInterruptError):
        strict.invoke(ANYSTEP.Command(resume=1), CONFIG)


def test_finished_thread() -> None:
    """Going on with what is finished does nothing; strict mode says so."""
    for lib in (LANGGRAPH, ANYSTEP):
        graph = _one(lib, says("a"))
        graph.invoke({"xs": []}, CONFIG)
        assert graph.invoke(None, CONFIG) == {"xs": ["a"]}
    strict = _one(ANYSTEP, says("a"), strict=True)
    strict.invoke({"xs": []}, CONFIG)
    with pytest.raises(_errors.EmptyInputError):
        strict.invoke(None, CONFIG)


def test_unknown_checkpoint() -> None:
    """Both start over with an empty state; strict mode refuses."""
    stale = {"configurable": {"thread_id": "t", "checkpoint_id": "1ef0"}}
    for lib in (LANGGRAPH, ANYSTEP):
        graph = _one(lib, says("a"))
        graph.invoke({"xs": []}, CONFIG)
        assert graph.invoke({"xs": ["new"]}, stale) == {"xs": ["new", "a"]}
    strict = _one(ANYSTEP, says("a"), strict=True)
    strict.invoke({"xs": []}, CONFIG)
    with pytest.raises(_errors.CheckpointNotFoundError):
        strict.invoke({"xs": ["new"]}, stale)


def test_two_runs_of_a_thread() -> None:
    """Both engines let them; anystep refuses the second where a policy asks for a lease."""
    for lib in (LANGGRAPH, ANYSTEP):
        graph = _one(lib, says("a"))
        first = graph.stream({"xs": []}, CONFIG)
        next(first)
        assert graph.invoke({"xs": []}, CONFIG)["xs"]
        first.close()
    leased = _one(ANYSTEP, says("a")).copy({"policy": RunPolicy(lease=60)})
    first = leased.stream({"xs": []}, CONFIG)
    next(first)
    with pytest.raises(_errors.LeaseError):
        leased.invoke({"xs": []}, CONFIG)
    first.close()


def test_edit_beside_due_work() -> None:
    """Both engines forget what was due; anystep keeps it where a policy asks for it."""

    def halted(lib: Any) -> Any:
        builder = lib.StateGraph(Words).add_node("a", says("a")).add_node("b", says("b"))
        builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
        graph = builder.compile(checkpointer=lib.InMemorySaver(), interrupt_before=["a", "b"])
        graph.invoke({"xs": []}, CONFIG)
        return graph

    for lib in (LANGGRAPH, ANYSTEP):
        graph = halted(lib)
        graph.update_state(CONFIG, {"xs": ["edit"]}, as_node="a")
        assert graph.get_state(CONFIG).next == ()
    policy = RunPolicy(keep_pending=True)
    keeps = halted(ANYSTEP).copy({"policy": policy})
    keeps.update_state(CONFIG, {"xs": ["edit"]}, as_node="a")
    assert keeps.get_state(CONFIG).next == ("b",)


def test_dataclass_agent_state() -> None:
    """LangGraph cannot put messages into it; anystep runs."""

    def state(lib: Any) -> type[Any]:
        messages = Annotated[list[Any], lib.add_messages]
        keys: Any = [("messages", messages), ("remaining_steps", lib.RemainingSteps)]
        return dataclasses.make_dataclass("State", keys)

    with pytest.warns(DeprecationWarning, match="has been moved"):
        theirs = LANGGRAPH.create_react_agent(ToolModel("yes"), [], state_schema=state(LANGGRAPH))
    with pytest.raises(TypeError, match="does not support item assignment"):
        theirs.invoke({"messages": "x"})
    with pytest.warns(DeprecationWarning, match="has been moved"):
        ours = ANYSTEP.create_react_agent(ToolModel("yes"), [], state_schema=state(ANYSTEP))
    assert [m.content for m in ours.invoke({"messages": "x"})["messages"]] == ["x", "yes"]


def _tool_graph(lib: Any, tool: Any, **options: Any) -> Any:
    """Run the one tool that a message calls; what its message says."""
    builder = lib.StateGraph(lib.MessagesState).add_node("t", lib.ToolNode([tool], **options))
    graph = builder.add_edge(lib.START, "t").compile()
    return graph.invoke({"messages": [calls((tool.name, {"x": 1}))]})["messages"][-1].content


def test_mark_inside_an_option() -> None:
    """LangGraph gives the tool the whole state, which is refused; anystep the key."""

    def marked(lib: Any) -> Any:
        @tool
        def look(x: int, talk: Annotated[list, lib.InjectedState("messages")] | None = None) -> int:  # type: ignore[type-arg]
            """Look."""
            return len(talk or ())

        return look

    assert _tool_graph(LANGGRAPH, marked(LANGGRAPH)).startswith("Error invoking tool 'look'")
    assert _tool_graph(ANYSTEP, marked(ANYSTEP)) == "1"


def test_odd_tool_values() -> None:
    """Errors from within LangGraph; anystep takes them, or says what is missing."""

    class Says:
        def __call__(self, error: ValueError) -> str:
            return "said"

    @tool
    def fails(x: int) -> str:
        """Fail."""
        raise ValueError

    def single(lib: Any) -> Any:
        @tool
        def answers(x: int) -> Any:
            """Answer."""
            return lib.Command(update={"messages": ToolMessage("one", tool_call_id="c0")})

        return answers

    with pytest.raises(TypeError, match="is not a module, class, method, or function"):
        _tool_graph(LANGGRAPH, fails, handle_tool_errors=Says())
    assert _tool_graph(ANYSTEP, fails, handle_tool_errors=Says()) == "said"
    with pytest.raises(ValueError, match="Unexpected message type: 'content'"):
        _tool_graph(LANGGRAPH, single(LANGGRAPH))
    assert _tool_graph(ANYSTEP, single(ANYSTEP)) == "one"
    with pytest.raises(IndexError):
        LANGGRAPH.tools_condition([])
    with pytest.raises(ValueError, match="No messages found"):
        ANYSTEP.tools_condition([])


def test_moved_to_langchain() -> None:
    """Both warn in a program with LangChain; anystep is silent in one without."""
    for lib in (LANGGRAPH, ANYSTEP):
        with pytest.warns(DeprecationWarning, match="has been moved to `langchain.agents`"):
            lib.create_react_agent(ToolModel("yes"), [])
    program = (
        "from anystep.prebuilt import create_react_agent as make\n"
        "from anystep.testing import ScriptedModel\n"
        "make(ScriptedModel([]), [])"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_documented() -> None:
    """Every row of docs/differences.md has a test here, and every test a row."""
    page = pathlib.Path(__file__).parents[2] / "docs" / "differences.md"
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", page.read_text("utf-8"), re.MULTILINE)
    tests = {
        name.removeprefix("test_").replace("_", "-")
        for name in globals()
        if name.startswith("test_") and name != "test_documented"
    }

    assert sorted(rows) == sorted(tests)
