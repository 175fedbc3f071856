"""Memory of a long run whose every step is streamed: ``marathon.py <engine> <steps>``."""

import json
import sys
import time

from bench.engine import engine
from bench.probes.memory import peak, resident
from bench.scenario import limit
from bench.scenarios.chains import looped

if __name__ == "__main__":
    size = int(sys.argv[2])
    graph = looped(engine(sys.argv[1]), size, False)
    early, count = 0, 0
    began = time.process_time()
    for event in graph.stream({"n": 0}, limit(size), stream_mode="updates"):
        count += 1
        if count == size // 100:
            early = resident()
        if event["step"]["n"] != count:
            raise AssertionError(f"event {count} says {event!r}")
    took = time.process_time() - began
    if count != size:
        raise AssertionError(f"{count} events came of {size}")
    found = {"steps": size, "early": early, "late": resident(), "peak": peak()}
    print(json.dumps(found | {"cpu_us_per_step": took / size * 1e6}))
