"""Workers verify before they time, count the same calls every time, and say what went wrong."""

import ast
import asyncio
import json
import re
import sys
from contextlib import closing

import pytest
from bench.measures import Plan, ScenarioMeasure
from bench.scenario import Scenario, Work, expect
from bench.scenarios import SCENARIOS
from bench.worker import Worker
from bench.workers import HERE, ROOT, Failed, probed, worker

from bench import columns, inside


def wrong(lib: object, size: int, is_async: bool) -> Work:
    """Work whose result is not what it must be."""
    return Work(lambda: 3, size, lambda got: expect("n", got, 4))


def test_what_is_wrong_is_not_timed() -> None:
    """The check runs before the first round."""
    with pytest.raises(AssertionError, match="n: 3, expected 4"):
        Worker("anystep", Scenario("s", wrong, 1, "step"), 0.001)


def test_what_goes_wrong_later_is_not_timed_either() -> None:
    """Every round's last result is checked, so work that wears out is found."""
    numbers = iter(range(4, 1000))

    def wearing(lib: object, size: int, is_async: bool) -> Work:
        return Work(lambda: min(next(numbers), 6), size, lambda got: expect("n", got < 6, True))

    prepared = Worker("anystep", Scenario("s", wearing, 1, "step"), 0.0)

    with pytest.raises(AssertionError, match="n: False, expected True"):
        prepared.round()


@pytest.mark.parametrize("name", ["chain_10", "chain_10_async", "send_100"])
def test_calls_are_the_same_every_time(name: str) -> None:
    """Function calls per unit are a count, not a measurement."""
    counts: set[float] = set()
    for _ in range(2):
        with closing(Worker("anystep", SCENARIOS[name], 0.001)) as prepared:
            counts.add(prepared.calls()["calls"])

    assert len(counts) == 1
    assert 1 < counts.pop() <= 60


def test_a_round_is_cpu_and_wall_of_one_call() -> None:
    """However many calls made the round."""
    prepared = Worker("anystep", SCENARIOS["chain_10"], 0.02)

    shape, times = prepared.prepared(), prepared.round()

    assert shape["units"] == 10
    assert shape["repeat"] > 1
    assert 0 < times["cpu"] < 0.02
    assert 0 < times["wall"]


def test_a_worker_answers_from_a_process_of_its_own() -> None:
    """Prepared, timed, its memory and calls told; then it ends with its input."""
    with worker() as process:
        shape = process.ask(do="prepare", scenario="chain_10", engine="anystep", seconds=0.001)
        times = process.ask(do="round")
        peak = process.ask(do="peak")["peak"]
        calls = process.ask(do="calls")["calls"]

    assert shape["units"] == 10
    assert set(times) == {"cpu", "wall"}
    assert 5e6 < peak < 5e8
    assert 1 < calls <= 40


def test_a_worker_says_what_went_wrong() -> None:
    """As an answer, so that the next question still finds it."""
    with worker() as process:
        with pytest.raises(Failed, match="nothing is prepared"):
            process.ask(do="round")
        with pytest.raises(Failed, match="KeyError: 'no such scenario'"):
            process.ask(do="prepare", scenario="no such scenario", engine="anystep", seconds=1)


def test_a_worker_that_dies_is_named() -> None:
    """With the code it ended with."""
    with (
        worker((sys.executable, "-c", "raise SystemExit(7)")) as process,
        pytest.raises(Failed, match="ended with code 7"),
    ):
        process.ask(do="round")


def test_a_measure_that_is_taken_twice_has_all_rounds() -> None:
    """A second look adds rounds; it does not choose the better half."""
    alone = Plan({"anystep": HERE}, rounds=2, seconds=0.001)
    measure = ScenarioMeasure(SCENARIOS["chain_10"], alone)

    measure.take(lambda text: None)
    measure.take(lambda text: None)

    assert len(measure.timings["anystep"].samples) == 4
    assert measure.record()["engines"]["anystep"]["units"] == 10


def test_a_probe_that_fails_says_its_last_words() -> None:
    """So that the table can say why a row is missing."""
    with pytest.raises(Failed, match=r"ModuleNotFoundError.*no_such_engine"):
        probed("marathon", "no_such_engine", 10)


def test_a_marathon_is_flat() -> None:
    """The probe streams every step and holds no more at the end than early on."""
    found = probed("marathon", "anystep", 5000)

    assert found["steps"] == 5000
    assert found["late"] - found["early"] < 2_000_000


def test_other_hosts_time_what_they_verified() -> None:
    """The program that runs inside them answers a time for each round."""
    asked = {"names": ["chain_100", "chain_100_async"], "rounds": 2, "seconds": 0.001}

    found = json.loads(asyncio.run(inside.timed(json.dumps(asked))))

    assert set(found["scenarios"]) == {"chain_100", "chain_100_async"}
    for timed in found["scenarios"].values():
        assert timed["units"] == 100
        assert len(timed["wall_seconds_per_call"]) == 2


@pytest.mark.parametrize("name", ["pydantic_graph", "burr"])
def test_a_column_has_the_programs_it_names(name: str) -> None:
    """What a Python engine's module has is what its column asks for, and a scenario's name."""
    tree = ast.parse((ROOT / "bench" / "peers" / f"{name}.py").read_text())
    (works,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WORKS"
    )
    assert isinstance(works, ast.Dict)
    keys = {key.value for key in works.keys if isinstance(key, ast.Constant)}

    assert keys == set(columns.ENGINES[name])
    assert keys <= set(SCENARIOS)


def test_the_javascript_column_has_the_programs_it_names() -> None:
    """As the others, at the sizes of the scenarios."""
    text = (ROOT / "bench" / "peers" / "langgraph_js" / "worker.mjs").read_text()
    found = {name: int(size) for name, size in re.findall(r"^  (\w+): \(\) => \w+\((\d+)\)", text, re.MULTILINE)}  # fmt: skip

    assert set(found) == set(columns.ENGINES["langgraph_js"])
    assert found == {name: SCENARIOS[name].size for name in found}


def test_a_column_that_cannot_be_made_says_how_to_get_it() -> None:
    """The reason, and the command that tries it alone."""
    with pytest.raises(Failed, match=r"To get it: python3 tools/bench_columns.py worker nonsense"):
        columns.made("worker", "nonsense")


def test_the_table_of_columns_leaves_gaps() -> None:
    """A column has a cost, or a dash where it has no such program."""
    column = columns.Column("burr", "apache-burr 1", "CPU", {"chain_100": 54.4})
    other = columns.Column("wasi", "wasmtime 1", "wall", {"chain_100_async": 10.3})

    lines = columns.printed([column, other], {"chain_100": {"anystep": 2.0}}).splitlines()

    assert lines[2].split() == ["chain_100", "2.0", "-", "54.4", "-"]
    assert lines[3].split() == ["chain_100_async", "-", "-", "-", "10.3"]
    assert lines[-2:] == ["burr: apache-burr 1", "wasi: wasmtime 1"]
