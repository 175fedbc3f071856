"""Resident bytes per run that waits inside its second node: ``paused.py <engine> <runs>``."""

import asyncio
import gc
import json
import sys
from typing import Any

from bench.engine import engine
from bench.probes.memory import resident
from bench.scenarios.chains import Number

_WARM = 50


async def held(lib: Any, count: int) -> float:
    """Start *count* runs, let all of them wait, look at the memory, let them end."""
    gate, full = asyncio.Event(), asyncio.Event()
    waiting = wanted = 0

    async def waits(state: Number) -> dict[str, int]:
        nonlocal waiting
        waiting += 1
        if waiting == wanted:
            full.set()
        await gate.wait()
        return {"n": state["n"] + 1}

    async def passes(state: Number) -> dict[str, int]:
        return {"n": state["n"] + 1}

    builder = lib.StateGraph(Number)
    builder.add_node("a", passes).add_node("b", waits).add_node("c", passes)
    builder.add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", "c")
    graph = builder.compile()

    async def started(runs: int) -> list[asyncio.Future[Any]]:
        nonlocal wanted
        wanted = waiting + runs
        full.clear()
        tasks = [asyncio.ensure_future(graph.ainvoke({"n": 0})) for _ in range(runs)]
        await full.wait()
        gc.collect()
        return tasks

    warm = await started(_WARM)
    before = resident()
    tasks = await started(count)
    after = resident()
    gate.set()
    results = await asyncio.gather(*warm, *tasks)
    if any(result != {"n": 3} for result in results):
        raise AssertionError("a run ended with the wrong result")
    return float(after - before) / count


if __name__ == "__main__":
    print(json.dumps({"bytes": asyncio.run(held(engine(sys.argv[1]), int(sys.argv[2])))}))
