"""The site lane: every page and demo of the built site, as visitors meet them.

    python3 tools/site_lane.py setup          build the site and find a Chromium
    python3 tools/site_lane.py test [FILE]    run e2e/site against it
    python3 tools/site_lane.py soak           the long ones: many runs, LangGraph.js beside it

The browser is the one of the Chromium lane; the demos run in Firefox too (Debian's, or the one that
ANYSTEP_FIREFOX names), and on Linux some in WebKitGTK.  The site is served below a path on a free
loopback port, and a request to anywhere else fails the lane.  Screenshots go to
``.cache/screenshots``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

from chromium_lane import (
    EXTRAS,
    OWN,
    PATH,
    SCREENSHOTS,
    carried,
    carry_tests,
    setup,
    write_own_page,
)
from npm import node_modules, node_tests
from prerequisites import chromium, firefox, webkit
from project import CACHE, ROOT, content_hash, exclusive, fresh, main, run, say, stamp
from static_site import serving

HERE = ROOT / "e2e" / "site"
STAGE = CACHE / "site-lane"
#: Seconds that the work of `slowness` takes where the budgets were set.
WORK = 0.04
REPORT = STAGE / "report.tap"


def stage(site: Path) -> Path:
    """A folder to serve: the site below a path, beside it the page of the documentation."""
    root = STAGE / "root"
    shutil.rmtree(root, ignore_errors=True)
    # A copy: a build that somebody starts meanwhile must not change what is being tested.
    shutil.copytree(site, root / PATH)
    write_own_page(root / OWN, root / PATH)
    carry_tests(root / EXTRAS)
    return root


def settings(address: str, site: Path) -> dict[str, Any]:
    """What the tests are told."""
    manifest = json.loads((site / "runtime" / "manifest.json").read_text())
    return {
        "site": f"{address}{PATH}/",
        "own": f"{address}{OWN}/mine.html",
        "folder": str(site),
        "chromium": str(chromium()),
        "firefox": str(firefox()),
        "webkit": webkit(),
        "modules": str(node_modules()),
        "tests": carried(f"{address}{EXTRAS}/"),
        "peer": str(CACHE / "langgraphjs" / "node_modules"),
        "screenshots": str(SCREENSHOTS),
        "record": json.loads((site / "recorded.json").read_text()),
        "bytes": sum(manifest["files"].values()),
        # Budgets in seconds are for an idle machine; a busy one is given so many times as long.
        "patience": slowness() * max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1)),
    }


def slowness() -> float:
    """How many times as long as on an idle machine a piece of work takes here; at least 1.

    A neighbour on the same hardware slows this machine without being among its own load.
    """
    took = []
    for _ in range(7):
        began = time.perf_counter()
        sum(number & 7 for number in range(1_000_000))
        took.append(time.perf_counter() - began)
    return max(1.0, statistics.median(took) / WORK)


def langgraphjs() -> Path:
    """The folder of LangGraph.js's packages, installed if need be."""
    wanted, folder = ROOT / "e2e" / "langgraphjs", CACHE / "langgraphjs"
    key = content_hash([wanted])
    with exclusive("langgraphjs"):
        if not fresh("langgraphjs", key):
            shutil.copytree(wanted, folder, dirs_exist_ok=True)
            run(["npm", "ci", "--no-progress", "--loglevel=error"], cwd=folder)
            stamp("langgraphjs", key)
    return folder / "node_modules"


def test(names: list[str], pattern: str) -> int:
    """Run test files; 0 only if there were some and all passed."""
    root = stage(setup())
    wanted = [HERE / name for name in names] or sorted(HERE.glob(pattern))
    # Debian's wrapper may complain on the lines before the last.
    say(f"[site] {run([chromium(), '--version'], quiet=True).strip().splitlines()[-1]}")
    if webkit() is None:
        wanted = [path for path in wanted if not path.name.startswith("webkit")]
        say("note: WebKitGTK exists on Linux only, no demo ran there")
    with serving(root) as address:
        lane = json.dumps(settings(address, root / PATH))
        code, counts = node_tests(wanted, lane, HERE, REPORT)
    say(f"[site] screenshots in {SCREENSHOTS.relative_to(ROOT)}")
    passed, failed = counts["pass"], counts["fail"]
    say(f"site: {passed} passed, {failed} failed, {counts['skipped']} skipped")
    return 0 if passed and not failed and not code else 1


def program(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="site_lane.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup")
    testing = commands.add_parser("test")
    testing.add_argument("files", nargs="*", help="test files of e2e/site; all unless named")
    commands.add_parser("soak")
    asked = parser.parse_args(words)
    begun = time.monotonic()
    code = 0
    if asked.command == "test":
        code = test(asked.files, "*.test.mjs")
    elif asked.command == "soak":
        langgraphjs()
        code = test([], "*.soak.mjs")
    else:
        setup()
    say(f"[site] {asked.command}: {time.monotonic() - begun:.1f} s")
    return code


if __name__ == "__main__":
    main(program)
