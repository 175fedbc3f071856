"""Runs that are held to a policy: visits, budgets, deadlines, sizes; and what a node survives."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import (
    BudgetExceededError,
    CircuitOpenError,
    DeadlineError,
    NodeVisitError,
    SchemaVersionError,
    StateLimitError,
)
from anystep.graph import END, START, StateGraph
from anystep.host import use_host
from anystep.reliability import (
    Budget,
    CircuitBreaker,
    RunPolicy,
    Usage,
    amemo,
    aretry,
    health,
    memo,
    report_usage,
    retry,
    usage,
)
from anystep.testing import ManualClock, deterministic_host
from anystep.types import Command, RetryPolicy, Send, interrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Driver

    from anystep.typing import RunnableConfig

pytestmark = pytest.mark.host

CONFIG: RunnableConfig = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    """A key that takes one write a superstep, and one that takes any number."""

    n: int
    log: Annotated[list[Any], operator.add]


def says(word: Any) -> Callable[[Any], dict[str, list[Any]]]:
    """A node that appends `word` to the log."""
    return lambda state: {"log": [word]}


def loop(action: Any = None, **options: Any) -> Any:
    """A graph that runs node `a` until the log has ten entries, saved."""
    builder: Any = StateGraph(State)
    builder.add_node("a", action or says("a")).add_edge(START, "a")
    builder.add_conditional_edges("a", lambda s: END if len(s["log"]) >= 10 else "a")
    options.setdefault("checkpointer", InMemorySaver())
    return builder.compile(**options)


def again(graph: Any, policy: RunPolicy) -> Any:
    """The same graph under another policy, on the same threads."""
    return graph.copy({"policy": policy})


# -- visits --------------------------------------------------------------------------


@pytest.mark.parametrize("visits", [4, {"a": 4}], ids=["all", "one"])
def test_a_node_runs_as_often_as_it_may(driver: Driver, visits: Any) -> None:
    """Then the run stops between two checkpoints, and goes on when there is room."""
    graph = loop(policy=RunPolicy(max_visits=visits))

    with pytest.raises(NodeVisitError, match=r"Node 'a' has run 4 of 4 times") as caught:
        driver.invoke(graph, {"log": []}, CONFIG)
    assert caught.value.usage.visits == {"a": 4}
    state = driver.get_state(graph, CONFIG)
    assert (state.values["log"], state.next) == (["a"] * 4, ("a",))
    more = again(graph, RunPolicy(max_visits=20))
    assert driver.invoke(more, None, CONFIG)["log"] == ["a"] * 10


def test_visits_are_counted_through_resumes_and_edits(driver: Driver) -> None:
    """An interrupt, an update_state and a new process do not start the count again."""
    graph = loop(lambda s: {"log": [interrupt("?")]}, policy=RunPolicy(max_visits=3))
    driver.invoke(graph, {"log": []}, CONFIG)
    driver.invoke(graph, Command(resume=1), CONFIG)
    driver.update_state(graph, CONFIG, {"n": 1}, as_node="a")
    driver.invoke(graph, None, CONFIG)
    driver.invoke(graph, Command(resume=2), CONFIG)

    with pytest.raises(NodeVisitError):
        driver.invoke(graph, Command(resume=3), CONFIG)
    assert driver.get_state(graph, CONFIG).metadata["usage"]["visits"] == {"a": 3}


def test_a_new_input_counts_anew(driver: Driver) -> None:
    """A conversation is not stopped by what earlier turns used."""
    builder: Any = StateGraph(State).add_node("a", says("a")).add_edge(START, "a")
    graph = builder.compile(checkpointer=InMemorySaver(), policy=RunPolicy(max_visits=1))

    for turn in (1, 2, 3):
        assert len(driver.invoke(graph, {"log": []}, CONFIG)["log"]) == turn


def test_a_fan_out_counts_every_send(driver: Driver) -> None:
    """It is refused as a whole, before any of it runs."""
    builder: Any = StateGraph(State).add_node("a", says("a")).add_node("b", says("b"))
    builder.add_edge(START, "a")
    builder.add_conditional_edges("a", lambda s: [Send("b", {})] * 5, ["b"])
    graph = builder.compile(checkpointer=InMemorySaver(), policy=RunPolicy(max_visits=4))

    with pytest.raises(NodeVisitError, match="'b' has run 0 of 4 times .* due 5 more"):
        driver.invoke(graph, {"log": []}, CONFIG)
    assert driver.get_state(graph, CONFIG).next == ("b",) * 5


# -- budgets ---------------------------------------------------------------------------


def spends(state: Any) -> dict[str, list[str]]:
    """A node that reports what it used."""
    report_usage(tokens=100, cost=0.25)
    return {"log": ["a"]}


@pytest.mark.parametrize(
    ("budget", "ran"),
    [
        (Budget(tokens=300), 3),
        (Budget(cost=0.5), 2),
        (Budget(steps=4), 4),
    ],
    ids=["tokens", "cost", "steps"],
)
def test_a_budget_stops_the_run_and_reports_its_usage(
    driver: Driver, budget: Budget, ran: int
) -> None:
    """The superstep that used it up is saved; the error says what was used."""
    graph = loop(spends, policy=RunPolicy(budget=budget))

    with pytest.raises(BudgetExceededError, match="is used up") as caught:
        driver.invoke(graph, {"log": []}, CONFIG)
    used = caught.value.usage
    assert (used.steps, used.tokens, used.cost) == (ran, 100 * ran, 0.25 * ran)
    state = driver.get_state(graph, CONFIG)
    assert (len(state.values["log"]), state.next) == (ran, ("a",))
    assert state.metadata["usage"]["tokens"] == 100 * ran


def test_a_run_within_its_budget_reports_its_usage(driver: Driver) -> None:
    """In the metadata of its checkpoints, and to its own nodes."""
    seen: list[Usage] = []

    def node(state: Any) -> dict[str, list[str]]:
        seen.append(usage())
        return spends(state)

    graph = loop(node, policy=RunPolicy(budget=Budget(tokens=5000)))
    driver.invoke(graph, {"log": []}, CONFIG)

    assert driver.get_state(graph, CONFIG).metadata["usage"]["tokens"] == 1000
    assert [u.tokens for u in seen] == [100 * n for n in range(10)]


def test_a_budget_may_pause_a_run(driver: Driver) -> None:
    """As a breakpoint does; going on starts the budget anew."""
    graph = loop(spends, policy=RunPolicy(budget=Budget(tokens=400, on_exceeded="pause")))

    assert len(driver.invoke(graph, {"log": []}, CONFIG)["log"]) == 4
    assert driver.get_state(graph, CONFIG).next == ("a",)
    assert len(driver.invoke(graph, None, CONFIG)["log"]) == 8
    assert len(driver.invoke(graph, None, CONFIG)["log"]) == 10
    assert driver.get_state(graph, CONFIG).next == ()


def test_a_budget_may_be_decided_by_a_function(driver: Driver) -> None:
    """It is asked once for every superstep beyond the budget, and may let the run go on."""
    asked: list[int] = []

    def decide(used: Usage) -> Any:
        asked.append(used.tokens)
        return "continue" if used.tokens < 700 else "stop"

    graph = loop(spends, policy=RunPolicy(budget=Budget(tokens=500, on_exceeded=decide)))

    with pytest.raises(BudgetExceededError):
        driver.invoke(graph, {"log": []}, CONFIG)
    assert asked == [500, 600, 700]


def test_a_subgraph_spends_its_parents_budget(driver: Driver) -> None:
    """Nested runs are stopped by the budget of the run around them."""
    inner = loop(spends, checkpointer=None)
    builder: Any = StateGraph(State).add_node("inner", inner).add_edge(START, "inner")
    policy = RunPolicy(budget=Budget(tokens=300))
    graph = builder.compile(checkpointer=InMemorySaver(), policy=policy)

    with pytest.raises(BudgetExceededError) as caught:
        driver.invoke(graph, {"log": []}, CONFIG)
    assert caught.value.usage.tokens == 300


def test_reporting_without_a_budget_does_nothing(driver: Driver) -> None:
    """A node need not know whether anybody counts."""
    assert len(driver.invoke(loop(spends), {"log": []}, CONFIG)["log"]) == 10
    with pytest.raises(RuntimeError, match="outside of a run"):
        report_usage(tokens=1)


# -- time ----------------------------------------------------------------------------


def test_a_deadline_is_looked_at_between_supersteps(driver: Driver) -> None:
    """On the monotonic clock, which setting the wall clock does not change."""
    clock = ManualClock()

    def node(state: Any) -> dict[str, list[str]]:
        clock.advance(2)
        return {"log": ["a"]}

    graph = loop(node, policy=RunPolicy(deadline=5))
    with use_host(deterministic_host(clock=clock)):
        with pytest.raises(DeadlineError, match="taken 6.000 s, its deadline is 5 s"):
            driver.invoke(graph, {"log": []}, CONFIG)
        assert driver.get_state(graph, CONFIG).next == ("a",)
        assert len(driver.get_state(graph, CONFIG).values["log"]) == 3
        with pytest.raises(DeadlineError):  # every run has the whole time
            driver.invoke(graph, None, CONFIG)
        assert len(driver.get_state(graph, CONFIG).values["log"]) == 6


def test_a_budget_of_seconds_counts_all_runs_of_an_input(driver: Driver) -> None:
    """Pauses between runs cost nothing."""
    clock = ManualClock()

    def node(state: Any) -> dict[str, list[Any]]:
        clock.advance(2)
        return {"log": [interrupt("?")]}

    graph = loop(node, policy=RunPolicy(budget=Budget(seconds=7)))
    with use_host(deterministic_host(clock=clock)):
        driver.invoke(graph, {"log": []}, CONFIG)
        clock.advance(1000)
        driver.invoke(graph, Command(resume=1), CONFIG)
        driver.invoke(graph, Command(resume=2), CONFIG)
        driver.invoke(graph, Command(resume=3), CONFIG)
        with pytest.raises(BudgetExceededError, match="budget of 7 s is used up"):
            driver.invoke(graph, Command(resume=4), CONFIG)


# -- sizes -----------------------------------------------------------------------------


def test_a_superstep_may_not_have_too_many_tasks(driver: Driver) -> None:
    """None of them runs."""
    builder: Any = StateGraph(State).add_node("a", says("a"))
    builder.add_conditional_edges(START, lambda s: [Send("a", {})] * 9, ["a"])
    graph = builder.compile(checkpointer=InMemorySaver(), policy=RunPolicy(max_parallel=8))

    with pytest.raises(StateLimitError, match="would run 9 tasks at once, 'a' among them"):
        driver.invoke(graph, {"log": []}, CONFIG)
    assert driver.get_state(graph, CONFIG).values["log"] == []


@pytest.mark.parametrize("fan", [False, True], ids=["alone", "beside"])
def test_a_state_that_grows_too_large_is_rolled_back(driver: Driver, fan: bool) -> None:
    """The node that made it so has failed; it is still due and nothing of it was applied."""
    builder: Any = StateGraph(State).add_node("a", says("a")).add_node("big", says("x" * 2000))
    builder.add_edge(START, "a").add_edge("a", "big")
    if fan:
        builder.add_node("small", says("s")).add_edge("a", "small")
    graph = builder.compile(checkpointer=InMemorySaver(), policy=RunPolicy(max_state_bytes=1000))

    with pytest.raises(StateLimitError, match=r"After node '\w+' the state would take \d+ bytes"):
        driver.invoke(graph, {"log": []}, CONFIG)
    assert driver.history(graph, CONFIG)[0].values["log"] == ["a"]
    assert driver.get_state(graph, CONFIG).next != ()
    larger = again(graph, RunPolicy(max_state_bytes=10_000))
    assert "x" * 2000 in driver.invoke(larger, None, CONFIG)["log"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: RunPolicy(max_visits=0),
        lambda: RunPolicy(max_visits={"a": 0}),
        lambda: RunPolicy(deadline=0),
        lambda: RunPolicy(max_parallel=-1),
        lambda: RunPolicy(lease=0),
        lambda: Budget(tokens=0),
        lambda: CircuitBreaker(0),
        lambda: CircuitBreaker(cooldown=0),
    ],
    ids=["visits", "visits-of", "deadline", "parallel", "lease", "tokens", "failures", "cooldown"],
)
def test_limits_of_zero_are_refused(make: Any) -> None:
    """No limit is None; nothing at all is a mistake."""
    with pytest.raises(ValueError, match="must be greater than 0"):
        make()


# -- nodes that fail -----------------------------------------------------------------


class Flaky:
    """A node that fails the first times it runs."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.ran = 0

    def __call__(self, state: Any) -> dict[str, list[str]]:
        self.ran += 1
        if self.ran <= self.failures:
            raise ConnectionError("down")
        return {"log": ["up"]}


