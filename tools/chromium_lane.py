"""The Chromium lane: the built site in a headless browser, as a visitor meets it.

    python3 tools/chromium_lane.py setup     build the site and find a Chromium
    python3 tools/chromium_lane.py test      run e2e/chromium against it

The browser is Debian's (``apt-get install chromium``) or the one that ANYSTEP_CHROMIUM
names, driven by Playwright under Node 24.  The site is served on a free loopback port and
below a path, as on a host that many projects share; a request to anywhere else fails the
lane.  The same host-marked tests that run in Pyodide under Node run in the page's worker.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

from npm import node_modules, node_tests, package
from prerequisites import chromium, missing
from project import CACHE, ROOT, ToolError, files_of, main, run, say, venv_python
from pyodide_lane import DEMO_ANSWERS, sample_text, vendored_wheels
from static_site import build, serving

__all__ = ["carried", "carry_tests", "setup"]

HERE = ROOT / "e2e" / "chromium"
#: Test files that cannot run in a page's worker, each with the reason.
EXCLUDED = HERE / "excluded.json"
STAGE = CACHE / "chromium"
SCREENSHOTS = CACHE / "screenshots"
COUNTS = STAGE / "counts.json"
REPORT = STAGE / "report.tap"
RECORD = STAGE / "demo-cpython.json"

#: Where the served folder keeps the site and what only the tests need.
PATH = "some/path"
EXTRAS = "lane"
#: The page that docs/browser.md writes, and the files its blocks are.
OWN = "own"
DOCUMENT = ROOT / "docs" / "browser.md"
BLOCKS = (
    ("html", "mine.html"),
    ("js", "mine.js"),
    ("python", "my_graph.py"),
    ("html", "drawn.html"),
    ("js", "recorded.js"),
    ("html", "scripted.html"),
    ("json", "scripted.json"),
    ("py", "scripted.py"),
)
#: What PyScript needs that the page may allow; its own <meta> says so, as a careful host would.
ALLOWED = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'; worker-src 'self' blob:"

DEMO_ON_CPYTHON = """
import json, sys
from demo_review import build, run_script
out, asked = sys.argv[1], json.loads(sys.argv[2])
with open(out, "w") as file:
    json.dump(run_script(build(None), **asked), file)
