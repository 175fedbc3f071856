"""The demo shows a whole run, and only equal records pass as equal."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORD = {"result": {"a": 1}, "history": [], "archive_bytes": 3, "archive_sha256": "abc"}
PLAYED = {"record": RECORD, "answers": ["approve"], "python": "3.11.0", "seconds": 0.5}


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program behind `make demo`."""
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    return importlib.import_module("demo")


def test_an_equal_record_agrees(demo: Any) -> None:
    """No difference, no problem."""
    assert demo.compare(dict(RECORD), PLAYED) == (True, True, "")


@pytest.mark.parametrize(
    ("change", "result", "checkpoints"),
    [
        ({"archive_sha256": "other"}, True, False),
        ({"result": {"a": 2}}, False, True),
        ({"history": [1], "archive_bytes": 4}, False, False),
        ({"more": 1}, False, True),
    ],
)
def test_any_difference_is_named(
    demo: Any, change: dict[str, Any], result: bool, checkpoints: bool
) -> None:
    """The row says whether the result, the checkpoints or both differ, and in what."""
    *same, problem = demo.compare({**RECORD, **change}, PLAYED)

    assert same == [result, checkpoints]
    assert all(key in problem for key in change)


def test_the_table_tells_different_from_not_run(demo: Any) -> None:
    """A host that could not be had is not a host that disagrees."""
    rows = [
        demo.Row("CPython", "3.11.0", 0.5, 2.0, True, True),
        demo.Row("Pyodide", "3.14.2", 0.125, 8.0, True, False, "differs"),
        demo.Row("WASI", "", 0.0, 0.0, False, False, "no network"),
    ]
    words = [line.split() for line in demo.table(rows).splitlines()[1:]]

    assert words == [
        ["CPython", "3.11.0", "0.50", "s", "2.0", "s", "(reference)", "(reference)"],
        ["Pyodide", "3.14.2", "0.12", "s", "8.0", "s", "yes", "NO"],
        ["WASI", "-", "-", "-", "not", "run", "not", "run"],
    ]


def test_a_failing_host_fails_the_demo(demo: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1, and the reason and what works are told."""
    rows = [
        demo.Row("CPython", "3.11.0", 0.5, 2.0, True, True),
        demo.Row("WASI", "", 0.0, 0.0, False, False, "the network is needed once"),
    ]

    assert demo.report(rows, PLAYED) == 1
    out = capsys.readouterr().out
    assert "WASI did not do it:\n  the network is needed once" in out
    assert "What works: CPython." in out
    assert demo.report(rows[:1], PLAYED) == 0


def test_an_errand_that_fails_shows_the_end_of_its_log(demo: Any, tmp_path: Path) -> None:
    """What a background program said last is the error."""
    demo.LOGS = tmp_path
    errand = demo.Errand("Try", [sys.executable, "-c", "print('missing: x'); raise SystemExit(3)"])

    with pytest.raises(demo.ToolError, match="missing: x"):
        errand.wait()


@pytest.mark.parametrize(
    ("log", "seconds", "version"),
    [
        ("python 3.14.2 x\n[pyodide] the demo ran in 162.8 ms", 0.1628, "3.14.2"),
        ("Python 3.14.0\nstarted in 9 ms, ran for 0.31 s", 0.31, "3.14.0"),
        ("nothing", 0.0, "?"),
    ],
)
def test_a_lanes_log_tells_time_and_version(
    demo: Any, log: str, seconds: float, version: str
) -> None:
    """Lanes print both; where one does not, the table has a gap rather than a guess."""
    assert demo.seconds_in(log) == seconds
    assert demo.version_in(log) == version


def test_the_player_shows_a_whole_run(tmp_path: Path) -> None:
    """Picture, steps, question, report, history and Mermaid source, without a terminal."""
    record = tmp_path / "record.json"
    command = [sys.executable, "tools/demo_player.py", "--record", str(record)]
    done = subprocess.run(
        [*command, "--answers", "shorter", "Notes"],
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONIOENCODING": "ascii"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(record.read_text())

    for shown in (
        "| __start__ |",
        "[######]",
        "the script answers> shorter",
        "Notes\n=====",
        "\n    -1  input",
        "graph TD;",
    ):
        assert shown in done.stdout
    assert "\x1b" not in done.stdout
    assert told["answers"] == ["shorter", "Notes"]
    assert told["record"]["archive_bytes"] > 0