def with_node(action: Any, **options: Any) -> Any:
    """START → a → b, saved; `options` are `a`'s."""
    builder: Any = StateGraph(State).add_node("a", action, **options).add_node("b", says("b"))
    builder.add_edge(START, "a").add_edge("a", "b")
    return builder.compile(checkpointer=InMemorySaver())


def test_a_fallback_runs_when_retries_are_exhausted(driver: Driver) -> None:
    """In the node's place: with its input, and along its edges."""
    flaky = Flaky(99)
    policy = RetryPolicy(initial_interval=0, jitter=False, max_attempts=3)
    graph = with_node(flaky, retry_policy=policy, fallback=says("instead"))

    assert driver.invoke(graph, {"log": []}, CONFIG)["log"] == ["instead", "b"]
    assert flaky.ran == 3
    shown = driver.stream(graph, {"log": []}, CONFIG, stream_mode="updates")
    assert shown[0] == {"a": {"log": ["instead"]}}


def test_an_error_handler_comes_after_the_fallback(driver: Driver) -> None:
    """And only if that has failed too."""
    graph = with_node(Flaky(99), fallback=Flaky(99), error_handler=says("handled"))
    assert driver.invoke(graph, {"log": []}, CONFIG)["log"][0] == "handled"

    graph = with_node(Flaky(99), fallback=says("instead"), error_handler=says("handled"))
    assert driver.invoke(graph, {"log": []}, CONFIG)["log"] == ["instead", "b"]


