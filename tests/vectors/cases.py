"""The values behind the golden vectors: every type the format knows, and the edges of each.

Loaded by its path (`load_cases` in generate.py and in the test that reads the vectors), under
the name `vector_cases`, which is part of the names the classes below are stored under.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple
from uuid import UUID

from anystep._records import Commit, DeltaSnapshot
from anystep.checkpoint.archive import pack_thread
from anystep.checkpoint.memory import InMemorySaver
from anystep.checkpoint.serde.msgpack import Extension, MsgpackSerializer
from anystep.messages import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from anystep.types import Command, Interrupt, Overwrite, Send, TimeoutPolicy


class Colour(enum.Enum):
    """A plain enumeration."""

    RED = "red"
    PAIR = (1, 2)


class Level(enum.IntEnum):
    """One whose members are integers."""

    LOW = 1


class Mode(enum.StrEnum):
    """One whose members are strings."""

    ON = "on"


class Flags(enum.Flag):
    """One whose members add up."""

    A = 1
    B = 2


class Point(NamedTuple):
    """A named tuple with a default."""

    x: int
    y: int = 0


Pair = namedtuple("Pair", "left right")  # pyright: ignore[reportUntypedNamedTuple]


@dataclass
class Item:
    """A dataclass with a default that is made anew."""

    name: str
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Frozen:
    """One that cannot be assigned to."""

    n: int


class Text(str):
    """A subclass of a builtin, with an attribute."""

    lang: str


class Numbers(list[int]):
    """A subclass of a mutable builtin."""


class Table(dict[str, int]):
    """A subclass of dict."""


class Rational:
    """A class the format can do nothing with, unless it is told how."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rational) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def text(value: str, lang: str) -> Text:
    """A `Text` with its attribute set."""
    made = Text(value)
    made.lang = lang
    return made


SERDE = MsgpackSerializer(
    allow=[Colour, Level, Mode, Flags, Point, Pair, Item, Frozen, Text, Numbers, Table],
    extensions=[Extension(Rational, "rational", lambda value: value.text, Rational)],
)

DEEP: Any = []
for _ in range(20):
    DEEP = [(DEEP,)]  # pyright: ignore[reportConstantRedefinition]

#: group -> name -> value
CASES: dict[str, dict[str, Any]] = {
    "plain": {
        "none": None,
        "true": True,
        "false": False,
        "zero": 0,
        "fixint": 127,
        "uint8": 128,
        "uint64": 2**64 - 1,
        "int64": -(2**63),
        "negative fixint": -32,
        "int8": -33,
        "float": 1.5,
        "minus zero": -0.0,
        "infinity": float("inf"),
        "empty text": "",
        "text": "Grüße, 世界 🎉",
        "text of 32 bytes": "x" * 32,
        "bytes": b"\x00\xff",
        "empty list": [],
        "list": [1, "a", None, [2.5]],
        "list of 16": list(range(16)),
        "dict": {"a": 1, "b": {"c": []}},
        "keys that are not text": {1: "int", None: "none", 2.5: "float", b"b": "bytes"},
        "order of keys": {"z": 1, "a": 2},
    },
    "builtin": {
        "tuple": (1, "a", (None,)),
        "empty tuple": (),
        "tuple as a key": {(1, 2): "x"},
        "set": {3, 1, 2, "b", "a"},
        "empty set": set(),
        "set of tuples": {(2, "b"), (1, "a")},
        "frozenset": frozenset({b"b", b"a"}),
        "big int": 2**64,
        "small int": -(2**63) - 1,
        "huge int": 10**50,
        "lone surrogate": "a\ud800b",
        "lone surrogate as a key": {"\udfff": ["\ud83d"]},
        "bytearray": bytearray(b"ab"),
        "bytearray inside": {"b": [bytearray(b"\xc4"), b"\xc4"]},
        "complex": 1 - 2j,
        "deque": deque([1, 2]),
        "bounded deque": deque([1, 2], 3),
        "defaultdict": defaultdict(list, {"a": [1]}),
        "defaultdict without factory": defaultdict(None, {"a": 1}),
        "OrderedDict": OrderedDict([("b", 1), ("a", 2)]),
        "Counter": Counter("abca"),
        "deep": DEEP,
    },
    "stdlib": {
        "datetime": datetime(2026, 11, 21, 1, 2, 3, 456789),
        "datetime in UTC": datetime(2026, 11, 21, tzinfo=UTC),
        "datetime with offset": datetime(
            2026, 1, 1, tzinfo=timezone(timedelta(hours=-5, minutes=30))
        ),
        "datetime in a fold": datetime(2026, 10, 25, 2, 30, fold=1),
        "date": date(1, 1, 1),
        "time": time(23, 59, 59, 999999),
        "time with offset": time(1, tzinfo=UTC, fold=1),
        "timedelta": timedelta(days=-1, microseconds=1),
        "timezone": timezone(timedelta(hours=2)),
        "named timezone": timezone(timedelta(seconds=-1), "odd"),
        "UUID": UUID("12345678-1234-5678-1234-567812345678"),
        "Decimal": Decimal("-1.10"),
        "Decimal NaN": Decimal("Infinity"),
        "Fraction": Fraction(-1, 3),
        "Path": Path("a/b.txt"),
        "PurePosixPath": PurePosixPath("/x"),
        "PureWindowsPath": PureWindowsPath("C:\\x"),
        "regex": re.compile("a+", re.IGNORECASE),
        "regex of bytes": re.compile(b"a"),
        "IPv4Address": ipaddress.ip_address("127.0.0.1"),
        "IPv6Address": ipaddress.ip_address("fe80::1%eth0"),
        "IPv4Network": ipaddress.ip_network("10.0.0.0/8"),
        "IPv6Network": ipaddress.ip_network("2001:db8::/32"),
        "IPv4Interface": ipaddress.ip_interface("10.1.2.3/8"),
        "IPv6Interface": ipaddress.ip_interface("::1/128"),
    },
    "classes": {
        "Enum": Colour.RED,
        "Enum with a tuple": Colour.PAIR,
        "IntEnum": Level.LOW,
        "StrEnum": [Mode.ON, "on"],
        "Flag": Flags.A | Flags.B,
        "NamedTuple": Point(1),
        "namedtuple": Pair([1], Point(2, 3)),
        "dataclass": Item("x", ["t"]),
        "frozen dataclass with slots": Frozen(1),
        "nested": {"items": [Item("y", [Mode.ON])]},
        "subclass of str": text("hi", "en"),
        "subclass of list": Numbers([1, 2]),
        "subclass of dict": Table(a=1),
        "extension": Rational("1/3"),
    },
    "records": {
        "Send": Send("node", {"x": (1,)}),
        "Send with a timeout": Send("node", None, timeout=1.5),
        "TimeoutPolicy": TimeoutPolicy(run_timeout=timedelta(seconds=1), refresh_on="heartbeat"),
        "Interrupt": Interrupt({"q": 1}, "00112233445566778899aabbccddeeff"),
        "Interrupt with a schema": Interrupt("?", "x", response_schema={"type": "integer"}),
        "Command": Command(
            graph="__parent__", update={"a": 1}, resume={"i": 2}, goto=["n", Send("m", 1)]
        ),
        "empty Command": Command(),
        "Overwrite": Overwrite([1]),
        "DeltaSnapshot": DeltaSnapshot(["a"]),
        "exception": ValueError("boom"),
    },
    "messages": {
        "human": HumanMessage("hi"),
        "human with everything": HumanMessage(
            [{"type": "text", "text": "hi"}, "there"],
            id="1",
            name="ann",
            additional_kwargs={"k": [1]},
            response_metadata={"m": None},
        ),
        "extra attributes": HumanMessage("hi", example=True),
        "ai": AIMessage(
            "calling",
            id="2",
            tool_calls=[{"name": "f", "args": {"x": 1}, "id": "c1", "type": "tool_call"}],
            usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
        ),
        "system": SystemMessage("be brief"),
        "tool": ToolMessage("42", tool_call_id="c1", artifact={"raw": (4, 2)}, status="error"),
        "function": FunctionMessage("42", name="f"),
        "chat": ChatMessage("hm", role="critic"),
        "remove": RemoveMessage(id="1"),
    },
}


