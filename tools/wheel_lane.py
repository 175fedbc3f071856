"""The wheel lane: what ``pip install`` of the built wheel brings, and what it costs.

    python3 tools/wheel_lane.py setup     install the wheel into an empty environment
    python3 tools/wheel_lane.py test      look at it as a user would

Nothing but pip is in that environment before.  Types are checked there too: what a
user's checker sees is the installed package with its ``py.typed``, not the sources.
"""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

from check import pyright
from interpreters import preferred
from npm import package
from project import CACHE, ROOT, ToolError, main, run, say, venv_python
from setup_env import ensure_dev, ensure_venv
from wheel import wheel_path

VENV = CACHE / "venvs" / "wheel"
TYPING = CACHE / "typing"

#: The whole of what a user gets.
BROUGHT = {"anystep", "msgpack"}
#: What an empty environment has of its own.
OWN = {"pip", "setuptools"}

#: Run in a fresh interpreter: milliseconds of CPU, megabytes of memory, modules.
#: (Not ru_maxrss: it still has the peak of the process before exec.)
WEIGH = """
import json, sys, time
before, began = set(sys.modules), time.process_time()
from anystep.graph import StateGraph
ms = (time.process_time() - began) * 1000
with open("/proc/self/status") as status:
    kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
print(json.dumps([ms, kilobytes / 1024, len(set(sys.modules) - before)]))
"""

#: Three times the budgets of the design: a busy machine is slow, a mistake is slower.
LIMITS = {"ms": 75.0, "MB": 39.0}

FIRST_PROGRAM = """
from typing import TypedDict
from anystep.graph import END, START, StateGraph

class State(TypedDict):
    text: str

def node_a(state: State) -> dict:
    return {"text": state["text"] + "a"}

def node_b(state: State) -> dict:
    return {"text": state["text"] + "b"}

graph = StateGraph(State)
graph.add_node("node_a", node_a)
graph.add_node("node_b", node_b)
graph.add_edge(START, "node_a")
graph.add_edge("node_a", "node_b")
graph.add_edge("node_b", END)
print(graph.compile().invoke({"text": ""}))
"""


def python(*words: str) -> str:
    """Run the environment's Python, isolated from everything around it."""
    return run([venv_python(VENV), "-I", *words], cwd=CACHE, quiet=True)


def brings_msgpack_only() -> None:
    """Installing the wheel installs msgpack and nothing else."""
    listed = json.loads(python("-m", "pip", "list", "--format=json", "--disable-pip-version-check"))
    names = {row["name"].lower() for row in listed} - OWN
    if names != BROUGHT:
        raise ToolError(f"pip install brought {sorted(names)}, expected {sorted(BROUGHT)}")


def is_consistent() -> None:
    """The installer finds every requirement satisfied."""
    python("-m", "pip", "check", "--disable-pip-version-check")


def runs_a_first_program() -> None:
    """A tutorial's first program runs after renaming the import."""
    printed = python("-c", FIRST_PROGRAM).strip()
    if printed != "{'text': 'ab'}":
        raise ToolError(f"the first program printed {printed!r}")


def imports_quickly() -> None:
    """Importing the front door stays near its budget of time and memory."""
    rounds = [json.loads(python("-c", WEIGH)) for _ in range(7)]
    ms, memory, modules = (statistics.median(row[column] for row in rounds) for column in range(3))
    say(
        f"note: import {ms:.0f} ms CPU, {memory:.1f} MB with Python, {modules:.0f} modules; "
        f"wheel {wheel_path().stat().st_size / 1024:.0f} KB"
    )
    if ms > LIMITS["ms"] or memory > LIMITS["MB"]:
        raise ToolError(f"import took {ms:.0f} ms and {memory:.1f} MB; the limits are {LIMITS}")


def typing_folder() -> Path:
    """A folder with the type tests and no settings of ours around them."""
    shutil.rmtree(TYPING, ignore_errors=True)
    shutil.copytree(ROOT / "tests" / "typing", TYPING)
    (TYPING / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}\n')
    return TYPING


def mypy_understands() -> None:
    """mypy --strict finds the types of the installed package."""
    words = ("--strict", "--config-file=", f"--cache-dir={CACHE / 'mypy-wheel'}")
    folder = typing_folder()
    files = sorted(folder.glob("*.py"))
    run(
        [venv_python(), "-m", "mypy", *words, "--python-executable", venv_python(VENV), *files],
        cwd=folder,
    )


def pyright_understands() -> None:
    """pyright in strict mode finds the types of the installed package."""
    pyright("--pythonpath", venv_python(VENV), cwd=typing_folder())


def setup() -> None:
    """An empty environment with the wheel in it, and the checkers beside."""
    ensure_dev("dev")
    package("pyright")
    ensure_venv(VENV, preferred(), [], wheel=wheel_path())


def steps() -> Iterator[Callable[[], None]]:
    """Everything that must be true."""
    yield brings_msgpack_only
    yield is_consistent
    yield runs_a_first_program
    yield imports_quickly
    yield mypy_understands
    yield pyright_understands


def test() -> int:
    """Look at each; 0 if all are true."""
    failed = 0
    for step in steps():
        try:
            step()
            say(f"ok    {step.__doc__}")
        except ToolError as error:
            failed += 1
            say(f"FAIL  {step.__doc__}\n{error}")
    say(f"{len(list(steps())) - failed} passed, {failed} failed")
    return 1 if failed else 0


def program(words: list[str]) -> int:
    """The command line."""
    if words == ["setup"]:
        setup()
        return 0
    if words == ["test"]:
        return test()
    raise ToolError("say setup or test")


if __name__ == "__main__":
    main(program)
