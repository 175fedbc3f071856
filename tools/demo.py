"""The demo: one graph on one text, in this terminal, in Pyodide and as a WASI component.

    python3 tools/demo.py [FILE] [--answers ANSWER ...] [--here]

First the graph runs on CPython, out of the built wheel, and stops for an answer.  Then
the same wheel runs it on the other hosts, and their results and the bytes of their
checkpoints are compared with CPython's.  What those hosts need is fetched and built
meanwhile.  Exit code 0 only if every host could be had and all agree; ``--here`` leaves
the others out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from interpreters import preferred
from prerequisites import missing
from project import CACHE, LOGS, ROOT, ToolError, main, say
from setup_env import ensure_venv
from wheel import wheel_path

__all__ = ["HOSTS", "SCRIPT", "Errand", "Host", "Row", "compare", "report", "table"]

SAMPLE = ROOT / "examples" / "data" / "lighthouse.md"
RECORDS = CACHE / "demo"
#: A longer text would not fit into one word of a command line.
LONGEST = 100_000
#: Seconds between two signs of life while a host is prepared.
HEARTBEAT = 15
#: Seconds after which a host counts as stuck.
PATIENCE = 900
TAIL = 12
#: What is answered where nobody is there to ask: once round the loop, then on.
SCRIPT = ("shorter", "approve")

NEXT = """\
What to try next
  make site                             the same graph in a browser tab
  python3 tools/demo.py FILE            the demo on a text of yours (# marks headings)
  examples/01_state_machine.py ...      ten short programs; docs/examples.md lists them
  examples/demo_review.py               the graph you watched; change it, run `make demo` again
  make test                             everything, on every host"""


class Host(NamedTuple):
    """Somewhere else to run the demo."""

    name: str
    lane: str
    says: str


HOSTS = (
    Host("Pyodide", "pyodide", "CPython compiled to WebAssembly, here under Node"),
    Host("WASI", "wasi", "a WebAssembly component under wasmtime"),
)


class Row(NamedTuple):
    """What came of a host: `problem` is empty where it agrees with CPython.

    `python` is its version, empty where the demo did not run; `seconds` is what the graph took,
    `in_all` also what it took to start the host (and, the first time, to build it).
    """

    host: str
    python: str
    seconds: float
    in_all: float
    result: bool
    checkpoints: bool
    problem: str = ""


class Errand:
    """A program that runs behind the scenes, its output in a log."""

    def __init__(self, name: str, words: Sequence[str | Path]) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / f"demo-{name.lower()}.log"
        self.name = name
        self.began = time.monotonic()
        with self.log.open("w") as output:
            self._process = subprocess.Popen(
                [str(word) for word in words],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> float:
        """Wait for the end, telling now and then what it does; returns its seconds.

        Raises ToolError with the end of the log if it fails.
        """
        while (code := self._poll()) is None:
            age = time.monotonic() - self.began
            if age > PATIENCE:
                self.end()
                raise ToolError(f"ended after {PATIENCE} s\n{self.tail()}")
            say(f"  ... {self.name}: {age:.0f} s  {self.tail(1).strip()[:80]}")
        if code:
            raise ToolError(self.tail())
        return time.monotonic() - self.began

    def _poll(self) -> int | None:
        try:
            return self._process.wait(HEARTBEAT)
        except subprocess.TimeoutExpired:
            return None

    def tail(self, lines: int = TAIL) -> str:
        """The end of the log."""
        text = self.log.read_text(errors="replace").rstrip()
        return "\n".join(text.splitlines()[-lines:])

    def end(self) -> None:
        """End it and whatever it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def lane(host: Host, *words: str | Path) -> list[str | Path]:
    """The command line of a host's lane."""
    return [sys.executable, ROOT / "tools" / f"{host.lane}_lane.py", *words]


def demo_words(text: str, answers: Sequence[str], out: Path) -> list[str | Path]:
    """What a lane is told to run the demo."""
    return ["demo", "--json", out, "--text", text, "--answers", json.dumps(list(answers))]


def record_of(host: Host) -> Path:
    """Where a host's record is written."""
    return RECORDS / f"{host.lane}.json"


def start(host: Host, text: str, answers: Sequence[str]) -> Errand:
    """Let a host run the demo behind the scenes, after fetching and building what it needs."""
    record_of(host).unlink(missing_ok=True)
    return Errand(host.name, lane(host, *demo_words(text, answers, record_of(host))))


def play_here(text: Path, answers: Sequence[str] | None) -> dict[str, Any]:
    """Run the demo in this terminal, on CPython; a person answers if `answers` is None.

    Raises ToolError if it cannot or fails.
    """
    python = ensure_venv(CACHE / "venvs" / "demo", preferred(), [], wheel=wheel_path())
    record = RECORDS / "cpython.json"
    record.unlink(missing_ok=True)
    words = [python, ROOT / "tools" / "demo_player.py", "--text", text, "--record", record]
    if answers is not None:
        words += ["--answers", *answers]
    say("")
    code = subprocess.call([str(word) for word in words])
    if code == 130:
        raise KeyboardInterrupt
    if code:
        raise ToolError(f"the demo failed on CPython with exit code {code}")
    played: dict[str, Any] = json.loads(record.read_text())
    return played


def run_on(
    host: Host, text: str, played: dict[str, Any], errand: Errand | None, rehearsed: bool
) -> Row:
    """What came of a host: of its errand, or, if that was a rehearsal, of a run of its own."""
    try:
        if errand is None:
            raise ToolError("\n".join(missing(host.lane)))
        in_all = errand.wait()
        if rehearsed:
            errand = start(host, text, played["answers"])
            try:
                in_all = errand.wait()
            finally:
                errand.end()
        log = errand.log.read_text(errors="replace")
        record = json.loads(record_of(host).read_text())
        verdict = compare(record, played)
        return Row(host.name, version_in(log), seconds_in(log), in_all, *verdict)
    except ToolError as error:
        return Row(host.name, "", 0.0, 0.0, False, False, str(error))


def version_in(log: str) -> str:
    """The version of Python that a lane mentions."""
    found = re.search(r"python (\d+\.\d+\.\d+)", log, re.IGNORECASE)
    return found[1] if found else "?"


def seconds_in(log: str) -> float:
    """How long a lane says that the graph ran."""
    found = re.search(r"ran (?:in|for) ([\d.]+) (ms|s)\b", log)
    return float(found[1]) / (1000 if found[2] == "ms" else 1) if found else 0.0


def compare(record: dict[str, Any], played: dict[str, Any]) -> tuple[bool, bool, str]:
    """Whether the result and the checkpoints of a record are CPython's, and what differs."""
    ours: dict[str, Any] = played["record"]
    checkpoints = ("archive_bytes", "archive_sha256")
    differing = [key for key in {**ours, **record} if ours.get(key) != record.get(key)]
    rest = [key for key in differing if key not in checkpoints]
    problem = f"differs from CPython in: {', '.join(differing)}" if differing else ""
    return not rest, len(rest) == len(differing), problem


def table(rows: Sequence[Row]) -> str:
    """The hosts side by side; the first is what the others are compared with."""
    columns = f"{'host':9} {'Python':8} {'run':>8} {'in all':>9}   {'same result':12}"
    lines = [f"  {columns} same checkpoint bytes"]
    for number, row in enumerate(rows):
        times = f"{row.seconds:6.2f} s {row.in_all:7.1f} s" if row.python else f"{'-':>8} {'-':>9}"
        verdicts = [("yes" if same else "NO") for same in (row.result, row.checkpoints)]
        if not number:
            verdicts = ["(reference)", "(reference)"]
        elif not row.python:
            verdicts = ["not run", "not run"]
        lines.append(
            f"  {row.host:9} {row.python or '-':8} {times}   {verdicts[0]:12} {verdicts[1]}"
        )
    return "\n".join(lines)


def report(rows: Sequence[Row], played: dict[str, Any]) -> int:
    """The table, what went wrong, and what comes next; returns the exit code."""
    record = played["record"]
    say("\nThe same wheel, the same run, everywhere")
    say("----------------------------------------")
    say(table(rows))
    say(f"  {record['archive_bytes']} bytes of checkpoints, SHA-256 {record['archive_sha256']}")
    failed = [row for row in rows if row.problem]
    for row in failed:
        say(f"\n{row.host} did not do it:")
        say("\n".join(f"  {line}" for line in row.problem.splitlines()))
    if failed:
        worked = ", ".join(row.host for row in rows if not row.problem)
        say(f"\nWhat works: {worked}. `make doctor` says what this machine lacks.")
    say("")
    say(NEXT)
    return 1 if failed else 0


def program(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="demo.py", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--answers", nargs="*", help="instead of asking")
    parser.add_argument("--here", action="store_true", help="on CPython only")
    asked = parser.parse_args(words)
    try:
        text = asked.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ToolError(f"cannot read {asked.file}: {error}") from error
    if len(text.encode()) > LONGEST:
        raise ToolError(f"{asked.file} has more than {LONGEST} bytes; take a part of it")
    RECORDS.mkdir(parents=True, exist_ok=True)
    hosts = () if asked.here else HOSTS
    alone = not (sys.stdin.isatty() and sys.stdout.isatty())
    answers = SCRIPT if asked.answers is None and alone else asked.answers
    began = time.monotonic()
    wheel_path()
    # Nobody knows what a person will answer: the first run is then a rehearsal.
    errands = {
        host.name: start(host, text, answers or ()) for host in hosts if not missing(host.lane)
    }
    try:
        played = play_here(asked.file.resolve(), answers)
        in_all = time.monotonic() - began - played["waited"]
        rows = [Row("CPython", played["python"], played["seconds"], in_all, True, True)]
        for host in hosts:
            say(f"\n{host.name}: {host.says} ...")
            rows.append(run_on(host, text, played, errands.get(host.name), answers is None))
        return report(rows, played)
    finally:
        for errand in errands.values():
            errand.end()


if __name__ == "__main__":
    main(program)
