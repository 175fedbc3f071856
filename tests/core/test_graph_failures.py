"""What fails: limits, retries, error handlers, and what is kept of the work done."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import GraphRecursionError, NodeError
from anystep.graph import END, START, StateGraph
from anystep.host import use_host
from anystep.runtime import Runtime  # nodes are injected by it
from anystep.testing import ManualClock, deterministic_host
from anystep.types import Command, RetryPolicy, Send, interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Driver

pytestmark = pytest.mark.host

CONFIG: dict[str, Any] = {"configurable": {"thread_id": "t"}}
AT_ONCE = RetryPolicy(initial_interval=0, jitter=False, max_attempts=3)


class Log(TypedDict):
    """What ran, in the order in which it was applied."""

    log: Annotated[list[Any], operator.add]


def says(word: Any) -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends `word` to the log."""
    return lambda state: {"log": [word]}


def fails(error: Exception) -> Callable[[Any], Any]:
    """A node that raises."""

    def node(state: Any) -> Any:
        raise error

    return node


class Flaky:
    """A node that fails the first times it runs."""

    def __init__(self, word: Any, failures: int, error: type[Exception] = ConnectionError) -> None:
        self.word = word
        self.failures = failures
        self.error = error
        self.ran = 0

    def __call__(self, state: Any) -> dict[str, list[Any]]:
        self.ran += 1
        if self.ran <= self.failures:
            raise self.error(f"time {self.ran}")
        return {"log": [self.word]}


def chain(*nodes: Any) -> Any:
    """Nodes a, b, c, … one after another, saved."""
    graph = StateGraph(Log)
    graph.add_sequence(list(zip("abcdefgh", nodes, strict=False))).add_edge(START, "a")
    return graph.compile(checkpointer=InMemorySaver())


def loop() -> Any:
    """A node that leads to itself, saved."""
    graph = StateGraph(Log).add_node("a", says("a")).add_edge(START, "a").add_edge("a", "a")
    return graph.compile(checkpointer=InMemorySaver())


def limited(limit: int) -> dict[str, Any]:
    """The config of a thread with a recursion limit."""
    return {**CONFIG, "recursion_limit": limit}


# -- the recursion limit -----------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_a_run_takes_as_many_supersteps_as_its_limit(driver: Driver, limit: int) -> None:
    """And saves the last of them before it raises."""
    graph = loop()

    with pytest.raises(GraphRecursionError, match=f"limit of {limit} .*`recursion_limit`") as info:
        driver.invoke(graph, {"log": []}, limited(limit))
    assert "GRAPH_RECURSION_LIMIT" in str(info.value)
    assert driver.get_state(graph, CONFIG).values == {"log": ["a"] * limit}


def test_a_chain_needs_one_superstep_more_than_it_has_nodes(driver: Driver) -> None:
    """The limit is met before anybody looks whether something is left to do."""
    graph = chain(says(1), says(2), says(3))

    assert driver.invoke(graph, {"log": []}, limited(4)) == {"log": [1, 2, 3]}
    with pytest.raises(GraphRecursionError):
        driver.invoke(graph, {"log": []}, {**limited(3), "configurable": {"thread_id": "u"}})


def test_a_thread_goes_on_past_its_limit(driver: Driver) -> None:
    """With None the limit counts anew, plus the two supersteps a new input would take."""
    graph = loop()
    lengths: list[int] = []
    inputs: list[Any] = [{"log": []}, None, None]
    for given in inputs:
        with pytest.raises(GraphRecursionError):
            driver.invoke(graph, given, limited(3))
        state = driver.get_state(graph, CONFIG)
        lengths.append(len(state.values["log"]))

        assert state.next == ("a",)
    assert lengths == [3, 3 + 5, 3 + 5 + 5]


def test_a_recursion_error_is_a_recursion_error() -> None:
    """Programs that catch Python's own catch it too."""
    assert issubclass(GraphRecursionError, RecursionError)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(driver: Driver, limit: int) -> None:
    """Before anything runs."""
    with pytest.raises(ValueError, match="at least 1"):
        driver.invoke(loop(), {"log": []}, limited(limit))


# -- failures ----------------------------------------------------------------------------


def test_an_error_comes_out_as_it_was_raised(driver: Driver) -> None:
    """With a note that names the node and its task."""
    error = ValueError("boom")
    graph = chain(says("a"), fails(error))

    with pytest.raises(ValueError, match="boom") as caught:
        driver.invoke(graph, {"log": []}, CONFIG)
    assert caught.value is error
    assert "'b'" in error.__notes__[0]
    assert driver.get_state(graph, CONFIG).tasks[0].id in error.__notes__[0]


def test_a_failed_thread_shows_what_failed(driver: Driver) -> None:
    """`next` names the node, its task holds the error, the state is the last whole step."""
    graph = chain(says("a"), fails(ValueError("boom")))
    with pytest.raises(ValueError, match="boom"):
        driver.invoke(graph, {"log": []}, CONFIG)
    state = driver.get_state(graph, CONFIG)

    assert state.values == {"log": ["a"]}
    assert state.next == ("b",)
    assert "ValueError" in str(state.tasks[0].error)


