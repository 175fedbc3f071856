"""What runs inside Pyodide and inside a WASI component: scenarios, verified and timed by the wall.

Neither host has a clock of CPU time, processes or another engine beside us, so these are
figures to look at; no budget is judged by them.  A component has the modules that were
imported while it was built: all of anystep is among them.
"""

import gc
import json
import math
import sys
import time
from typing import Any

from .engine import engine
from .scenario import Scenario
from .scenarios import SCENARIOS

#: What is timed unless the caller says otherwise.
NAMES = (
    "chain_100", "chain_100_async", "chain_1000", "chain_1000_async", "loop_router",
    "loop_router_async", "stream_updates", "stream_updates_async", "send_100_async",
    "send_1000_async", "saved_int", "saved_int_async",
)  # fmt: skip


async def _once(call: Any, is_async: bool) -> Any:
    return await call() if is_async else call()


async def _rounds(scenario: Scenario, rounds: int, seconds: float) -> dict[str, Any]:
    """Verify a scenario and time rounds of it; wall seconds of one call each."""
    work = scenario.build(engine("anystep"), scenario.size, scenario.is_async)
    work.check(await _once(work.call, scenario.is_async))
    began = time.perf_counter()
    await _once(work.call, scenario.is_async)
    once = max(time.perf_counter() - began, 1e-6)
    repeat = max(1, math.ceil(seconds / once))
    walls: list[float] = []
    for _ in range(rounds):
        gc.collect()
        began = time.perf_counter()
        for _ in range(repeat):
            await _once(work.call, scenario.is_async)
        walls.append((time.perf_counter() - began) / repeat)
    return {"units": work.units, "wall_seconds_per_call": walls}


async def timed(argument: str) -> str:
    """Time ``{"names", "rounds", "seconds"}``; answers ``{"python", "scenarios": {name: …}}``."""
    asked = json.loads(argument)
    found = {
        name: await _rounds(SCENARIOS[name], asked["rounds"], asked["seconds"])
        for name in asked["names"]
    }
    return json.dumps({"python": sys.version.split()[0], "scenarios": found})


async def main() -> None:
    """Answer the first word of the command line on standard output: the component's command."""
    print(await timed(sys.argv[1]))
