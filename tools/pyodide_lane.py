"""The Pyodide lane: the built wheel, its tests and the demo in Pyodide under Node.

    python3 tools/pyodide_lane.py setup              fetch Node 24, Pyodide and the vendored wheels
    python3 tools/pyodide_lane.py test [TEST ...]    host-marked tests, by pytest inside Pyodide
    python3 tools/pyodide_lane.py demo --json OUT    the demo's record, written to OUT

After ``setup`` nothing needs the network: the vendored wheels are cached by hash, the lock
that Pyodide reads is written here, and ``run.mjs`` takes ``fetch`` away.  The wheel under
test is the one that ``dist/`` holds, byte for byte, installed by micropip.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
import time
import zipfile
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from npm import node24, package
from project import CACHE, ROOT, ToolError, content_hash, exclusive, fresh, main, run, say, stamp
from wheel import wheel_path

__all__ = [
    "DEMO_ANSWERS",
    "pyodide_folder",
    "sample_text",
    "setup",
    "vendored_wheels",
    "write_lock",
]

HERE = ROOT / "e2e" / "pyodide"
REQUIREMENTS = HERE / "requirements.txt"
#: Test files that cannot run inside Pyodide under Node, each with the reason.
EXCLUDED = HERE / "excluded.json"
WHEELS = CACHE / "wheels" / "pyodide"
LOCK = CACHE / "pyodide" / "lane-lock.json"

#: What PyPI calls the platform of Pyodide 314, and what its own lock files call it.
PLATFORM = "pyemscripten_2026_0_wasm32"
LOCK_INFO = {
    "abi_version": "2026_0",
    "arch": "wasm32",
    "platform": "emscripten_5_0_3",
    "python": "3.14.2",
}

#: Seconds after which Pyodide is stopped; the slowest run takes a tenth of it.
DEADLINE = 600

#: What the demo is run with unless the command line says otherwise.
DEMO_TEXT = ROOT / "examples" / "data" / "lighthouse.md"
DEMO_ANSWERS = ("shorter", "Notes of a keeper")


def setup() -> None:
    """Fetch what the lane needs.  Raises ToolError saying what could not be had."""
    pyodide_folder()
    vendored_wheels()
    wheel_path()
    write_lock(LOCK, vendored_wheels().values())


def pyodide_folder() -> Path:
    """The folder of the npm package ``pyodide``."""
    return package("pyodide")


def vendored_wheels() -> dict[str, Path]:
    """The wheels that requirements.txt lists, by normalized name, fetched if need be."""
    pinned = re.findall(
        r"^([\w.-]+)==(\S+) --hash=sha256:(\w+)", REQUIREMENTS.read_text(), re.MULTILINE
    )
    key = content_hash([REQUIREMENTS], PLATFORM)
    with exclusive("pyodide-wheels"):
        found = {hash_of(path): path for path in WHEELS.glob("*.whl")}
        if not fresh("pyodide-wheels", key) or any(pin not in found for *_, pin in pinned):
            download()
            found = {hash_of(path): path for path in WHEELS.glob("*.whl")}
            stamp("pyodide-wheels", key)
    return {name: found[pin] for name, _, pin in pinned}


def download() -> None:
    """Let pip fetch exactly the listed files, for Pyodide's platform."""
    say(f"[pyodide] fetching the wheels listed in {REQUIREMENTS.relative_to(ROOT)}")
    shutil.rmtree(WHEELS, ignore_errors=True)
    WHEELS.mkdir(parents=True)
    tags = ["--platform", PLATFORM, "--python-version", "3.14", "--implementation", "cp"]
    abis = ["--abi", "cp314", "--abi", "abi3", "--abi", "none"]
    wanted = ["--require-hashes", "--only-binary", ":all:", "-r", str(REQUIREMENTS)]
    try:
        run(
            [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check",
             "--no-input", "-d", str(WHEELS), *tags, *abis, *wanted],
            quiet=True,
        )  # fmt: skip
    except ToolError as error:
        raise ToolError(
            f"{error}\nThe wheels for Pyodide could not be fetched; the network is needed once "
            "for them.  Everything outside the Pyodide, Chromium and site targets works without."
        ) from error


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_lock(path: Path, wheels: Iterable[Path]) -> None:
    """Write the lock file Pyodide loads packages by, for exactly these wheels."""
    packages = {}
    for wheel in wheels:
        entry = lock_entry(wheel)
        packages[normalized(entry["name"])] = entry
    for entry in packages.values():
        entry["depends"] = [name for name in entry["depends"] if name in packages]
    lock = {"info": LOCK_INFO, "packages": packages}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(lock, indent=1, sort_keys=True) + "\n")


