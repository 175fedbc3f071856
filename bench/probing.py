"""Measures that need a fresh process each time: what they run, and how they are judged."""

import dataclasses
import statistics
from collections.abc import Callable
from typing import Any

from .measures import Plan, Tell
from .table import Row, Verdict, compared
from .workers import probed

#: What the probes of each engine answered, round by round.
Found = dict[str, list[dict[str, Any]]]


@dataclasses.dataclass(frozen=True, slots=True)
class Probe:
    """A program of ``bench/probes``, its words, and what judges its answers.

    ``words`` and ``quick`` are what it is called with for ours and for theirs; None leaves
    langgraph out.  ``rounds`` is how often it runs, in turns, unless the plan says fewer;
    ``warm`` says that it runs once before, so that its bytecode is there.
    """

    name: str
    program: str
    judge: Callable[[Found], list[Row]]
    words: tuple[object, object] = ("", "")
    quick: tuple[object, object] = ("", "")
    rounds: int = 1
    warm: bool = False


class ProbeMeasure:
    """One probe on the engines, in turns."""

    def __init__(self, probe: Probe, plan: Plan) -> None:
        self._probe = probe
        self._plan = plan
        self.found: Found = {}

    @property
    def name(self) -> str:
        """The probe's."""
        return self._probe.name

    def take(self, tell: Tell) -> None:
        """Run the probe's rounds.  Raises Failed."""
        words = self._probe.quick if self._plan.quick else self._probe.words
        for number in range(min(self._probe.rounds, self._plan.rounds)):
            for engine in self._plan.peers:
                word = words[engine != "anystep"]
                if word is None:
                    continue
                tell(f"{self.name}: round {number + 1}, {engine}")
                if self._probe.warm and not number:
                    probed(self._probe.program, engine, word)
                answer = probed(self._probe.program, engine, word)
                self.found.setdefault(engine, []).append(answer)

    def rows(self) -> list[Row]:
        """The lines, judged."""
        return self._probe.judge(self.found)

    def record(self) -> dict[str, Any]:
        """Return everything that the probes answered."""
        kept = [line.kept for line in self.rows() if line.kept is not None]
        return {"probe": self.found, "kept": all(kept) if kept else None}


def _median(found: Found, key: str, scale: float = 1) -> dict[str, float]:
    return {
        name: statistics.median(answer[key] for answer in answers) * scale
        for name, answers in found.items()
    }


def _imports(found: Found) -> list[Row]:
    # Other programs can only add to what an import takes.
    best = min(answer["seconds"] for answer in found["anystep"]) * 1e3
    light = not any(answer["asyncio"] for answer in found["anystep"])
    return [
        compared("import_cpu", _median(found, "seconds", 1e3), "ms", 25, best),
        compared("import_memory", _median(found, "resident", 1e-6), "MB", 13),
        Row("import_without_asyncio", str(light), budget="True", kept=light),
    ]


def _paused(found: Found) -> list[Row]:
    return [compared("paused_run", _median(found, "bytes", 1 / 1024), "KiB", 6)]


def _checkpoints(found: Found) -> list[Row]:
    late = _median(found, "list_late")
    verdict = Verdict()
    verdict.at_most(
        "late/early ", late["anystep"] / _median(found, "list_early")["anystep"], 1.1, "x"
    )
    line = compared("checkpoint_of_list", late, "B", None)
    return [
        line._replace(budget=verdict.text, kept=verdict.kept),
        compared("checkpoint_of_number", _median(found, "number"), "B", None),
    ]


def _marathon(found: Found) -> list[Row]:
    ours = found["anystep"][0]
    verdict = Verdict()
    verdict.at_most("late/early ", ours["late"] / ours["early"], 1.02, "x")
    lines = compared("marathon", _median(found, "cpu_us_per_step"), "us/step", None)
    memory = " / ".join(f"{answers[0]['peak'] / 1e6:.0f}" for answers in found.values())
    lines = lines._replace(memory=memory, budget=verdict.text, kept=verdict.kept)
    return [lines._replace(name=f"marathon_{ours['steps']}")]


def _crowd(found: Found) -> list[Row]:
    runs = found["anystep"][0]["runs"]
    memory = " / ".join(f"{answers[0]['peak'] / 1e6:.0f}" for answers in found.values())
    line = compared(f"crowd_{runs}", _median(found, "cpu_us_per_run"), "us/run", None)
    return [line._replace(memory=memory)]


def _chat(found: Found) -> list[Row]:
    ours = found["anystep"][0]
    turns = ours["turns"]
    disk = Verdict()
    disk.at_most("", ours["bytes_closed"] / ours["bytes_raw_json"], 2, "x raw JSON")
    megabytes = {name: answers[0]["bytes_closed"] / 1e6 for name, answers in found.items()}
    total = Verdict()
    cpu, wall = _median(found, "cpu_seconds"), _median(found, "wall_seconds")
    if len(found) > 1:
        total.at_least("", cpu["langgraph"] / cpu["anystep"], 8)
        total.at_least("wall ", wall["langgraph"] / wall["anystep"], 5)
    line = compared(f"chat_{turns}", _median(found, "cpu_seconds", 1e3 / turns), "ms/turn", None)
    named = compared(f"chat_{turns}_last_turns", _median(found, "cpu_ms_last"), "ms/turn", None)
    first = compared(f"chat_{turns}_first_turns", _median(found, "cpu_ms_first"), "ms/turn", None)
    load = compared(f"chat_{turns}_cold_load", _median(found, "cold_load_cpu_ms"), "ms", None)
    stored = compared(f"chat_{turns}_disk", megabytes, "MB", None)
    ratio = f"{wall['langgraph'] / wall['anystep']:.3g}x" if len(found) > 1 else "-"
    return [
        line._replace(wall=ratio, budget=total.text, kept=total.kept),
        first,
        named,
        stored._replace(budget=disk.text, kept=disk.kept),
        load,
    ]


PROBES = (
    Probe("import", "imported", _imports, rounds=5, warm=True),
    Probe("paused", "paused", _paused, (2000, 2000), (500, 500), rounds=3),
    Probe("checkpoints", "checkpoints", _checkpoints),
    Probe("crowd", "crowd", _crowd, (10_000, 1000), (1000, 300), rounds=3),
    Probe("chat", "chat", _chat, (1000, 1000), (1000, None), rounds=1),
    Probe("marathon", "marathon", _marathon, (1_000_000, 30_000), (100_000, 5000)),
)
