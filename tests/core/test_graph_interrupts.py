"""A node may stop to ask; the answer takes it up where it stopped."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import GraphInterrupt, UnknownInterruptError
from anystep.graph import START, StateGraph
from anystep.types import Command, GraphOutput, Interrupt, RetryPolicy, Send, interrupt

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


def asks(*questions: str) -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends the answers to its questions."""
    return lambda state: {"log": [interrupt(question) for question in questions]}


def chain(*nodes: Any, **options: Any) -> Any:
    """Nodes a, b, c, … one after another, saved."""
    graph = StateGraph(Log)
    names = "abcdefgh"[: len(nodes)]
    graph.add_sequence(list(zip(names, nodes, strict=True))).add_edge(START, "a")
    return graph.compile(checkpointer=InMemorySaver(), **options)


def fan(*nodes: Any) -> Any:
    """Nodes a, b, c, … in one superstep, saved."""
    graph = StateGraph(Log)
    for name, node in zip("abcdefgh", nodes, strict=False):
        graph.add_node(name, node).add_edge(START, name)
    return graph.compile(checkpointer=InMemorySaver())


def begin(driver: Driver, graph: Any, **options: Any) -> Any:
    """Run a new thread until it ends or asks."""
    return driver.invoke(graph, {"log": []}, CONFIG, **options)


def answer(driver: Driver, graph: Any, resume: Any) -> Any:
    """Go on with an answer."""
    return driver.invoke(graph, Command(resume=resume), CONFIG)


def questions(output: Any) -> list[Any]:
    """The values of the questions that a run stopped with."""
    return [asked.value for asked in output["__interrupt__"]]


# -- one question ------------------------------------------------------------------------


def test_a_question_stops_the_run_and_the_answer_resumes_it(driver: Driver) -> None:
    """The output so far holds the question; afterwards nothing shows that it was asked."""
    graph = chain(says("a"), asks("name?"), says("c"))
    stopped = begin(driver, graph)

    assert stopped["log"] == ["a"]
    assert questions(stopped) == ["name?"]
    assert answer(driver, graph, "Ann") == {"log": ["a", "Ann", "c"]}


def test_a_question_is_in_the_state_while_it_is_open(driver: Driver) -> None:
    """With its task; `next` names the node that waits."""
    graph = chain(asks("name?"))
    asked = begin(driver, graph)["__interrupt__"]
    state = driver.get_state(graph, CONFIG)

    assert state.next == ("a",)
    assert state.interrupts == state.tasks[0].interrupts == tuple(asked)

    answer(driver, graph, "Ann")
    state = driver.get_state(graph, CONFIG)

    assert (state.next, state.interrupts, state.tasks) == ((), (), ())


def test_the_same_question_has_the_same_id(driver: Driver) -> None:
    """32 hexadecimal digits, however often it is asked again."""
    graph = chain(asks("name?"))
    first = begin(driver, graph)["__interrupt__"]
    again = driver.invoke(graph, None, CONFIG)["__interrupt__"]

    assert first == again
    assert int(first[0].id, 16) >= 0
    assert len(first[0].id) == 32


def test_the_node_runs_again_from_its_beginning(driver: Driver) -> None:
    """What it did before it asked, it does again; what it wrote counts once."""
    ran: list[str] = []

    def node(state: Log) -> dict[str, list[Any]]:
        ran.append("begun")
        reply = interrupt("?")
        ran.append("done")
        return {"log": [reply]}

    graph = chain(says("a"), node)
    begin(driver, graph)

    assert answer(driver, graph, 1) == {"log": ["a", 1]}
    assert ran == ["begun", "begun", "done"]


@pytest.mark.parametrize("reply", [0, "", False, [], {"yes": True}, {"a" * 31: 1}])
def test_any_value_but_none_is_an_answer(driver: Driver, reply: Any) -> None:
    """A dict too, unless all its keys look like interrupt ids."""
    graph = chain(asks("?"))
    begin(driver, graph)

    assert answer(driver, graph, reply) == {"log": [reply]}


def test_an_answer_may_bring_an_update(driver: Driver) -> None:
    """It is applied before the node runs again."""
    graph = chain(lambda s: {"log": [(len(s["log"]), interrupt("?"))]})
    begin(driver, graph)
    output = driver.invoke(graph, Command(resume="r", update={"log": ["u"]}), CONFIG)

    assert output == {"log": ["u", (1, "r")]}


def test_without_a_saver_the_question_is_the_result(driver: Driver) -> None:
    """It cannot be answered, but it is not lost."""
    graph = StateGraph(Log).add_node("a", asks("?")).add_edge(START, "a").compile()

    assert questions(driver.invoke(graph, {"log": []})) == ["?"]
    with pytest.raises(RuntimeError, match="without checkpointer"):
        driver.invoke(graph, Command(resume=1))