"""

#: pytest and what it needs, in the order they are loaded.
PYTEST = ("packaging", "iniconfig", "pluggy", "pygments", "pytest")
#: What the tests read, from the root of the repository.
CARRIED = ("tests", "examples", "docs", "pyproject.toml", "README.md")


def setup() -> Path:
    """Build what is served; returns its folder.  Raises ToolError saying how to get a browser if there is none."""
    problems = missing("chromium")
    if problems:
        raise ToolError("\n".join(problems))
    package("playwright-core")
    return build()


def stage(site: Path) -> Path:
    """A folder to serve: the site below a path, and beside it what the tests need."""
    root = STAGE / "root"
    shutil.rmtree(root, ignore_errors=True)
    # A copy: a build that somebody starts meanwhile must not change what is being tested.
    shutil.copytree(site, root / PATH)
    write_own_page(root / OWN, root / PATH)
    carry_tests(root / EXTRAS)
    return root


def carry_tests(extras: Path) -> None:
    """Lay out what a page needs to run the tests of Python."""
    extras.mkdir()
    shutil.copyfile(HERE / "raw.js", extras / "raw.js")
    for name in PYTEST:
        wheel = vendored_wheels()[name]
        shutil.copyfile(wheel, extras / wheel.name)
    with zipfile.ZipFile(extras / "repo.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files_of(ROOT / name for name in CARRIED):
            archive.write(path, path.relative_to(ROOT))


def carried(extras: str) -> dict[str, Any]:
    """What a page is told that runs the tests of Python."""
    return {
        "wheels": [f"{extras}{vendored_wheels()[name].name}" for name in PYTEST],
        "archive": f"{extras}repo.zip",
        "inside": str(ROOT / "e2e" / "pyodide" / "inside.py"),
        "excluded": json.loads(EXCLUDED.read_text()),
    }


def write_own_page(folder: Path, site: Path) -> None:
    """Lay out the pages of the documentation.  Raises ToolError if a block is missing."""
    folder.mkdir()
    (folder / "runtime").symlink_to(site / "runtime")
    unpack_package(site / "anystep", folder / "anystep")
    (folder / "pyscript").symlink_to(package("@pyscript/core") / "dist")
    shutil.copyfile(package("coincident") / "dist" / "sw.js", folder / "sw.js")
    text = DOCUMENT.read_text(encoding="utf-8")
    there = {
        language: re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for language, _ in BLOCKS
    }
    for language, name in BLOCKS:
        if not there[language]:
            raise ToolError(f"{DOCUMENT.relative_to(ROOT)} has no block of {language} for {name}")
        (folder / name).write_text(there[language].pop(0), encoding="utf-8")
    page = (folder / "scripted.html").read_text(encoding="utf-8")
    page = page.replace(
        "<title>", f'<meta http-equiv="Content-Security-Policy" content="{ALLOWED}">\n<title>'
    )
    (folder / "scripted.html").write_text(page, encoding="utf-8")
    worker = page.replace('type="py"', 'type="py" worker service-worker="./sw.js"')
    (folder / "scripted-worker.html").write_text(worker, encoding="utf-8")


def unpack_package(source: Path, target: Path) -> None:
    """Lay out the JavaScript as npm would for whoever installs it: what `npm pack` takes along."""
    here = target.parent
    command: list[str | Path] = ["npm", "pack", "--silent", "--pack-destination", here, source]
    packed = run(command, cwd=here, quiet=True)
    archive = here / packed.strip().splitlines()[-1]
    with tarfile.open(archive) as inside:
        inside.extractall(target, filter="data")
    for path in [*(target / "package").iterdir()]:
        path.rename(target / path.name)
    (target / "package").rmdir()
    archive.unlink()


def settings(address: str, site: Path) -> dict[str, Any]:
    """What the tests are told, as ``browser.mjs`` expects it."""
    extras = f"{address}{EXTRAS}/"
    manifest = json.loads((site / "runtime" / "manifest.json").read_text())
    return {
        "site": f"{address}{PATH}/",
        "own": f"{address}{OWN}/mine.html",
        "extras": extras,
        "chromium": str(chromium()),
        "modules": str(node_modules()),
        "screenshots": str(SCREENSHOTS),
        "record": json.loads((site / "recorded.json").read_text()),
        "bytes": sum(manifest["files"].values()),
        "demo": demo(),
        "demo_record": str(RECORD),
        "counts": str(COUNTS),
        "tests": carried(extras),
    }


def demo() -> dict[str, Any]:
    """What the demo is run with, there and here."""
    return {"text": sample_text(), "answers": list(DEMO_ANSWERS)}


def record_demo() -> None:
    """Let CPython run the demo; what it tells is what the page must tell."""
    STAGE.mkdir(parents=True, exist_ok=True)
    run(
        [venv_python(), "-c", DEMO_ON_CPYTHON, RECORD, json.dumps(demo())],
        env={"PYTHONPATH": str(ROOT / "examples")},
    )


def test(files: list[str]) -> int:
    """Run the tests; 0 only if they passed and tests ran inside the page as well."""
    root = stage(setup())
    record_demo()
    COUNTS.unlink(missing_ok=True)
    wanted = [HERE / name for name in files] or sorted(HERE.glob("*.test.mjs"))
    # The last line: Debian's wrapper may complain on the lines before.
    version = run([chromium(), "--version"], quiet=True).strip().splitlines()[-1]
    say(f"[chromium] {version}")
    with serving(root) as address:
        lane = json.dumps(settings(address, root / PATH))
        code, counts = node_tests(wanted, lane, HERE, REPORT)
    return report(code, counts)


def report(code: int, counts: dict[str, int]) -> int:
    """Add up the tests of the browser and those inside it, and say how many there were."""
    inside = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    if inside:
        say(
            f"[chromium] in the page's worker: {inside['passed']} passed, {inside['failed']} failed, "
            f"{inside['skipped']} skipped of {len(inside['files'])} files; "
            f"{len(inside['excluded'])} excluded by name, {inside['unmarked']} not marked for this host"
        )
    passed = counts["pass"] + inside.get("passed", 0)
    failed = counts["fail"] + inside.get("failed", 0)
    skipped = counts["skipped"] + inside.get("skipped", 0)
    say(f"[chromium] screenshots in {SCREENSHOTS.relative_to(ROOT)}")
    say(f"chromium: {passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed and not code else 1


def program(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="chromium_lane.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup")
    testing = commands.add_parser("test")
    testing.add_argument("files", nargs="*", help="test files of e2e/chromium; all unless named")
    asked = parser.parse_args(words)
    begun = time.monotonic()
    code = 0
    if asked.command == "test":
        code = test(asked.files)
    else:
        setup()
    say(f"[chromium] {asked.command}: {time.monotonic() - begun:.1f} s")
    return code


if __name__ == "__main__":
    main(program)
