"""Rules about the writes of tasks, stored before their superstep is done."""

from __future__ import annotations

from typing import Any

from ._bench import Bench

__all__ = ["WRITES"]


async def _writes_are_pending(bench: Bench) -> None:
    """Writes belong to the checkpoint their task ran on: task, channel and value, in order."""
    chain = bench.chain()
    await chain.put({"a": 1})
    await chain.write([("a", 2), ("b", {"deep": [1]}), ("a", 3)], "task-1")

    assert (await chain.read()).pending_writes == [
        ("task-1", "a", 2),
        ("task-1", "b", {"deep": [1]}),
        ("task-1", "a", 3),
    ]


async def _each_checkpoint_has_its_own(bench: Bench) -> None:
    """The next checkpoint starts without writes; another namespace has others."""
    chain = bench.chain()
    child = bench.chain(chain.thread, "child:1")
    await chain.put({"a": 1})
    await child.put({"a": 1})
    await chain.write([("a", 2)], "task-1")
    await child.write([("a", 3)], "task-1")
    await chain.put({"a": 2})

    assert not (await chain.read()).pending_writes
    assert (await chain.read(chain.ids[0])).pending_writes == [("task-1", "a", 2)]
    assert (await child.read()).pending_writes == [("task-1", "a", 3)]


async def _tasks_are_told_apart(bench: Bench) -> None:
    """Writes of several tasks are all kept, each task's in its order."""
    chain = bench.chain()
    await chain.put({"a": 1})
    await chain.write([("a", 1), ("b", 2)], "task-2", "~__pregel_pull, b")
    await chain.write([("a", 3), ("b", 4)], "task-1", "~__pregel_pull, a")
    found = (await chain.read()).pending_writes or []

    assert sorted(found) == [
        ("task-1", "a", 3),
        ("task-1", "b", 4),
        ("task-2", "a", 1),
        ("task-2", "b", 2),
    ]
    for task in ("task-1", "task-2"):
        assert [channel for id_, channel, _ in found if id_ == task] == ["a", "b"]


async def _a_repeated_write_counts_once(bench: Bench) -> None:
    """A task that stores its writes again does not double them: the first stays."""
    chain = bench.chain()
    await chain.put({"a": 1})
    await chain.write([("a", 2), ("b", 3)], "task-1")
    await chain.write([("a", 9), ("b", 3)], "task-1")

    assert (await chain.read()).pending_writes == [("task-1", "a", 2), ("task-1", "b", 3)]


async def _special_writes_replace_themselves(bench: Bench) -> None:
    """Errors, interrupts and resume values are stored beside the rest, the last one counts."""
    chain = bench.chain()
    await chain.put({"a": 1})
    for value in ("first", "second"):
        await chain.write([("__resume__", value)], "task-1")
        await chain.write([("__error__", value)], "task-1")
    await chain.write([("a", 2)], "task-1")
    found: Any = (await chain.read()).pending_writes

    assert sorted(found) == [
        ("task-1", "__error__", "second"),
        ("task-1", "__resume__", "second"),
        ("task-1", "a", 2),
    ]


async def _later_changes_to_a_written_object_do_not_count(bench: Bench) -> None:
    """A write is what it was when it was stored."""
    chain = bench.chain()
    await chain.put({"a": 1})
    value = [1]
    await chain.write([("a", value)], "task-1")
    value.append(2)

    assert (await chain.read()).pending_writes == [("task-1", "a", [1])]


WRITES = {
    "put_writes": (
        _writes_are_pending,
        _each_checkpoint_has_its_own,
        _tasks_are_told_apart,
        _a_repeated_write_counts_once,
        _special_writes_replace_themselves,
        _later_changes_to_a_written_object_do_not_count,
    )
}
