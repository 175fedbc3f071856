"""Where things live in the work tree, and the few ways the tools touch it.

Every program under ``tools/`` imports this module and nothing that has to be
installed, so that each of them starts on a bare Python 3.11 and can say what is
missing.  Whatever is downloaded or built lands in ``.venv``, ``.cache`` or
``dist``; a *stamp* under ``.cache/stamps`` remembers the content hash of what an
expensive step was made from, so that the step runs again only when that changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

__all__ = [
    "CACHE",
    "DIST",
    "LOGS",
    "PORTIONS",
    "PYPROJECT",
    "ROOT",
    "VENV",
    "ToolError",
    "content_hash",
    "exclusive",
    "fresh",
    "main",
    "run",
    "say",
    "stamp",
    "venv_python",
]

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
DIST = ROOT / "dist"
LOGS = CACHE / "logs"
STAMPS = CACHE / "stamps"
VENV = ROOT / ".venv"
PYPROJECT = ROOT / "pyproject.toml"

#: The folders whose ``anystep`` directories make up the one namespace package.
PORTIONS = ("core", "web", "edge", "wasi", "providers")


class ToolError(Exception):
    """A step could not be done; the message says what is missing and what to do."""


def say(message: str) -> None:
    """Print one line of progress at once, also into a pipe."""
    print(message, flush=True)


def venv_python(venv: Path = VENV) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "bin" / "python"


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Every file at or below ``paths``, sorted, without bytecode."""
    for path in paths:
        if path.is_dir():
            for child in sorted(path.rglob("*")):
                if child.is_file() and "__pycache__" not in child.parts:
                    yield child
        elif path.exists():
            yield path


def content_hash(paths: Iterable[Path], *extra: str) -> str:
    """A digest of the names and bytes of files, and of any further strings.

    Paths outside the work tree count with their full name.
    """
    digest = hashlib.sha256()
    for path in files_of(paths):
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    for text in extra:
        digest.update(f"\0{text}".encode())
    return digest.hexdigest()


def fresh(name: str, key: str) -> bool:
    """Whether the step ``name`` was last finished for exactly this content."""
    try:
        return (STAMPS / name).read_text() == key
    except OSError:
        return False


def stamp(name: str, key: str) -> None:
    """Remember that the step ``name`` is finished for this content."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(key)


@contextlib.contextmanager
def exclusive(name: str) -> Generator[None]:
    """Let one process at a time do the step ``name``; the others wait, then find it done.

    The lock is the kernel's, so a killed process never leaves one behind.
    """
    folder = CACHE / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> str:
    """Run a program to its end and return what it printed.

    ``env`` is added to the environment.  Output is shown as it comes unless
    ``quiet``; then it is returned, and shown only when the program fails.
    Raises ToolError with the exit code if the program fails or is not there.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
        )
    except OSError as error:
        raise ToolError(f"cannot start {words[0]!r}: {error.strerror}") from error
    if done.returncode:
        if quiet:
            say(done.stdout.rstrip())
        shown = " ".join(words if len(words) < 12 else [*words[:11], "…"])
        raise ToolError(f"exit code {done.returncode} from: {shown}")
    return done.stdout or ""


def main(program: Callable[[list[str]], int]) -> NoReturn:
    """Run a tool with the words of its command line and exit with what it returns.

    A ToolError becomes one plain message and exit code 1; Ctrl-C is no traceback.
    """
    try:
        code = program(sys.argv[1:])
    except ToolError as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr, flush=True)
        code = 1
    except KeyboardInterrupt:
        code = 130
    raise SystemExit(code)
