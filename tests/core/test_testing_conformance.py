"""The saver rules: kept by our saver, and broken rules are told by name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from anystep.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from anystep.checkpoint.memory import InMemorySaver
from anystep.testing.conformance.saver import EXTRAS, Rule, acheck_saver, check_saver, rules

pytestmark = pytest.mark.host


@pytest.mark.parametrize("rule", rules(), ids=str)
async def test_the_memory_saver_keeps_every_rule(rule: Rule) -> None:
    """On both faces, extras included."""
    assert await rule.acheck(InMemorySaver)
    assert rule.check(InMemorySaver)


def test_rules_have_names_and_say_what_they_ask() -> None:
    """Names are used once; every rule says in a sentence what must be true."""
    names = [rule.name for rule in rules()]

    assert len(set(names)) == len(names)
    assert all(rule.says.endswith(".") for rule in rules())
    assert {rule.part for rule in rules()} >= set(EXTRAS)


class Plain(BaseCheckpointSaver[int]):
    """A saver with the least there is, on top of another one; subclasses break a rule each."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = InMemorySaver()

    def get_tuple(self, config: Any) -> CheckpointTuple | None:
        return self.inner.get_tuple(config)

    def list(self, config: Any, **options: Any) -> Iterator[CheckpointTuple]:
        return self.inner.list(config, **options)

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        return self.inner.put(config, checkpoint, metadata, new_versions)

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        self.inner.put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        self.inner.delete_thread(thread_id)


def test_extras_may_be_left_out() -> None:
    """The report says which are missing, unless they are required."""
    report = check_saver(Plain)

    assert report.unsupported == EXTRAS
    assert "newest_first" in report.kept
    assert "a_copy_is_whole" not in report.kept
    with pytest.raises(AssertionError, match="prune is required and not implemented"):
        check_saver(Plain, require=["prune"])
    with pytest.raises(ValueError, match="\\['list'\\]; the extras are"):
        check_saver(Plain, require=["list"])


def test_the_basics_may_not_be_left_out() -> None:
    """A saver without a method that every run needs is not one."""

    class Deaf(Plain):
        def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
            raise NotImplementedError

    with pytest.raises(AssertionError, match="writes_are_pending: .*\n    NotImplementedError"):
        check_saver(Deaf)


class KeepsObjects(Plain):
    """Breaks: what was put is what it was then."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Any] = {}

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        self.kept[checkpoint["id"]] = checkpoint["channel_values"]
        return super().put(config, checkpoint, metadata, new_versions)

    def get_tuple(self, config: Any) -> CheckpointTuple | None:
        found = super().get_tuple(config)
        if found:
            found.checkpoint["channel_values"] = self.kept[found.checkpoint["id"]]
        return found


class OldestFirst(Plain):
    """Breaks: newest first."""

    def list(self, config: Any, **options: Any) -> Iterator[CheckpointTuple]:
        return iter([*super().list(config, **options)][::-1])


class Deletes(Plain):
    """Breaks: other threads stay."""

    def delete_thread(self, thread_id: str) -> None:
        self.inner = InMemorySaver()


class WritesAgain(Plain):
    """Breaks: a repeated write counts once."""

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        found = self.get_tuple(config)
        count = len(found.pending_writes or ()) if found else 0
        self.inner.put_writes(config, writes, f"{task_id}-{count}", task_path)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (KeepsObjects, "later_changes_to_an_object_do_not_count"),
        (KeepsObjects, "changes_to_what_was_read_do_not_count"),
        (OldestFirst, "newest_first"),
        (Deletes, "a_deleted_thread_is_gone"),
        (WritesAgain, "a_repeated_write_counts_once"),
    ],
)
def test_a_broken_rule_is_told(broken: type[Plain], rule: str) -> None:
    """By its name, what it asks, and the error."""
    with pytest.raises(AssertionError, match=r"the saver breaks \d+ rules") as caught:
        check_saver(broken)

    assert f"\n{rule}: " in str(caught.value)


async def test_savers_may_come_in_a_context() -> None:
    """A context manager of either kind, or something to await; it is closed after each rule."""
    events: list[str] = []

    @contextmanager
    def plain() -> Generator[InMemorySaver, None, None]:
        events.append("open")
        yield InMemorySaver()
        events.append("close")

    @asynccontextmanager
    async def waiting() -> AsyncGenerator[InMemorySaver, None]:
        events.append("open")
        yield InMemorySaver()
        events.append("close")

    async def awaited() -> InMemorySaver:
        return InMemorySaver()

    rule = rules()[0]
    assert rule.check(plain)
    for make in (plain, waiting, awaited):
        assert await rule.acheck(make)
    assert events == ["open", "close"] * 3
    with pytest.raises(AssertionError, match="waited for an event loop"):
        rule.check(_slow)


@asynccontextmanager
async def _slow() -> AsyncGenerator[InMemorySaver, None]:
    await _Turn()
    yield InMemorySaver()


class _Turn:
    """Waits for one turn of whatever loop there is."""

    def __await__(self) -> Generator[None, None, None]:
        yield


async def test_the_whole_check_runs_on_both_faces() -> None:
    """The same rules, the same report."""
    assert await acheck_saver(InMemorySaver) == check_saver(InMemorySaver, require=EXTRAS)


async def test_an_asynchronous_break_is_told_as_well() -> None:
    """A saver without asynchronous methods fails the asynchronous check."""
    with pytest.raises(
        AssertionError, match="put_returns_the_address: .*\n    NotImplementedError"
    ):
        await acheck_saver(Plain)
