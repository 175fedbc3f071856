"""What an import needs, costs and captures: every public module, the front door above all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LISTED = Path(__file__).with_name("public_modules.txt")

#: Modules that make an import slow; the front door leaves them to the function that needs
#: them, because its whole budget is 25 ms of CPU (asyncio alone takes 36, dataclasses 14).
HEAVY = {
    "asyncio",
    "concurrent.futures",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "email",
    "hashlib",
    "http",
    "importlib.metadata",
    "inspect",
    "json",
    "logging",
    "msgpack",
    "pathlib",
    "random",
    "selectors",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "traceback",
    "urllib",
    "uuid",
}

#: How many modules the front door may add to a bare interpreter.
MOST = 32

#: How many of ours a first run may bring, from the import to the result.
MOST_TO_RUN = 70

#: Refuses what is neither ours, nor the standard library's, nor msgpack.
BARE = """
import json, sys

class NothingElse:
    allowed = {*sys.stdlib_module_names, "anystep", "msgpack"}
    def find_spec(self, name, path=None, target=None):
        # The one module of the standard library whose name depends on the machine.
        if name.startswith("_sysconfigdata"):
            return
        if name.partition(".")[0] not in self.allowed:
            raise ModuleNotFoundError(f"{name} is not installed here", name=name)

sys.meta_path.insert(0, NothingElse())
failed = {}
for name in json.loads(sys.argv[1]):
    try:
        __import__(name)
    except ImportError as error:
        failed[name] = str(error)
print(json.dumps(failed))
"""

#: Imports everything once, so that the standard library is there, then again without
#: a clock, without entropy and without an environment to read.
SNAPSHOT = """
import json, os, random, sys, time
names = json.loads(sys.argv[1])
for name in names:
    __import__(name)
for name in [name for name in sys.modules if name.partition(".")[0] == "anystep"]:
    del sys.modules[name]

def refuse(*args, **kwargs):
    raise RuntimeError("read at import: it would be frozen into a snapshot")

class NoEnvironment(dict):
    __getitem__ = get = __contains__ = __iter__ = keys = items = refuse

clocks = [name for name in vars(time) if name.split("_")[0] in
          {"time", "monotonic", "perf", "process", "thread"} and callable(getattr(time, name))]
for module, functions in {
    time: clocks,
    os: ["urandom", "getenv", "getpid"],
    random: ["random", "getrandbits", "Random", "SystemRandom"],
}.items():
    for name in functions:
        setattr(module, name, refuse)
os.environ = NoEnvironment()
failed = {}
for name in names:
    try:
        __import__(name)
    except RuntimeError as error:
        failed[name] = str(error)
print(json.dumps(failed))
"""

FRONT_DOOR = """
import json, sys
before = set(sys.modules)
from anystep.graph import StateGraph
print(json.dumps(sorted(set(sys.modules) - before)))
"""

FIRST_RUN = """
import json, operator, sys
before = set(sys.modules)
from typing import Annotated, TypedDict
from anystep.graph import END, START, StateGraph

class State(TypedDict):
    said: Annotated[list[str], operator.add]
    turn: int

graph = StateGraph(State)
graph.add_node("speak", lambda state: {"said": ["hi"], "turn": 1}).add_edge(START, "speak")
graph.add_conditional_edges("speak", lambda state: END, [END])
assert graph.compile().invoke({"said": []}) == {"said": ["hi"], "turn": 1}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def listed() -> dict[str, str]:
    """The public modules, each with the extra it needs ('' for none)."""
    lines = [line.partition(" needs ") for line in LISTED.read_text().splitlines()]
    return {name.strip(): extra.strip() for name, _, extra in lines if name[:1] not in {"", "#"}}


def python(program: str, *words: str) -> Any:
    """What a program prints as JSON in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, *words], capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_public_modules_import_with_msgpack_alone() -> None:
    """Only the modules that the list says need an extra fail without it."""
    failed = python(BARE, json.dumps(list(listed())))

    assert {name for name, extra in listed().items() if extra} == set(failed), failed


def test_importing_captures_no_clock_entropy_or_environment() -> None:
    """Importing again reads nothing that a WASI or Pyodide snapshot would freeze."""
    bare = [name for name, extra in listed().items() if not extra]

    assert python(SNAPSHOT, json.dumps(bare)) == {}


def test_the_front_door_leaves_slow_modules_alone() -> None:
    """Importing StateGraph imports no module that makes an import slow."""
    imported = set(python(FRONT_DOOR))

    assert set() == imported & HEAVY


def test_the_front_door_is_small() -> None:
    """Importing StateGraph adds a bounded number of modules to a bare interpreter."""
    imported = python(FRONT_DOOR)

    assert len(imported) <= MOST, "\n".join(imported)


def test_describing_a_graph_leaves_the_engine_alone() -> None:
    """The planner and the drivers come with `compile`, not with StateGraph."""
    imported = python(FRONT_DOOR)

    assert [
        name for name in imported if name.startswith(("anystep._planner", "anystep.pregel"))
    ] == []


def test_a_first_run_leaves_slow_modules_alone() -> None:
    """A plain graph with a reducer and a router compiles and runs without a slow module."""
    imported = set(python(FIRST_RUN))

    assert set() == imported & HEAVY


def test_a_first_run_is_small() -> None:
    """From the import to the result of a plain graph, few modules of ours are brought."""
    ours = [name for name in python(FIRST_RUN) if name.startswith("anystep")]

    assert len(ours) <= MOST_TO_RUN, "\n".join(ours)