def lock_entry(wheel: Path) -> dict[str, Any]:
    """One package of the lock; ``depends`` holds every requirement that no extra asks for."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        header = HeaderParser().parsestr(archive.read(metadata).decode())
    required = [
        line
        for line in header.get_all("Requires-Dist") or []
        if "extra" not in line.partition(";")[2]
    ]
    heads = {name.split("/")[0].removesuffix(".py") for name in names if name.endswith(".py")}
    return {
        "name": header["Name"],
        "version": header["Version"],
        "file_name": wheel.name,
        "sha256": hash_of(wheel),
        "imports": sorted(heads),
        "depends": [normalized(re.split(r"[^\w.-]", line)[0]) for line in required],
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }


def normalized(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def inside(
    call: str,
    argument: dict[str, Any],
    preload: list[str],
    *,
    module: str = "inside",
    folder: str = "/lane",
) -> dict[str, Any]:
    """Run one function of ``inside.py`` in Pyodide and return its answer.

    Another ``module`` is imported from a ``folder`` below ``/repo``.  What it prints is shown as it comes.  Raises ToolError if Pyodide or the function fails.
    """
    setup()
    written = CACHE / "pyodide" / f"{call}.json"
    job = {
        "pyodide": str(pyodide_folder()),
        "lock": str(LOCK),
        "wheels": f"{WHEELS}/",
        "preload": preload,
        "wheel": str(wheel_path()),
        "storage": str(package("fake-indexeddb") / "auto" / "index.mjs"),
        "mounts": {"/repo": str(ROOT), "/lane": str(HERE)},
        "path": [folder],
        "module": module,
        "call": call,
        "argument": argument,
        "answer": str(written),
        "deadline": DEADLINE,
    }
    file = CACHE / "pyodide" / f"{call}-job.json"
    file.write_text(json.dumps(job))
    run([node24(), HERE / "run.mjs", file])
    answer: dict[str, Any] = json.loads(written.read_text())
    return answer


def test(only: list[str]) -> int:
    """Run the host-marked tests, or those named; 0 only if some ran and none failed."""
    excluded = json.loads(EXCLUDED.read_text())
    asked = {"repo": "/repo", "excluded": excluded, "only": only}
    done = inside("run_tests", asked, ["pytest"])
    counts = done["answer"]
    for seconds, name in counts["slowest"]:
        say(f"[pyodide] {seconds:7.3f} s  {name}")
    for name in counts["excluded"]:
        say(f"[pyodide] excluded  {name}: {excluded[name]}")
    say(
        f"[pyodide] {len(counts['files'])} test files with host-marked tests, "
        f"{len(counts['excluded'])} excluded by name, {counts['unmarked']} not marked for this host; "
        f"{counts['deselected']} unmarked tests left out; {done['seconds']} s"
    )
    passed, failed, skipped = counts["passed"], counts["failed"], counts["skipped"]
    say(f"pyodide: {passed} passed, {failed} failed, {skipped} skipped")
    if not passed:
        say("[pyodide] no test ran: that is a failure")
    return 0 if passed and not failed and not counts["exit"] else 1


def sample_text() -> str:
    """The text the demo is run with."""
    return DEMO_TEXT.read_text(encoding="utf-8")


def demo(out: Path, text: str, answers: list[str]) -> int:
    """Run the demo and write its record as JSON."""
    asked = {"source": "/repo/examples/demo_review.py", "text": text, "answers": answers}
    done = inside("run_demo", asked, [])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(done["answer"]["record"], indent=1, sort_keys=True) + "\n")
    say(f"[pyodide] the demo ran in {done['answer']['ms']} ms")
    return 0


def program(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="pyodide_lane.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup")
    testing = commands.add_parser("test")
    testing.add_argument("only", nargs="*", help="files or tests as pytest names them")
    demonstrate = commands.add_parser("demo")
    demonstrate.add_argument("--json", type=Path, required=True)
    demonstrate.add_argument("--text", help=f"{DEMO_TEXT.relative_to(ROOT)} unless given")
    demonstrate.add_argument("--answers", type=json.loads, default=DEMO_ANSWERS, metavar="JSON")
    asked = parser.parse_args(words)
    begun = time.monotonic()
    if asked.command == "test":
        code = test(asked.only)
    elif asked.command == "demo":
        code = demo(asked.json, asked.text or sample_text(), list(asked.answers))
    else:
        setup()
        code = 0
    say(f"[pyodide] {asked.command}: {time.monotonic() - begun:.1f} s")
    return code


if __name__ == "__main__":
    main(program)