def thread() -> bytes:
    """A packed thread: a growing list, a fork, a subgraph, pending writes and an interrupt."""
    saver = InMemorySaver(serde=SERDE)
    messages: list[Any] = []
    for number in range(5):
        messages = [*messages, HumanMessage(f"question {number}", id=f"m{number}")]
        saver.commit(
            Commit(
                "thread-1",
                "",
                f"1f1e54d3-ff9a-641a-800{number}-000000000000",
                f"1f1e54d3-ff9a-641a-800{number - 1}-000000000000" if number else None,
                1_700_000_000_000_000_000 + number * 1_000_000,
                "loop" if number else "input",
                number - 1,
                {},
                {"user": "ann"},
                {"messages": messages, "count": number, "branch:to:a": None},
                (),
                {"messages": number + 1, "count": number + 1, "branch:to:a": number + 1},
                {"a": {"branch:to:a": number}} if number else {"__input__": {}},
                ("branch:to:a", "count", "messages"),
                ((None, ("__pregel_pull", "a"), ("branch:to:a",), (("count", number),)),)
                if number
                else (),
                full=not number,
            )
        )
    parent = "1f1e54d3-ff9a-641a-8002-000000000000"
    fork = "1f1e54d3-ff9b-641a-8003-000000000000"
    versions: dict[str, int | str] = {"messages": 4}
    saver.commit(
        Commit(
            "thread-1",
            "",
            fork,
            parent,
            1_700_000_001_000_000_000,
            "update",
            2,
            {},
            {},
            {"messages": [*messages[:2], AIMessage("no")]},
            (),
            versions,
            {},
            ("messages",),
        )
    )
    saver.commit(
        Commit(
            "thread-1",
            "sub:1234",
            "1f1e54d3-ff9c-641a-bfff-000000000000",
            None,
            1_700_000_002_000_000_000,
            "input",
            -1,
            {"": fork},
            {},
            {"point": Point(1, 2)},
            (),
            {"point": 1},
            {},
            ("point",),
        )
    )
    where: Any = {
        "configurable": {"thread_id": "thread-1", "checkpoint_ns": "", "checkpoint_id": fork}
    }
    saver.put_writes(where, [("__interrupt__", (Interrupt("ok?", "0" * 32),))], "t1", "~a")
    saver.put_writes(where, [("count", 9), ("extra", {1})], "t0", "~b")
    return pack_thread(saver, "thread-1")
