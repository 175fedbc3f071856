"""Make what the optional columns of the bench need, on demand, each in a place of its own.

    python3 tools/bench_columns.py worker NAME        prints {"version", "command"} as JSON
    python3 tools/bench_columns.py host NAME WORDS    times scenarios there, prints the answer

NAME is one of ``pydantic_graph``, ``burr`` and ``langgraph_js``, or ``pyodide`` and ``wasi``;
WORDS is the JSON that ``bench.inside`` reads.  The answer is the last line that is printed.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pyodide_lane
import wasi_lane
from interpreters import preferred
from npm import node24
from project import CACHE, ROOT, ToolError, content_hash, exclusive, fresh, main, run, say, stamp
from setup_env import ensure_venv

__all__ = ["HOSTS", "WORKERS"]

BENCH = ROOT / "bench"
JAVASCRIPT = BENCH / "peers" / "langgraph_js"
FOLDER = CACHE / "bench"

#: Other engines from the Python package index, by the module that has their programs.
PINNED = {"pydantic_graph": "pydantic-graph==2.68.0", "burr": "apache-burr==0.42.0"}


def python_peer(name: str) -> dict[str, Any]:
    """A worker of another Python engine in an environment of its own."""
    pin = PINNED[name]
    venv = CACHE / "venvs" / f"bench-{name}"
    python = ensure_venv(venv, preferred(), [pin])
    return {"version": pin.replace("==", " "), "command": [str(python), "-m", "bench.worker"]}


def javascript_peer(name: str) -> dict[str, Any]:
    """A worker of LangGraph.js under Node."""
    folder = FOLDER / name
    files = [JAVASCRIPT / file for file in ("package.json", "package-lock.json", ".npmrc")]
    worker = JAVASCRIPT / "worker.mjs"
    with exclusive("bench-npm"):
        node = node24()
        key = content_hash(files)
        if not (fresh("bench-npm", key) and (folder / "node_modules").is_dir()):
            npm = shutil.which("npm")
            if npm is None:
                raise ToolError("npm was not found on PATH; on Debian: apt-get install npm")
            folder.mkdir(parents=True, exist_ok=True)
            for file in files:
                shutil.copy(file, folder / file.name)
            run([npm, "ci", "--no-progress", "--loglevel=error"], cwd=folder, quiet=True)
            stamp("bench-npm", key)
        # Node looks for packages beside the file that asks for them.
        shutil.copy(worker, folder / worker.name)
    pins = json.loads((JAVASCRIPT / "package.json").read_text())["dependencies"]
    version = f"LangGraph.js {pins['@langchain/langgraph']}"
    return {"version": version, "command": [str(node), str(folder / worker.name)]}


def pyodide(words: str) -> dict[str, Any]:
    """Time scenarios in Pyodide under Node, with the wheel of ``dist/``."""
    asked = json.loads(words)
    answer = pyodide_lane.inside("timed", asked, [], module="bench.inside", folder="/repo")
    version = json.loads((pyodide_lane.pyodide_folder() / "package.json").read_text())["version"]
    return {"version": f"Pyodide {version}", **answer["answer"]}


def wasi(words: str) -> dict[str, Any]:
    """Time scenarios in a component under wasmtime, with the wheel of ``dist/``."""
    python = wasi_lane.setup()
    sources = [BENCH / "inside.py", BENCH / "engine.py", BENCH / "scenario.py", BENCH / "scenarios"]
    folder = FOLDER / "wasi"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bench").mkdir(parents=True)
    (folder / "bench" / "__init__.py").touch()
    for source in sources:
        copy: Callable[..., Any] = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / "bench" / source.name)
    file = wasi_lane.component("bench", "bench.inside:main", [folder], sources)
    printed = run(
        [python, "-m", "anystep.wasi", "run", file, "--", words],
        env=wasi_lane.environment(),
        quiet=True,
    )
    version = re.sub(r"^.*, ", "", wasi_lane.tool_versions())
    answer: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    return {"version": version, **answer}


WORKERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "pydantic_graph": python_peer,
    "burr": python_peer,
    "langgraph_js": javascript_peer,
}
HOSTS: dict[str, Callable[[str], dict[str, Any]]] = {"pyodide": pyodide, "wasi": wasi}


def program(words: list[str]) -> int:
    """The command line."""
    try:
        kind, name, *rest = words
        made = WORKERS[name](name) if kind == "worker" else HOSTS[name](rest[0])
    except (ValueError, KeyError, IndexError) as error:
        raise ToolError(__doc__ or "") from error
    say(json.dumps(made))
    return 0


if __name__ == "__main__":
    main(program)
