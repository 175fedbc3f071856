"""Make the Python environments: ``.venv`` for development, ``.cache/venvs/*`` for lanes.

    python3 tools/setup_env.py              .venv with everything a developer needs
    python3 tools/setup_env.py GROUP ...    .venv with these dependency groups only

What goes in is read from ``[dependency-groups]`` of pyproject.toml.  Each
environment carries a stamp with the hash of what it was made from; when nothing
changed, nothing is done and no network is needed.
"""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from interpreters import Interpreter, preferred
from project import (
    CACHE,
    PYPROJECT,
    ROOT,
    VENV,
    ToolError,
    content_hash,
    exclusive,
    fresh,
    main,
    run,
    say,
    stamp,
    venv_python,
)

__all__ = ["ensure_dev", "ensure_venv", "requirements"]

#: What a developer's environment holds; the lanes of the hosts add their own.
DEV_GROUPS = ("dev", "parity")

OFFLINE = (
    "Packages could not be installed; the lines above say why.  If this machine has no "
    "network: it is needed once, to reach the Python package index; afterwards everything "
    "works without it.  Until then, a Python that has msgpack runs the sources as they are: "
    "PYTHONPATH=core:web:edge:wasi:providers python3 program.py"
)


def requirements(*groups: str) -> list[str]:
    """The requirement strings of dependency groups, ``include-group`` followed.

    Raises ToolError for a group that pyproject.toml does not have.
    """
    table = tomllib.loads(PYPROJECT.read_text())["dependency-groups"]
    found: dict[str, None] = {}
    for group in groups:
        if group not in table:
            raise ToolError(f"pyproject.toml has no dependency group {group!r}")
        for entry in table[group]:
            if isinstance(entry, str):
                found[entry] = None
            else:
                found.update(dict.fromkeys(requirements(entry["include-group"])))
    return list(found)


def pip(python: Path, *words: str | Path) -> None:
    """Run pip in an environment; a failure says what the network is needed for."""
    quietly = ("--disable-pip-version-check", "--no-input", "-qq")
    try:
        run([python, "-m", "pip", *words[:1], *quietly, *words[1:]])
    except ToolError as error:
        raise ToolError(f"{error}\n{OFFLINE}") from error


def new_venv(venv: Path, interpreter: Interpreter) -> None:
    """Create an empty environment, replacing one of another Python or a broken one."""
    shutil.rmtree(venv, ignore_errors=True)
    venv.parent.mkdir(parents=True, exist_ok=True)
    try:
        run([interpreter.path, "-m", "venv", venv], quiet=True)
    except ToolError as error:
        shutil.rmtree(venv, ignore_errors=True)
        raise ToolError(
            f"{error}\nPython's venv module does not work here; on Debian: apt-get install "
            f"python{interpreter.minor}-venv"
        ) from error


def ensure_venv(
    venv: Path,
    interpreter: Interpreter,
    wanted: list[str],
    *,
    wheel: Path | None = None,
) -> Path:
    """An environment of ``interpreter`` with the wanted requirements; returns its python.

    ``wheel`` is installed as well, again whenever its bytes changed.
    Raises ToolError when packages are needed and cannot be had.
    """
    python = venv_python(venv)
    name = "venv-" + str(venv.relative_to(ROOT)).replace("/", "-").strip(".")
    key = content_hash([], str(interpreter.path), interpreter.version, *wanted)
    with exclusive(name):
        if not (fresh(name, key) and python.exists()):
            say(f"[setup] {venv.relative_to(ROOT)}: Python {interpreter.version}")
            new_venv(venv, interpreter)
            if wanted:
                say(f"[setup] {venv.relative_to(ROOT)}: {len(wanted)} requirements")
                pip(python, "install", *wanted)
            stamp(name, key)
            stamp(f"{name}-wheel", "")
        if wheel is not None:
            wheel_key = content_hash([wheel])
            if not fresh(f"{name}-wheel", wheel_key):
                pip(python, "install", "--force-reinstall", "--no-deps", wheel)
                pip(python, "install", wheel)
                stamp(f"{name}-wheel", wheel_key)
    return python


def ensure_dev(*groups: str) -> Path:
    """``.venv`` with dependency groups and the project itself, editable; returns its python.

    Groups are added, never taken away, so that lanes may ask for theirs in any order.
    """
    python = venv_python()
    with exclusive("dev"):
        interpreter = preferred()
        base = content_hash([], str(interpreter.path), interpreter.version)
        if not python.exists() or not (fresh("dev", base) or adoptable(python)):
            say(f"[setup] .venv: Python {interpreter.version} ({interpreter.path})")
            new_venv(VENV, interpreter)
            for old in (CACHE / "stamps").glob("dev-*"):
                old.unlink()
        stamp("dev", base)
        for group in groups or DEV_GROUPS:
            wanted = requirements(group)
            key = content_hash([], *wanted)
            if not fresh(f"dev-{group}", key):
                say(f"[setup] .venv: installing the group {group!r} ({len(wanted)} requirements)")
                pip(python, "install", *wanted)
                stamp(f"dev-{group}", key)
        project = content_hash([PYPROJECT])
        if not fresh("dev-project", project):
            # Static .pth entries, one per portion: new files need no reinstall.
            pip(python, "install", *requirements("build"))
            pip(python, "install", "--no-build-isolation", "--editable", ROOT)
            stamp("dev-project", project)
    return python


def adoptable(python: Path) -> bool:
    """Whether a ``.venv`` made by hand can be used as it is: the preferred Python, with pip."""
    try:
        printed = run([python, "-c", "import pip, sys; print(*sys.version_info[:2])"], quiet=True)
    except ToolError:
        return False
    return printed.split() == list(preferred().minor.split("."))


def program(words: list[str]) -> int:
    """The command line."""
    python = ensure_dev(*words)
    say(f"ready: {python.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    main(program)
