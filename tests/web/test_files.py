"""The page and the JavaScript: what they must hold and must never hold, read from the files."""

from __future__ import annotations

import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from anystep.web import javascript

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "site" / "page"
MODULES = ROOT / "web" / "anystep" / "web" / "js"
TEMPLATES = ROOT / "site" / "templates"
SCRIPTS = sorted([*PAGE.rglob("*.js"), *MODULES.rglob("*.js")])

IMPORT = re.compile(r'(?:from|import)\s*\(?\s*"(\.[^"]+)"')
#: Ways in for markup and code that comes as data, and addresses elsewhere.
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3\.org/)"
)


class Tags(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember one."""
        self.seen.append((tag, {name: value or "" for name, value in attrs}))


#: Not embed.html, which is shown as text, nor 404.html: it is shown at any depth, so it carries its
#: style, which its policy allows by its hash.
TAGS = [
    tag
    for name in ("shell", "home", "demo", "docs")
    for tag in Tags((TEMPLATES / f"{name}.html").read_text(encoding="utf-8")).seen
]


def test_the_page_carries_a_strict_policy() -> None:
    """Also on a host that sends no headers, only the site's own files are loaded or run."""
    (written,) = [a["content"] for _, a in TAGS if a.get("http-equiv") == "Content-Security-Policy"]
    # Only the PyScript pages put something there (tools/site_pages.py).
    policy = re.sub(r"\{\{\w+\}\}", "", written)
    allowed = dict(part.split(maxsplit=1) for part in policy.split("; "))

    assert allowed.pop("default-src") == "'none'"
    assert allowed.pop("script-src") == "'self' 'wasm-unsafe-eval'"
    assert set(allowed.values()) == {"'self'", "'none'"}


def test_nothing_in_the_page_is_inline() -> None:
    """No script, style or handler that the policy would have to allow."""
    for tag, attributes in TAGS:
        assert tag != "style"
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert tag != "script" or attributes.get("src")


def test_every_address_is_relative_and_exists() -> None:
    """The pages work below any path; what is no page and no recorded run is a file of the site."""
    found = [a[key] for _, a in TAGS for key in ("src", "href") if key in a]
    addresses = [address.removeprefix("{{root}}") for address in found]

    assert addresses
    for address in addresses:
        assert not address.startswith(("/", "http"))
        if not address.startswith("#") and not address.endswith((".html", ".json", "/")):
            assert (PAGE / address).is_file(), address


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: "-".join(path.parts[-2:]))
def test_scripts_never_turn_data_into_markup_or_ask_elsewhere(script: Path) -> None:
    """What a model or a visitor writes stays text; nothing names another host."""
    assert not FORBIDDEN.search(script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: "-".join(path.parts[-2:]))
def test_imports_name_files_that_are_there(script: Path) -> None:
    """An ES module imports by relative path, and the page's ``anystep/`` is the wheel's."""
    code = re.sub(r"^ *(//|\*).*$", "", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
    built = PAGE / "editor.js"
    for address in IMPORT.findall(code):
        target = (script.parent / address).resolve()
        if not target.is_relative_to(MODULES) and target.is_relative_to(PAGE / "anystep"):
            target = MODULES / target.relative_to(PAGE / "anystep")
        assert target.is_file() or target == built, address


def test_the_package_names_its_modules() -> None:
    """Somebody who installed the wheel finds the JavaScript in it."""
    names = {entry.name for entry in javascript().iterdir()}

    assert {path.name for path in MODULES.glob("*.js")} <= names
    assert "index.js" in names


def test_the_types_name_what_the_modules_export() -> None:
    """Every export and every method of `index.js` is in `index.d.ts`, and nothing else."""
    types = (MODULES / "index.d.ts").read_text(encoding="utf-8")
    index = (MODULES / "index.js").read_text(encoding="utf-8")
    declared = set(re.findall(r"^export (?:class|function) (\w+)", types, re.MULTILINE))
    exported = set(re.findall(r"^export (?:async )?(?:class|function) (\w+)", index, re.MULTILINE))
    for names in re.findall(r"^export \{([^}]*)\}", index, re.MULTILINE):
        exported |= {name.strip() for name in names.split(",")}

    assert declared == exported
    for name, source in (("Anystep", index), ("Graph", (MODULES / "graph.js").read_text())):
        _, _, rest = types.partition(f"export class {name} ")
        promised = set(re.findall(r"^  (\w+)\(", rest.partition("\n}\n")[0], re.MULTILINE))
        _, _, rest = source.partition(f"export class {name} ")
        there = set(re.findall(r"^  (?:async )?(\w+)\(", rest.partition("\n}\n")[0], re.MULTILINE))
        assert promised == there - {"for", "constructor"}


def test_the_npm_package_has_the_version_of_the_wheel() -> None:
    """The folder is published as it is."""
    package = json.loads((MODULES / "package.json").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert package["version"] == project["version"]
    for name in (package["main"], package["types"]):
        assert (MODULES / name).is_file()
