"""Bytes of one checkpoint more, early and late in a growing list: ``checkpoints.py <engine>``.

Counted by tracemalloc: what the saver in memory holds once the run is over.
"""

import gc
import json
import sys
import tracemalloc
from typing import Any

from bench.engine import engine
from bench.scenarios.saved import GROWN, NUMBER, Shape, thread
from bench.scenarios.states import around


def held(lib: Any, shape: Shape, steps: int) -> int:
    """Run *steps* steps with a checkpoint of each and return the bytes that are still held."""
    (key,) = shape.given
    saver = lib.InMemorySaver()
    graph = around(lib, shape.schema, shape.node, steps, key, checkpointer=saver)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    graph.invoke(shape.given, thread(1), durability="sync")
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    if len(list(saver.list(thread(1)))) != steps + 2:
        raise AssertionError("there is not one checkpoint for every step")
    return after - before


def per_checkpoint(lib: Any, shape: Shape) -> tuple[float, float]:
    """Return the bytes of a checkpoint between steps 400 and 800, and from there to 1600."""
    held(lib, shape, 20)  # what is made once and kept is not a checkpoint's
    first, second, third = (held(lib, shape, steps) for steps in (400, 800, 1600))
    return (second - first) / 400, (third - second) / 800


if __name__ == "__main__":
    library = engine(sys.argv[1])
    early, late = per_checkpoint(library, GROWN)
    number = per_checkpoint(library, NUMBER)[1]
    print(json.dumps({"list_early": early, "list_late": late, "number": number}))
