"""Run the benchmarks of ``bench/`` in ``.venv``, where langgraph is: words go to ``python -m bench``.

    python3 tools/benchmarks.py [words]

What they print is explained in ``docs/performance.md``.
"""

from __future__ import annotations

from project import ROOT, main, run
from setup_env import ensure_dev


def program(words: list[str]) -> int:
    """The command line."""
    run([ensure_dev(), "-m", "bench", *words], cwd=ROOT)
    return 0


if __name__ == "__main__":
    main(program)
