"""Savers beside langgraph's, called by hand: put, list with filters, writes, deletion, errors."""
# pyright: basic

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from ._normal import plain

ENGINES = ("langgraph", "anystep")
FILTERS: list[dict[str, Any] | None] = [
    None,
    {},
    {"source": "input"},
    {"step": 1},
    {"source": "update", "step": 1},
    {"nothing": 1},
    {"score": 1},
    {"score": None},
    {"run": "r"},
    {"extra": "x"},
]


class Calls:
    """One engine's modules, and what calls of them gave."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.base = importlib.import_module(f"{engine}.checkpoint.base")
        self.types = importlib.import_module(f"{engine}.types")
        self.seen: list[Any] = []

    def saver(self, module: str, name: str) -> Any:
        """A class of savers."""
        return getattr(importlib.import_module(f"{self.engine}.checkpoint.{module}"), name)

    def checkpoint(self, number: int, **values: Any) -> Any:
        """One with an id that sorts by its number."""
        checkpoint = self.base.empty_checkpoint()
        checkpoint["id"] = f"1f000000-0000-6000-8000-{number:012}"
        checkpoint["ts"] = "2026-01-01T00:00:00+00:00"
        checkpoint["channel_values"] = values
        checkpoint["channel_versions"] = dict.fromkeys(values, number)
        return checkpoint

    def attempt(self, label: str, action: Callable[..., Any], *args: Any, **options: Any) -> None:
        """Call, and keep the result or the error's class."""
        try:
            self.seen.append((label, plain(action(*args, **options))))
        except Exception as error:  # noqa: BLE001 - any error is an observation
            self.seen.append((label, type(error).__name__))


def address(thread: str, ns: str | None = "", **more: Any) -> Any:
    """The config of a thread's namespace."""
    place = {"thread_id": thread, **({} if ns is None else {"checkpoint_ns": ns})}
    return {"configurable": {**place, **more}}


def ids(found: Any) -> list[Any]:
    """Where the checkpoints of a listing are."""
    return [list(one.config["configurable"].values()) for one in found]


def exercise(calls: Calls, saver: Any) -> None:
    """Everything but what the two do differently on purpose."""
    put, checkpoint = saver.put, calls.checkpoint

    def listed(*args: Any, **options: Any) -> list[Any]:
        return ids(saver.list(*args, **options))

    def in_order(wanted: Any) -> list[Any]:
        return sorted(listed(None, filter=wanted))

    first = address("1", extra="x", __own=1)
    first.update(metadata={"run": "r", "object": [1]}, tags=["t"])
    one = put(first, checkpoint(1, a=1), {"source": "input", "step": -1, "score": 1}, {"a": 1})
    two = put(one, checkpoint(2, a=2), {"source": "loop", "step": 0, "score": None}, {"a": 2})
    inner = address("2", "inner")
    put(inner, checkpoint(3, z="z"), {"source": "update", "step": 1, "nul": "a\0b"}, {"z": 3})
    put(address("2"), checkpoint(4, y=[1, 2]), {}, {"y": 4})
    calls.seen.append(("addresses", one, two))
    for wanted in FILTERS:
        calls.attempt(f"filter {wanted}", in_order, wanted)
    for config in (address("1", None), address("2", "inner"), address("2"), address("none"), one):
        calls.attempt("listed", listed, config)
    calls.attempt("limited", listed, address("1"), limit=1)
    calls.attempt("none", listed, address("1"), limit=0)
    calls.attempt("before", listed, address("1"), before=two)
    for config in (one, two, inner, address("2"), address("1", "no"), address("1", None)):
        calls.attempt("tuple", saver.get_tuple, config)
    calls.attempt("by id", saver.get_tuple, address("1", checkpoint_id="nothing"))
    calls.attempt("checkpoint", saver.get, one)
    write = saver.put_writes
    write(two, [("a", 1), ("b", 2)], "t1")
    write(two, [("a", 9), ("b", 9)], "t1")
    write(two, [("__error__", "first"), ("a", 5)], "t0", "~path")
    write(two, [("__error__", "second")], "t0")
    write(two, [("__resume__", [1])], "t2")
    write(two, [], "t3")
    calls.attempt("writes", lambda: saver.get_tuple(two).pending_writes)
    calls.attempt("no checkpoint", write, address("1"), [("a", 1)], "t")
    calls.attempt("no thread", put, {"configurable": {"checkpoint_ns": ""}}, checkpoint(5), {}, {})
    calls.attempt("no config", saver.get_tuple, {})
    calls.attempt("again", put, one, checkpoint(2, a=7), {"source": "fork", "step": 9}, {"a": 2})
    calls.attempt("instead", lambda: saver.get_tuple(two).metadata)
    saver.delete_thread("1")
    saver.delete_thread("never")
    calls.attempt("deleted", lambda: (saver.get_tuple(two), listed(address("1", None))))
    calls.attempt("other", saver.get_tuple, address("2"))
    calls.seen.append(("specs", saver.config_specs))