def test_a_fallback_does_not_answer_questions(driver: Driver) -> None:
    """An interrupt is no failure."""
    graph = with_node(lambda s: {"log": [interrupt("?")]}, fallback=says("instead"))
    driver.invoke(graph, {"log": []}, CONFIG)

    assert driver.invoke(graph, Command(resume="yes"), CONFIG)["log"] == ["yes", "b"]


def test_a_circuit_breaker_outlives_the_run(driver: Driver) -> None:
    """After enough failures the node is not called, in any run, until the cooldown is over."""
    clock = ManualClock()
    breaker, flaky = CircuitBreaker(2, cooldown=30), Flaky(3)
    graph = with_node(flaky, circuit_breaker=breaker)
    with use_host(deterministic_host(clock=clock)):
        for _ in range(2):
            with pytest.raises(ConnectionError):
                driver.invoke(graph, {"log": []}, CONFIG)
        assert breaker.state == "open"
        with pytest.raises(CircuitOpenError, match="'a' has failed too often .* 30.000 s"):
            driver.invoke(graph, {"log": []}, CONFIG)
        assert flaky.ran == 2

        clock.advance(30)
        with pytest.raises(ConnectionError):  # half open: one attempt, which fails
            driver.invoke(graph, {"log": []}, CONFIG)
        with pytest.raises(CircuitOpenError):
            driver.invoke(graph, {"log": []}, CONFIG)

        clock.advance(30)
        assert driver.invoke(graph, {"log": []}, CONFIG)["log"][-2:] == ["up", "b"]
        assert str(breaker.state) == "closed"


