"""Without componentize-py and wasmtime, what needs them says what to install; the rest works."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from anystep.wasi.build import build, world


def bare(*words: str) -> subprocess.CompletedProcess[str]:
    """Run this Python with anystep and without any other installed package."""
    spec = importlib.util.find_spec("anystep")
    assert spec is not None
    folders = [str(Path(folder).parent) for folder in spec.submodule_search_locations or ()]
    return subprocess.run(
        [sys.executable, "-S", *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "needs"),
    [(["run", "some.wasm"], "wasmtime"), (["build", "some:main", "-o", "x"], "componentize-py")],
)
def test_the_command_line_names_the_extra(words: list[str], needs: str) -> None:
    """One line says what is missing and how to get it; there is no traceback."""
    done = bare("-m", "anystep.wasi", *words)

    assert done.returncode == 1
    assert f"needs {needs}: pip install 'anystep[wasi]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_world_needs_nothing() -> None:
    """The WIT file can be found without the extra."""
    done = bare("-m", "anystep.wasi", "world")

    assert done.stdout == f"{world()}\n"
    assert "export wasi:cli/run@0.2.0;" in world().read_text()


@pytest.mark.parametrize("entry", ["words", "words:", ":main", "a-b:main", "words:main()"])
def test_an_entry_names_a_function(entry: str, tmp_path: Path) -> None:
    """What cannot be an entry is refused before anything is built."""
    with pytest.raises(ValueError, match=r"package\.module:function"):
        build(entry, tmp_path / "x.wasm")
