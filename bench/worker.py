"""One engine in a process of its own: verifies a scenario, then times rounds of it.

Started by ``pair``; reads one JSON request per line and answers one JSON line.
``prepare`` builds, verifies, warms up and chooses how many calls make a round;
``round`` times one; ``calls`` counts function calls per unit.
"""

import asyncio
import functools
import gc
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from .catalogue import SCENARIOS
from .engine import engine
from .scenario import Scenario, Work


class Worker:
    """A prepared scenario on one engine."""

    def __init__(self, root: str, scenario: Scenario, seconds: float) -> None:
        self._lib = engine(root)
        self._scenario = scenario
        self._loop = asyncio.new_event_loop() if scenario.is_async else None
        self._work = scenario.build(self._lib, scenario.size)
        self._work.check(self._once(self._work))
        began = time.process_time()
        self._once(self._work)
        once = max(time.process_time() - began, 1e-7)
        self._repeat = max(1, min(math.ceil(seconds / once), 20_000))

    def _once(self, work: Work) -> Any:
        if self._loop is None:
            return work.call()
        return self._loop.run_until_complete(work.call())

    def _many(self, work: Work, repeat: int) -> None:
        call = work.call
        if self._loop is None:
            for _ in range(repeat):
                call()
            return

        async def again() -> None:
            for _ in range(repeat):
                await call()

        self._loop.run_until_complete(again())

    def round(self) -> dict[str, float]:
        """Time one round; CPU and wall seconds of one call, and its units."""
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        self._many(self._work, self._repeat)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return {
            "cpu": cpu / self._repeat,
            "wall": wall / self._repeat,
            "units": self._work.units,
            "repeat": self._repeat,
        }

    def calls(self) -> dict[str, float]:
        """Count function calls per unit: what twice the work adds, so no fixed cost."""
        size = min(self._scenario.size, 200)
        small = self._scenario.build(self._lib, size)
        large = self._scenario.build(self._lib, 2 * size)
        counts = []
        for work in (small, large):
            self._once(work)
            counts.append(_counted(functools.partial(self._once, work)))
        added = large.units - small.units
        if not added:  # a size that changes no amount of work
            return {"calls": counts[0] / small.units}
        return {"calls": (counts[1] - counts[0]) / added}


def _counted(action: Callable[[], Any]) -> int:
    """Return how many Python and C functions *action* calls, in all its threads."""
    count = 0

    def profile(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return count


def main() -> None:
    """Answer requests until the input ends."""
    # Whatever an engine prints goes to the error stream: the answers own the other.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker: Worker | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                scenario = SCENARIOS[request["scenario"]]
                worker = Worker(request["engine"], scenario, request["seconds"])
                answer: dict[str, Any] = {}
            elif worker is None:
                raise RuntimeError("nothing is prepared")
            else:
                answer = worker.round() if request["do"] == "round" else worker.calls()
        except Exception as error:  # noqa: BLE001 - the parent reports it and goes on
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
