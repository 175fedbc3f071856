"""Run lanes: set up what they need, run two side by side, say what came of it.

    python3 tools/lanes.py                 every lane
    python3 tools/lanes.py LANE ...        these lanes; one alone shows its output as it comes

A lane is a program with a ``setup`` and a ``test`` command whose last count of
tests ("7 passed, 1 failed") is believed only together with its exit code.  A lane
fails when a prerequisite is missing, when a test fails or is skipped, when it takes
too long, and when it ran no test at all.  Output goes to ``.cache/logs``; what
fails is shown.  Processes that a lane left behind are ended.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from prerequisites import missing
from project import LOGS, ROOT, ToolError, main, say, venv_python

__all__ = ["LANES", "Job", "Lane", "Result"]


class Lane(NamedTuple):
    """A name, what it proves, its program and arguments, and what it is set up from."""

    name: str
    says: str
    program: tuple[str, ...]
    bases: tuple[str, ...] = ("dev",)

    def command(self, phase: str) -> list[str]:
        """The words that run one phase; ``.venv`` is there by then."""
        script, *arguments = self.program
        return [str(venv_python()), f"tools/{script}", phase, *arguments]


#: The longest first, so that two workers end at about the same time.
LANES = (
    Lane("wasi", "a component under wasmtime", ("wasi_lane.py",)),
    Lane("chromium", "the site in headless Chromium", ("chromium_lane.py",), ("dev", "npm")),
    Lane("site", "every page and demo, as visitors meet them", ("site_lane.py",), ("dev", "npm")),
    Lane("check", "format, lint, layers, types, structure", ("check.py",), ("dev", "npm")),
    Lane("pyodide", "Pyodide under Node", ("pyodide_lane.py",), ("dev", "npm")),
    Lane("parity", "the same programs on langgraph", ("pytest_lane.py", "parity")),
    Lane("cpython", "the wheel on the oldest CPython", ("pytest_lane.py", "cpython")),
    Lane("newest", "the wheel on the newest CPython", ("pytest_lane.py", "newest")),
    Lane("wheel", "what pip install brings", ("wheel_lane.py",), ("dev", "npm")),
    Lane("docs", "every code block, every example", ("pytest_lane.py", "docs")),
)

#: What several lanes are set up from; a bare Python runs these.
BASES = {"dev": "tools/setup_env.py", "npm": "tools/npm.py"}

#: Seconds after which a phase is ended.  The slowest takes a tenth of it.
PATIENCE = 1_500
#: Seconds between two signs of life.
HEARTBEAT = 20

COUNT = re.compile(r"(\d+) (passed|failed|error|skipped)")


@dataclass
class Job:
    """One phase of one lane, or a base: a command, and the jobs that have to be done before."""

    name: str
    command: list[str]
    after: list[str]
    log: Path
    state: str = "waiting"
    seconds: float = 0.0
    began: float = 0.0


@dataclass
class Result:
    """What came of a lane."""

    lane: str
    seconds: float = 0.0
    set_up: float = 0.0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    notes: list[str] = field(default_factory=list[str])
    problem: str | None = None
    started: bool = True


def counted(text: str) -> dict[str, int]:
    """The numbers of the last line that counts tests; errors are failures."""
    for line in reversed(text.splitlines()):
        found = COUNT.findall(line)
        if found:
            counts: dict[str, int] = {"passed": 0, "failed": 0, "skipped": 0}
            for number, word in found:
                counts["failed" if word == "error" else word] += int(number)
            return counts
    return {}


class Runner:
    """Runs jobs on two threads, each job in a process group of its own."""

    def __init__(self, jobs: Iterable[Job], *, live: bool) -> None:
        self.jobs = {job.name: job for job in jobs}
        self.live = live
        self.changed = threading.Condition()
        self.running: dict[str, subprocess.Popen[str]] = {}
        self.stopping = False

    def run(self) -> None:
        """Run every job whose predecessors succeeded; those of a failed one are 'blocked'."""
        workers = [threading.Thread(target=self.work) for _ in range(1 if self.live else 2)]
        for worker in workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in workers):
                for worker in workers:
                    worker.join(HEARTBEAT / len(workers))
                self.sign_of_life()
        except BaseException:
            self.stop()
            raise
        finally:
            for worker in workers:
                worker.join()

    def stop(self) -> None:
        """End what runs and start nothing more."""
        with self.changed:
            self.stopping = True
            for process in self.running.values():
                end(process)
            self.changed.notify_all()

    def sign_of_life(self) -> None:
        """Say what is running, for how long, and its last line."""
        if self.live:
            return
        with self.changed:
            for job in [self.jobs[name] for name in self.running]:
                age = time.monotonic() - job.began
                if age >= HEARTBEAT:
                    say(f"   … {job.name}: {age:.0f} s  {last_line(job.log)}")

    def next_job(self) -> Job | None:
        """The next job that may start, if any; marks as blocked what never will."""
        if self.stopping:
            return None
        for job in self.jobs.values():
            if job.state == "waiting":
                states = {self.jobs[name].state for name in job.after}
                if states & {"failed", "blocked"}:
                    job.state = "blocked"
                    return self.next_job()
                if states <= {"done"}:
                    return job
        return None

    def work(self) -> None:
        """Take jobs until there are none."""
        while True:
            with self.changed:
                job = self.next_job()
                while job is None:
                    if not self.running:
                        self.changed.notify_all()
                        return
                    self.changed.wait()
                    job = self.next_job()
                job.state = "running"
                job.began = time.monotonic()
                process = start(job)
                self.running[job.name] = process
            code = self.follow(job, process)
            with self.changed:
                del self.running[job.name]
                job.seconds = time.monotonic() - job.began
                job.state = "failed" if code else "done"
                self.changed.notify_all()
            if not self.live:
                say(f"   {'FAIL' if code else 'ok  '} {job.name}: {job.seconds:.1f} s")

    def follow(self, job: Job, process: subprocess.Popen[str]) -> int:
        """Copy the output into the log until the process ends; returns its exit code."""
        watch = threading.Thread(target=watched, args=(process,))
        watch.start()
        assert process.stdout is not None
        with job.log.open("w") as log, process.stdout as output:
            for line in output:
                log.write(line)
                log.flush()
                if self.live:
                    print(line, end="", flush=True)
            watch.join()
            if time.monotonic() - job.began >= PATIENCE:
                log.write(f"ended after {PATIENCE} s\n")
            elif process.returncode < 0:
                log.write(f"\nended from outside, by signal {-process.returncode}\n")
        return process.returncode


def watched(process: subprocess.Popen[str]) -> None:
    """Wait for a process to end, no longer than our patience, then end what it left behind.

    A process left behind would hold the pipe open, and the lane would never end.
    """
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        pass
    end(process)
    process.wait()


def start(job: Job) -> subprocess.Popen[str]:
    """Start a job's process, the leader of a new group."""
    return subprocess.Popen(
        job.command,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    """End a process and whatever it started that is still running."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # The whole group has ended by itself, as it should.


def last_line(log: Path) -> str:
    """The last line of a log, shortened."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line.strip()[:90] for line in reversed(lines) if line.strip()), "")


def jobs_of(lanes: list[Lane]) -> list[Job]:
    """The jobs of lanes: their bases, then every set-up, then every test."""
    bases = dict.fromkeys(base for lane in lanes for base in lane.bases)
    jobs = [
        Job(f"setup {base}", [sys.executable, BASES[base]], [], LOGS / f"setup-{base}.log")
        for base in bases
    ]
    for lane in lanes:
        before = [f"setup {base}" for base in lane.bases]
        name, log = f"setup {lane.name}", LOGS / f"{lane.name}-setup.log"
        jobs.append(Job(name, lane.command("setup"), before, log))
        jobs.append(Job(lane.name, lane.command("test"), [name], LOGS / f"{lane.name}.log"))
    return jobs


def result_of(lane: Lane, jobs: dict[str, Job], problems: list[str]) -> Result:
    """What came of one lane."""
    result = Result(lane.name)
    if problems:
        result.problem, result.started = "\n".join(problems), False
        return result
    setup, test = jobs[f"setup {lane.name}"], jobs[lane.name]
    result.seconds, result.set_up = test.seconds, setup.seconds
    for job in [*(jobs[name] for name in setup.after), setup]:
        if job.state != "done":
            result.problem = f"set-up failed ({job.name})\n{tail(job.log)}"
            return result
    text = test.log.read_text(errors="replace")
    result.notes = re.findall(r"^note: (.*)$", text, re.MULTILINE)
    result.counts = counted(text)
    if test.state != "done":
        result.problem = tail(test.log)
    elif not result.counts.get("passed"):
        result.problem = f"no test ran\n{tail(test.log)}"
    elif result.counts["failed"] or result.counts["skipped"]:
        result.problem = f"a test failed or was skipped\n{tail(test.log)}"
    return result


def tail(log: Path, lines: int = 60) -> str:
    """The end of a log, and where the rest is."""
    text = log.read_text(errors="replace") if log.exists() else "(it did not start)"
    kept = text.rstrip().splitlines()[-lines:]
    return "\n".join([*kept, f"(the whole log: {log.relative_to(ROOT)})"])


def report(results: list[Result], seconds: float, *, live: bool) -> int:
    """Print failures, the table and the sum; returns the exit code."""
    failed = [result for result in results if result.problem]
    for result in failed:
        lines = (result.problem or "").splitlines()
        # One lane alone has shown its output already, if it could start.
        shown = lines[-1:] if live and result.started else lines
        say("\n".join([f"\n---- {result.lane}: FAILED ----", *shown]))
    say(f"\n{'lane':10}{'result':8}{'passed':>7}{'failed':>7}{'seconds':>9}{'set-up':>8}")
    total = {"passed": 0, "failed": 0}
    for result in results:
        counts = {**dict.fromkeys(total, 0), **result.counts}
        if result.problem and not counts["failed"]:
            counts["failed"] = 1  # A lane that could not run is a failure of its own.
        for word in total:
            total[word] += counts[word]
        word = "FAIL" if result.problem else "PASS"
        say(
            f"{result.lane:10}{word:8}{counts['passed']:7}{counts['failed']:7}"
            f"{result.seconds:9.1f}{result.set_up:8.1f}  {'; '.join(result.notes)}"
        )
    say(f"in all {seconds:.0f} s\n{total['passed']} passed, {total['failed']} failed")
    return 1 if failed or not total["passed"] else 0


def stopped(_signal: int, _frame: FrameType | None) -> None:
    """Leave through the clean-up, with the exit code of a stopped program."""
    raise SystemExit(143)


def program(words: list[str]) -> int:
    """The command line."""
    known = {lane.name: lane for lane in LANES}
    for word in words:
        if word not in known:
            raise ToolError(f"no lane {word!r}; there are {', '.join(known)}")
    lanes = [lane for lane in LANES if not words or lane.name in words]
    problems = {lane.name: missing(lane.name) for lane in lanes}
    able = [lane for lane in lanes if not problems[lane.name]]
    LOGS.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    live = len(lanes) == 1
    for lane in lanes:
        say(f"   {lane.name:10}{lane.says}{'' if lane in able else ': PREREQUISITE MISSING'}")
    runner = Runner(jobs_of(able), live=live)
    # What ends this program ends what it started.
    signal.signal(signal.SIGTERM, stopped)
    runner.run()
    results = [result_of(lane, runner.jobs, problems[lane.name]) for lane in lanes]
    return report(results, time.monotonic() - begun, live=live)


if __name__ == "__main__":
    main(program)