def test_a_failed_run_goes_on_where_it_failed(driver: Driver) -> None:
    """With None as input: what finished does not run again."""
    first, flaky = Flaky("a", 0), Flaky("b", 1)
    graph = chain(first, flaky, says("c"))
    with pytest.raises(ConnectionError):
        driver.invoke(graph, {"log": []}, CONFIG)

    assert driver.invoke(graph, None, CONFIG) == {"log": ["a", "b", "c"]}
    assert (first.ran, flaky.ran) == (1, 2)


def test_finished_siblings_of_a_failure_do_not_run_again(driver: Driver) -> None:
    """Their writes wait with the checkpoint."""
    sibling, flaky = Flaky("a", 0), Flaky("b", 1)
    graph = StateGraph(Log).add_node("a", sibling).add_node("b", flaky)
    graph.add_edge(START, "a").add_edge(START, "b").add_edge("a", "c").add_node("c", says("c"))
    app = graph.compile(checkpointer=InMemorySaver())
    with use_host(deterministic_host()):
        with pytest.raises(ConnectionError):
            driver.invoke(app, {"log": []}, CONFIG)
        state = driver.get_state(app, CONFIG)

        assert (state.values, state.next) == ({"log": ["a"]}, ("b",))
        assert driver.invoke(app, None, CONFIG) == {"log": ["a", "b", "c"]}
    assert (sibling.ran, flaky.ran) == (1, 2)


def test_a_failing_router_fails_its_node(driver: Driver) -> None:
    """Nothing of the node is kept; it runs again with its routers."""
    answers: Iterator[Exception | str] = iter([RuntimeError("lost"), "b"])

    def path(state: Log) -> str:
        reply = next(answers)
        if isinstance(reply, str):
            return reply
        raise reply

    node = Flaky("a", 0)
    graph = StateGraph(Log).add_node("a", node).add_node("b", says("b")).add_edge(START, "a")
    app = graph.add_conditional_edges("a", path).compile(checkpointer=InMemorySaver())
    with pytest.raises(RuntimeError, match="lost"):
        driver.invoke(app, {"log": []}, CONFIG)
    state = driver.get_state(app, CONFIG)

    assert (state.values, state.next) == ({"log": []}, ("a",))
    assert driver.invoke(app, None, CONFIG) == {"log": ["a", "b"]}
    assert node.ran == 2


def test_a_refused_write_leaves_the_thread_readable(driver: Driver) -> None:
    """The superstep is applied whole or not at all."""
    graph = chain(says("a"), lambda s: {"log": 3})
    with pytest.raises(TypeError):
        driver.invoke(graph, {"log": []}, CONFIG)

    assert driver.get_state(graph, CONFIG).values == {"log": ["a"]}


# -- retries -----------------------------------------------------------------------------


def retried(node: Any, policy: Any, **options: Any) -> Any:
    """A graph of one node with a retry policy."""
    graph = StateGraph(Log).add_node("a", node, retry_policy=policy, **options)
    return graph.add_edge(START, "a").compile()


def test_a_failed_node_is_tried_again(driver: Driver) -> None:
    """As often as its policy says; what failed attempts wrote is forgotten."""
    flaky = Flaky("a", 2)

    assert driver.invoke(retried(flaky, AT_ONCE), {"log": []}) == {"log": ["a"]}
    assert flaky.ran == 3


def test_the_last_error_is_raised_when_attempts_are_used_up(driver: Driver) -> None:
    """Not the first."""
    flaky = Flaky("a", 5)

    with pytest.raises(ConnectionError, match="time 3"):
        driver.invoke(retried(flaky, AT_ONCE), {"log": []})


def test_only_errors_the_policy_names_are_retried(driver: Driver) -> None:
    """By default mistakes of the program are not."""
    flaky = Flaky("a", 1, ValueError)
    with pytest.raises(ValueError, match="time 1"):
        driver.invoke(retried(flaky, AT_ONCE), {"log": []})

    assert flaky.ran == 1
    for retry_on in (ValueError, (KeyError, ValueError), lambda e: "time" in str(e)):
        policy = AT_ONCE._replace(retry_on=retry_on)
        assert driver.invoke(retried(Flaky("a", 1, ValueError), policy), {"log": []})["log"]


def test_the_first_policy_that_matches_decides(driver: Driver) -> None:
    """Several policies may be given."""
    flaky = Flaky("a", 2, KeyError)
    policies = [AT_ONCE, AT_ONCE._replace(retry_on=KeyError, max_attempts=2)]
    with pytest.raises(KeyError):
        driver.invoke(retried(flaky, policies), {"log": []})

    assert flaky.ran == 2


def test_waits_grow_with_each_attempt() -> None:
    """Interval times factor to the power of attempts, up to the longest wait."""
    clock = ManualClock()
    policy = RetryPolicy(0.5, 3.0, 4.0, max_attempts=5, jitter=False)
    with use_host(deterministic_host(clock=clock)):
        retried(Flaky("a", 4), policy).invoke({"log": []})

    assert clock.slept == [0.5, 1.5, 4.0, 4.0]


