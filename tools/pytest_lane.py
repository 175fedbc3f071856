"""The lanes that are pytest on CPython: the wheel on two Pythons, parity, the documents.

    python3 tools/pytest_lane.py setup LANE
    python3 tools/pytest_lane.py test LANE [pytest's words]

``cpython`` and ``newest`` run against the *installed wheel* in an environment that has
nothing else of ours, on the oldest supported Python and on the newest one found here.
``parity`` and ``docs`` run in ``.venv``, where langgraph and the sources are.
"""

from __future__ import annotations

from pathlib import Path

from interpreters import Interpreter, floor, newest
from project import CACHE, ROOT, ToolError, main, run, say, venv_python
from setup_env import ensure_dev, ensure_venv, requirements
from wheel import wheel_path

#: What a lane leaves to the lanes that are about it.
ELSEWHERE = ("parity", "typing", "docs", "core/test_docs.py")

LANES = {
    "cpython": ["tests", *(f"--ignore=tests/{path}" for path in ELSEWHERE)],
    "newest": ["tests", *(f"--ignore=tests/{path}" for path in ELSEWHERE)],
    "parity": ["tests/parity"],
    "docs": ["tests/core/test_docs.py", "tests/core/test_examples.py"],
}


def interpreter(lane: str) -> Interpreter | None:
    """The Python whose environment has the wheel, or None for the lanes of ``.venv``."""
    return {"cpython": floor, "newest": newest}[lane]() if lane in ("cpython", "newest") else None


def setup(lane: str) -> Path:
    """Make the lane's environment, or find it made; returns its python."""
    chosen = interpreter(lane)
    if chosen is None:
        return ensure_dev()
    wheel = wheel_path()
    return ensure_venv(CACHE / "venvs" / chosen.minor, chosen, requirements("test"), wheel=wheel)


def test(lane: str, words: list[str]) -> None:
    """Run pytest.  Raises ToolError if a test fails, or if there was none."""
    chosen = interpreter(lane)
    python = venv_python(CACHE / "venvs" / chosen.minor) if chosen else venv_python()
    if chosen:
        say(f"note: CPython {chosen.version} ({chosen.path}), the installed wheel")
    run(
        [
            *(python, "-m", "pytest", "-q", "--durations=5", "--durations-min=1"),
            *("-o", f"cache_dir=.cache/pytest-{lane}"),
            *(f"--basetemp={CACHE / 'tmp' / lane}", *LANES[lane], *words),
        ],
        cwd=ROOT,
    )


def program(words: list[str]) -> int:
    """The command line."""
    match words:
        case ["setup", lane] if lane in LANES:
            setup(lane)
        case ["test", lane, *rest] if lane in LANES:
            (CACHE / "tmp").mkdir(parents=True, exist_ok=True)
            test(lane, rest)
        case _:
            raise ToolError(f"say setup or test, then one of {', '.join(LANES)}")
    return 0


if __name__ == "__main__":
    main(program)
