"""Optional columns: other engines, and anystep on its other hosts.

``tools/bench_columns.py`` makes what a column needs, each in a place of its own; what cannot
be made is left out with a word on how to get it.  No budget is judged by a column.
"""

import dataclasses
import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

from .inside import NAMES
from .measures import Tell, in_turns
from .timing import Timing, cpu_ratio
from .workers import HERE, ROOT, Failed, worker

_TOOL = ROOT / "tools" / "bench_columns.py"

#: The scenarios that each of the other engines has a program for (``WORKS`` in its module).
ENGINES: dict[str, tuple[str, ...]] = {
    "pydantic_graph": (
        "chain_100_async", "chain_1000_async", "loop_router_async", "send_100_async",
        "send_1000_async",
    ),
    "burr": (
        "chain_100", "chain_1000", "loop_router", "chain_100_async", "chain_1000_async",
        "loop_router_async",
    ),
    "langgraph_js": (
        "chain_100_async", "chain_1000_async", "loop_router_async", "stream_updates_async",
        "send_100_async", "send_1000_async", "saved_int_async",
    ),
}  # fmt: skip
HOSTS = ("pyodide", "wasi")

ROUNDS = 3
SECONDS = 0.1


@dataclasses.dataclass(slots=True)
class Column:
    """What one column found: microseconds of a unit by scenario, and what kind of time that is."""

    name: str
    version: str
    clock: str
    costs: dict[str, float] = dataclasses.field(default_factory=dict)
    #: How many times the CPU time of anystep, in turns with it; other engines only.
    ratios: dict[str, float] = dataclasses.field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return what the results file keeps."""
        return dataclasses.asdict(self)


def made(kind: str, name: str, *words: str) -> dict[str, Any]:
    """Let the tool make a column's needs and return its answer.

    Raises Failed with what it said and how to try it alone.
    """
    command = [sys.executable, str(_TOOL), kind, name, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = (done.stderr.strip() or done.stdout.strip() or "no answer")[-600:]
        raise Failed(f"{said}\nTo get it: python3 tools/bench_columns.py {kind} {name}")
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def other_engine(name: str, wanted: list[str], tell: Tell) -> Column:
    """Time another engine's programs in turns with ours.  Raises Failed."""
    tell(f"{name} is made ready")
    found = made("worker", name)
    column = Column(name, found["version"], "CPU")
    for scenario in wanted:
        ours, theirs = _in_turns(scenario, name, tuple(found["command"]), tell)
        column.costs[scenario] = theirs.cpu * 1e6
        column.ratios[scenario] = cpu_ratio(ours, theirs)
    return column


def _in_turns(
    scenario: str, name: str, command: tuple[str, ...], tell: Tell
) -> tuple[Timing, Timing]:
    with ExitStack() as stack:
        workers = {}
        timings: dict[str, Timing] = {}
        for engine, start in (("anystep", HERE), (name, command)):
            tell(f"{scenario}: {engine} is verified")
            process = stack.enter_context(worker(start))
            shape = process.ask(do="prepare", scenario=scenario, engine=engine, seconds=SECONDS)
            workers[engine] = process
            timings[engine] = Timing(shape["units"], shape["repeat"])
        for engine, samples in in_turns(workers, ROUNDS, scenario, tell).items():
            timings[engine].samples += samples
        return timings["anystep"], timings[name]


def host(name: str, wanted: list[str], tell: Tell) -> Column:
    """Time the wheel on another host, by the wall.  Raises Failed."""
    tell(f"{name}: the wheel is built and timed there")
    asked = {"names": wanted, "rounds": ROUNDS, "seconds": SECONDS}
    found = made("host", name, json.dumps(asked))
    costs = {
        scenario: statistics.median(timing["wall_seconds_per_call"]) / timing["units"] * 1e6
        for scenario, timing in found["scenarios"].items()
    }
    return Column(name, f"{found['version']}, Python {found['python']}", "wall", costs)


def scenarios_of(name: str) -> tuple[str, ...]:
    """Return the scenarios that a column has."""
    return ENGINES.get(name, NAMES)


def column(name: str, names: list[str], tell: Tell) -> Column:
    """Measure a column for the scenarios that have all of *names* in theirs.  Raises Failed."""
    wanted = [one for one in scenarios_of(name) if all(part in one for part in names)]
    measure = other_engine if name in ENGINES else host
    return measure(name, wanted, tell)


def printed(columns: list[Column], ours: dict[str, dict[str, float]]) -> str:
    """Return a table of microseconds a unit; *ours* has anystep and langgraph by scenario."""
    names = [one for one in NAMES if any(one in column.costs for column in columns)]
    head = ["us a unit", "anystep", "langgraph", *(column.name for column in columns)]
    lines = [head, ["", "CPU", "CPU", *(column.clock for column in columns)]]
    for name in names:
        known = ours.get(name, {})
        costs = [known.get("anystep"), known.get("langgraph")]
        costs += [column.costs.get(name) for column in columns]
        lines.append([name, *("-" if cost is None else f"{cost:,.1f}" for cost in costs)])
    widths = [max(len(line[index]) for line in lines) for index in range(len(head))]
    shown = [
        "  ".join(text.rjust(width) if index else text.ljust(width)
                  for index, (text, width) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]  # fmt: skip
    versions = [f"{column.name}: {column.version}" for column in columns]
    return "\n".join([*shown, *versions])
