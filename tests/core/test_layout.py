"""The tree and the wheel are what the packaging settings say they are."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORTIONS = ("core", "web", "edge", "wasi", "providers")

#: Folders with Python that no type checker reads: what runs there does not exist here.
UNCHECKED = {"e2e", "site"}


def sources(folder: Path) -> list[Path]:
    """The files below a folder, without bytecode."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if "__pycache__" not in path.parts)


def tool(*words: str) -> str:
    """What a program under tools/ prints last."""
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


@cache
def wheel() -> Path:
    """An up-to-date wheel."""
    return Path(tool("tools/wheel.py"))


def unmarked(folder: Path) -> list[str]:
    """The folders without py.typed, from the namespace down to the first regular packages."""
    missing = [] if (folder / "py.typed").is_file() else [str(folder.relative_to(ROOT))]
    if not (folder / "__init__.py").exists():
        for child in sorted(folder.iterdir()):
            if any(path.suffix == ".py" for path in sources(child)):
                missing += unmarked(child)
    return missing


def test_every_package_is_typed() -> None:
    """py.typed stands at the namespace root and in every package below it.

    mypy is content with the one at the root; pyright looks no further than the first regular
    package, and below a namespace package it asks each again.
    """
    roots = [ROOT / "core" / "anystep"]
    roots += [ROOT / portion / "anystep" / portion for portion in PORTIONS if portion != "core"]

    assert [] == [name for root in roots for name in unmarked(root)]


@pytest.mark.parametrize("portion", PORTIONS)
def test_no_portion_hides_the_others(portion: str) -> None:
    """anystep itself has no __init__.py: it would hide the other portions."""
    assert not (ROOT / portion / "anystep" / "__init__.py").exists()


@pytest.mark.parametrize("portion", [name for name in PORTIONS if name != "core"])
def test_a_portion_holds_one_package(portion: str) -> None:
    """A host's folder adds exactly anystep.<its name> to the namespace."""
    children = {child.name for child in (ROOT / portion / "anystep").iterdir()}

    assert children - {"__pycache__"} == {portion}


def test_the_wheel_holds_every_source_file_and_nothing_else() -> None:
    """Each file of each portion is in the wheel, byte for byte, and no other."""
    expected = {
        str(path.relative_to(ROOT / portion)): path.read_bytes()
        for portion in PORTIONS
        for path in sources(ROOT / portion / "anystep")
    }

    with zipfile.ZipFile(wheel()) as archive:
        found = {
            name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name
        }

    assert sorted(expected) == sorted(found)
    assert expected == found


def test_the_wheel_runs_anywhere_and_needs_msgpack_only() -> None:
    """The wheel is pure Python; without extras it requires msgpack and nothing else."""
    with zipfile.ZipFile(wheel()) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        lines = archive.read(name).decode().splitlines()
    required = [line for line in lines if line.startswith("Requires-Dist:")]

    assert wheel().name.endswith("-py3-none-any.whl")
    assert [line for line in required if "extra ==" not in line] == ["Requires-Dist: msgpack>=1.1"]
    assert "Requires-Python: >=3.11" in lines


def test_the_wheel_is_reproducible(tmp_path: Path) -> None:
    """Building the same sources again gives the same bytes."""
    again = Path(tool("tools/wheel.py", "--again", str(tmp_path)))

    assert wheel().read_bytes() == again.read_bytes()


def test_type_checkers_read_every_folder_with_python() -> None:
    """A folder that gains its first module joins both checkers' lists."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    folders = (
        {
            child.name
            for child in ROOT.iterdir()
            if child.is_dir()
            and not child.name.startswith(".")
            and any(path.suffix == ".py" for path in sources(child))
        }
        - UNCHECKED
        - {"dist"}
    )

    assert sorted(folders) == sorted(settings["mypy"]["files"])
    assert sorted(folders) == sorted(settings["pyright"]["include"])


def test_every_module_says_what_it_is_for() -> None:
    """Every Python file opens with a docstring whose first line is a sentence."""
    silent = [
        str(path.relative_to(ROOT))
        for folder in (*PORTIONS, "bench", "e2e", "examples", "site", "tests", "tools")
        for path in sources(ROOT / folder)
        if path.suffix == ".py"
        and not (ast.get_docstring(ast.parse(path.read_bytes())) or "").strip()
    ]

    assert silent == []


def test_every_test_says_what_must_be_true() -> None:
    """Every test function has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in sources(ROOT / "tests")
        if path.name.startswith("test_") and path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert silent == []


def test_extras_are_the_ones_the_code_names() -> None:
    """Each extra that a message names exists, and each extra is named by some code."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    named = {
        extra
        for portion in PORTIONS
        for path in sources(ROOT / portion)
        if path.suffix == ".py"
        for extra in re.findall(r"anystep\[(\w+)\]", path.read_text())
    }

    assert named == set(extras) - {"all"}


def test_the_npm_lock_names_no_registry() -> None:
    """The lock file pins versions and hashes, not the server they came from."""
    lock = json.loads((ROOT / "e2e" / "npm" / "package-lock.json").read_text())

    packages = [entry for name, entry in lock["packages"].items() if name]

    assert packages
    assert all("resolved" not in entry and "integrity" in entry for entry in packages)
