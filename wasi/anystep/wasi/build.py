"""Build a component from a ``main`` function with componentize-py.

    python -m anystep.wasi build my_graph:main -o my_graph.wasm

One step: an entry module is written that imports the prelude, then the program, and
exports `anystep.wasi.cli`'s classes; componentize-py imports it on its own CPython and
freezes the result.  Whatever runs at import runs *now*, at build time, and its outcome
is the same in every run of the component: clocks, random numbers and ids belong into
functions.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass  # noqa: TID253 -- a tool, never imported by a graph
from pathlib import Path

from anystep.wasi.errors import ComponentBuildError, MissingExtraError

__all__ = ["Built", "build", "builder_version", "world"]

_ENTRY = '''"""Entry of a component, written by anystep.wasi.build."""

import anystep.wasi.prelude
{imports}
from {module} import {function} as main
from anystep.wasi.cli import exports

Run, Exit = exports(main)
'''

# Runs the build in a fresh interpreter: componentize-py reads the command line itself.
_BUILDER = "import sys; from componentize_py import script; sys.exit(script())"


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made: the file, its size in bytes, and the seconds it took."""

    path: Path
    size: int
    seconds: float


def world() -> Path:
    """The WIT file of the ``command`` world that components are built for."""
    return Path(__file__).parent / "wit" / "command.wit"


def builder_version() -> str:
    """The version of componentize-py.  Raises MissingExtraError if there is none."""
    try:
        return importlib.metadata.version("componentize-py")
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingExtraError(
            "building a component needs componentize-py: pip install 'anystep[wasi]'",
            name="componentize_py",
        ) from error


def build(
    entry: str,
    output: str | os.PathLike[str],
    *,
    path: Sequence[str | os.PathLike[str]] = (".",),
    imports: Sequence[str] = (),
) -> Built:
    """Make a component whose command is ``entry`` (``"package.module:function"``).

    ``path`` are the folders that the program is imported from; this Python's installed
    packages and those that hold anystep and msgpack follow by themselves.  ``imports``
    are modules that the program imports only while it runs.

    Raises MissingExtraError without componentize-py, ComponentBuildError with the
    build's own output if it fails, ValueError for an entry that names no function.
    """
    module, colon, function = entry.partition(":")
    if not (colon and function.isidentifier() and all(map(str.isidentifier, module.split(".")))):
        raise ValueError(f"entry {entry!r} is not of the form 'package.module:function'")
    builder_version()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="anystep-wasi-") as folder:
        text = _ENTRY.format(
            imports="".join(f"import {name}\n" for name in imports),
            module=module,
            function=function,
        )
        Path(folder, "anystep_component.py").write_text(text, encoding="utf-8")
        part = Path(folder, "component.wasm")
        _componentize(part, [Path(folder), *map(Path, path), *_own_folders()])
        target = Path(output)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is a rename and never half a file.
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        beside.write_bytes(part.read_bytes())
        beside.replace(target)
    return Built(target, target.stat().st_size, time.perf_counter() - started)


def _componentize(output: Path, folders: Iterable[Path]) -> None:
    unique = dict.fromkeys(str(folder.resolve()) for folder in folders)
    words = [sys.executable, "-c", _BUILDER, "-d", str(world()), "-w", "command"]
    words += ["componentize", "anystep_component", "-o", str(output)]
    for folder in unique:
        words += ["-p", folder]
    # Without it componentize-py adds the packages of whatever Python comes first on PATH.
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or not output.exists():
        # What follows is the builder's own stack, of no use to who wrote the program.
        said = (done.stdout + done.stderr).partition("\nStack backtrace:")[0].strip()
        raise ComponentBuildError(
            f"componentize-py failed with exit code {done.returncode}:\n{said}"
        )


def _own_folders() -> list[Path]:
    """The folders that anystep's portions and msgpack are imported from here."""
    import anystep  # a namespace: its path lists every portion

    folders = [Path(portion).parent for portion in anystep.__path__]
    found = importlib.util.find_spec("msgpack")
    if found is not None and found.origin is not None:
        folders.append(Path(found.origin).parent.parent)
    return folders
