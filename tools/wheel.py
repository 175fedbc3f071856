"""Build ``dist/anystep-*.whl`` when its sources changed, and print its path.

    python3 tools/wheel.py

Other tools call ``wheel_path()``.  The bytes depend on the sources alone:
hatchling writes one fixed time and sorted entries, so that two builds of one
commit are equal on every machine.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from project import (
    DIST,
    PORTIONS,
    PYPROJECT,
    ROOT,
    ToolError,
    content_hash,
    exclusive,
    fresh,
    main,
    run,
    say,
    stamp,
    venv_python,
)
from setup_env import ensure_dev

__all__ = ["build", "wheel_path"]

#: Zip files start here; hatchling's own default is later, but a caller's environment may differ.
EPOCH = {"SOURCE_DATE_EPOCH": "1580601600"}

BUILD = """
import sys
from hatchling.build import build_wheel
print(build_wheel(sys.argv[1]))
"""


def sources() -> list[Path]:
    """Everything the wheel is made of."""
    folders = [ROOT / portion / "anystep" for portion in PORTIONS]
    return [PYPROJECT, ROOT / "README.md", ROOT / "LICENSE", *folders]


def build(folder: Path) -> Path:
    """Build a wheel of the sources as they are, into a folder."""
    ensure_dev("build")
    printed = run([venv_python(), "-c", BUILD, folder], cwd=ROOT, env=EPOCH, quiet=True)
    return folder / printed.split()[-1]


def wheel_path() -> Path:
    """The path of a wheel that holds the sources as they are now.

    Built only if they changed.  Safe to call from several processes at once.
    Raises ToolError if it cannot be built.
    """
    with exclusive("wheel"):
        key = content_hash(sources())
        built = sorted(DIST.glob("anystep-*.whl"))
        if fresh("wheel", key) and len(built) == 1:
            return built[0]
        DIST.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=DIST) as folder:
            new = build(Path(folder))
            wheel = DIST / new.name
            # In one step: a lane may be reading the one that was here.
            new.replace(wheel)
        for old in built:
            if old != wheel:
                old.unlink()
        stamp("wheel", key)
        return wheel


def program(words: list[str]) -> int:
    """The command line."""
    match words:
        case []:
            say(str(wheel_path()))
        case ["--again", folder]:
            say(str(build(Path(folder))))
        case _:
            raise ToolError("no arguments, or --again FOLDER to build there, stale or not")
    return 0


if __name__ == "__main__":
    main(program)
