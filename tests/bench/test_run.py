"""A run looks again before it says that a budget is missed, and its exit code tells."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.__main__ import options
from bench.measures import Measure, Tell
from bench.progress import Progress, drawn
from bench.run import Bench, measures, plan
from bench.scenarios import SCENARIOS
from bench.table import Row
from bench.workers import Failed


class Planned:
    """A measure whose verdicts are known beforehand, one for each time it is taken."""

    def __init__(self, name: str, *verdicts: bool | None, error: str = "") -> None:
        self.name = name
        self.taken = 0
        self._verdicts = verdicts
        self._error = error

    def take(self, tell: Tell) -> None:
        """Count."""
        tell(self.name)
        self.taken += 1
        if self._error:
            raise Failed(self._error)

    def rows(self) -> list[Row]:
        """The verdict of the last time."""
        return [Row(self.name, "1 us", kept=self._verdicts[self.taken - 1])]

    def record(self) -> dict[str, Any]:
        """How often it was taken."""
        return {"taken": self.taken}


def ran(folder: Path, *planned: Measure) -> tuple[int, dict[str, Any]]:
    """Run a bench of planned measures: its exit code and its results file."""
    bench = Bench(["no such name"], alone=True, results=folder)
    bench.measures = list(planned)
    code = bench.run()
    record: dict[str, Any] = json.loads((folder / "latest.json").read_text())
    return code, record


def test_all_kept_is_code_0(tmp_path: Path) -> None:
    """What keeps its budget is measured once, and what has none too."""
    kept, plain = Planned("kept", True), Planned("plain", None)

    code, record = ran(tmp_path, kept, plain)

    assert (code, kept.taken, plain.taken) == (0, 1, 1)
    assert record["scenarios"] == {"kept": {"taken": 1}, "plain": {"taken": 1}}
    assert (tmp_path / "latest.svg").read_text().startswith("<svg")


def test_a_miss_is_measured_again_before_it_counts(tmp_path: Path) -> None:
    """One that keeps its budget with more rounds is not missed."""
    shaky = Planned("shaky", False, True)

    code, _ = ran(tmp_path, shaky)

    assert (code, shaky.taken) == (0, 2)


def test_a_missed_budget_is_code_1_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was measured three times; the names come last."""
    slow = Planned("slow", False, False, False)

    code, _ = ran(tmp_path, slow, Planned("kept", True))

    assert (code, slow.taken) == (1, 3)
    assert "budgets missed: slow\n" in capsys.readouterr().out


def test_what_could_not_run_is_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is no missed budget, it is not recorded as measured, and the rest is."""
    broken = Planned("broken", error="it gave 3, expected 4")

    code, record = ran(tmp_path, broken, Planned("kept", True))

    assert code == 2
    assert record["failures"] == {"broken": "it gave 3, expected 4"}
    assert list(record["scenarios"]) == ["kept"]
    assert "could not run broken: it gave 3, expected 4" in capsys.readouterr().out


def test_without_langgraph_ratios_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is ours is measured, and the exit code says that the rest was not."""
    monkeypatch.setitem(sys.modules, "langgraph", None)
    bench = Bench(["no such name"], results=tmp_path)
    planned: list[Measure] = [Planned("kept", True)]
    bench.measures = planned

    assert bench.run() == 2
    assert "could not run langgraph: it is not installed" in capsys.readouterr().out


def test_an_interrupted_run_keeps_what_it_measured(tmp_path: Path) -> None:
    """Ctrl-C ends the measuring, not the reporting; the exit code says that it is not all."""

    class Interrupted(Planned):
        def take(self, tell: Tell) -> None:
            raise KeyboardInterrupt

    code, record = ran(tmp_path, Planned("kept", True), Interrupted("endless"), Planned("never"))

    assert code == 2
    assert record["scenarios"] == {"kept": {"taken": 1}}
    assert list(record["failures"]) == ["the rest"]


def test_names_choose() -> None:
    """All parts must be in the name; what is named runs in a quick run too."""
    chosen = measures(plan(quick=True), ["stream", "debug"])

    assert [measure.name for measure in chosen] == ["stream_debug", "stream_debug_async"]


def test_a_quick_run_leaves_out_what_says_so() -> None:
    """It still has every row with a budget on a ratio."""
    quick = {measure.name for measure in measures(plan(quick=True), [])}
    full = {measure.name for measure in measures(plan(), [])}

    assert quick < full
    assert {name for name, one in SCENARIOS.items() if one.ratio is not None} <= quick


def test_everything_has_its_own_name() -> None:
    """Names are unique: a results file has one entry for each."""
    names = [measure.name for measure in measures(plan(), [])]

    assert len(names) == len(set(names))


def test_alone_is_without_langgraph() -> None:
    """`--alone` leaves the peer out, and the plan has one engine."""
    assert options(["--alone"]).alone is True
    assert plan(alone=True).peers == ("anystep",)
    assert plan().peers == ("anystep", "langgraph")


def test_the_bar_says_how_far_and_how_long() -> None:
    """Half done after a minute leaves about a minute."""
    assert drawn(0, 4, 0.0) == "[------------------------] 0/4 0:00"
    assert drawn(2, 4, 60.0) == "[############------------] 2/4 1:00, 1:00 left"
    assert drawn(4, 4, 90.0) == "[########################] 4/4 1:30, 0:00 left"


def test_into_a_file_only_lines_are_written(tmp_path: Path) -> None:
    """A bar that is redrawn would fill a log."""
    with (tmp_path / "log").open("w") as stream:
        progress = Progress(2, stream)
        progress.tell("being measured")
        progress.line("done")

    assert (tmp_path / "log").read_text() == "done\n"