def test_health_tells_of_open_circuits(driver: Driver) -> None:
    """And counts the failures in a row; nodes without a breaker are not in it."""

    graph = with_node(Flaky(99), circuit_breaker=CircuitBreaker(2))
    before = health(graph)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            driver.invoke(graph, {"log": []}, CONFIG)
    assert before == {
        "healthy": True,
        "nodes": {"a": {"circuit": "closed", "consecutive_failures": 0}},
    }
    assert health(graph) == {
        "healthy": False,
        "nodes": {"a": {"circuit": "open", "consecutive_failures": 2}},
    }


def test_an_open_circuit_goes_to_the_fallback(driver: Driver) -> None:
    """Without a retry in between: waiting a second would not help."""
    breaker = CircuitBreaker(1, cooldown=30)
    flaky = Flaky(99)
    policy = RetryPolicy(initial_interval=0, jitter=False, max_attempts=3)
    graph = with_node(flaky, circuit_breaker=breaker, fallback=says("instead"), retry_policy=policy)

    assert driver.invoke(graph, {"log": []}, CONFIG)["log"] == ["instead", "b"]
    assert flaky.ran == 1


def test_questions_do_not_open_a_circuit(driver: Driver) -> None:
    """Nor do they close it."""
    breaker = CircuitBreaker(1)
    graph = with_node(lambda s: {"log": [interrupt("?")]}, circuit_breaker=breaker)
    driver.invoke(graph, {"log": []}, CONFIG)

    assert breaker.state == "closed"
    assert driver.invoke(graph, Command(resume=1), CONFIG)["log"] == [1, "b"]