def test_version_two_keeps_questions_apart(driver: Driver) -> None:
    """`GraphOutput.interrupts`, not a key of the value."""
    output = begin(driver, chain(asks("?")), version="v2")

    assert output == GraphOutput(value={"log": []}, interrupts=output.interrupts)
    assert [i.value for i in output.interrupts] == ["?"]


def test_a_question_in_a_router_stops_its_node(driver: Driver) -> None:
    """Node and routers are one task: none of it shows before the answer."""
    graph = StateGraph(Log).add_node("a", says("a")).add_node("b", says("b")).add_edge(START, "a")
    graph.add_conditional_edges("a", lambda s: interrupt("where?"))
    app = graph.compile(checkpointer=InMemorySaver())

    assert begin(driver, app)["log"] == []
    assert answer(driver, app, "b") == {"log": ["a", "b"]}


def test_retries_do_not_touch_questions(driver: Driver) -> None:
    """Asking is no failure, and an answer counts from the first question again."""
    attempts: list[int] = []

    def node(state: Log) -> dict[str, list[Any]]:
        reply = interrupt("?")
        attempts.append(len(attempts))
        if len(attempts) == 1:
            raise ConnectionError
        return {"log": [reply]}

    graph = StateGraph(Log).add_edge(START, "a")
    graph.add_node("a", node, retry_policy=RetryPolicy(initial_interval=0, jitter=False))
    app = graph.compile(checkpointer=InMemorySaver())

    assert questions(begin(driver, app)) == ["?"]
    assert answer(driver, app, "r") == {"log": ["r"]}
    assert attempts == [0, 1]


def test_a_node_must_not_swallow_its_question(driver: Driver) -> None:
    """The signal is an exception: `except GraphInterrupt` and re-raise is allowed."""
    caught: list[tuple[Interrupt, ...]] = []

    def node(state: Log) -> dict[str, list[Any]]:
        try:
            return {"log": [interrupt("?")]}
        except GraphInterrupt as signal:
            caught.append(signal.args[0])
            raise

    graph = chain(node)

    assert begin(driver, graph)["__interrupt__"] == list(caught[0])
    assert answer(driver, graph, 1) == {"log": [1]}


# -- several questions ---------------------------------------------------------------------


def test_a_node_may_ask_several_times(driver: Driver) -> None:
    """One at a time; each answer is kept for the questions before."""
    graph = chain(asks("one?", "two?", "three?"))
    stops = [begin(driver, graph), *(answer(driver, graph, n) for n in (1, 2))]

    assert [questions(stop) for stop in stops] == [["one?"], ["two?"], ["three?"]]
    assert len({stop["__interrupt__"][0].id for stop in stops}) == 3
    assert answer(driver, graph, 3) == {"log": [1, 2, 3]}


def test_nodes_one_after_another_may_ask(driver: Driver) -> None:
    """An answer is for the one that waits."""
    graph = chain(asks("a?"), asks("b?"))

    assert questions(begin(driver, graph)) == ["a?"]
    assert questions(answer(driver, graph, "A")) == ["b?"]
    assert answer(driver, graph, "B") == {"log": ["A", "B"]}


def test_parallel_questions_come_together(driver: Driver) -> None:
    """All tasks of the superstep run to their end first."""
    graph = fan(asks("a?"), says("b"), asks("c?"))
    stopped = begin(driver, graph)

    assert sorted(questions(stopped)) == ["a?", "c?"]
    assert sorted(driver.get_state(graph, CONFIG).next) == ["a", "c"]


def test_parallel_questions_are_answered_by_id(driver: Driver) -> None:
    """Order of application stays that of the names."""
    graph = fan(asks("a?"), says("b"), asks("c?"))
    ids = {i.value: i.id for i in begin(driver, graph)["__interrupt__"]}

    assert answer(driver, graph, {ids["c?"]: "C", ids["a?"]: "A"}) == {"log": ["A", "b", "C"]}


def test_questions_that_got_no_answer_stay_open(driver: Driver) -> None:
    """Answering one by one ends in the same state."""
    graph = fan(asks("a?"), says("b"), asks("c?"))
    ids = {i.value: i.id for i in begin(driver, graph)["__interrupt__"]}
    stopped = answer(driver, graph, {ids["c?"]: "C"})

    assert questions(stopped) == ["a?"]
    assert driver.get_state(graph, CONFIG).next == ("a",)
    assert answer(driver, graph, {ids["a?"]: "A"}) == {"log": ["A", "b", "C"]}


def test_one_answer_for_several_questions_is_refused(driver: Driver) -> None:
    """It is not clear whose it is; the thread stays as it was."""
    graph = fan(asks("a?"), asks("b?"))
    begin(driver, graph)

    with pytest.raises(RuntimeError, match="multiple pending interrupts.*interrupt id"):
        answer(driver, graph, "x")
    assert sorted(driver.get_state(graph, CONFIG).next) == ["a", "b"]


def test_finished_siblings_do_not_run_again(driver: Driver) -> None:
    """Their writes were stored when they ended."""
    ran: list[str] = []

    def sibling(state: Log) -> dict[str, list[str]]:
        ran.append("b")
        return {"log": ["b"]}

    graph = fan(asks("a?"), sibling)
    begin(driver, graph)

    assert answer(driver, graph, "A") == {"log": ["A", "b"]}
    assert ran == ["b"]