def compare(run: Callable[[Calls], None]) -> None:
    """Both engines' savers answer alike."""
    both = [Calls(engine) for engine in ENGINES]
    for calls in both:
        run(calls)
    assert len(both[0].seen) > 5
    for theirs, ours in zip(both[0].seen, both[1].seen, strict=True):
        assert theirs == ours


def test_in_memory() -> None:
    """The in-memory saver, call by call."""
    compare(lambda calls: exercise(calls, calls.saver("memory", "InMemorySaver")()))


def test_in_sqlite() -> None:
    """The SQLite saver, call by call, and listings over all namespaces."""

    def run(calls: Calls) -> None:
        with calls.saver("sqlite", "SqliteSaver").from_conn_string(":memory:") as saver:
            saver.setup()
            exercise(calls, saver)
            calls.attempt("newest first", lambda: ids(saver.list(None)))
            calls.attempt("two", lambda: ids(saver.list(address("2", None), limit=2)))

    compare(run)


def test_the_other_colour() -> None:
    """The blocking saver's async methods name the saver to use."""

    async def tried(saver: Any) -> list[tuple[str, bool]]:
        said: list[tuple[str, bool]] = []
        for call in (saver.aget_tuple(address("1")), saver.aput(address("1"), {}, {}, {})):
            try:
                await call
            except NotImplementedError as error:
                said.append((type(error).__name__, "AsyncSqliteSaver" in str(error)))
        try:
            async for _ in saver.alist(None):
                pass
        except NotImplementedError as error:
            said.append((type(error).__name__, "AsyncSqliteSaver" in str(error)))
        return said

    for engine in ENGINES:
        with Calls(engine).saver("sqlite", "SqliteSaver").from_conn_string(":memory:") as saver:
            assert asyncio.run(tried(saver)) == [("NotImplementedError", True)] * 3


@pytest.mark.parametrize("engine", ENGINES)
def test_the_async_face(engine: str) -> None:
    """The async saver puts, finds, lists and forgets."""

    async def main() -> None:
        calls = Calls(engine)
        kind = calls.saver("sqlite.aio", "AsyncSqliteSaver")
        async with kind.from_conn_string(":memory:") as saver:
            await saver.setup()
            metadata = {"source": "input", "step": -1}
            one = await saver.aput(address("1"), calls.checkpoint(1, a=1), metadata, {"a": 1})
            await saver.aput_writes(one, [("a", 1)], "t")
            found = await saver.aget_tuple(one)
            assert found.pending_writes == [("t", "a", 1)]
            assert [t.metadata async for t in saver.alist(None, filter={"step": -1})] == [metadata]
            assert (await saver.aget(one))["channel_values"] == {"a": 1}
            await saver.adelete_thread("1")
            assert await saver.aget_tuple(one) is None

    asyncio.run(main())


def test_the_small_functions() -> None:
    """What `checkpoint.base` offers those who write savers."""

    def run(calls: Calls) -> None:
        base, made = calls.base, calls.checkpoint(1, a=1)
        config = {
            "configurable": {"thread_id": "1", "a": "x", "__b": 1, "n": None, "o": object()},
            "metadata": {"m": 1, "l": [1], "a": "from metadata"},
        }
        calls.attempt("metadata", base.get_checkpoint_metadata, config, {"s": "a\0b"})
        calls.attempt("id", base.get_checkpoint_id, address("1", checkpoint_id="x"))
        calls.attempt("no id", base.get_checkpoint_id, address("1"))
        copied = base.copy_checkpoint(made)
        copied["channel_values"]["more"] = 1
        calls.seen.append(("original", made["channel_values"], sorted(copied)))
        created = base.create_checkpoint(made, None, 3, id="mine")
        calls.seen.append(("created", {k: v for k, v in created.items() if k != "ts"}))
        calls.seen.append(("places", base.WRITES_IDX_MAP, sorted(base.EXCLUDED_METADATA_KEYS)))
        calls.seen.append(("ids", len(str(base.uuid6(clock_seq=-2))), base.LATEST_VERSION))
        for name in ("ChannelProtocol", "JsonPlusSerializer", "EncryptedSerializer"):
            calls.seen.append((name, getattr(base, name).__name__))

    compare(run)
