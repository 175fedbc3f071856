"""The prelude names every late import: what it misses, a component cannot import."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from anystep.wasi import prelude

ROOT = Path(__file__).resolve().parents[2]

#: Parts of a component's program; the rest of wasi/ runs on the host.
INSIDE = ("__init__.py", "cli.py", "errors.py", "loop.py", "prelude.py")

SOURCES = [
    *sorted((ROOT / "core").rglob("*.py")),
    *(ROOT / "wasi" / "anystep" / "wasi" / name for name in INSIDE),
]

#: Calls of import_module with a name that is computed, and why no module is missed.
COMPUTED: dict[str, str] = {
    "anystep._langchain": "LangChain's, which a program that uses it has imported itself",
    "anystep.checkpoint.serde._langgraph": "classes of the program, which it has imported itself",
    "anystep.checkpoint.serde._classes": "classes of the program, which it has imported itself",
    "anystep.stream._langchain": "LangChain's, which a program that uses it has imported itself",
    "anystep.wasi.prelude": "it imports the prelude itself",
}


def name_of(source: Path) -> str:
    """The module that a source file defines."""
    parts = source.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def late_imports(source: Path) -> Iterator[tuple[str, int]]:
    """Modules that are imported inside functions, with the line; "?" for a computed name."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    seen: set[int] = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        for node in ast.walk(function):
            if id(node) not in seen and isinstance(node, ast.stmt | ast.expr):
                seen.add(id(node))
                yield from ((name, node.lineno) for name in imported(node, source))


def imported(node: ast.AST, source: Path) -> Iterator[str]:
    """The modules that one statement or call imports."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = module or ""
            if level:
                package = name_of(source)
                if source.name != "__init__.py":
                    package = package.rpartition(".")[0]
                base = importlib.util.resolve_name("." * level + base, package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in names if is_module(base, alias.name))
        case (
            ast.Call(func=ast.Name(id="import_module" | "__import__"), args=[name, *_])
            | ast.Call(func=ast.Attribute(attr="import_module"), args=[name, *_])
        ):
            yield str(name.value) if isinstance(name, ast.Constant) else "?"
        case _:
            pass


def is_module(package: str, name: str) -> bool:
    """Whether ``from package import name`` imports a module of ours."""
    if not package.startswith("anystep"):
        return False
    try:
        return importlib.util.find_spec(f"{package}.{name}") is not None
    except ModuleNotFoundError:
        return False


def late() -> dict[str, list[str]]:
    """Every late import of ours, with the places it is made at."""
    found: dict[str, list[str]] = {}
    for source in SOURCES:
        for name, line in late_imports(source):
            if name not in ("?", "anystep"):  # the namespace is no module of its own
                found.setdefault(name, []).append(f"{source.relative_to(ROOT)}:{line}")
    return found


def test_every_late_import_is_in_the_prelude() -> None:
    """A module that is imported inside a function is brought, or a component lacks it."""
    brought = {*prelude.modules(), *prelude.LATE, *prelude.OPTIONAL, *sys.builtin_module_names}
    missing = [
        f"add {name!r} to LATE in wasi/anystep/wasi/prelude.py: imported at {', '.join(places)}"
        for name, places in sorted(late().items())
        if name not in brought
    ]

    assert missing == []


def test_nothing_in_the_prelude_is_stale() -> None:
    """What is listed as a late import of ours is one."""
    found = late()

    assert [name for name in (*prelude.LATE, *prelude.OPTIONAL) if name not in found] == []


def test_all_of_core_is_brought_and_other_hosts_are_not() -> None:
    """A program may import any module of core while it runs."""
    brought = set(prelude.modules())

    assert {name_of(source) for source in SOURCES} - {"anystep.wasi.prelude"} <= brought
    assert {name.split(".")[1] for name in brought if "." in name}.isdisjoint(
        {"web", "edge", "providers"}
    )


def test_computed_imports_are_accounted_for() -> None:
    """An import whose name no reading can tell is explained here."""
    computed = {
        name_of(source)
        for source in SOURCES
        if any(name == "?" for name, _ in late_imports(source))
    }

    assert computed == set(COMPUTED)


def test_the_lists_are_sorted() -> None:
    """A list that is sorted has no doubles and small diffs."""
    for names in (prelude.LATE, prelude.LIBRARIES, prelude.OUTSIDE, tuple(prelude.OPTIONAL)):
        assert list(names) == sorted(set(names))


def test_the_watch_remembers_what_was_not_found() -> None:
    """A failed import is remembered, and fails as it would without the watch."""
    with prelude.ImportWatch() as watch:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("anystep_has_no_such_module")
        importlib.import_module("json")

    assert list(watch.names) == ["anystep_has_no_such_module"]
    assert watch not in sys.meta_path
