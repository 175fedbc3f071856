"""What ``tools/site.py`` and the Chromium lane share: build the static site, serve a folder.

(A module of its own, because ``import site`` finds the standard library's.)  What is built
is plain files that work below any path of any static host: the page of ``site/page``, the
JavaScript of the anystep wheel, and ``runtime/``: Pyodide, its standard library as bytecode,
the wheels the demo needs, a lock with their hashes, and a manifest with the size of every
file.  The recorded run is made here, on CPython, by the same session that runs in the page.
"""

from __future__ import annotations

import hashlib
import json
import os
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

from npm import node24, node_modules, package
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
STDLIB = CACHE / "pyodide" / "compiled" / "python_stdlib.zip"
#: The wheel's files with their bytecode: read as it is, neither installed nor compiled at a start.
LIBRARY = CACHE / "pyodide" / "anystep.zip"
TEMPLATES = ROOT / "site" / "templates"
PAGES = ROOT / "tools" / "site_pages.py"
DEMOS = ROOT / "site" / "demos"
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

#: Of PyScript's files these; terminals, editors, games and MicroPython are not shown here.
PYSCRIPT = ("core", "deprecations-manager", "donkey", "error", "py-", "pyodide_graph", "LICENSE")

#: The policy the page carries.  It is sent with every file, so that the worker runs under it as
#: well: a page's own <meta> policy does not reach the workers it starts.
META = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')

#: How the run of the front page is recorded, and run again in the page.
FRONT: dict[str, Any] = {
    "name": "demo",
    "thread": "demo",
    "text_channel": "text",
    "answers": ["shorter", "Notes of a keeper"],
    "host": "host",
}


def policy() -> str:
    """The Content-Security-Policy of the pages.  Raises ToolError if they carry none."""
    found = META.search((TEMPLATES / "shell.html").read_text(encoding="utf-8"))
    if found is None:
        raise ToolError("site/templates/shell.html carries no Content-Security-Policy")
    return re.sub(r"\{\{\w+\}\}", "", found[1])


def build() -> Path:
    """The folder of the built site, rebuilt if anything it is made of changed."""
    wheel = wheel_path()
    pyodide = pyodide_folder()
    ensure_dev()
    sources = [ROOT / "site", ROOT / "docs", ROOT / "examples", wheel, pyodide / "package.json"]
    sources += [Path(__file__), PAGES, *ROOT.glob("*.md"), *vendored_wheels().values()]
    key = content_hash(sources, os.environ.get("ANYSTEP_SITE", ""))
    with exclusive("site"):
        if fresh("site", key) and (SITE / "index.html").exists():
            return SITE
        begun = time.monotonic()
        fresh_copy = SITE.with_name("site-new")
        shutil.rmtree(fresh_copy, ignore_errors=True)
        shutil.copytree(PAGE, fresh_copy)
        unpack_javascript(wheel, fresh_copy / "anystep")
        run([venv_python(), PAGES, fresh_copy])
        shutil.copy(DEMO, fresh_copy / DEMO.name)
        build_editor(fresh_copy / "editor.js")
        copy_pyscript(fresh_copy / "pyscript")
        build_runtime(pyodide, wheel, fresh_copy / "runtime")
        record_runs(fresh_copy)
        list_files(fresh_copy)
        shutil.rmtree(SITE, ignore_errors=True)
        fresh_copy.rename(SITE)
        stamp("site", key)
        total = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
        say(f"[site] built: {total / 1e6:.1f} MB in {time.monotonic() - begun:.1f} s")
    return SITE


def record_runs(target: Path) -> None:
    """Record the run of the front page and of every demo."""
    demos = json.loads((DEMOS / "demos.json").read_text(encoding="utf-8"))
    front = {**FRONT, "input": {FRONT["text_channel"]: TEXT.read_text(encoding="utf-8")}}
    wanted = [(DEMO, front, target / "recorded.json")]
    wanted += [
        (DEMOS / f"{about['name']}.py", about, target / "demos" / f"{about['name']}.json")
        for about in demos
    ]
    settings = CACHE / "recording.json"
    for program, about, out in wanted:
        settings.write_text(json.dumps(about), encoding="utf-8")
        run([venv_python(), ROOT / "site" / "record.py", program, settings, out])


