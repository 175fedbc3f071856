"""Compares the golden vectors with what the code writes today; `--write` replaces them.

    python tests/vectors/generate.py            exit 1 and say so if any byte differs
    python tests/vectors/generate.py --write    only for new cases, or a new version of the format

A vector that changes is data of users that can no longer be read: bump the version instead.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def load_cases() -> ModuleType:
    """The module `cases.py`, under the name its classes are stored with."""
    spec = importlib.util.spec_from_file_location("vector_cases", HERE / "cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def written_as() -> dict[str, dict[str, str]]:
    """The cases as `cases.py` spells them: a repr may differ from one Python to the next."""
    source = (HERE / "cases.py").read_text(encoding="utf-8")
    table = next(
        statement.value
        for statement in ast.parse(source).body
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "CASES"
    )
    assert isinstance(table, ast.Dict)
    found: dict[str, dict[str, str]] = {}
    for group, cases in zip(table.keys, table.values, strict=True):
        assert isinstance(cases, ast.Dict)
        found[ast.literal_eval(group or "")] = {
            ast.literal_eval(name or ""): " ".join(
                (ast.get_source_segment(source, value) or "").split()
            )
            for name, value in zip(cases.keys, cases.values, strict=True)
        }
    return found


def vectors() -> dict[str, bytes]:
    """The files, by name."""
    cases = load_cases()
    sources = written_as()
    files: dict[str, bytes] = {}
    for group, values in cases.CASES.items():
        described = {
            name: {"value": sources[group][name], "hex": cases.SERDE.dumps(value).hex()}
            for name, value in values.items()
        }
        kind = cases.SERDE.dumps_typed(None)[0]
        text = json.dumps({"type": kind, "cases": described}, indent=1, ensure_ascii=True)
        files[f"{group}.msgpack"] = cases.SERDE.dumps(values)
        files[f"{group}.json"] = f"{text}\n".encode()
    files["thread.msgpack"] = cases.thread()
    return files


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # pyright: ignore[reportOptionalMemberAccess]
    parser.add_argument("--write", action="store_true", help="replace the files that differ")
    write = parser.parse_args().write
    files = vectors()
    stale = {
        name
        for name, data in files.items()
        if not (HERE / name).exists() or (HERE / name).read_bytes() != data
    }
    left = {
        path.name for path in HERE.iterdir() if path.suffix in (".msgpack", ".json")
    } - files.keys()
    for name in sorted(stale | left):
        sys.stdout.write(f"{name}: {'written' if write else 'differs'}\n")
        if write and name in files:
            (HERE / name).write_bytes(files[name])
        elif write:
            (HERE / name).unlink()
    return 0 if write else int(bool(stale | left))


if __name__ == "__main__":
    raise SystemExit(main())
