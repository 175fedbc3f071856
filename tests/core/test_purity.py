"""The planner imports nothing that could wait, tell the time or surprise."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

BLOCKED = (
    "asyncio",
    "concurrent",
    "datetime",
    "js",
    "msgpack",
    "pyodide",
    "random",
    "select",
    "selectors",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "threading",
    "time",
    "uuid",
)

#: A name that is None in sys.modules cannot be imported, even if the interpreter has it already.
PROGRAM = """
import json, sys
portions, blocked = json.loads(sys.argv[1])
sys.path[:0] = portions
sys.modules.update(dict.fromkeys(blocked))
import anystep._planner as planner
for name in blocked:
    del sys.modules[name]  # The interpreter asks threading to shut down.
print(json.dumps(sorted(name for name in vars(planner) if not name.startswith("__"))))
"""


def portions() -> list[str]:
    """The folders that hold a part of the namespace."""
    spec = importlib.util.find_spec("anystep")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return [str(Path(folder).parent) for folder in spec.submodule_search_locations]


def test_the_planner_imports_without_clock_entropy_or_io() -> None:
    """With every such module blocked, anystep._planner imports and has its parts."""
    done = subprocess.run(
        # Without site, nothing has imported a blocked module on the way.
        [sys.executable, "-I", "-S", "-c", PROGRAM, json.dumps([portions(), BLOCKED])],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)
