"""Compare anystep with langgraph: ``python -m bench [--quick] [part of a name ...]``.

Every scenario is verified before it is timed.  Each engine runs in a process of
its own, their rounds take turns; CPU time decides, wall time is recorded beside
it.  Ends with code 1 and the names when a budget of the design is missed, with
code 2 when a scenario could not be run.
"""

import argparse
import json
import pathlib
import platform
import statistics
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from . import growth, plots, probes
from .catalogue import SCENARIOS
from .engine import ENGINES
from .pair import Failed, Timing, timed
from .scenario import Scenario
from .table import Row, median_cpu, printed, recorded, row

_RESULTS = pathlib.Path(__file__).parent / "results"


class Bench:
    """One run: what was measured, what was missed, what could not be run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._rounds = 3 if options.quick else 5
        self._seconds = 0.05 if options.quick else 0.2
        self.rows: list[Row] = []
        self.failures: list[str] = []
        self.record: dict[str, Any] = {}
        self._timings: dict[str, Timing] = {}

    def tell(self, text: str) -> None:
        """Show what is being done, on one line."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()

    def wanted(self, name: str) -> bool:
        """Whether the caller asked for it."""
        return all(part in name for part in self._options.names)

    def add(self, line: Row) -> None:
        """Keep a row and show it at once."""
        self.rows.append(line)
        self.tell("")
        verdict = {True: "PASS", False: "MISS", None: "    "}[line.kept]
        sys.stderr.write(f"{verdict} {line.name}: {line.ours} | {line.peers} | {line.ratio}\n")

    def fail(self, name: str, error: object) -> None:
        """Keep what could not be run."""
        self.failures.append(f"{name}: {error}")
        self.tell("")
        sys.stderr.write(f"FAIL {name}: {error}\n")

    def scenario(self, scenario: Scenario) -> None:
        """Time one scenario on the engines it is for."""
        engines = ENGINES if scenario.peer and not self._options.alone else ENGINES[:1]
        try:
            timings = timed(scenario, engines, self._rounds, self._seconds, self.tell)
        except Failed as error:
            self.fail(scenario.name, error)
            return
        self._timings[scenario.name] = timings["anystep"]
        self.record[scenario.name] = recorded(scenario, timings)
        self.add(row(scenario, timings))

    def growth(self) -> None:
        """Judge the curves that the growth scenarios drew."""
        for curve, limit in growth.LIMITS.items():
            found = {
                name: median_cpu(timing)
                for name, timing in self._timings.items()
                if name.rpartition("_")[0] == curve
            }
            if len(found) > 1:
                factor = max(found.values()) / min(found.values())
                self.record[curve] = {"factor": factor, "limit": limit}
                self.add(
                    Row(curve, f"{factor:.2f}x", "-", "-", f"<= {limit:g}x", "-", factor <= limit)
                )

    def imports(self) -> None:
        """CPU time and memory of the front door."""
        engines = ENGINES[: 1 if self._options.alone else 2]
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in engines}
        for _ in range(self._rounds):
            for name in engines:
                self.tell(f"import: {name}")
                found[name].append(probes.imported(name))
        self.record["import"] = found
        cpu = {n: statistics.median(p["seconds"] for p in ps) * 1e3 for n, ps in found.items()}
        rss = {n: statistics.median(p["resident"] for p in ps) / 1e6 for n, ps in found.items()}
        light = not any(probe["asyncio"] for probe in found["anystep"])
        self.add(_compared("import_cpu", cpu, "ms", 25))
        self.add(_compared("import_rss", rss, "MB", 13))
        self.add(Row("import_without_asyncio", str(light), "-", "-", "True", "-", light))

    def memory(self) -> None:
        """Bytes per paused run, and per checkpoint of a growing list."""
        engines = ENGINES[: 1 if self._options.alone else 2]
        count = 500 if self._options.quick else 2000
        held: dict[str, float] = {}
        saved: dict[str, dict[str, Any]] = {}
        for name in engines:
            self.tell(f"memory: {name}")
            held[name] = probes.paused(name, count) / 1024
            saved[name] = probes.checkpoint_bytes(name)
        self.record["paused_run_kib"] = held
        self.record["checkpoint_bytes"] = saved
        self.add(_compared("paused_run", held, "KiB", 6))
        late = {name: probe["late"] for name, probe in saved.items()}
        growth_of_ours = saved["anystep"]["late"] / saved["anystep"]["early"]
        flat = growth_of_ours <= 1.1
        line = _compared("checkpoint_bytes", late, "B", None)
        self.add(line._replace(budget=f"late/early {growth_of_ours:.2f} <= 1.1", kept=flat))


def _compared(name: str, values: dict[str, float], unit: str, limit: float | None) -> Row:
    ours = values["anystep"]
    peers = values.get("langgraph")
    return Row(
        name,
        f"{ours:.1f} {unit}",
        f"{peers:.1f} {unit}" if peers is not None else "-",
        f"{peers / ours:.1f}x" if peers is not None else "-",
        f"<= {limit:g} {unit}" if limit is not None else "-",
        "-",
        None if limit is None else ours <= limit,
    )


def _machine() -> dict[str, Any]:
    versions = {}
    for name in ENGINES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "machine": platform.machine(),
        "system": platform.system(),
        "versions": versions,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def main() -> int:
    """Run what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--alone", action="store_true", help="leave langgraph out")
    parser.add_argument("names", nargs="*", help="parts of scenario names; all must match")
    bench = Bench(parser.parse_args())
    for scenario in SCENARIOS.values():
        if bench.wanted(scenario.name):
            bench.scenario(scenario)
    bench.growth()
    for name, probe in (("import", bench.imports), ("memory", bench.memory)):
        if bench.wanted(name):
            try:
                probe()
            except RuntimeError as error:
                bench.fail(name, error)
    _RESULTS.mkdir(exist_ok=True)
    report = {"machine": _machine(), "scenarios": bench.record, "failures": bench.failures}
    (_RESULTS / "latest.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    (_RESULTS / "latest.svg").write_text(plots.drawn(report), "utf-8")
    print(printed(bench.rows))
    missed = [line.name for line in bench.rows if line.kept is False]
    if missed:
        print(f"budgets missed: {', '.join(missed)}")
    for failure in bench.failures:
        print(f"could not run {failure}")
    return 2 if bench.failures else int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
