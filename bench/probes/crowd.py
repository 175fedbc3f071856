"""Many runs at a time, of three steps that each await 50 ms: ``crowd.py <engine> <runs>``."""

import asyncio
import json
import sys
import time

from bench.engine import engine
from bench.probes.memory import peak, resident
from bench.scenarios.chains import Number, chain_builder


async def _awaits(state: Number) -> dict[str, int]:
    await asyncio.sleep(0.05)
    return {"n": state["n"] + 1}


async def crowd(name: str, count: int) -> dict[str, float]:
    """Run *count* runs side by side and return what they took."""
    graph = chain_builder(engine(name), 3, _awaits).compile()
    await graph.ainvoke({"n": 0})
    before = resident()
    cpu, wall = time.process_time(), time.perf_counter()
    results = await asyncio.gather(*(graph.ainvoke({"n": n}) for n in range(count)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if [result["n"] for result in results] != list(range(3, count + 3)):
        raise AssertionError("a run ended with another run's result")
    return {
        "runs": count,
        "cpu_us_per_run": cpu / count * 1e6,
        "wall_seconds": wall,
        "peak": peak(),
        "bytes_per_run": (peak() - before) / count,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(crowd(sys.argv[1], int(sys.argv[2])))))
