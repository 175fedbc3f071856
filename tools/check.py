"""The static checks: format, lint, layers, types by two checkers and tsc, and the structure tests.

    python3 tools/check.py setup      install what they need
    python3 tools/check.py test       run all of them, whatever fails

Each check prints its result and seconds; the last line counts them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from npm import node24, node_modules, package
from project import ROOT, ToolError, main, run, say, venv_python
from setup_env import ensure_dev

__all__ = ["pyright"]

#: Checks the types of the page's JavaScript by a program that uses them.
TSCONFIG = ROOT / "e2e" / "npm" / "tsconfig.json"
#: The element's JavaScript, whose types are in its comments.
ELEMENT_TSCONFIG = ROOT / "e2e" / "npm" / "tsconfig.element.json"

#: Compares those types with the JavaScript, both ways.
DECLARED = ROOT / "tests" / "typing" / "declared.mjs"

#: Tests that read the source rather than run the engine; the cpython lanes run them as well.
STRUCTURE = ("layout", "purity", "public_names", "imports")


def node_program(script: str, *words: str | Path, cwd: Path = ROOT) -> None:
    """Run a script of an npm package with the newest Node.  Raises ToolError on a complaint."""
    command: list[str | Path] = [node24(), node_modules() / script, *words]
    run(command, cwd=cwd)


def pyright(*words: str | Path, cwd: Path = ROOT) -> None:
    """Run pyright, from npm.  Raises ToolError on a complaint."""
    node_program("pyright/index.js", *words, cwd=cwd)


def checks() -> dict[str, Callable[[], object]]:
    """What is checked, in the order of how soon it answers."""
    bin_ = venv_python().parent
    tests = [ROOT / "tests" / "core" / f"test_{name}.py" for name in STRUCTURE]
    pytest: list[str | Path] = [
        venv_python(),
        "-m",
        "pytest",
        "-q",
        "-o",
        "cache_dir=.cache/pytest-check",
    ]
    layers: list[str | Path] = [bin_ / "lint-imports", "--cache-dir", ".cache/import-linter"]

    return {
        "format": lambda: run([bin_ / "ruff", "format", "--check", "--quiet", "."]),
        "lint": lambda: run([bin_ / "ruff", "check", "--quiet", "."]),
        "prettier": lambda: node_program(
            "prettier/bin/prettier.cjs", "--check", "--log-level=warn", "."
        ),
        "eslint": lambda: node_program("eslint/bin/eslint.js", "."),
        "layers": lambda: run(layers, quiet=True),
        "structure": lambda: run([*pytest, *tests]),
        "mypy": lambda: run([bin_ / "mypy"]),
        "pyright": lambda: pyright("--pythonpath", venv_python()),
        "tsc": lambda: node_program("typescript/bin/tsc", "-p", TSCONFIG),
        "tsc, element": lambda: node_program("typescript/bin/tsc", "-p", ELEMENT_TSCONFIG),
        "declared": lambda: run([node24(), DECLARED, package("typescript")]),
    }


def test() -> int:
    """Run every check; 0 if none failed."""
    failed: list[str] = []
    for name, check in checks().items():
        begun = time.monotonic()
        try:
            check()
        except ToolError as error:
            say(str(error))
            failed.append(name)
        word = "FAIL" if name in failed else "ok"
        say(f"{name:10} {word:4} {time.monotonic() - begun:6.1f} s")
    if failed:
        say(f"note: failed: {', '.join(failed)}")
    say(f"{len(checks()) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def program(words: list[str]) -> int:
    """The command line."""
    if words == ["setup"]:
        ensure_dev()
        package("pyright")
        return 0
    if words == ["test"]:
        return test()
    raise ToolError("say setup or test")


if __name__ == "__main__":
    main(program)
