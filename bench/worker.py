"""One engine in one process: reads the names of scenarios, answers with figures.

    python bench/worker.py anystep|langgraph

Each line of standard input is a scenario's number and whether to count calls; the
answer is one line of JSON: microseconds of CPU per unit, or function calls per unit.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from types import FrameType
from typing import Any

from scenarios import SCENARIOS, Work

#: Repeat short work until it has taken this long, so that the clock's grain is nothing.
SECONDS = 0.05


def cpu(work: Work) -> float:
    """Microseconds of this process's CPU per unit of work."""
    gc.collect()
    begun, rounds = time.process_time(), 0
    while rounds == 0 or time.process_time() - begun < SECONDS:
        work.run()
        rounds += 1
    return (time.process_time() - begun) / rounds / work.units * 1e6


def calls(work: Work) -> float:
    """Function calls per unit of work, of Python's and of C's: load cannot move it."""
    count = 0

    def counting(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counting)
    try:
        work.run()
    finally:
        sys.setprofile(None)
    return count / work.units


def main() -> None:
    """Answer until there are no more questions."""
    package = sys.argv[1]
    works: dict[int, Work] = {}
    for line in sys.stdin:
        number, how = line.split()
        index = int(number)
        if index not in works:
            works[index] = SCENARIOS[index].build(package)
            works[index].run()
        figure = calls(works[index]) if how == "calls" else cpu(works[index])
        print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
