"""Every public module says which names are public, and those are all it has.

That ``__all__`` is sorted is ruff's rule RUF022.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from pathlib import Path

import pytest

LISTED = Path(__file__).with_name("public_modules.txt")

#: Calls whose result annotates other names and is no part of the interface by itself.
TYPE_PARAMETERS = {"NewType", "ParamSpec", "TypeVar", "TypeVarTuple"}


def found() -> dict[str, Path]:
    """The public modules there are: no part of the name starts with an underscore."""
    spec = importlib.util.find_spec("anystep")
    assert spec is not None
    modules: dict[str, Path] = {}
    for folder in map(Path, spec.submodule_search_locations or ()):
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            if not any(part.startswith("_") for part in parts):
                modules[".".join(("anystep", *parts))] = path
    return modules


def listed() -> dict[str, str]:
    """The public modules there should be, each with the extra it needs ('' for none)."""
    modules: dict[str, str] = {}
    for line in LISTED.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, extra = line.partition(" needs ")
            modules[name.strip()] = extra.strip()
    return modules


def assigned(statement: ast.stmt) -> list[str]:
    """The names a statement at the top of a module defines; type parameters do not count."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets, value=value):
            pass
        case ast.AnnAssign(target=target, value=value):
            targets = [target]
        case ast.If(body=body, orelse=other):
            inside = [*body, *other]
            if isinstance(statement.test, ast.Name) and statement.test.id == "TYPE_CHECKING":
                inside = other
            return [name for inner in inside for name in assigned(inner)]
        case ast.Try(body=body, handlers=handlers, orelse=other):
            inside = [*body, *other, *(one for handler in handlers for one in handler.body)]
            return [name for inner in inside for name in assigned(inner)]
        case _:
            return []
    if isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] in TYPE_PARAMETERS:
        return []
    return [
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    ]


def defined(path: Path) -> set[str]:
    """The public names a file defines; for a package, also what it takes from its own parts."""
    names: set[str] = set()
    for statement in ast.parse(path.read_bytes()).body:
        names.update(assigned(statement))
        if (
            path.name == "__init__.py"
            and isinstance(statement, ast.ImportFrom)
            and (statement.level or (statement.module or "").startswith("anystep"))
        ):
            names.update(alias.asname or alias.name for alias in statement.names)
    return {name for name in names if not name.startswith("_")}


def test_public_modules_are_the_listed_ones() -> None:
    """A module becomes public, or stops being public, only together with the list."""
    assert sorted(listed()) == sorted(found())


def test_the_list_is_sorted() -> None:
    """One order, so that two changes meet as a conflict rather than as a duplicate."""
    assert sorted(listed()) == list(listed())


def declared(path: Path) -> list[str]:
    """What a file's `__all__` says, read without importing it."""
    for statement in ast.parse(path.read_bytes()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return list(ast.literal_eval(statement.value))
    raise AssertionError(f"{path.name} has no __all__")


@pytest.mark.parametrize("name", sorted(found()))
def test_all_names_what_is_defined(name: str) -> None:
    """`__all__` names each public name the module defines, once, and nothing private."""
    path = found()[name]
    names = declared(path)

    assert len(names) == len(set(names))
    assert set() == defined(path) - set(names)
    assert [one for one in names if one.startswith("_")] == []


@pytest.mark.parametrize("name", sorted(name for name, extra in listed().items() if not extra))
@pytest.mark.filterwarnings("ignore::anystep.warnings.LangGraphDeprecationWarning")
def test_all_names_exist(name: str) -> None:
    """Every name in `__all__` can be had, also those that are imported when asked for."""
    module = importlib.import_module(name)

    assert [one for one in module.__all__ if not hasattr(module, one)] == []
