"""The lane runner believes a lane only if it did its work, and leaves nothing running."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lanes import Result

TOOLS = Path(__file__).resolve().parents[2] / "tools"

#: A lane that passes one test.
GOOD = "print('1 passed in 0.1s')"

RunLane = Callable[..., "Result"]


@pytest.fixture
def run_lane(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunLane:
    """Run a lane whose phases are programs of one line, and say what came of it."""
    monkeypatch.setattr(sys, "path", [str(TOOLS), *sys.path])
    lanes = importlib.import_module("lanes")

    def run(test: str, *, setup: str = "", base: str = "") -> Result:
        lane = lanes.Lane("it", "a lane", ("it.py",), ("dev",))
        programs = {"setup dev": base, "setup it": setup, "it": test}
        jobs = lanes.jobs_of([lane])
        for job in jobs:
            job.command = [sys.executable, "-c", programs[job.name]]
            job.log = tmp_path / job.log.name
        monkeypatch.setattr(lanes, "ROOT", tmp_path)
        runner = lanes.Runner(jobs, live=False)
        runner.run()
        result: Result = lanes.result_of(lane, runner.jobs, [])
        return result

    return run


def test_a_lane_that_passed_a_test_passes(run_lane: RunLane) -> None:
    """Exit code 0 and a test that passed: the lane passes."""
    result = run_lane(GOOD)

    assert result.problem is None
    assert result.counts == {"passed": 1, "failed": 0, "skipped": 0}


@pytest.mark.parametrize(
    "test",
    [
        pytest.param("", id="silent"),
        pytest.param("print('no tests ran in 0.1s')", id="no tests"),
        pytest.param("print('0 passed, 0 failed')", id="counts nothing"),
        pytest.param("print('3 passed, 1 skipped in 1s')", id="skips one"),
        pytest.param("print('3 passed, 1 error in 1s')", id="one error, exit code 0"),
        pytest.param("print('3 passed'); raise SystemExit(1)", id="exit code 1"),
    ],
)
def test_a_lane_that_did_not_do_its_work_fails(run_lane: RunLane, test: str) -> None:
    """A lane that ran nothing, skipped something or failed is a failure."""
    assert run_lane(test).problem is not None


@pytest.mark.parametrize("phase", ["setup", "base"])
def test_a_lane_without_its_set_up_fails(run_lane: RunLane, phase: str) -> None:
    """A set-up that fails fails the lane, with what it printed, and the test never starts."""
    result = run_lane(GOOD, **{phase: "raise SystemExit('no such package')"})

    assert result.problem is not None
    assert "no such package" in result.problem
    assert not result.counts


def test_the_last_count_is_the_lanes(run_lane: RunLane) -> None:
    """A lane may print counts on the way; the last line with one is its own."""
    result = run_lane("print('9 passed, 9 failed'); print('note: hello'); print('2 passed')")

    assert (2, ["hello"]) == (result.counts["passed"], result.notes)


def test_nothing_is_left_running(run_lane: RunLane) -> None:
    """A process that a lane leaves behind is ended: the lane ends though it holds the output."""
    child = "import threading; threading.Event().wait()"
    leave = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"

    assert run_lane(f"{leave}; {GOOD}").problem is None
