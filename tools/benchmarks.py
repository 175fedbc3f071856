"""Run the benchmarks of ``bench/`` in ``.venv``, where langgraph is: words go to ``python -m bench``.

    python3 tools/benchmarks.py [words]

What they print is explained in ``docs/performance.md``; the exit code is theirs.
"""

from __future__ import annotations

import subprocess

from project import ROOT, main
from setup_env import ensure_dev


def program(words: list[str]) -> int:
    """The command line."""
    return subprocess.run([ensure_dev(), "-m", "bench", *words], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    main(program)