def test_the_output_of_a_stop_shows_finished_siblings(driver: Driver) -> None:
    """The result and the state; the checkpoint still holds the whole step or none of it."""
    graph = fan(asks("a?"), says("b"))

    assert begin(driver, graph)["log"] == ["b"]
    assert driver.get_state(graph, CONFIG).values == {"log": ["b"]}
    assert driver.history(graph, CONFIG)[0].values == {"log": []}


def test_sent_nodes_may_ask(driver: Driver) -> None:
    """Each task has a question of its own."""
    graph = StateGraph(Log).add_node("work", lambda n: {"log": [interrupt(n)]})
    graph.set_conditional_entry_point(lambda s: [Send("work", n) for n in range(3)], ["work"])
    app = graph.compile(checkpointer=InMemorySaver())
    asked = begin(driver, app)["__interrupt__"]

    assert sorted(i.value for i in asked) == [0, 1, 2]
    assert answer(driver, app, {i.id: i.value * 10 for i in asked}) == {"log": [0, 10, 20]}


# -- strict answers ------------------------------------------------------------------------

STRICT: dict[str, Any] = {"configurable": {"thread_id": "t", "__pregel_strict_resume": True}}


@pytest.mark.parametrize(
    ("resume", "reason"),
    [({}, "empty_map"), ({"0" * 32: 1}, "not_pending"), ("x", "ambiguous")],
)
def test_a_strict_resume_refuses_what_fits_no_question(
    driver: Driver, resume: Any, reason: str
) -> None:
    """The error says why, and which questions are open."""
    graph = fan(asks("a?"), asks("b?"))
    ids = {i.id for i in begin(driver, graph)["__interrupt__"]}

    with pytest.raises(UnknownInterruptError) as caught:
        driver.invoke(graph, Command(resume=resume), STRICT)
    assert caught.value.reason == reason
    assert set(caught.value.pending_ids) == ids


def test_a_new_input_drops_open_questions(driver: Driver) -> None:
    """The run starts over from its entry, on the state as it was committed."""
    graph = chain(says("a"), asks("?"))
    begin(driver, graph)
    stopped = driver.invoke(graph, {"log": ["again"]}, CONFIG)

    assert stopped["log"] == ["a", "again", "a"]
    assert answer(driver, graph, "r") == {"log": ["a", "again", "a", "r"]}


# -- breakpoints ---------------------------------------------------------------------------


def test_a_run_stops_before_a_node(driver: Driver) -> None:
    """Nothing was asked; going on needs no answer."""
    graph = chain(says("a"), says("b"), interrupt_before=["b"])

    assert begin(driver, graph) == {"log": ["a"]}
    assert driver.get_state(graph, CONFIG).next == ("b",)
    assert driver.invoke(graph, None, CONFIG) == {"log": ["a", "b"]}


def test_a_run_stops_after_a_node(driver: Driver) -> None:
    """Its writes are committed."""
    graph = chain(says("a"), says("b"), interrupt_after=["a"])

    assert begin(driver, graph) == {"log": ["a"]}
    assert driver.get_state(graph, CONFIG).next == ("b",)
    assert driver.invoke(graph, None, CONFIG) == {"log": ["a", "b"]}


def test_a_star_stops_everywhere(driver: Driver) -> None:
    """Once a superstep; each continuation makes one."""
    graph = chain(says("a"), says("b"), says("c"), interrupt_before="*")
    logs = [begin(driver, graph)["log"]]
    logs += [driver.invoke(graph, None, CONFIG)["log"] for _ in range(3)]

    assert logs == [[], ["a"], ["a", "b"], ["a", "b", "c"]]


def test_a_call_may_bring_its_own_breakpoints(driver: Driver) -> None:
    """They take the place of the compiled ones."""
    graph = chain(says("a"), says("b"), says("c"), interrupt_before=["b"])

    assert begin(driver, graph, interrupt_before=["c"])["log"] == ["a", "b"]


def test_a_breakpoint_stops_for_a_sent_node(driver: Driver) -> None:
    """Before any of the Sends runs."""
    graph = StateGraph(Log).add_node("work", lambda n: {"log": [n]})
    graph.set_conditional_entry_point(lambda s: [Send("work", n) for n in (1, 2)], ["work"])
    app = graph.compile(checkpointer=InMemorySaver(), interrupt_before=["work"])

    assert begin(driver, app) == {"log": []}
    assert driver.get_state(app, CONFIG).next == ("work", "work")
    assert driver.invoke(app, None, CONFIG) == {"log": [1, 2]}


def test_a_breakpoint_of_no_node_is_refused() -> None:
    """When the graph is compiled."""
    with pytest.raises(ValueError, match="Interrupt node `nowhere` not found"):
        chain(says("a"), interrupt_before=["nowhere"])
