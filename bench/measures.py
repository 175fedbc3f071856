"""Measures of scenarios and of curves: workers of every engine whose rounds take turns."""

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Protocol, TypeVar

from .scenario import Scenario
from .scenarios.growth import Curve
from .table import Row, curve_rows, row
from .timing import Sample, Timing, growth
from .workers import HERE, Worker, worker

#: Work that takes longer than this many seconds a call gets fewer rounds.
_SLOW = 0.5
_FEWEST = 3

Key = TypeVar("Key", str, int)
Tell = Callable[[str], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What to run: engines with the command of their worker, rounds, seconds a round takes."""

    engines: dict[str, tuple[str, ...]]
    rounds: int = 5
    seconds: float = 0.2
    quick: bool = False

    @property
    def peers(self) -> tuple[str, ...]:
        """The engines that ratios are made of."""
        return tuple(name for name in ("anystep", "langgraph") if name in self.engines)


class Measure(Protocol):
    """Something that can be measured, and measured again, and then says what it found."""

    @property
    def name(self) -> str:
        """What it is asked for by."""
        ...

    def take(self, tell: Tell) -> None:
        """Measure; what a later call finds is added.  Raises Failed."""
        ...

    def rows(self) -> list[Row]:
        """Return the lines of the table, judged."""
        ...

    def record(self) -> dict[str, Any]:
        """Return what the results file keeps."""
        ...


def _prepared(
    stack: ExitStack, scenario: Scenario, engine: str, plan: Plan
) -> tuple[Worker, dict[str, Any]]:
    process = stack.enter_context(worker(plan.engines.get(engine, HERE)))
    asked = {"do": "prepare", "scenario": scenario.name, "engine": engine}
    return process, process.ask(**asked, seconds=plan.seconds)


def in_turns(
    workers: Mapping[Key, Worker], rounds: int, name: str, tell: Tell
) -> dict[Key, list[Sample]]:
    """Let workers time rounds, one after the other; all of them have as many."""
    found: dict[Key, list[Sample]] = {key: [] for key in workers}
    for number in range(rounds):
        for key, process in workers.items():
            tell(f"{name}: round {number + 1}/{rounds}, {key}")
            answer = process.ask(do="round")
            found[key].append(Sample(answer["cpu"], answer["wall"]))
    return found


class ScenarioMeasure:
    """One scenario on every engine that it is for."""

    def __init__(self, scenario: Scenario, plan: Plan) -> None:
        self._scenario = scenario
        self._plan = plan
        self.timings: dict[str, Timing] = {}

    @property
    def name(self) -> str:
        """The scenario's."""
        return self._scenario.name

    def _engines(self) -> list[str]:
        return [n for n in self._plan.peers if n == "anystep" or self._scenario.peer]

    def take(self, tell: Tell) -> None:
        """Verify, time in turns, count calls once."""
        with ExitStack() as stack:
            workers: dict[str, Worker] = {}
            slow = False
            for engine in self._engines():
                tell(f"{self.name}: {engine} is verified")
                process, shape = _prepared(stack, self._scenario, engine, self._plan)
                workers[engine] = process
                slow = slow or shape["once"] > _SLOW
                self.timings.setdefault(engine, Timing(shape["units"], shape["repeat"]))
            rounds = min(self._plan.rounds, _FEWEST) if slow else self._plan.rounds
            for engine, samples in in_turns(workers, rounds, self.name, tell).items():
                self.timings[engine].samples += samples
            for engine, process in workers.items():
                timing = self.timings[engine]
                timing.peak = process.ask(do="peak")["peak"]
                if self._scenario.counted and timing.calls is None:
                    tell(f"{self.name}: calls of {engine} are counted")
                    timing.calls = process.ask(do="calls")["calls"]

    def rows(self) -> list[Row]:
        """One line."""
        return [row(self._scenario, self.timings)]

    def record(self) -> dict[str, Any]:
        """What was measured, and the budgets."""
        scenario = self._scenario
        budget = {
            key: getattr(scenario, key)
            for key in ("ratio", "calls", "wall", "rust")
            if getattr(scenario, key) is not None
        }
        engines = {name: recorded(timing) for name, timing in self.timings.items()}
        return {
            "unit": scenario.unit,
            "size": scenario.size,
            "budget": budget,
            "kept": self.rows()[0].kept,
            "engines": engines,
        }


class CurveMeasure:
    """One program at several sizes, whose rounds take turns."""

    def __init__(self, curve: Curve, plan: Plan) -> None:
        self._curve = curve
        self._plan = plan
        self.timings: dict[int, Timing] = {}

    @property
    def name(self) -> str:
        """The curve's."""
        return self._curve.name

    def take(self, tell: Tell) -> None:
        """Verify every size, then time them in turns."""
        with ExitStack() as stack:
            workers: dict[int, Worker] = {}
            for size in self._curve.sizes:
                tell(f"{self.name}: {size} is verified")
                scenario = self._curve.scenario(size)
                process, shape = _prepared(stack, scenario, "anystep", self._plan)
                workers[size] = process
                self.timings.setdefault(size, Timing(shape["units"], shape["repeat"]))
            for size, samples in in_turns(workers, self._plan.rounds, self.name, tell).items():
                self.timings[size].samples += samples
            for size, process in workers.items():
                self.timings[size].peak = process.ask(do="peak")["peak"]

    def rows(self) -> list[Row]:
        """A line for the curve, and one for each size."""
        return curve_rows(self._curve, self.timings)

    def record(self) -> dict[str, Any]:
        """Every size's timing, the factor and its limit."""
        factor = growth([self.timings[size] for size in self._curve.sizes])
        return {
            "unit": self._curve.unit,
            "limit": self._curve.limit,
            "factor": factor,
            "kept": factor <= self._curve.limit,
            "sizes": {str(size): recorded(timing) for size, timing in self.timings.items()},
        }


def recorded(timing: Timing) -> dict[str, Any]:
    """Return one engine's figures for the results file."""
    return {
        "units": timing.units,
        "repeat": timing.repeat,
        "calls_per_unit": timing.calls,
        "peak_bytes": timing.peak,
        "cpu_seconds_per_call": [sample.cpu for sample in timing.samples],
        "wall_seconds_per_call": [sample.wall for sample in timing.samples],
        "median_cpu_us_per_unit": timing.cpu * 1e6,
        "median_wall_us_per_unit": timing.wall * 1e6,
        "fastest_cpu_ms_per_call": timing.fastest * 1e3,
        "spread": timing.spread,
    }
