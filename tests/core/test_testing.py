"""The tools that others test their graphs with."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict, cast

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph
from anystep.host import current_host, use_host
from anystep.messages import AIMessage, HumanMessage
from anystep.testing import (
    ManualClock,
    Recorder,
    ScriptedModel,
    asks,
    assert_arun,
    assert_fails,
    assert_resumable,
    assert_run,
    deterministic_host,
    fans_out,
    raises,
    returns,
    routes,
    scripted,
)
from anystep.types import Command, StreamWriter

pytestmark = pytest.mark.host


class State(TypedDict, total=False):
    """A state with a key of each kind."""

    n: int
    items: list[int]
    log: Annotated[list[str], operator.add]
    answer: str


def chain(**nodes: Any) -> StateGraph[Any, Any, Any, Any]:
    """The nodes, one after another."""
    builder: Any = StateGraph(State)
    last = START
    for name, node in nodes.items():
        builder.add_node(name, node)
        builder.add_edge(last, name)
        last = name
    builder.add_edge(last, END)
    return cast("StateGraph[Any, Any, Any, Any]", builder)


# -- clock and host ------------------------------------------------------------------


def test_a_manual_clock_stands_still() -> None:
    """Time passes when it is told to, and only then."""
    clock = ManualClock(1_000)

    assert (clock.now_ns(), clock.now_ns(), clock.monotonic()) == (1_000, 1_000, 0.0)
    clock.advance(2.5)
    assert (clock.now_ns(), clock.monotonic()) == (2_500_001_000, 2.5)
    clock.sleep(0.5)
    assert (clock.monotonic(), clock.slept) == (3.0, [0.5])


def test_time_does_not_go_back() -> None:
    """A negative step is a mistake."""
    with pytest.raises(ValueError, match="does not go back"):
        ManualClock().advance(-1)


def test_a_ticking_clock_gives_times_in_a_row() -> None:
    """Each look moves it on."""
    clock = ManualClock(0, tick_ns=10)

    assert [clock.now_ns(), clock.now_ns(), clock.monotonic()] == [10, 20, 3e-08]


def test_a_seed_decides_the_bytes() -> None:
    """Equal seeds give equal bytes, others give others, and any number of them."""
    one, same, other = deterministic_host(1), deterministic_host(1), deterministic_host(2)
    bytes_ = one.random_bytes(20)

    assert bytes_ == same.random_bytes(20) != other.random_bytes(20)
    assert len(bytes_) == 20
    assert one.random_bytes(0) == b""
    assert one.random_bytes(20) != bytes_
    assert deterministic_host(7).random_bytes(8).hex() == "d70d3259e4e1cb63"


def test_a_deterministic_host_makes_runs_repeat() -> None:
    """The same program leaves the same checkpoint ids and times."""

    def history() -> list[Any]:
        graph = chain(a=returns({"n": 1}), b=returns({"n": 2})).compile(
            checkpointer=InMemorySaver()
        )
        config: Any = {"configurable": {"thread_id": "t"}}
        with use_host(deterministic_host(3)) as host:
            assert current_host() is host
            graph.invoke({"n": 0}, config)
            return [(s.config, s.created_at) for s in graph.get_state_history(config)]

    assert history() == history()


# -- doubles -------------------------------------------------------------------------


def test_a_double_remembers_what_it_got() -> None:
    """Calls are copies: what happens to the state later does not reach them."""
    double = returns({"n": 1})
    state = {"items": [1]}
    double(state)
    state["items"].append(2)

    assert double.calls == [{"items": [1]}]
    assert repr(double) == "<returns called 1 times>"


def test_returns_gives_a_fresh_copy() -> None:
    """A node that changes an update in place does not change the next one."""
    double = returns({"items": []})
    double({})["items"].append(1)

    assert double({}) == {"items": []}


def test_raises_can_stop_raising() -> None:
    """Two failures, then a result: what a retry policy is tested with."""
    double = raises(ConnectionError("down"), times=2, then={"n": 1})

    for _ in range(2):
        with pytest.raises(ConnectionError, match="down"):
            double({})
    assert double({}) == {"n": 1}


def test_scripted_does_one_thing_after_another() -> None:
    """Values, errors and functions, and an error when the script is over."""
    double = scripted([{"n": 1}, KeyError, lambda state: state["n"] + 1], name="three")

    assert double({}) == {"n": 1}
    with pytest.raises(KeyError):
        double({})
    assert double({"n": 4}) == 5
    with pytest.raises(AssertionError, match="'three' was called 4 times; its script has 3"):
        double({})


def test_routes_names_targets_in_turn() -> None:
    """The last target is named from then on."""
    router = routes("a", END)

    assert [router({}), router({}), router({})] == ["a", END, END]
    with pytest.raises(ValueError, match="needs a target"):
        routes()


def test_doubles_can_be_added_under_their_name() -> None:
    """`add_node(double)` works as with functions."""
    builder: Any = StateGraph(State)
    builder.add_node(returns({"n": 1}, name="one"))
    builder.add_edge(START, "one")

    assert_run(builder.compile(), {}).visits("one").ends_with(n=1)


def test_fans_out_starts_a_task_for_each_item() -> None:
    """A map with nothing but doubles."""
    square = scripted([lambda n: {"log": [str(n)]}] * 3)
    builder: Any = StateGraph(State)
    builder.add_node("square", square)
    builder.add_conditional_edges(START, fans_out("square", "items"), ["square"])

    run = assert_run(builder.compile(), {"items": [3, 1, 2]})
    run.visits("square", "square", "square")
    run.ends_with(log=["3", "1", "2"])
    assert sorted(square.calls) == [1, 2, 3]


async def test_doubles_can_be_coroutines() -> None:
    """The asynchronous twin shares the memory."""
    double = returns({"n": 1})
    run = await assert_arun(chain(a=double.asynchronous, b=double).compile(), {"n": 0})

    run.visits("a", "b").ends_with(n=1)
    assert double.calls == [{"n": 0, "log": []}, {"n": 1, "log": []}]


# -- recorder and assertions ---------------------------------------------------------


def asking() -> Any:
    """A graph that asks between two nodes."""
    builder = chain(a=returns({"n": 1}), ask=asks("sure?", "answer"), b=returns({"n": 2}))
    return builder.compile(checkpointer=InMemorySaver())


def test_a_run_tells_its_way() -> None:
    """Visits, updates and result of a run to its end."""
    (
        assert_run(chain(a=returns({"n": 1}), b=returns({"log": ["b"]})).compile(), {"n": 0})
        .visits("a", "b")
        .passes("b")
        .never_visits("c")
        .routes("a", "b")
        .updates("a", {"n": 1})
        .completes()
        .ends_with({"n": 1}, log=["b"])
        .ends_as({"n": 1, "log": ["b"]})
    )


def test_a_run_can_be_resumed() -> None:
    """Stop, answer, and the rest, in one sentence; the asking node runs twice."""
    (
        assert_run(asking(), {"n": 0})
        .visits("a", "ask")
        .asks("sure?")
        .ends_with(n=1)
        .resumes("yes")
        .visits("a", "ask", "ask", "b")
        .completes()
        .ends_with(answer="yes", n=2)
        .checkpoints(5)
    )


async def test_a_run_can_be_resumed_in_coroutines() -> None:
    """The same on the asynchronous face."""
    run = await assert_arun(asking(), {"n": 0})
    run = await run.asks().aresumes("yes")

    run.completes().ends_with(answer="yes")


def test_a_breakpoint_is_a_stop_without_a_question() -> None:
    """It asks nothing and goes on with nothing."""
    builder = chain(a=returns({"n": 1}), b=returns({"n": 2}))
    graph = builder.compile(checkpointer=InMemorySaver(), interrupt_before=["b"])
    run = assert_run(graph, {"n": 0})

    assert run.recorder.stops == [()]
    run.visits("a").continues().visits("a", "b").completes()


def test_supersteps_can_be_told_apart() -> None:
    """Sets stand for one superstep each."""
    builder: Any = StateGraph(State)
    for name in ("a", "b", "c"):
        builder.add_node(name, returns({"log": [name]}))
    builder.add_edge(START, "a")
    builder.add_edge("a", "b")
    builder.add_edge("a", "c")

    run = assert_run(builder.compile(), {})
    run.visits("a", {"c", "b"}).routes("a", "b", "c").ends_with(log=["a", "b", "c"])
    with pytest.raises(AssertionError, match="expected supersteps"):
        run.visits({"a", "b"}, "c")


def test_custom_data_and_subgraphs_are_recorded() -> None:
    """What a node streams, and what runs inside another graph."""

    def talk(state: State, writer: StreamWriter) -> State:
        writer("inside")
        return {"n": 5}

    inner = chain(talk=talk).compile()
    run = assert_run(chain(sub=inner, b=returns()).compile(), {"n": 0})

    run.visits("sub", "b").visits_inside("sub", "talk").streams("inside").updates("b", None)
    with pytest.raises(AssertionError, match="expected visits inside 'sub'"):
        run.visits_inside("sub", "other")


def test_a_failing_run_is_recorded_up_to_its_error() -> None:
    """`assert_fails` takes the error and leaves the way to ask about."""
    graph = chain(a=returns({"n": 1}), b=raises(LookupError("no b"))).compile()

    assert_fails(graph, {}, LookupError, "no b").visits("a", "b").updates("a", {"n": 1})
    with pytest.raises(AssertionError, match="expected an error like 'other'"):
        assert_fails(graph, {}, LookupError, "other")
    with pytest.raises(LookupError):
        assert_run(graph, {})
    with pytest.raises(LookupError):
        assert_fails(graph, {}, TypeError)
    with pytest.raises(AssertionError, match="it did not"):
        assert_fails(chain(a=returns()).compile(), {}, LookupError)


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        (lambda run: run.visits("b"), "expected visits b"),
        (lambda run: run.passes("ask", "a"), "'a' is missing"),
        (lambda run: run.never_visits("a"), "never to visit a"),
        (lambda run: run.routes("a", "b"), "expected 'a' to lead to b"),
        (lambda run: run.updates("a"), "expected 'a' to write \\[\\]"),
        (lambda run: run.streams(1), "expected custom data"),
        (lambda run: run.checkpoints(9), "expected 9 checkpoints, found 3"),
        (lambda run: run.completes(), "it stopped"),
        (lambda run: run.asks("what?"), "expected the questions"),
        (lambda run: run.ends_with(n=7), "to have 'n': 7"),
        (lambda run: run.ends_with(nothing=7), "to have 'nothing': 7"),
        (lambda run: run.ends_as({}), "expected the state {}"),
    ],
)
def test_a_failed_expectation_shows_the_run(expectation: Any, complaint: str) -> None:
    """The error says what was expected and what happened instead."""
    with pytest.raises(AssertionError, match=complaint) as caught:
        expectation(assert_run(asking(), {"n": 0}))

    text = str(caught.value)
    assert "superstep 1: a\n  superstep 2: ask\n  a wrote {'n': 1}\n" in text
    assert "it stopped and asked ['sure?']\n  the state was {" in text


def test_only_a_stopped_run_can_be_resumed() -> None:
    """An answer nobody asked for is a mistake of the test."""
    with pytest.raises(AssertionError, match="expected the run to stop"):
        assert_run(chain(a=returns()).compile(), {}).resumes("x")


def test_a_recorder_keeps_raw_events() -> None:
    """Everything streamed is there, mode by mode."""
    recorder = Recorder(chain(a=returns({"n": 1})).compile()).run({"n": 0})

    assert recorder.events[0] == ("run", (), {"n": 0})
    assert recorder.of("updates") == [{"a": {"n": 1}}]
    assert [values["n"] for values in recorder.of("values")] == [0, 1]
    assert recorder.result == {"n": 1, "log": []}


# -- resumption ----------------------------------------------------------------------


def test_a_sound_graph_is_resumable() -> None:
    """The state does not depend on where it was stopped."""
    builder = chain(
        a=lambda state: {"n": state["n"] + 1, "log": ["a"]},
        ask=asks("sure?", "answer"),
        b=lambda state: {"log": [state["answer"]]},
    )

    state = assert_resumable(builder, {"n": 0}, answers=["yes"])
    assert state == {"n": 1, "log": ["a", "yes"], "answer": "yes"}


def test_a_graph_with_memory_of_its_own_is_not() -> None:
    """A node that counts its calls outside the state is found out."""
    calls: list[int] = []

    def count(state: State) -> State:
        calls.append(1)
        return {"n": len(calls)}

    with pytest.raises(AssertionError, match="with interrupt_before=\\['a'\\] the run ends with"):
        assert_resumable(chain(a=count), {"n": 0})


def test_a_graph_without_an_end_is_given_up() -> None:
    """Going on from breakpoint to breakpoint ends somewhere."""
    builder: Any = StateGraph(State)
    builder.add_node("a", asks("again?", "answer"))
    builder.add_edge(START, "a")
    builder.add_edge("a", "a")

    with pytest.raises(AssertionError, match="did not end within 20 stretches"):
        assert_resumable(builder, {}, answers=["x"] * 40, limit=20)


# -- the model -----------------------------------------------------------------------


def test_a_scripted_model_says_its_replies() -> None:
    """Text, messages, tool calls and functions become messages with ids."""
    call = {"name": "add", "args": {"a": 1}}
    model = ScriptedModel(
        ["hi", AIMessage("as is", id="mine"), [call], lambda messages: messages[-1].content.upper()]
    )

    assert model.invoke("hello") == AIMessage("hi", id="scripted-1")
    assert model.invoke([("user", "x")]) == AIMessage("as is", id="mine")
    assert model.invoke(HumanMessage("x")).tool_calls == [
        {"type": "tool_call", "id": "call-1", **call}
    ]
    assert model.invoke("shout").content == "SHOUT"
    assert [[m.content for m in messages] for messages in model.calls] == [
        ["hello"], ["x"], ["x"], ["shout"],
    ]  # fmt: skip


def test_a_scripted_model_fails_as_told_and_at_its_end() -> None:
    """An exception in the script is raised; so is a mistake in the test."""
    model = ScriptedModel([TimeoutError("slow"), ValueError])

    with pytest.raises(TimeoutError, match="slow"):
        model.invoke("x")
    with pytest.raises(ValueError, match="^$"):
        model.invoke("x")
    with pytest.raises(AssertionError, match="asked 3 times; its script has 2"):
        model.invoke("x")


async def test_a_scripted_model_streams_words() -> None:
    """The pieces add up to the reply, on both faces."""
    call = {"name": "f", "args": {}}
    reply = AIMessage("one two  three", tool_calls=[{**call, "id": "1", "type": "tool_call"}])
    model = ScriptedModel([reply, reply, "", "more"])

    pieces = list(model.stream("x"))
    whole = pieces[0] + pieces[1] + pieces[2] + pieces[3]
    assert [piece.content for piece in pieces] == ["one", " two", " ", " three"]
    assert (whole.content, whole.tool_calls) == (reply.content, reply.tool_calls)
    assert [piece.content async for piece in model.astream("x")] == ["one", " two", " ", " three"]
    assert [piece.content for piece in model.stream("x")] == [""]
    assert (await model.ainvoke("x")).content == "more"


async def test_bound_models_share_script_and_memory() -> None:
    """An agent binds tools; the test asks the model it made."""
    model = ScriptedModel(["one", "two", {"n": 3}, {"n": 4}])
    bound = model.bind_tools([len], tool_choice="any")

    assert bound.invoke("x").content == "one"
    assert model.invoke("y").content == "two"
    assert (bound.tools, bound.bound) == ((len,), {"tool_choice": "any"})
    structured = bound.with_structured_output(dict)
    assert structured.invoke("z") == {"n": 3}
    assert await structured.ainvoke("z") == {"n": 4}
    assert len(model.calls) == 4
    assert repr(model) == "<ScriptedModel asked 4 times>"


def test_a_recorder_uses_the_config_it_is_given() -> None:
    """A thread of one's own, and several runs on it."""
    graph = asking()
    config = {"configurable": {"thread_id": "mine"}}
    recorder = Recorder(graph, config).run({"n": 0})

    assert recorder.interrupts == ["sure?"]
    recorder.run(Command(resume="no"))
    assert recorder.interrupts == []
    assert graph.get_state(config).values["answer"] == "no"
