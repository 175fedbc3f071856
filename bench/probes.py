"""What needs a fresh process each: import, memory of paused runs, bytes of checkpoints."""

import json
import subprocess
import sys
from typing import Any

_HEAD = """
import gc, json, os, sys, time
def resident():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource
        scale = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
"""

_IMPORT = """
began = time.process_time()
from {engine}.graph import StateGraph
took = time.process_time() - began
print(json.dumps({{"seconds": took, "resident": resident(), "modules": len(sys.modules),
                   "asyncio": "asyncio" in sys.modules}}))
"""

_PAUSED = """
import asyncio
from typing import TypedDict
from {engine}.graph import START, StateGraph
class Number(TypedDict):
    n: int
async def main(count):
    gate = asyncio.Event()
    waiting = 0
    async def waits(state):
        nonlocal waiting
        waiting += 1
        await gate.wait()
        return {{"n": state["n"] + 1}}
    async def passes(state):
        return {{"n": state["n"] + 1}}
    builder = StateGraph(Number)
    builder.add_node("a", passes); builder.add_node("b", waits); builder.add_node("c", passes)
    builder.add_edge(START, "a"); builder.add_edge("a", "b"); builder.add_edge("b", "c")
    graph = builder.compile()
    async def settle(runs):
        while waiting < runs:
            await asyncio.sleep(0)
    warm = [asyncio.ensure_future(graph.ainvoke({{"n": 0}})) for _ in range(50)]
    await settle(50)
    gc.collect()
    before = resident()
    runs = [asyncio.ensure_future(graph.ainvoke({{"n": 0}})) for _ in range(count)]
    await settle(50 + count)
    gc.collect()
    after = resident()
    gate.set()
    results = await asyncio.gather(*warm, *runs)
    assert all(result == {{"n": 3}} for result in results), "wrong result"
    return (after - before) / count
print(json.dumps({{"bytes": asyncio.run(main({count}))}}))
"""

_CHECKPOINTS = """
import operator, tracemalloc
from typing import Annotated, TypedDict
from {engine}.graph import START, END, StateGraph
from {engine}.checkpoint.memory import InMemorySaver
class Grown(TypedDict):
    xs: Annotated[list, operator.add]
def node(state):
    return {{"xs": ["message number %d" % len(state["xs"])]}}
def held(steps):
    builder = StateGraph(Grown)
    builder.add_node("a", node); builder.add_edge(START, "a")
    builder.add_conditional_edges("a", lambda s: "a" if len(s["xs"]) < steps else END, ["a", END])
    saver = InMemorySaver()
    graph = builder.compile(checkpointer=saver)
    config = {{"configurable": {{"thread_id": "t"}}, "recursion_limit": steps + 10}}
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    result = graph.invoke({{"xs": []}}, config, durability="sync")
    assert len(result["xs"]) == steps
    del result
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return after - before
held(20)
first, second, third = held(400), held(800), held(1600)
print(json.dumps({{"early": (second - first) / 400, "late": (third - second) / 800}}))
"""


def _probed(text: str, **values: Any) -> dict[str, Any]:
    """Run a program in a fresh interpreter; raises RuntimeError with its last words."""
    done = subprocess.run(
        [sys.executable, "-c", _HEAD + text.format(**values)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no output"])[-1])
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def imported(engine: str) -> dict[str, Any]:
    """CPU seconds, resident bytes and modules of importing the front door."""
    return _probed(_IMPORT, engine=engine)


def paused(engine: str, count: int) -> float:
    """Resident bytes per run that waits inside its second node."""
    return float(_probed(_PAUSED, engine=engine, count=count)["bytes"])


def checkpoint_bytes(engine: str) -> dict[str, Any]:
    """Bytes one more checkpoint of a growing list costs, early and late in the list."""
    return _probed(_CHECKPOINTS, engine=engine)
