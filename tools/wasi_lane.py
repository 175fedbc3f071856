"""The WASI lane: the built wheel in a component under wasmtime, its tests and the demo.

    python3 tools/wasi_lane.py setup              fetch componentize-py and wasmtime, build the test component
    python3 tools/wasi_lane.py test               host-marked tests inside the component, then the host's own
    python3 tools/wasi_lane.py demo --json OUT    the demo's record, written to OUT

What goes into a component is the wheel that ``dist/`` holds, unzipped and otherwise
unchanged, and what ``e2e/wasi/requirements.txt`` pins.  Both are made the way a user
makes one: with ``python -m anystep.wasi``, out of that wheel.  Each step is made again
only if what it was made from changed; after ``setup`` nothing needs the network.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from interpreters import floor
from project import CACHE, ROOT, ToolError, content_hash, exclusive, fresh, main, run, say, stamp
from setup_env import ensure_venv, pip
from wheel import wheel_path

__all__ = ["component", "setup"]

HERE = ROOT / "e2e" / "wasi"
REQUIREMENTS = HERE / "requirements.txt"
#: The documentation whose program and commands are run.
PAGE = ROOT / "docs" / "wasi.md"
#: Test files that cannot run inside a component, each with the reason.
EXCLUDED = HERE / "excluded.json"
#: Tests of this host's own parts: they run inside it without the marker.
OURS = ("tests/wasi/test_cli.py", "tests/wasi/test_loop.py")
#: Modules of the wheel that other hosts' parts are: pages, and event loops over sockets.
ELSEWHERE = ("anystep.web.", "anystep.pregel._trio")
EXAMPLES = ROOT / "examples"

VENV = CACHE / "venvs" / "wasi"
WASI = CACHE / "wasi"
#: Unzipped wheels, and the module that names what the tests import.
WHEELS, GENERATED = WASI / "wheels", WASI / "generated"
#: Where anystep keeps machine code if ``XDG_CACHE_HOME`` is our folder.
MACHINE_CODE, SCRATCH = WASI / "anystep" / "wasi", WASI / "scratch"

#: A test file takes part when it names the marker; the rest is counted, not hidden.
MARKED = re.compile(r"\bmark\.host\b")

#: Seconds after which a component is stopped; the slowest run takes a tenth of it.
DEADLINE = 900

DEMO_TEXT = "The parcel arrived late and the box was torn, but the people at the desk were kind."


def setup() -> Path:
    """Make what the lane needs; returns the python that builds and runs components.

    Raises ToolError saying what could not be had.
    """
    python = ensure_venv(VENV, floor(), [])
    key = content_hash([REQUIREMENTS], floor().version)
    with exclusive("wasi-requirements"):
        if not fresh("wasi-requirements", key):
            say("[wasi] installing componentize-py, wasmtime, msgpack and pytest")
            pip(python, "install", "--require-hashes", "--only-binary", ":all:", "-r", REQUIREMENTS)
            stamp("wasi-requirements", key)
    unzipped()
    return python


def unzipped() -> Path:
    """The folder that holds the wheel's files as they are in it, one for each wheel."""
    wheel = wheel_path()
    folder = WHEELS / content_hash([wheel])[:16]
    with exclusive("wasi-wheel"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=new_folder(WHEELS)) as name:
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(Path(name, "all"))
                Path(name, "all").rename(folder)
            # Another run may still read the one before.
            for old in by_age(WHEELS.iterdir())[:-3]:
                shutil.rmtree(old)
    return folder


