"""A packed thread holds all of it, in bytes that depend on its content alone."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from anystep._records import Commit, Interrupt
from anystep.checkpoint.archive import apack_thread, aunpack_thread, pack_thread, unpack_thread
from anystep.checkpoint.memory import InMemorySaver
from anystep.checkpoint.serde.errors import DeserializationError
from anystep.messages import HumanMessage

pytestmark = pytest.mark.host


def thread(length: int = 20) -> InMemorySaver:
    """A thread with a growing list, a fork, a subgraph's namespace and pending writes."""
    saver = InMemorySaver()
    messages: list[Any] = []
    for number in range(length):
        messages = [*messages, HumanMessage(f"m{number}"), {"n": number}]
        saver.commit(
            Commit(
                "t",
                "",
                f"{number:04}",
                f"{number - 1:04}" if number else None,
                1_700_000_000_000_000_000 + number * 1000,
                "loop",
                number,
                {},
                {"user": "ü"},
                {"messages": messages, "n": (number, None)},
                (),
                {"messages": number + 1, "n": number + 1},
                {"a": {"n": number}},
                ("messages", "n"),
                ((f"task{number}", ("__pregel_pull", "a"), (), (("n", (number, None)),)),),
                full=not number,
            )
        )
    fork = ["forked"]
    saver.commit(
        Commit("t", "", "x", "0001", 1, "fork", 9, {}, {}, {"n": fork}, ("messages",), {}, {}, None)
    )
    saver.commit(
        Commit("t", "sub:1", "y", None, 1, "input", -1, {"": "x"}, {}, {"z": None}, (), {}, {}, ())
    )
    where: Any = {"configurable": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "x"}}
    saver.put_writes(where, [("__interrupt__", (Interrupt("?", "i"),))], "t2", "~b")
    saver.put_writes(where, [("n", [1]), ("m", 2)], "t3", "~a")
    return saver


def content(saver: InMemorySaver) -> list[Any]:
    """All that can be read of the thread, the order of channels aside."""
    return [
        (
            found.config,
            {
                k: dict(sorted(v.items())) if isinstance(v, dict) else v
                for k, v in found.checkpoint.items()
            },
            found.metadata,
            found.parent_config,
            found.pending_writes,
            saver.task_paths(found.config),
        )
        for found in sorted(saver.list(None), key=lambda found: found.checkpoint["id"])
    ]


def test_an_unpacked_thread_is_the_packed_one() -> None:
    """Namespaces, forks, metadata, pending writes and their order all arrive."""
    saver, other = thread(), InMemorySaver()

    assert "t" == unpack_thread(other, pack_thread(saver, "t"))
    assert content(saver) == content(other)


def test_equal_content_has_equal_bytes() -> None:
    """It does not matter how a thread came to be stored, nor how often it moved."""
    data = pack_thread(thread(), "t")
    other = InMemorySaver()
    unpack_thread(other, data)

    assert data == pack_thread(thread(), "t")
    assert data == pack_thread(other, "t")
    assert data != pack_thread(thread(19), "t")


def test_a_growing_list_is_packed_as_it_grew() -> None:
    """The archive is as small as the changes."""
    short, long = (len(pack_thread(thread(length), "t")) for length in (20, 40))

    assert long < 2.1 * short


async def test_the_async_face_packs_the_same() -> None:
    """For savers that can only be awaited."""
    data = await apack_thread(thread(), "t")
    other = InMemorySaver()

    assert data == pack_thread(thread(), "t")
    assert "t" == await aunpack_thread(other, data)
    assert data == pack_thread(other, "t")

    with pytest.raises(ValueError, match="stored already"):
        await aunpack_thread(other, data)


def test_a_thread_is_neither_invented_nor_mixed_with_another() -> None:
    """What is not there cannot be packed, what is there is not written over."""
    saver = thread()

    with pytest.raises(ValueError, match="no thread 'u'"):
        pack_thread(saver, "u")
    with pytest.raises(ValueError, match="stored already"):
        unpack_thread(saver, pack_thread(saver, "t"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\xdd\xff\xff\xff\xff",
        msgpack.packb(["anystep-thread", 99, "t", []]),
        msgpack.packb(["something", 1, "t", []]),
        msgpack.packb(["anystep-thread", 1, "t", [["", [["id"]]]]]),
        msgpack.packb(["anystep-thread", 1, "t", [["", [[0] * 12]]]]),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    """Whatever is wrong with them, the error is one class and nothing is stored."""
    saver = InMemorySaver()

    with pytest.raises(DeserializationError):
        unpack_thread(saver, data)

    assert [] == [*saver.list(None)]


def test_truncations_are_refused() -> None:
    """No prefix of a packed thread passes for a thread."""
    data = pack_thread(thread(3), "t")

    for end in range(0, len(data), 23):
        with pytest.raises(DeserializationError):
            unpack_thread(InMemorySaver(), data[:end])
