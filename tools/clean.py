"""Remove what was downloaded or built: ``.venv``, ``.cache``, ``dist`` and bytecode.

    python3 tools/clean.py

The next command that needs any of it makes it again.
"""

from __future__ import annotations

import shutil

from project import CACHE, DIST, PORTIONS, ROOT, VENV, main, say

#: Left behind by tools that were started by hand, without our settings.
STRAYS = (".hypothesis", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".import_linter_cache")
SOURCES = (*PORTIONS, "tests", "tools", "examples", "e2e", "bench", "site")


def program(words: list[str]) -> int:
    """The command line."""
    folders = [VENV, CACHE, DIST, *(ROOT / name for name in STRAYS)]
    folders += [path for name in SOURCES for path in (ROOT / name).rglob("__pycache__")]
    for folder in folders:
        if folder.is_dir():
            shutil.rmtree(folder)
    say("removed everything that was downloaded or built")
    return 0


if __name__ == "__main__":
    main(program)
