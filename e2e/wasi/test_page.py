"""The documentation's program, built and run by the documentation's own commands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "wasi.md"
FILE = Path(os.environ["ANYSTEP_WASI_PAGE"])


def test_the_pages_commands_print_what_the_page_says(tmp_path: Path) -> None:
    """The component that the lane built by the page's command prints the page's output.

    The build is the lane's, made by the same words, so that it is made once.
    """
    text = PAGE.read_text()
    shown = re.search(
        r"```sh\n(?P<commands>.*?)```\n\n```text\n(?P<output>.*?)```", text, re.DOTALL
    )
    assert shown is not None
    install, build, run = shown["commands"].splitlines()
    shutil.copy(FILE, tmp_path / "words.wasm")

    assert install == "pip install 'anystep[wasi]'"
    assert build == "python -m anystep.wasi build words:main -o words.wasm"
    program, *words = shlex.split(run)
    assert program == "python"
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == shown["output"]
    assert done.stderr == ""