def new_folder(folder: Path) -> Path:
    """The folder, made if it was not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def by_age(paths: Iterable[Path]) -> list[Path]:
    """The oldest first."""
    return sorted(paths, key=lambda path: path.stat().st_mtime)


def environment() -> dict[str, str]:
    """What makes a Python use the unzipped wheel and the lane's cache."""
    return {
        "PYTHONPATH": str(unzipped()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(WASI),
    }


def anystep_wasi(python: Path, *words: str | Path) -> None:
    """``python -m anystep.wasi`` out of the unzipped wheel."""
    run([python, "-m", "anystep.wasi", *words], env=environment())


def component(name: str, entry: str, folders: list[Path], sources: list[Path]) -> Path:
    """The component ``name``, built if the wheel, the tools or ``sources`` changed."""
    python = setup()
    target = WASI / f"{name}.wasm"
    key = content_hash([wheel_path(), REQUIREMENTS, *sources], entry)
    with exclusive(f"wasi-{name}"):
        if not (fresh(f"wasi-{name}", key) and target.exists()):
            begun = time.monotonic()
            say(f"[wasi] building {target.relative_to(ROOT)}")
            paths = [word for folder in folders for word in ("-p", folder)]
            anystep_wasi(python, "build", entry, "-o", target, *paths)
            # Compiled now, so that what runs later is timed without it.
            forget_old_machine_code()
            compiled = f"from anystep.wasi.host import load; load({str(target)!r})"
            run([python, "-c", compiled], env=environment())
            stamp(f"wasi-{name}", key)
            say(f"[wasi] {name}: built and compiled in {time.monotonic() - begun:.1f} s")
        else:
            say(f"[wasi] {name}: as built before, {target.stat().st_size / 1e6:.1f} MB")
    return target


def forget_old_machine_code() -> None:
    """Keep the newest two: with the next one there is one for each component of the lane."""
    for old in by_age(MACHINE_CODE.glob("*.cwasm"))[:-2]:
        old.unlink()


def test_files(excluded: dict[str, str]) -> tuple[list[str], int]:
    """The test files that run inside, and how many do not name the marker.

    Raises ToolError for an exclusion that names no file: a stale list hides only the truth.
    """
    for name in excluded:
        if not (ROOT / name).is_file():
            raise ToolError(f"{EXCLUDED.relative_to(ROOT)} names {name!r}, which does not exist")
    chosen: list[str] = []
    unmarked = 0
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = str(path.relative_to(ROOT))
        if name in excluded:
            continue
        if name in OURS or MARKED.search(path.read_text(encoding="utf-8")):
            chosen.append(name)
        else:
            unmarked += 1
    return chosen, unmarked


def write_imports(files: list[str]) -> None:
    """Write the module that names all that may be imported inside the test component.

    Modules of the standard library as the test files name them, and every module of the
    wheel; a component holds what it imported while it was built, and nothing else.
    """
    names: set[str] = set()
    for path in [ROOT / "tests" / "conftest.py", *(ROOT / name for name in files)]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    wanted = {name for name in names if name.partition(".")[0] in sys.stdlib_module_names}
    folder = unzipped()
    for module in sorted(folder.rglob("*.py")):
        parts = module.relative_to(folder).with_suffix("").parts
        if parts[-1] != "__main__":
            wanted.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    lines = "".join(f"    {name!r},\n" for name in sorted(wanted))
    GENERATED.mkdir(parents=True, exist_ok=True)
    text = f'"""Written by tools/wasi_lane.py: what tests may import."""\n\nNAMES = (\n{lines})\n'
    (GENERATED / "guest_imports.py").write_text(text)


def test_component() -> tuple[Path, list[str], int]:
    """The component that runs tests, the files to run, and how many are not for it."""
    setup()
    files, unmarked = test_files(json.loads(EXCLUDED.read_text()))
    write_imports(files)
    sources = [HERE / "guest.py", GENERATED / "guest_imports.py"]
    return component("tests", "guest:main", [HERE, GENERATED], sources), files, unmarked


def start(python: Path, file: Path, writable: Path, *words: str | Path) -> None:
    """Run a component with the repository to read, and a folder to write as ``/tmp``."""
    # WASI has no devices; pytest and logging want this one.
    (writable / "dev").mkdir()
    (writable / "dev" / "null").touch()
    anystep_wasi(
        *(python, "run", file, "--deadline", str(DEADLINE), "--times"),
        *("--dir", f"{ROOT}::/repo", "--write-dir", f"{writable}::/tmp"),
        *("--write-dir", f"{writable / 'dev'}::/dev", "--", *words),
    )


def scratch() -> tempfile.TemporaryDirectory[str]:
    """An empty folder of one run's own: two runs at a time share nothing that is written."""
    return tempfile.TemporaryDirectory(dir=new_folder(SCRATCH))


def ask_inside(file: Path, files: list[str]) -> tuple[dict[str, Any], ToolError | None]:
    """Run test files inside the component: its answer, and how it failed if it did.

    Raises ToolError if it ended without an answer, naming the test it was in.
    """
    problem = None
    with scratch() as name:
        folder = Path(name)
        job = {"repo": "/repo", "files": files, "ours": OURS}
        (folder / "job.json").write_text(json.dumps(job))
        try:
            start(setup(), file, folder, "pytest", "/tmp/job.json", "/tmp/answer.json")
        except ToolError as error:
            problem = error
        if not (folder / "answer.json").exists():
            running = folder / "running"
            where = f" in {running.read_text()}" if running.exists() else ""
            raise ToolError(f"the component ended without an answer{where}\n{problem or ''}")
        return json.loads((folder / "answer.json").read_text()), problem


def run_inside(file: Path, files: list[str], unmarked: int) -> Counter[str]:
    """Run the tests inside the component, say what happened, return the counts.

    Raises ToolError if a module of the standard library or of anystep is missing inside.
    """
    answer, problem = ask_inside(file, files)
    counts: Counter[str] = Counter()
    for outcomes in answer["files"].values():
        counts.update(outcomes)
    excluded = json.loads(EXCLUDED.read_text())
    for seconds, name in answer["slowest"]:
        say(f"[wasi] {seconds:7.3f} s  {name}")
    for name, reason in excluded.items():
        say(f"[wasi] excluded  {name}: {reason}")
    say(
        f"[wasi] {len(files)} test files, {len(excluded)} excluded by name, {unmarked} not marked "
        f"for this host; {answer['deselected']} unmarked tests left out; {answer['seconds']} s"
    )
    size = file.stat().st_size / 1e6
    say(f"note: CPython {answer['python']} in a component of {size:.1f} MB, {tool_versions()}")
    complain_of_modules(answer)
    empty = [name for name in files if not answer["files"].get(name)]
    if empty:
        raise ToolError(f"no test ran of {', '.join(empty)}: remove the marker, or find out why")
    if problem is not None and not counts["failed"]:
        raise problem
    return counts


def complain_of_modules(answer: dict[str, Any]) -> None:
    """Raise ToolError if something was to be imported that the component should have had."""
    own = (*sys.stdlib_module_names, "anystep")
    absent: dict[str, str] = answer["absent"]
    missed = [
        name for name in answer["missed"] if name.partition(".")[0] in own and name not in absent
    ]
    if absent:
        say(f"[wasi] not to be had on this host: {', '.join(sorted(absent))}")
    broken = [
        f"{name}: {reason}"
        for name, reason in absent.items()
        if name.startswith("anystep.") and not name.startswith(ELSEWHERE)
    ]
    if broken:
        raise ToolError("modules that cannot be imported in a component:\n" + "\n".join(broken))
    if missed:
        raise ToolError(
            f"imported only at run time, when a component cannot: {', '.join(missed)}; "
            "add what anystep imports to wasi/anystep/wasi/prelude.py"
        )


def tool_versions() -> str:
    """The pinned versions of the builder and the runtime."""
    pins = dict(re.findall(r"^([\w.-]+)==([\w.]+)", REQUIREMENTS.read_text(), re.MULTILINE))
    return f"componentize-py {pins['componentize-py']}, wasmtime {pins['wasmtime']}"


def page_component() -> Path:
    """The component of the program that docs/wasi.md shows."""
    program = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    if program is None:
        raise ToolError(f"{PAGE.relative_to(ROOT)} shows no program")
    folder = WASI / "page"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "words.py").write_text(program[1])
    return component("words", "words:main", [folder], [folder])


