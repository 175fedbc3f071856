"""Build ``dist/anystep-*.whl`` when its sources changed, and print its path.

    python3 tools/wheel.py

Other tools call ``wheel_path()``.  The bytes depend on the sources alone:
hatchling writes one fixed time and sorted entries, so that two builds of one
commit are equal on every machine.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from project import (
    CACHE,
    DIST,
    PORTIONS,
    PYPROJECT,
    ROOT,
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

__all__ = ["wheel_path"]

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
        ensure_dev("build")
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="wheel-") as folder:
            printed = run([venv_python(), "-c", BUILD, folder], cwd=ROOT, env=EPOCH, quiet=True)
            name = printed.split()[-1]
            DIST.mkdir(exist_ok=True)
            for old in built:
                old.unlink()
            shutil.move(Path(folder) / name, DIST / name)
        stamp("wheel", key)
        return DIST / name


def program(words: list[str]) -> int:
    """The command line."""
    say(str(wheel_path()))
    return 0


if __name__ == "__main__":
    main(program)
