"""Both engines of one scenario, each in its process, timed in turn."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from .scenario import Scenario


class Failed(Exception):
    """A worker could not do its scenario; the message says why."""


class Sample(NamedTuple):
    """CPU and wall seconds of one call, in one round."""

    cpu: float
    wall: float


class Timing(NamedTuple):
    """One engine's rounds."""

    samples: list[Sample]
    units: int
    repeat: int
    calls: float | None


class _Process:
    """A worker and its pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise Failed("the worker has no pipe")
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise Failed(f"the worker ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def close(self) -> None:
        """End the worker."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


@contextmanager
def _process() -> Iterator[_Process]:
    process = _Process()
    try:
        yield process
    finally:
        process.close()


def timed(
    scenario: Scenario,
    engines: tuple[str, ...],
    rounds: int,
    seconds: float,
    tell: Callable[[str], None],
) -> dict[str, Timing]:
    """Verify and time *scenario* on *engines*, their rounds interleaved.

    *seconds* is how long one round should take at least.  Raises Failed.
    """
    with ExitStack() as stack:
        workers: dict[str, _Process] = {}
        for name in engines:
            tell(f"{scenario.name}: preparing {name}")
            workers[name] = stack.enter_context(_process())
            workers[name].ask(do="prepare", scenario=scenario.name, engine=name, seconds=seconds)
        samples: dict[str, list[Sample]] = {name: [] for name in engines}
        shape: dict[str, tuple[int, int]] = {}
        for number in range(rounds):
            for name in engines:
                tell(f"{scenario.name}: round {number + 1}/{rounds} {name}")
                answer = workers[name].ask(do="round")
                samples[name].append(Sample(answer["cpu"], answer["wall"]))
                shape[name] = (answer["units"], answer["repeat"])
        calls: dict[str, float | None] = dict.fromkeys(engines)
        if scenario.counted:
            for name in engines:
                tell(f"{scenario.name}: counting calls of {name}")
                calls[name] = workers[name].ask(do="calls")["calls"]
    return {name: Timing(samples[name], *shape[name], calls[name]) for name in engines}