# -- work that is done once ------------------------------------------------------------


def test_a_memoised_step_is_not_repeated() -> None:
    """Neither after an interrupt nor after a failure further down in the node."""
    charged: list[int] = []

    def charge(amount: int) -> str:
        charged.append(amount)
        return f"receipt {amount}"

    def pay(state: Any) -> dict[str, list[Any]]:
        first = memo("charge", charge, 5)
        answer = interrupt(first)
        second = memo("again", charge, amount=7)
        if answer == "fail":
            raise ValueError("down")
        return {"log": [first, answer, second]}

    graph = with_node(pay)
    graph.invoke({"log": []}, CONFIG)
    assert charged == [5]
    with pytest.raises(ValueError, match="down"):
        graph.invoke(Command(resume="fail"), CONFIG)
    with pytest.raises(ValueError, match="down"):
        graph.invoke(None, CONFIG)
    assert charged == [5, 7]


async def test_a_memoised_step_of_a_coroutine_is_not_repeated() -> None:
    """The order of the calls may change: they are known by their keys."""
    ran: list[str] = []

    async def fetch(name: str) -> str:
        ran.append(name)
        return name.upper()

    async def node(state: Any) -> dict[str, list[Any]]:
        names = ["x", "y"] if len(ran) < 2 else ["y", "x"]
        found = [await amemo(name, fetch, name) for name in names]
        return {"log": [*found, interrupt("?")]}

    graph = with_node(node)
    await graph.ainvoke({"log": []}, CONFIG)
    result = await graph.ainvoke(Command(resume="ok"), CONFIG)

    assert result["log"] == ["Y", "X", "ok", "b"]
    assert ran == ["x", "y"]


async def test_a_failed_thread_is_retried() -> None:
    """What finished beside the failed task does not run again; a thread that did not fail is
    refused."""
    ran: list[str] = []
    flaky = Flaky(2)

    async def once(state: Any) -> dict[str, list[str]]:
        ran.append("once")
        return {"log": ["once"]}

    async def fails(state: Any) -> dict[str, list[str]]:
        return flaky(state)

    builder: Any = StateGraph(State).add_node("a", once).add_node("b", fails)
    builder.add_edge(START, "a").add_edge(START, "b").add_node("c", says("c"))
    graph = builder.add_edge(["a", "b"], "c").compile(checkpointer=InMemorySaver())
    with pytest.raises(ConnectionError):
        await graph.ainvoke({"log": []}, CONFIG)

    failed = [task for task in (await graph.aget_state(CONFIG)).tasks if task.error]
    assert [task.name for task in failed] == ["b"]
    with pytest.raises(ConnectionError):
        await aretry(graph, CONFIG)
    assert (await aretry(graph, CONFIG))["log"] == ["once", "up", "c"]
    assert ran == ["once"]
    with pytest.raises(ValueError, match="Nothing has failed on thread 't': it is finished"):
        retry(graph, CONFIG)


