"""One run of the bench: measure, look again at what was missed, report."""

import importlib.util
import pathlib
from typing import Any

from . import columns, plots, report
from .engine import ENGINES
from .measures import CurveMeasure, Measure, Plan, ScenarioMeasure
from .probing import PROBES, ProbeMeasure
from .progress import Progress
from .scenarios import SCENARIOS
from .scenarios.growth import CURVES
from .scenarios.growth import SCENARIOS as GROWTH
from .table import Row, printed
from .workers import HERE, Failed

#: How many times a missed budget is measured again before it is called missed.
_AGAIN = 2

_ABSENT = (
    "it is not installed, so no ratio could be judged; `python3 tools/setup_env.py` installs it, "
    "and --alone does without"
)


def plan(*, quick: bool = False, alone: bool = False) -> Plan:
    """Return what to run on which engines."""
    engines: dict[str, tuple[str, ...]] = {name: HERE for name in ENGINES[: 1 if alone else 2]}
    if quick:
        return Plan(engines, rounds=3, seconds=0.05, quick=True)
    return Plan(engines)


def measures(chosen: Plan, names: list[str]) -> list[Measure]:
    """Return everything whose name has all of *names* in it; a quick run leaves some out."""
    curves = {scenario.name for scenario in GROWTH}
    every: list[Measure] = [
        ScenarioMeasure(scenario, chosen)
        for scenario in SCENARIOS.values()
        if scenario.name not in curves and (scenario.quick or names or not chosen.quick)
    ]
    every += [CurveMeasure(curve, chosen) for curve in CURVES]
    every += [ProbeMeasure(probe, chosen) for probe in PROBES]
    return [measure for measure in every if all(part in measure.name for part in names)]


def missed(measure: Measure) -> bool:
    """Whether a budget of a measure is not kept."""
    return any(line.kept is False for line in measure.rows())


class Bench:
    """What is to be measured, what was, and what could not be."""

    def __init__(
        self,
        names: list[str],
        *,
        quick: bool = False,
        alone: bool = False,
        others: bool = False,
        results: pathlib.Path = report.RESULTS,
    ) -> None:
        self.failures: dict[str, str] = {}
        if not alone and importlib.util.find_spec("langgraph") is None:
            self.failures["langgraph"] = _ABSENT
            alone = True
        self._plan = plan(quick=quick, alone=alone)
        self._names = names
        self._results = results
        self._others = (*columns.ENGINES, *columns.HOSTS) if others else ()
        self._taken: list[Measure] = []
        self._columns: list[columns.Column] = []
        self.measures = measures(self._plan, names)
        #: Columns that could not be made, and how to get them: no failure of ours.
        self.missing: dict[str, str] = {}
        self._progress = Progress(len(self.measures) + len(self._others))

    def run(self) -> int:
        """Measure and report; return the exit code."""
        try:
            self._measure()
        except KeyboardInterrupt:
            self.failures["the rest"] = "interrupted; what was measured is kept"
        rows = [line for measure in self._done() for line in measure.rows()]
        record = self.record()
        path = report.written(record, self._results)
        path.with_suffix(".svg").write_text(plots.bars(record), "utf-8")
        print(printed(rows))
        if self._columns:
            print(f"\n{columns.printed(self._columns, self._ours())}")
        for name, reason in self.missing.items():
            print(f"\ncolumn {name} left out: {reason}")
        return self._verdict(rows)

    def _measure(self) -> None:
        for measure in self.measures:
            self._take(measure)
            self._taken.append(measure)
            self._progress.step()
        self._look_again()
        for name in self._others:
            self._column(name)
            self._progress.step()

    def record(self) -> dict[str, Any]:
        """Return the results file."""
        return {
            "machine": report.machine(),
            "quick": self._plan.quick,
            "scenarios": {measure.name: measure.record() for measure in self._done()},
            "columns": {column.name: column.record() for column in self._columns},
            "missing": self.missing,
            "failures": self.failures,
        }

    def _done(self) -> list[Measure]:
        return [measure for measure in self._taken if measure.name not in self.failures]

    def _take(self, measure: Measure) -> None:
        try:
            measure.take(self._progress.tell)
        except Failed as error:
            self.failures[measure.name] = str(error)
            self._progress.line(f"FAIL {measure.name}: {error}")
            return
        for line in measure.rows():
            self._progress.line(_said(line))

    def _column(self, name: str) -> None:
        try:
            self._columns.append(columns.column(name, self._names, self._progress.tell))
        except Failed as error:
            self.missing[name] = str(error)
            self._progress.line(f"left out: {name}")
        else:
            self._progress.line(f"     column {name}: {self._columns[-1].version}")

    def _ours(self) -> dict[str, dict[str, float]]:
        """Return microseconds of a unit by scenario and engine, of what was measured."""
        return {
            measure.name: {name: timing.cpu * 1e6 for name, timing in measure.timings.items()}
            for measure in self._done()
            if isinstance(measure, ScenarioMeasure)
        }

    def _look_again(self) -> None:
        for _ in range(_AGAIN):
            again = [measure for measure in self._done() if missed(measure)]
            if again:
                self._progress.line(f"{len(again)} measures miss a budget: measured again")
            for measure in again:
                self._progress.step(more=1)
                self._take(measure)

    def _verdict(self, rows: list[Row]) -> int:
        lost = [line.name for line in rows if line.kept is False]
        if lost:
            print(f"budgets missed: {', '.join(lost)}")
        for name, failure in self.failures.items():
            print(f"could not run {name}: {failure}")
        if self.failures:
            return 2
        return int(bool(lost))


def _said(line: Row) -> str:
    verdict = {True: "PASS", False: "MISS", None: "    "}[line.kept]
    fields = (line.ours, line.peers, line.ratio, line.budget)
    return f"{verdict} {line.name}: {' | '.join(field for field in fields if field != '-')}"
