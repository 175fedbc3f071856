"""What ``tools/site.py`` and the Chromium lane share: build the static site, serve a folder.

(A module of its own, because ``import site`` finds the standard library's.)  What is built
is plain files that work below any path of any static host: the page of ``site/page``, the
JavaScript of the anystep wheel, and ``runtime/``: Pyodide, its standard library as bytecode,
the wheels the demo needs, a lock with their hashes, and a manifest with the size of every
file.  The recorded run is made here, on CPython, by the same session that runs in the page.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from npm import node24
from project import (
    CACHE,
    ROOT,
    ToolError,
    content_hash,
    exclusive,
    fresh,
    run,
    say,
    stamp,
    venv_python,
)
from pyodide_lane import pyodide_folder, vendored_wheels, write_lock
from setup_env import ensure_dev
from wheel import wheel_path

__all__ = ["build", "serving"]

PAGE = ROOT / "site" / "page"
SITE = CACHE / "site"
STDLIB = CACHE / "pyodide" / "stdlib.zip"
#: What unpacks beside the unmodified wheel, so that it is not compiled at every start.
BYTECODE = CACHE / "pyodide" / "anystep-bytecode.zip"
DEMO = ROOT / "examples" / "demo_review.py"
TEXT = ROOT / "examples" / "data" / "lighthouse.md"

#: Pyodide's own files; the standard library and the lock are made here.
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
#: Vendored wheels the demo needs besides anystep.
NEEDED = ("msgpack",)
#: Vendored wheels that are there for programs that import them, and loaded by those only.
OFFERED = (
    "annotated-types",
    "micropip",
    "packaging",
    "pydantic",
    "pydantic_core",
    "typing-extensions",
    "typing-inspection",
)

#: The policy the page carries.  It is sent with every file, so that the worker runs under it as
#: well: a page's own <meta> policy does not reach the workers it starts.
META = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')


def policy() -> str:
    """The Content-Security-Policy of the page.  Raises ToolError if it has none."""
    found = META.search((PAGE / "index.html").read_text(encoding="utf-8"))
    if found is None:
        raise ToolError("site/page/index.html carries no Content-Security-Policy")
    return found[1]


def build() -> Path:
    """The folder of the built site, rebuilt if anything it is made of changed."""
    wheel = wheel_path()
    pyodide = pyodide_folder()
    ensure_dev()
    sources = [ROOT / "site", DEMO, TEXT, Path(__file__), wheel, pyodide / "package.json"]
    key = content_hash([*sources, *vendored_wheels().values()])
    with exclusive("site"):
        if fresh("site", key) and (SITE / "index.html").exists():
            return SITE
        begun = time.monotonic()
        fresh_copy = SITE.with_name("site-new")
        shutil.rmtree(fresh_copy, ignore_errors=True)
        shutil.copytree(PAGE, fresh_copy)
        shutil.copy(DEMO, fresh_copy / DEMO.name)
        unpack_javascript(wheel, fresh_copy / "anystep")
        build_runtime(pyodide, wheel, fresh_copy / "runtime")
        recorder, settings = ROOT / "site" / "record.py", ROOT / "site" / "run.json"
        run([venv_python(), recorder, DEMO, TEXT, settings, fresh_copy / "recorded.json"])
        shutil.rmtree(SITE, ignore_errors=True)
        fresh_copy.rename(SITE)
        stamp("site", key)
        total = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
        say(f"[site] built: {total / 1e6:.1f} MB in {time.monotonic() - begun:.1f} s")
    return SITE


def unpack_javascript(wheel: Path, target: Path) -> None:
    """Take the ES modules out of the wheel, as somebody who installed it would."""
    inside = "anystep/web/js/"
    target.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(inside) and not name.endswith("/"):
                (target / name.removeprefix(inside)).write_bytes(archive.read(name))


def build_runtime(pyodide: Path, wheel: Path, target: Path) -> None:
    """Lay out Python itself: core files, bytecode, wheels, lock and manifest."""
    target.mkdir()
    wheels = [vendored_wheels()[name] for name in NEEDED] + [wheel]
    stdlib = compiled("stdlib", pyodide / "python_stdlib.zip", STDLIB)
    bytecode = compiled("wheel", wheel, BYTECODE)
    for path in [*(pyodide / name for name in CORE), stdlib, bytecode, *wheels]:
        shutil.copyfile(path, target / path.name)
    offered = [vendored_wheels()[name] for name in OFFERED]
    write_lock(target / "pyodide-lock.json", [*wheels, *offered])
    # What every start downloads; the offered wheels are not among it.
    files = sorted(path for path in target.iterdir() if path.is_file())
    manifest = {
        "anystep": wheel.name.split("-")[1],
        "pyodide": json.loads((pyodide / "package.json").read_text())["version"],
        "stdlib": stdlib.name,
        "bytecode": bytecode.name,
        "packages": [*NEEDED, "anystep"],
        "files": {path.name: path.stat().st_size for path in files},
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    for path in offered:
        shutil.copyfile(path, target / path.name)


def compiled(mode: str, source: Path, target: Path) -> Path:
    """Bytecode of an archive, made once for each content of it; returns ``target``."""
    script = ROOT / "site" / "bytecode.mjs"
    pyodide = pyodide_folder()
    key = content_hash([script, source, pyodide / "package.json"])
    with exclusive(target.name):
        if not (fresh(target.name, key) and target.exists()):
            target.parent.mkdir(parents=True, exist_ok=True)
            run([node24(), script, pyodide, mode, source, target])
            stamp(target.name, key)
    return target


class Handler(SimpleHTTPRequestHandler):
    """Serves files with the site's policy; says nothing on the terminal."""

    policy = ""

    extensions_map = {  # noqa: RUF012  the base class declares it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".whl": "application/zip",
        ".py": "text/plain; charset=utf-8",
    }

    def end_headers(self) -> None:
        """Add what a careful host would."""
        self.send_header("Content-Security-Policy", self.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """Does not mind visitors who leave in the middle of an answer."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say only what is not a broken connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(folder: Path, port: int = 0) -> Generator[str]:
    """Serve a folder on the loopback interface; gives the address. Port 0 takes a free one."""
    Handler.policy = policy()
    handler = partial(Handler, directory=str(folder))
    with Server(("127.0.0.1", port), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
