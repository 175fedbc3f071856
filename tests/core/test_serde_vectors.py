"""The golden vectors: every host writes them byte for byte, and reads them back as they were.

If one differs, users' stored data can no longer be read: see tests/vectors/generate.py.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from anystep.checkpoint.archive import pack_thread, unpack_thread
from anystep.checkpoint.memory import InMemorySaver

pytestmark = pytest.mark.host

VECTORS = Path(__file__).parent.parent / "vectors"


def load_cases() -> ModuleType:
    """The module tests/vectors/cases.py, under the name its classes are stored with."""
    spec = importlib.util.spec_from_file_location("vector_cases", VECTORS / "cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


CASES = load_cases()
NAMES = [(group, name) for group, values in CASES.CASES.items() for name in values]


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal in type as well, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            same(k, l) and same(v, w)
            for (k, v), (l, w) in zip(one.items(), other.items(), strict=True)
        )
    if isinstance(one, (list, tuple)) or hasattr(one, "maxlen"):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return str(one) == str(other)
    return bool(one == other)


def described(group: str) -> dict[str, Any]:
    """The description of a group of vectors."""
    found: dict[str, Any] = json.loads((VECTORS / f"{group}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_a_value_is_written_byte_for_byte(group: str, name: str) -> None:
    """What is written today is what the vector says."""
    kind, data = CASES.SERDE.dumps_typed(CASES.CASES[group][name])
    description = described(group)

    assert description["cases"][name]["hex"] == data.hex()
    assert description["type"] == kind


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_a_value_is_read_as_it_was(group: str, name: str) -> None:
    """What the vector says is read as the value, in all its types."""
    data = bytes.fromhex(described(group)["cases"][name]["hex"])
    expected = CASES.CASES[group][name]
    if isinstance(expected, Exception):
        expected = repr(expected)

    assert same(expected, CASES.SERDE.loads(data))
    assert same(expected, CASES.SERDE.loads_own(data))
    assert getattr(expected, "lang", None) == getattr(CASES.SERDE.loads(data), "lang", None)


@pytest.mark.parametrize("group", CASES.CASES)
def test_a_file_holds_its_whole_group(group: str) -> None:
    """The file is the group as one value, and the description names every case."""
    assert (VECTORS / f"{group}.msgpack").read_bytes() == CASES.SERDE.dumps(CASES.CASES[group])
    assert [*CASES.CASES[group]] == [*described(group)["cases"]]


def test_a_thread_is_packed_byte_for_byte() -> None:
    """The archive of a thread is the same everywhere, and unpacks to the same thread."""
    data = (VECTORS / "thread.msgpack").read_bytes()
    saver = InMemorySaver(serde=CASES.SERDE)

    assert data == CASES.thread()
    assert "thread-1" == unpack_thread(saver, data)
    assert data == pack_thread(saver, "thread-1")
