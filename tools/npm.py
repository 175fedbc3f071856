"""Install the npm packages of ``e2e/npm`` into ``.cache/npm``, and say where they are.

    python3 tools/npm.py            install what the lock file says, print the paths

The lock file decides every version and holds the hash of every package.  No
install script runs.  A Node of version 24 comes along as a package, because
Debian's Node 20 lacks what Pyodide's synchronous calls (JSPI) need.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

from project import (
    CACHE,
    ROOT,
    ToolError,
    content_hash,
    exclusive,
    fresh,
    main,
    run,
    say,
    stamp,
)

__all__ = ["ensure_npm", "node24", "node_modules", "node_tests", "package", "system_node"]

WANTED = ROOT / "e2e" / "npm"
FOLDER = CACHE / "npm"

#: npm runs on this or newer.
OLDEST = 20

OFFLINE = (
    "The npm packages could not be installed; the lines above say why.  If this machine "
    "has no network: it is needed once, to reach the npm registry.  Without them the "
    "lanes check, wheel, pyodide and chromium fail; everything on CPython still works."
)


@functools.cache
def system_node() -> tuple[Path, int]:
    """The Node on PATH and its major version.

    Raises ToolError if there is none, or none that npm can run on.
    """
    found = shutil.which("node")
    asked = found and subprocess.run(
        [found, "--version"], capture_output=True, text=True, check=False
    )
    version = re.match(r"v(\d+)\.", asked.stdout) if asked else None
    if found is None or version is None:
        raise ToolError("node was not found on PATH; on Debian: apt-get install nodejs npm")
    if int(version[1]) < OLDEST:
        raise ToolError(f"{found} is Node {version[1]}; version {OLDEST} or newer is needed")
    return Path(found), int(version[1])


def node_modules() -> Path:
    """The folder the packages are in, after installing them if anything changed."""
    ensure_npm()
    return FOLDER / "node_modules"


def package(name: str) -> Path:
    """The folder of one installed package.  Raises ToolError if it is not listed."""
    folder = node_modules() / name
    if not folder.is_dir():
        raise ToolError(f"e2e/npm/package.json does not bring the package {name!r}")
    return folder


def node24() -> Path:
    """A Node of version 24 or newer: the machine's own, or the one from npm."""
    path, major = system_node()
    if major >= 24:
        return path
    for found in sorted(node_modules().glob("node-*/bin/node")):
        return found
    raise ToolError(
        f"{path} is Node {major}, and npm has no Node 24 for this kind of machine; "
        "install Node 24 or newer and put it on PATH"
    )


def node_tests(files: list[Path], lane: str, cwd: Path, report: Path) -> tuple[int, dict[str, int]]:
    """Run files of Node's test runner in turn; its exit code, and how many pass, fail, skipped.

    They find `lane`, a JSON text, in their environment. `report` is a file for the counts, which
    are all 0 if the runner dies before it has written them.
    """
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [
            str(node24()),
            "--test",
            "--test-concurrency=1",
            "--test-timeout=300000",
            # A browser that a failed test has left open would keep its file from ending.
            "--test-force-exit",
            "--test-reporter=spec",
            "--test-reporter-destination=stdout",
            "--test-reporter=tap",
            f"--test-reporter-destination={report}",
            *map(str, files),
        ],
        env={**os.environ, "ANYSTEP_LANE": lane},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    told = report.read_text() if report.exists() else ""
    found = dict(re.findall(r"^# (pass|fail|skipped) (\d+)$", told, re.MULTILINE))
    return done.returncode, {key: int(found.get(key, 0)) for key in ("pass", "fail", "skipped")}


def ensure_npm() -> None:
    """Install what the lock file says, unless it is installed already."""
    files = [WANTED / name for name in ("package.json", "package-lock.json", ".npmrc")]
    with exclusive("npm"):
        system_node()
        key = content_hash(files)
        if fresh("npm", key) and (FOLDER / "node_modules").is_dir():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise ToolError("npm was not found on PATH; on Debian: apt-get install npm")
        say("[setup] .cache/npm: packages of e2e/npm/package-lock.json")
        FOLDER.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, FOLDER / file.name)
        try:
            run([npm, "ci", "--no-progress", "--loglevel=error"], cwd=FOLDER)
        except ToolError as error:
            raise ToolError(f"{error}\n{OFFLINE}") from error
        stamp("npm", key)


def program(words: list[str]) -> int:
    """The command line."""
    say(f"packages {node_modules()}")
    say(f"node     {node24()}")
    return 0


if __name__ == "__main__":
    main(program)
