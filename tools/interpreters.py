"""Find the CPython interpreters of this machine, on PATH and where pyenv keeps its own.

    python3 tools/interpreters.py           list them

Free-threaded and other special builds (``python3.14t``) are left out, and so is
anything that does not start: a pyenv shim of a version that is not selected is a
file on PATH that only prints an error.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from project import ToolError, main, say

__all__ = ["FLOOR", "Interpreter", "floor", "found", "newest", "preferred"]

#: The oldest Python the project supports; development happens on it.
FLOOR = "3.11"

NAME = re.compile(r"python3\.\d+")
ASK = "import sys; i=sys.implementation; print(i.name, sys.version.split()[0], sys.executable)"


class Interpreter(NamedTuple):
    """A Python that starts: its full version, and its path."""

    version: str
    path: Path

    @property
    def minor(self) -> str:
        """The version's first two numbers, such as ``3.11``."""
        return ".".join(self.version.split(".")[:2])

    @property
    def order(self) -> tuple[int, ...]:
        """What versions are compared by."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])


def candidates() -> Iterator[Path]:
    """Files that may be a CPython: ``python3.N`` on PATH, then pyenv's versions."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part]
    folders += sorted(pyenv.glob("versions/*/bin"))
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in names:
            if NAME.fullmatch(name):
                yield folder / name


@functools.cache
def found() -> tuple[Interpreter, ...]:
    """Every final CPython release from the floor on, newest first, one per version."""
    by_version: dict[str, Interpreter] = {}
    asked: set[Path] = set()
    for path in candidates():
        if int(path.name.rpartition(".")[2]) < int(FLOOR.rpartition(".")[2]):
            continue
        if path.resolve() in asked and "shims" not in path.parts:
            continue
        asked.add(path.resolve())
        try:
            asking = subprocess.run(
                [path, "-I", "-c", ASK],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        words = asking.stdout.split(maxsplit=2)
        if asking.returncode or len(words) != 3 or words[0] != "cpython":
            continue
        if re.fullmatch(r"[\d.]+", words[1]):
            by_version.setdefault(words[1], Interpreter(words[1], Path(words[2].strip())))
    return tuple(sorted(by_version.values(), key=lambda one: one.order, reverse=True))


def newest() -> Interpreter:
    """The newest CPython of this machine.  Raises ToolError if there is none."""
    if not found():
        raise ToolError(
            f"no CPython {FLOOR} or newer was found on PATH or under ~/.pyenv/versions; "
            f"on Debian: apt-get install python{FLOOR} python{FLOOR}-venv"
        )
    return found()[0]


def floor() -> Interpreter:
    """The CPython that development happens on.  Raises ToolError if it is missing."""
    for interpreter in found():
        if interpreter.minor == FLOOR:
            return interpreter
    others = ", ".join(one.version for one in found()) or "none"
    raise ToolError(
        f"CPython {FLOOR} was not found on PATH or under ~/.pyenv/versions (found: {others}); "
        f"on Debian: apt-get install python{FLOOR} python{FLOOR}-venv"
    )


def preferred() -> Interpreter:
    """What to develop on: the floor if it is here, else the newest.  Raises ToolError."""
    return next((one for one in found() if one.minor == FLOOR), None) or newest()


def program(words: list[str]) -> int:
    """The command line."""
    for interpreter in found():
        say(f"{interpreter.version:10} {interpreter.path}")
    return 0


if __name__ == "__main__":
    main(program)