# -- several inputs ------------------------------------------------------------------


@pytest.mark.parametrize("saved", [False, True])
def test_a_run_may_begin_in_several_places(driver: Driver, saved: bool) -> None:
    """Each with a payload of its own, none run twice, beside the graph's entry."""
    builder: Any = StateGraph(State).add_node("a", says("a"))
    builder.add_node("b", lambda given: {"log": [("b", given)]}).add_edge(START, "a")
    graph = builder.compile(checkpointer=InMemorySaver() if saved else None)
    given = Command(update={"n": 1}, goto=[Send("b", 1), Send("b", 2)])

    assert driver.invoke(graph, given, CONFIG)["log"] == ["a", ("b", 1), ("b", 2)]


# -- versions of the state --------------------------------------------------------------


def test_a_state_of_an_older_version_is_migrated(driver: Driver) -> None:
    """Step by step, when it is read and when its thread goes on; and it is saved as such."""
    saver = InMemorySaver()
    old = loop(lambda s: {"log": [interrupt("?")]}, checkpointer=saver)
    driver.invoke(old, {"log": []}, CONFIG)
    driver.invoke(old, Command(resume="x"), CONFIG)
    policy = RunPolicy(
        schema_version=3,
        migrations={
            1: lambda values: {**values, "n": 1},
            2: lambda values: {**values, "n": values["n"] + 1, "log": [*values["log"], "two"]},
        },
    )
    new = loop(lambda s: {"log": [(interrupt("?"), s["n"])]}, checkpointer=saver, policy=policy)

    assert driver.get_state(new, CONFIG).values == {"log": ["x", "two"], "n": 2}
    assert driver.history(new, CONFIG)[-1].values == {"log": []}
    assert driver.history(new, CONFIG)[-2].values["n"] == 2
    result = driver.invoke(new, Command(resume="y"), CONFIG)
    assert result["log"] == ["x", "two", ("y", 2)]
    assert driver.get_state(new, CONFIG).metadata["schema_version"] == 3
    assert driver.get_state(old, CONFIG).values == {"log": ["x", "two", ("y", 2)], "n": 2}


def test_update_state_migrates_too(driver: Driver) -> None:
    """An edit is written on top of the new shape."""
    saver = InMemorySaver()
    old = loop(checkpointer=saver)
    driver.invoke(old, {"log": []}, CONFIG)
    new = loop(
        checkpointer=saver,
        policy=RunPolicy(schema_version=2, migrations={1: lambda v: {**v, "n": 9}}),
    )
    driver.update_state(new, CONFIG, {"log": ["edit"]}, as_node="a")

    assert driver.get_state(old, CONFIG).values["n"] == 9


def test_a_state_from_the_future_is_refused(driver: Driver) -> None:
    """So is one from which no migration leads; the thread stays as it is."""
    saver = InMemorySaver()
    policy = RunPolicy(schema_version=2, migrations={1: lambda v: v})
    driver.invoke(loop(checkpointer=saver, policy=policy), {"log": []}, CONFIG)

    with pytest.raises(SchemaVersionError, match="version 2, and this program knows 1"):
        driver.invoke(loop(checkpointer=saver, policy=RunPolicy()), {"log": []}, CONFIG)
    later = RunPolicy(schema_version=3)
    with pytest.raises(SchemaVersionError, match="no migration leads from 2 to 3"):
        driver.get_state(loop(checkpointer=saver, policy=later), CONFIG)


@pytest.mark.parametrize("versions", [[1], [1, 3], [2, 4]], ids=repr)
def test_a_chain_of_migrations_with_a_gap_is_refused(versions: list[int]) -> None:
    """When the policy is made, not when a thread needs it."""
    with pytest.raises(ValueError, match=r"is missing|leads beyond"):
        RunPolicy(schema_version=3, migrations={n: lambda v: v for n in versions})