def run_outside(file: Path) -> Counter[str]:
    """Run the tests of the host that starts components, on CPython; returns the counts."""
    page = page_component()
    with scratch() as name:
        report = Path(name, "report.xml")
        run(
            [setup(), "-m", "pytest", "-q", HERE, "-o", "cache_dir=.cache/pytest-wasi",
             f"--basetemp={Path(name, 'tmp')}", f"--junit-xml={report}"],
            env={
                **environment(),
                "ANYSTEP_WASI_COMPONENT": str(file),
                "ANYSTEP_WASI_PAGE": str(page),
            },
        )  # fmt: skip
        passed = re.search(r'tests="(\d+)"', report.read_text())
    return Counter(passed=int(passed[1]) if passed else 0)


def test() -> int:
    """Run all tests of the lane; 0 only if some ran and none failed."""
    file, files, unmarked = test_component()
    counts = run_inside(file, files, unmarked) + run_outside(file)
    say(f"wasi: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 0 if counts["passed"] and not counts["failed"] else 1


def demo(out: Path, text: str, answers: str) -> int:
    """Run the demo in a component of its own and write its record as JSON."""
    source = EXAMPLES / "demo_review.py"
    sources = [HERE / "demo_command.py", source]
    file = component("demo", "demo_command:main", [HERE, EXAMPLES], sources)
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch() as name:
        start(setup(), file, Path(name), text, answers, "/tmp/record.json")
        shutil.copyfile(Path(name, "record.json"), out)
    return 0


def program(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="wasi_lane.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup")
    commands.add_parser("test")
    demonstrate = commands.add_parser("demo")
    demonstrate.add_argument("--json", type=Path, required=True)
    demonstrate.add_argument("--text", default=DEMO_TEXT)
    demonstrate.add_argument("--answers", default='["approve"]', help="a JSON list")
    asked = parser.parse_args(words)
    begun = time.monotonic()
    code = 0
    if asked.command == "test":
        code = test()
    elif asked.command == "demo":
        code = demo(asked.json, asked.text, asked.answers)
    else:
        test_component()
    say(f"[wasi] {asked.command}: {time.monotonic() - begun:.1f} s")
    return code


if __name__ == "__main__":
    main(program)
