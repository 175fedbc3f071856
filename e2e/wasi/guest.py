"""The program inside the test component: pytest, and small commands that the host is tested with.

    pytest JOB.json OUT.json      run the tests that the job names, write what came of it
    probe WORD ...                behave in one of the ways that a host must cope with

Test files are read from a folder while it runs.  Everything else has to be here when
the component is built: the lane writes ``guest_imports.py``, the names of the modules
that the test files import and of all modules of the wheel.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import pkgutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import guest_imports
import pytest

from anystep.wasi.prelude import ImportWatch

#: What pytest imports inside functions, and what these import so.
PYTEST_LATE = (
    *("bdb", "cmd", "code", "codeop", "dataclasses", "difflib", "doctest", "getpass", "inspect"),
    *("grp", "pdb", "pickle", "pkgutil", "pprint", "pwd", "readline", "rlcompleter"),
    *("tomllib", "tracemalloc"),
    *("unittest", "unittest.case", "unittest.mock", "urllib.parse"),
)

#: Modules that could not be imported while the component was built, with the reason.
ABSENT: dict[str, str] = {}


def gather() -> None:
    """Import what the tests may ask for; runs while the component is built."""
    for package in ("_pytest", "iniconfig", "packaging", "pluggy", "pygments"):
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if not module.name.startswith(("pygments.", "_pytest._py.")):
                importlib.import_module(module.name)
    for name in (*PYTEST_LATE, *guest_imports.NAMES):
        try:
            importlib.import_module(name)
        except ImportError as error:
            ABSENT[name] = str(error)


gather()


class _Tally:
    """A pytest plugin: counts outcomes by file, and marks the files that are about this host."""

    def __init__(self, ours: list[str], running: Path) -> None:
        self.ours = ours
        #: Names the test that runs, for whoever finds the component stopped or aborted.
        self.running = running
        self.files: dict[str, Counter[str]] = {}
        self.deselected = 0
        self.times: list[tuple[float, str]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if item.nodeid.partition("::")[0] in self.ours:
                item.add_marker("host")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.running.write_text(nodeid)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.deselected += len(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.count(report.nodeid, "failed")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.times.append((round(report.duration, 3), report.nodeid))
        if report.skipped or report.failed or report.when == "call":
            self.count(report.nodeid, report.outcome)

    def count(self, nodeid: str, outcome: str) -> None:
        self.files.setdefault(nodeid.partition("::")[0], Counter())[outcome] += 1


def run_tests(job: str, answer: str) -> int:
    """Run the files of ``{"repo", "files", "ours"}`` with pytest; returns pytest's exit code.

    Answers ``{"files": {file: {outcome: n}}, "deselected", "absent": {module: reason},
    "missed": [module], "slowest": [[seconds, test]], "seconds", "python"}``.
    """
    asked = json.loads(Path(job).read_text())
    os.chdir(asked["repo"])
    sys.dont_write_bytecode = True
    tally = _Tally(asked["ours"], Path(answer).with_name("running"))
    begun = time.perf_counter()
    words = [
        *("-q", "-m", "host", "--color=no", "--no-header", "--basetemp=/tmp/pytest"),
        # File descriptors cannot be duplicated here, and there are no alarms.
        *("--capture=sys", "-p", "no:faulthandler"),
        # The tests' folder is read-only.  Without the plugin its setting is unknown.
        *("-p", "no:cacheprovider", "-o", "strict_config=false"),
        *("-W", "ignore:Unknown config option:pytest.PytestConfigWarning"),
    ]
    with ImportWatch() as watch:
        code = int(pytest.main([*words, *asked["files"]], plugins=[tally]))
    result = {
        "files": tally.files,
        "deselected": tally.deselected,
        "absent": ABSENT,
        "missed": list(watch.names),
        "slowest": sorted(tally.times, reverse=True)[:3],
        "seconds": round(time.perf_counter() - begun, 2),
        "python": sys.version.split()[0],
    }
    Path(answer).write_text(json.dumps(result, indent=1))
    return code


def say_what_is_here() -> None:
    """Print arguments, environment, input and folders as JSON."""
    found = {
        "argv": sys.argv[3:],
        "env": dict(os.environ),
        "stdin": sys.stdin.read(),
        "data": sorted(os.listdir("/data")) if os.path.isdir("/data") else None,
    }
    print(json.dumps(found))


def write_file() -> None:
    """Write into the folder that the host may have given."""
    Path("/data/written").write_text("by the component")


def late_import() -> None:
    """Import what is not in the component."""
    importlib.import_module("smtplib")


def deadlock() -> None:
    """Wait for what never comes."""
    from anystep.wasi.loop import run

    async def wait_for_nothing() -> None:
        await asyncio.Event().wait()

    run(wait_for_nothing())


def spin() -> None:
    """Compute for ever, and say when."""
    print("spinning", flush=True)
    while True:
        pass


def sleep() -> None:
    """Sleep on the loop for longer than anybody waits."""
    from anystep.wasi.loop import run

    run(asyncio.sleep(600))


def allocate() -> None:
    """Ask for so many bytes."""
    print(len(bytearray(int(sys.argv[3]))))


def nest() -> None:
    """Free a list in a list in a list, so many deep."""
    nested: list[Any] = []
    for _ in range(int(sys.argv[3])):
        nested = [nested]


def leave() -> None:
    """Exit with a status."""
    sys.exit(int(sys.argv[3]))


PROBES: dict[str, Callable[[], Any]] = {
    "allocate": allocate,
    "deadlock": deadlock,
    "exit": leave,
    "late-import": late_import,
    "nest": nest,
    "say": say_what_is_here,
    "sleep": sleep,
    "spin": spin,
    "write": write_file,
}


def main() -> int:
    """The command."""
    match sys.argv[1:]:
        case ["pytest", job, answer]:
            return run_tests(job, answer)
        case ["probe", word, *_] if word in PROBES:
            PROBES[word]()
            return 0
        case words:
            raise SystemExit(f"unknown words {words}")
