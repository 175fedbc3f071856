"""What runs inside Pyodide: the host-marked tests by pytest, and the demo.

Both lanes load this one file, the Node lane from a mounted folder and the Chromium lane
from an archive.  Every function takes and returns JSON text, so that nothing but strings
crosses between Python and JavaScript.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Imported where it is used: the demo runs without it.
    import pytest

__all__ = ["run_demo", "run_tests"]

#: A test file takes part when it names the marker; the rest is counted, not hidden.
MARKED = re.compile(r"\bmark\.host\b")


def run_tests(argument: str) -> str:
    """Run the host-marked tests below ``{"repo", "excluded": {file: reason}, "only"?: [test]}``.

    Answers ``{"exit", "passed", "failed", "skipped", "deselected", "files": {file: passed},
    "unmarked", "excluded": [file], "slowest": [[seconds, test]]}``; ``unmarked`` counts
    the files that do not name the marker, the other numbers are of tests.  Raises
    LookupError for an exclusion that names no file: a stale list hides only the truth.
    """
    asked = json.loads(argument)
    repo = Path(asked["repo"])
    excluded = sorted(asked["excluded"])
    for name in excluded:
        if not (repo / name).is_file():
            raise LookupError(
                f"excluded test file {name!r} does not exist: remove it from the list"
            )

    marked: list[str] = []
    unmarked = 0
    for path in sorted((repo / "tests").rglob("test_*.py")):
        name = str(path.relative_to(repo))
        if name in excluded:
            continue
        if MARKED.search(path.read_text(encoding="utf-8")):
            marked.append(name)
        else:
            unmarked += 1

    tally = _Tally()
    # pytest with no file at all would collect the whole tree.
    code = _pytest(repo, asked.get("only") or marked, tally) if marked else 5
    return json.dumps(
        {
            "exit": code,
            **tally.counts,
            "files": tally.files,
            "unmarked": unmarked,
            "excluded": excluded,
            "slowest": sorted(tally.times, reverse=True)[:3],
        }
    )


def _pytest(repo: Path, files: list[str], tally: _Tally) -> int:
    import pytest

    # Relative names and the repository as the current folder: as on a developer's machine.
    os.chdir(repo)
    return int(
        pytest.main(
            [
                "-q",
                "--no-header",
                "-o",
                "cache_dir=/tmp/pytest",
                "-m",
                "host",
                "--color=no",
                *files,
            ],
            plugins=[tally],
        )
    )


class _Tally:
    """A pytest plugin that counts outcomes and remembers how long each test took."""

    def __init__(self) -> None:
        self.counts = {"passed": 0, "failed": 0, "skipped": 0, "deselected": 0}
        self.times: list[tuple[float, str]] = []
        self.files: dict[str, int] = {}

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.counts["deselected"] += len(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.counts["failed"] += 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.times.append((round(report.duration, 3), report.nodeid))
        if report.failed or (report.when == "call" and report.passed):
            self.counts[report.outcome] += 1
            file = report.nodeid.partition("::")[0]
            self.files[file] = self.files.get(file, 0) + report.passed
        elif report.skipped:
            self.counts["skipped"] += 1


def run_demo(argument: str) -> str:
    """Run the demo named by ``{"source", "text", "answers"}`` and answer with its JSON."""
    asked = json.loads(argument)
    demo = load_module("anystep_demo", Path(asked["source"]))
    begun = time.perf_counter()
    record = demo.run_script(demo.build(None), asked["text"], asked["answers"])
    return json.dumps({"record": record, "ms": round((time.perf_counter() - begun) * 1000, 1)})


def load_module(name: str, path: Path) -> ModuleType:
    """Import one file under a name of ours.  Raises whatever its code raises."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