def build_editor(target: Path) -> None:
    """Bundle the editor from npm; only who edits a program ever loads it."""
    command = [node_modules() / ".bin" / "esbuild", ROOT / "site" / "editor" / "editor.js"]
    options = ["--bundle", "--format=esm", "--minify", "--legal-comments=none"]
    licences = "CodeMirror and Lezer, MIT, (c) Marijn Haverbeke and others"
    run(
        [
            *command,
            *options,
            f"--banner:js=/* {licences} */",
            "--log-level=warning",
            f"--outfile={target}",
        ],
        env={"NODE_PATH": str(node_modules())},
    )


def copy_pyscript(target: Path) -> None:
    """Lay out the programs of the PyScript pages, and of PyScript what they need."""
    shutil.copytree(ROOT / "site" / "pyscript", target, dirs_exist_ok=True)
    core = package("@pyscript/core")
    (target / "core").mkdir()
    for path in [core / "LICENSE", *sorted((core / "dist").iterdir())]:
        if path.suffix != ".map" and path.name.startswith(PYSCRIPT):
            shutil.copyfile(path, target / "core" / path.name)


def list_files(target: Path) -> None:
    """Write ``files.json``: every file and the hash of its content, for the service worker."""
    files = {
        path.relative_to(target).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(target.rglob("*"))
        if path.is_file()
    }
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    listed = {"version": version, "files": files}
    (target / "files.json").write_text(json.dumps(listed, indent=0) + "\n", encoding="utf-8")


def unpack_javascript(wheel: Path, target: Path) -> None:
    """Take the ES modules out of the wheel, as somebody who installed it would."""
    inside = "anystep/web/js/"
    target.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(inside) and not name.endswith("/"):
                file = target / name.removeprefix(inside)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(archive.read(name))


def build_runtime(pyodide: Path, wheel: Path, target: Path) -> None:
    """Lay out Python itself: core files, bytecode, wheels, lock and manifest."""
    target.mkdir()
    wheels = [vendored_wheels()[name] for name in NEEDED]
    stdlib = compiled("stdlib", pyodide / "python_stdlib.zip", STDLIB)
    library = compiled("wheel", wheel, LIBRARY)
    for path in [*(pyodide / name for name in CORE), stdlib, library, *wheels]:
        shutil.copyfile(path, target / path.name)
    offered = [*(vendored_wheels()[name] for name in OFFERED), wheel]
    write_lock(target / "pyodide-lock.json", [*wheels, *offered])
    # What every start downloads; the offered wheels are not among it.
    files = sorted(path for path in target.iterdir() if path.is_file())
    manifest = {
        "anystep": wheel.name.split("-")[1],
        "pyodide": json.loads((pyodide / "package.json").read_text())["version"],
        "stdlib": stdlib.name,
        "library": library.name,
        "packages": [*NEEDED],
        "wheels": [path.name for path in wheels],
        "files": {path.name: path.stat().st_size for path in files},
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
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
    #: The page that is sent carries another policy than the site's.
    own_policy = False

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
        if not self.own_policy:
            self.send_header("Content-Security-Policy", self.policy_of_page() or self.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def policy_of_page(self) -> str | None:
        """The policy that a page itself carries: some need to be allowed more than others."""
        path = Path(self.translate_path(self.path))
        page = path / "index.html" if path.is_dir() else path
        if page.suffix != ".html" or not page.is_file():
            return None
        found = META.search(page.read_text(encoding="utf-8"))
        return found and found[1]

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer an address that is none as static hosts do: with the nearest ``404.html``."""
        here = (Path(self.translate_path(self.path)), *Path(self.translate_path(self.path)).parents)
        pages = [folder / "404.html" for folder in here if (folder / "404.html").is_file()]
        if code != 404 or not pages:
            super().send_error(code, message, explain)
            return
        body = pages[0].read_bytes()
        self.own_policy = True
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

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
