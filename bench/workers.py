"""Workers: processes of their own that verify a scenario and time rounds of it."""

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent

#: How a worker is started that runs in this interpreter.
HERE = (sys.executable, "-m", "bench.worker")


def environment() -> dict[str, str]:
    """Return the environment of workers and probes: ours, the tree, bytecode kept as pip keeps it."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": "0",
        "PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "bench" / "bytecode"),
    }


class Failed(Exception):
    """A worker or a probe could not do its work; the message says why."""


class Worker:
    """A process and its pipe: one JSON line each way per question."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer.  Raises Failed."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise Failed("the worker has no pipe")
        try:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failed(f"the worker ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def close(self) -> None:
        """End the process, and wait until it has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # it died with a question unread; the asker knows
        self._process.wait()


@contextmanager
def worker(command: tuple[str, ...] = HERE) -> Iterator[Worker]:
    """A worker for the time of a block."""
    process = Worker(command)
    try:
        yield process
    finally:
        process.close()


def probed(name: str, *words: object) -> dict[str, Any]:
    """Run ``bench/probes/<name>.py`` in a fresh interpreter and return what it answers.

    Raises Failed with its last words.
    """
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "probes" / f"{name}.py"), *map(str, words)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["no output"])[-1])
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
