"""Measure anystep beside langgraph, and print the ratios with the design's budgets.

    python3 tools/bench.py [words of a scenario's name]

Each engine has a process of its own; they take turns, and the figure is the median of
three rounds of CPU time, because wall time on a shared machine says little.  The count
of function calls per step does not depend on the machine at all.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from project import ROOT, ToolError, main, say
from setup_env import ensure_dev

#: How often each scenario is measured.
ROUNDS = 3

ENGINES = ("anystep", "langgraph")


class Worker:
    """One engine's process."""

    def __init__(self, python: str, engine: str) -> None:
        self.process = subprocess.Popen(
            [python, str(ROOT / "bench" / "worker.py"), engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, number: int, how: str) -> float:
        """A figure.  Raises ToolError if the worker died of the question."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{number} {how}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise ToolError("a worker died; its traceback is above")
        return float(answer)

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def row(workers: dict[str, Worker], number: int) -> tuple[float, float, float]:
    """Both engines' microseconds per unit, and our calls per unit."""
    figures: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    for _ in range(ROUNDS):
        for engine in ENGINES:
            figures[engine].append(workers[engine].ask(number, "cpu"))
    ours, theirs = (statistics.median(figures[engine]) for engine in ENGINES)
    return ours, theirs, workers["anystep"].ask(number, "calls")


def program(words: list[str]) -> int:
    """The command line."""
    python = str(ensure_dev())
    sys.path.insert(0, str(ROOT / "bench"))
    from scenarios import SCENARIOS

    chosen = [
        (number, scenario)
        for number, scenario in enumerate(SCENARIOS)
        if all(word in scenario.name for word in words)
    ]
    say(f"{'':32}{'anystep':>10}{'langgraph':>11}{'ratio':>8}{'budget':>8}{'calls':>8}")
    workers = {engine: Worker(python, engine) for engine in ENGINES}
    try:
        for number, scenario in chosen:
            ours, theirs, calls = row(workers, number)
            budget = f"{scenario.budget:.0f}" if scenario.budget else ""
            say(
                f"{scenario.name:32}{ours:7.2f} µs{theirs:8.1f} µs{theirs / ours:7.0f}×"
                f"{budget:>7}×{calls:8.1f}  per {scenario.unit}"
            )
    finally:
        for worker in workers.values():
            worker.close()
    return 0


if __name__ == "__main__":
    main(program)
