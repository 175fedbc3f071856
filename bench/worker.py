"""One engine in a process of its own: verifies a scenario, then times rounds of it.

Started by ``workers``; reads one JSON request per line and answers one JSON line.
``prepare`` builds, verifies, warms up and chooses how many calls make a round;
``round`` times one; ``calls`` counts function calls per unit; ``peak`` is memory.
"""

import asyncio
import functools
import gc
import importlib
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from .engine import ENGINES, engine
from .scenario import Scenario, Work
from .scenarios import SCENARIOS

#: Calls of one round are never more than this, however little one call takes.
_MOST = 20_000


def built(name: str, scenario: Scenario, size: int) -> Work:
    """Build a scenario's work on the engine *name*; other engines have programs of their own."""
    if name in ENGINES:
        return scenario.build(engine(name), size, scenario.is_async)
    work: Work = importlib.import_module(f"bench.peers.{name}").WORKS[scenario.name](size)
    return work


class Worker:
    """A prepared scenario on one engine; *seconds* is how long a round takes at least."""

    def __init__(self, name: str, scenario: Scenario, seconds: float) -> None:
        self._name = name
        self._scenario = scenario
        self._loop = asyncio.new_event_loop() if scenario.is_async else None
        self._work = built(name, scenario, scenario.size)
        self._work.check(self._once(self._work))
        cpu, wall = time.process_time(), time.perf_counter()
        self._once(self._work)
        #: What one call takes: the larger of both, for work that waits.
        self.once = max(time.process_time() - cpu, time.perf_counter() - wall, 1e-7)
        self._repeat = max(1, min(math.ceil(seconds / self.once), _MOST))

    def prepared(self) -> dict[str, float]:
        """Return what a round is."""
        return {"once": self.once, "units": self._work.units, "repeat": self._repeat}

    def close(self) -> None:
        """Close the event loop, if the scenario has one."""
        if self._loop is not None:
            self._loop.close()

    def _once(self, work: Work) -> Any:
        if self._loop is None:
            return work.call()
        return self._loop.run_until_complete(work.call())

    def _many(self, work: Work, repeat: int) -> Any:
        """Run one call after the other and return the last one's result."""
        call = work.call
        if self._loop is None:
            for _ in range(repeat - 1):
                call()
            return call()

        async def again() -> Any:
            for _ in range(repeat - 1):
                await call()
            return await call()

        return self._loop.run_until_complete(again())

    def round(self) -> dict[str, float]:
        """Time one round; CPU and wall seconds of one call.  Its last result is verified, too."""
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        result = self._many(self._work, self._repeat)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        self._work.check(result)
        return {"cpu": cpu / self._repeat, "wall": wall / self._repeat}

    def calls(self) -> dict[str, float]:
        """Count function calls per unit: what twice the work adds, so no fixed cost."""
        size = min(self._scenario.size, 200)
        small = built(self._name, self._scenario, size)
        large = built(self._name, self._scenario, 2 * size)
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

    gc.collect()
    gc.disable()  # what it calls is not the engine's
    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        gc.enable()
    return count


def peak() -> int:
    """Return the most bytes this process had resident so far."""
    import resource  # not on every host that imports this module

    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def answered(worker: Worker, do: str) -> dict[str, Any]:
    """Do one request on a prepared worker."""
    if do == "round":
        return worker.round()
    if do == "calls":
        return worker.calls()
    return {"peak": peak()}


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
                answer: dict[str, Any] = worker.prepared()
            elif worker is None:
                raise RuntimeError("nothing is prepared")
            else:
                answer = answered(worker, request["do"])
        except Exception as error:  # noqa: BLE001 - the parent reports it and goes on
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
