"""What a machine has to bring, and what to say when it does not.

    python3 tools/prerequisites.py            everything that is missing, for all lanes
    python3 tools/prerequisites.py LANE ...   for these lanes only

Exit code 1 when something is missing.  A lane whose prerequisite is missing fails;
it is never skipped, because a check that did not run has not passed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from interpreters import FLOOR, found, newest
from npm import OLDEST, system_node
from project import ToolError, main, run, say

__all__ = ["PREREQUISITES", "Prerequisite", "chromium", "firefox", "missing", "webkit"]


def chromium() -> Path:
    """The Chromium to test in: the one $ANYSTEP_CHROMIUM names, or the first one on PATH.

    Raises ToolError if there is none.
    """
    return _browser("Chromium", "chromium", "chromium-browser")


def firefox() -> Path:
    """The Firefox to test in, likewise: $ANYSTEP_FIREFOX, or the first one on PATH."""
    return _browser("Firefox", "firefox-esr", "firefox")


def _browser(kind: str, *names: str) -> Path:
    """A browser by Debian's name, then by what others call it; a variable names any other."""
    chosen = f"ANYSTEP_{kind.upper()}"
    for name in (os.environ.get(chosen, ""), *names):
        path = name and shutil.which(name)
        if path:
            return Path(path)
    raise ToolError(f"no {kind} on PATH (looked for {', '.join(names)} and ${chosen})")


def _floor() -> None:
    if not any(one.minor == FLOOR for one in found()):
        others = ", ".join(one.version for one in found()) or "none"
        raise ToolError(f"CPython {FLOOR} was not found (found: {others})")


def _venv() -> None:
    interpreter = newest()
    try:
        run([interpreter.path, "-c", "import ensurepip, venv"], quiet=True)
    except ToolError as error:
        raise ToolError(f"{interpreter.path} cannot make virtual environments") from error


def _npm() -> None:
    if not shutil.which("npm"):
        raise ToolError("npm was not found on PATH")


def webkit() -> dict[str, str | None] | None:
    """WebKitGTK's driver, its small browser, and what makes a display for them if there is none.

    None where WebKitGTK does not exist, which is everywhere but on Linux.  Raises ToolError if
    something of it is missing on Linux.
    """
    if sys.platform != "linux":
        return None
    driver = shutil.which("WebKitWebDriver")
    if driver is None:
        raise ToolError("no WebKitWebDriver on PATH")
    browsers = sorted(Path("/usr").glob("lib*/**/webkit*gtk-*/MiniBrowser"))
    if not browsers:
        raise ToolError("no MiniBrowser of WebKitGTK below /usr/lib")
    display = None if os.environ.get("DISPLAY") else shutil.which("xvfb-run")
    if display is None and not os.environ.get("DISPLAY"):
        raise ToolError("no display ($DISPLAY), and no xvfb-run on PATH to make one")
    return {"driver": driver, "browser": str(browsers[-1]), "display": display}


class Prerequisite(NamedTuple):
    """Something a machine brings.

    ``look`` raises ToolError, ToolError's message saying what was looked for.
    ``without`` completes the sentence "Without it …".
    """

    name: str
    lanes: tuple[str, ...]
    look: Callable[[], object]
    install: str
    without: str

    def problem(self) -> str | None:
        """Why it is missing, which lanes that fails, the cure, and what still works."""
        try:
            self.look()
        except ToolError as error:
            return (
                f"missing: {self.name}: {error}\n"
                f"  needed by   {', '.join(self.lanes)}\n"
                f"  to install  {self.install}\n"
                f"  without it  {self.without}"
            )
        return None


PREREQUISITES = (
    Prerequisite(
        "python",
        (
            "check",
            "cpython",
            "newest",
            "parity",
            "wheel",
            "pyodide",
            "wasi",
            "chromium",
            "site",
            "docs",
        ),
        _venv,
        f"on Debian: apt-get install python{FLOOR} python{FLOOR}-venv",
        "nothing works: the wheel cannot be built",
    ),
    Prerequisite(
        f"python{FLOOR}",
        ("cpython", "wasi"),
        _floor,
        f"on Debian: apt-get install python{FLOOR} python{FLOOR}-venv; or pyenv install {FLOOR}",
        "the demo and every other lane run on the newest CPython there is",
    ),
    Prerequisite(
        f"node>={OLDEST}",
        ("check", "wheel", "pyodide", "chromium", "site"),
        system_node,
        "on Debian: apt-get install nodejs npm",
        "the demo on CPython and WASI, and the lanes cpython, newest, parity, wasi, docs work",
    ),
    Prerequisite(
        "npm",
        ("check", "wheel", "pyodide", "chromium", "site"),
        _npm,
        "on Debian: apt-get install npm",
        "the demo on CPython and WASI, and the lanes cpython, newest, parity, wasi, docs work",
    ),
    Prerequisite(
        "chromium",
        ("chromium", "site"),
        chromium,
        "on Debian: apt-get install chromium; elsewhere set $ANYSTEP_CHROMIUM to its path",
        "everything else works: the same code runs in Pyodide under Node",
    ),
    Prerequisite(
        "firefox",
        ("site",),
        firefox,
        "on Debian: apt-get install firefox-esr; elsewhere set $ANYSTEP_FIREFOX to its path",
        "everything else works: the demos run in Chromium as well",
    ),
    Prerequisite(
        "webkitgtk",
        ("site",),
        webkit,
        "on Debian: apt-get install webkit2gtk-driver xvfb xauth",
        "everything else works: the demos run in Chromium and Firefox as well",
    ),
)


def missing(*lanes: str) -> list[str]:
    """The messages of what these lanes need and this machine lacks (all lanes if none named)."""
    asked = [one for one in PREREQUISITES if not lanes or set(lanes) & set(one.lanes)]
    return [problem for one in asked if (problem := one.problem()) is not None]


def program(words: list[str]) -> int:
    """The command line."""
    problems = missing(*words)
    say("\n".join(problems) or "nothing is missing")
    return 1 if problems else 0


if __name__ == "__main__":
    main(program)