def test_two_waits_may_end_at_the_same_moment() -> None:
    """A second wait that ends when a longer first one does: both tasks run again."""
    graph = StateGraph(Log)
    for name, seconds, failures in (("a", 1.0, 2), ("b", 2.0, 1)):
        policy = RetryPolicy(seconds, 1.0, jitter=False, retry_on=ConnectionError)
        graph.add_node(name, Flaky(name, failures), retry_policy=policy).add_edge(START, name)
    clock = ManualClock()
    with use_host(deterministic_host(clock=clock)):
        result = graph.compile().invoke({"log": []})

    assert result == {"log": ["a", "b"]}
    assert clock.slept == [1.0, 1.0]


def test_jitter_adds_less_than_a_second() -> None:
    """So that many failed tasks do not come back together."""
    clock = ManualClock()
    policy = RetryPolicy(2.0, 1.0, max_attempts=4, jitter=True)
    with use_host(deterministic_host(clock=clock)):
        retried(Flaky("a", 3), policy).invoke({"log": []})

    assert all(2.0 <= wait < 3.0 for wait in clock.slept)
    assert len(set(clock.slept)) == 3


def test_a_node_knows_which_attempt_it_is(driver: Driver) -> None:
    """From its runtime."""
    seen: list[int] = []

    def node(state: Log, runtime: Runtime) -> dict[str, Any]:
        info: Any = runtime.execution_info
        seen.append(info.node_attempt)
        if len(seen) < 3:
            raise ConnectionError
        return {"log": seen}

    assert driver.invoke(retried(node, AT_ONCE), {"log": []}) == {"log": [1, 2, 3]}


# -- error handlers ------------------------------------------------------------------------


def handler(state: Any, error: NodeError) -> dict[str, Any]:
    """Write down what failed, and how."""
    return {"log": [f"{error.node}: {error.error!r}"]}


def handled(node: Any, by: Any = handler, **options: Any) -> Any:
    """START → a (handled) → b, saved."""
    graph = StateGraph(Log).add_node("a", node, error_handler=by, **options)
    graph.add_node("b", says("b")).add_edge(START, "a").add_edge("a", "b")
    return graph.compile(checkpointer=InMemorySaver())


def test_a_handler_stands_in_for_a_failed_node(driver: Driver) -> None:
    """Its writes take the place of the node's, whose edges are not followed."""
    graph = handled(fails(ValueError("boom")))

    assert driver.invoke(graph, {"log": []}, CONFIG) == {"log": ["a: ValueError('boom')"]}


def test_a_handler_is_not_asked_when_nothing_fails(driver: Driver) -> None:
    """Asking a question is no failure."""
    graph = handled(lambda s: {"log": [interrupt("?")]})
    driver.invoke(graph, {"log": []}, CONFIG)

    assert driver.invoke(graph, Command(resume=1), CONFIG) == {"log": [1, "b"]}


def test_a_handler_may_lead_on(driver: Driver) -> None:
    """By a command."""

    def lead(state: Any, error: NodeError) -> Any:
        return Command(update={"log": ["saved"]}, goto="b")

    assert driver.invoke(handled(fails(ValueError()), lead), {"log": []}, CONFIG) == {
        "log": ["saved", "b"]
    }


def test_a_handler_comes_after_the_last_attempt(driver: Driver) -> None:
    """Retries first."""
    flaky = Flaky("a", 9)
    output = driver.invoke(handled(flaky, retry_policy=AT_ONCE), {"log": []}, CONFIG)

    assert output == {"log": ["a: ConnectionError('time 3')"]}


def test_a_handler_may_fail(driver: Driver) -> None:
    """Then the run fails with the handler's error."""
    with pytest.raises(KeyError):
        driver.invoke(handled(fails(ValueError()), fails(KeyError("h"))), {"log": []}, CONFIG)


def test_a_handler_sees_what_the_node_was_given(driver: Driver) -> None:
    """A Send's argument too."""
    graph = StateGraph(Log)
    graph.add_node("a", fails(ValueError()), error_handler=lambda given: {"log": [given]})
    graph.set_conditional_entry_point(lambda s: [Send("a", 1), Send("a", 2)], ["a", END])

    assert driver.invoke(graph.compile(), {"log": []}) == {"log": [1, 2]}


def test_a_default_handler_serves_nodes_without_their_own(driver: Driver) -> None:
    """As do default policies."""
    own = lambda given: {"log": ["own"]}
    graph = StateGraph(Log).set_node_defaults(error_handler=handler, retry_policy=AT_ONCE)
    graph.add_node("a", Flaky("a", 9)).add_node("b", fails(ValueError()), error_handler=own)
    graph.add_edge(START, "a").add_edge(START, "b")

    assert driver.invoke(graph.compile(), {"log": []}) == {
        "log": ["a: ConnectionError('time 3')", "own"]
    }
