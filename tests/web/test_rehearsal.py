"""What runs before Python's memory is kept, and what makes a restored one its own."""

from __future__ import annotations

import linecache
import random
import sys

import msgpack
import pytest

from anystep.web import _rehearsal

pytestmark = pytest.mark.host


async def test_the_rehearsal_runs_to_its_end_and_leaves_no_program_behind() -> None:
    """The memory that is kept has learnt, and holds nothing that ran."""
    await _rehearsal.rehearse()
    ran = _rehearsal.NAME in sys.modules
    _rehearsal.settle()

    assert ran
    assert _rehearsal.NAME not in sys.modules
    assert f"{_rehearsal.NAME}.py" not in linecache.cache


async def test_a_rehearsal_that_goes_wrong_keeps_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error inside is told by what failed."""
    monkeypatch.setattr(_rehearsal, "PROGRAM", "1 / 0")

    with pytest.raises(RuntimeError, match=r"the rehearsal failed in 'load': division by zero"):
        await _rehearsal.rehearse()
    _rehearsal.settle()


def test_two_memories_woken_from_one_draw_different_numbers() -> None:
    """What `random` knew when the memory was kept, no restored one uses."""
    kept = random.getstate()
    drawn: set[float] = set()
    for _ in range(2):
        random.setstate(kept)
        _rehearsal.wake()
        drawn.add(random.random())

    assert len(drawn) == 2


def test_waking_brings_msgpack_back() -> None:
    """What was bound to it by name goes on working."""
    _rehearsal.wake()

    assert msgpack.unpackb(msgpack.packb({"a": [1, b"2"]})) == {"a": [1, b"2"]}
