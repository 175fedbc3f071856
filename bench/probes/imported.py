"""CPU seconds and memory of importing the front door: ``imported.py <engine>``."""

import sys
import time

from bench.probes.memory import resident

door = {
    "anystep": "from anystep.graph import StateGraph",
    "langgraph": "from langgraph.graph import StateGraph",
}[sys.argv[1]]

began = time.process_time()
exec(door)  # noqa: S102 - one of the two lines above
took = time.process_time() - began
held, modules, loop = resident(), len(sys.modules), "asyncio" in sys.modules

import json

print(json.dumps({"seconds": took, "resident": held, "modules": modules, "asyncio": loop}))
