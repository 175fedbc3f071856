"""What the serializer refuses, and how it says so; what changed classes make of old data."""

from __future__ import annotations

import enum
import sys
from collections import defaultdict
from dataclasses import dataclass, field, make_dataclass
from typing import Any, NamedTuple

import msgpack
import pytest

from anystep.checkpoint.serde.errors import DeserializationError, SerializationError
from anystep.checkpoint.serde.msgpack import Extension, MsgpackSerializer
from anystep.messages import HumanMessage

pytestmark = pytest.mark.host


class Mode(enum.StrEnum):
    """An enumeration of strings."""

    ON = "on"


@dataclass
class Note:
    """A dataclass."""

    text: str
    tags: list[str] = field(default_factory=list)


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: int = 7


class Celsius(float):
    """A float with a unit."""


SERDE = MsgpackSerializer()


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (iter(()), "value", "class 'tuple_iterator' (builtins) cannot be stored"),
        ({"a": [1, (2, {3: len})]}, "value['a'][1][1][3]", "'builtin_function_or_method'"),
        (
            {"m": [HumanMessage("x", additional_kwargs={"k": len})]},
            "value['m'][0].additional_kwargs['k']",
            "cannot be",
        ),
        ([Mode.ON], "value[0]", "MsgpackSerializer(allow=[Mode])"),
        ({"n": Note("x")}, "value['n']", "'Note'"),
        ({"n": Celsius(1)}, "value['n']", "'Celsius'"),
        ({Point(1): 2}, "value key Point(x=1, y=7)", "'Point'"),
        ({1, object()}, "value item", "'object'"),
        (defaultdict(lambda: 0), "value", "factory"),
        ([memoryview(b"x")], "value[0]", "memoryview"),
        ([Note], "value[0]", "'type'"),
    ],
)
def test_what_cannot_be_stored_is_named(value: Any, path: str, reason: str) -> None:
    """The message leads to the part at fault and says what to do."""
    with pytest.raises(SerializationError) as raised:
        SERDE.dumps(value)

    assert str(raised.value).startswith(f"{path}: ")
    assert reason in str(raised.value)


@pytest.mark.parametrize("kind", ["tuple", "both"])
def test_endless_nesting_is_refused(kind: str) -> None:
    """A value in itself, or as good as: an error, no crash."""

    def wrap(x: Any) -> Any:
        return {"tuple": (x,), "both": {"k": (x,)}}[kind]

    value: Any = None
    for _ in range(600):  # thousands overflow a WebAssembly stack when freed
        value = wrap(value)
    loop: list[Any] = []
    loop.append(wrap(loop))

    for bad in (value, loop):
        with pytest.raises(SerializationError, match="recursion|nested"):
            SERDE.dumps(bad)


def test_a_serializer_still_works_after_an_error() -> None:
    """What failed leaves nothing behind in the bytes that follow."""
    for _ in range(3):
        with pytest.raises(SerializationError):
            SERDE.dumps(["text", ("x", len)])

        assert ["text", ("x",)] == SERDE.loads(SERDE.dumps(["text", ("x",)]))


def test_listed_classes_are_stored_others_refused() -> None:
    """The list takes classes, their names, and LangGraph's pairs; a longer list is a new one."""
    longer = SERDE.with_allowlist([Mode, (__name__, "Note"), f"{__name__}:Point"])
    value = {"a": Mode.ON, "b": Note("x", ["y"]), "c": Point(1)}
    back = longer.loads(longer.dumps(value))

    assert value == back
    assert Mode.ON is back["a"]
    assert Point is type(back["c"])
    assert longer is longer.with_allowlist([Mode])
    with pytest.raises(SerializationError):
        SERDE.dumps(value)
    with pytest.raises(DeserializationError, match="allow-list"):
        SERDE.loads(longer.dumps(value))
    with pytest.raises(ValueError, match="module:qualname"):
        MsgpackSerializer(allow=["Note"])


def test_only_listed_classes_are_imported() -> None:
    """Data cannot make the reader import a module."""
    data = MsgpackSerializer(allow=[Mode]).dumps(Mode.ON)
    hostile = data.replace(
        __name__.encode(), b"antigravity".ljust(len(__name__), b"x")[: len(__name__)]
    )

    with pytest.raises(DeserializationError, match="allow-list"):
        SERDE.loads(hostile)

    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no_such_module:X", "cannot be imported"),
        ("sys:no_such_name", "cannot be imported"),
        ("sys:path", "is not a class"),
    ],
)
def test_a_listed_name_must_be_a_class(name: str, reason: str) -> None:
    """Names on the list are looked up when data needs them."""
    data = msgpack.packb(msgpack.ExtType(34, msgpack.packb([name, {}])))

    with pytest.raises(DeserializationError, match=reason):
        MsgpackSerializer(allow=[name]).loads(data)


def test_a_learning_serializer_takes_classes_as_they_come() -> None:
    """For data that stays in the process; also for classes that cannot be imported."""
    local = make_dataclass("local", ["x"])
    serde = MsgpackSerializer(learn=True)
    back = serde.loads(serde.dumps([local(1), Celsius(2)]))

    assert [local(1), Celsius(2)] == back
    assert [local, Celsius] == list(map(type, back))


def test_extensions_store_what_the_format_cannot() -> None:
    """A pair of functions and a tag are enough; without them the data says what is missing."""

    class Handle:
        def __init__(self, name: str) -> None:
            self.name = name

    serde = MsgpackSerializer(
        extensions=[Extension(Handle, "handle", lambda handle: [handle.name], lambda x: Handle(*x))]
    )
    data = serde.dumps({"h": Handle("n")})

    assert "n" == serde.loads(data)["h"].name
    assert "n" == serde.with_allowlist([Mode]).loads(data)["h"].name
    with pytest.raises(DeserializationError, match="'handle'"):
        SERDE.loads(data)


def with_fields(*fields: Any) -> tuple[type, MsgpackSerializer]:
    """A version of one dataclass, and a serializer that knows this version."""
    cls = make_dataclass("Evolving", fields, namespace={"__module__": __name__})
    return cls, MsgpackSerializer(allow=[cls])


def test_a_class_may_gain_and_lose_fields() -> None:
    """New fields get their defaults, lost ones are left out, one without default is an error."""
    old, writer = with_fields("a", "b")
    new, reader = with_fields(
        "a", ("c", Any, field(default=5)), ("d", Any, field(default_factory=list))
    )
    data = writer.dumps(old(1, 2))

    assert new(1, 5, []) == reader.loads(data)

    _, strict = with_fields("a", "e")
    with pytest.raises(DeserializationError, match="no field 'e'"):
        strict.loads(data)


def test_loading_runs_no_code_of_the_class() -> None:
    """Neither `__init__` nor `__post_init__` is called."""

    @dataclass
    class Loud:
        x: int

        def __post_init__(self) -> None:
            raise AssertionError

    serde = MsgpackSerializer(learn=True)
    quiet = object.__new__(Loud)
    quiet.x = 1

    assert 1 == serde.loads(serde.dumps(quiet)).x


def test_data_that_claims_too_much_is_refused_before_it_is_believed() -> None:
    """Nested headers that promise billions of items cost nothing."""
    claims = b"\xdd\x00\x10\x00\x00" * 500 + b"\xc0" * 0x100000

    with pytest.raises(DeserializationError):
        SERDE.loads(claims)
    with pytest.raises(DeserializationError, match="more than 10"):
        MsgpackSerializer(max_size=10).loads(b"\xc0" * 11)


def test_another_format_is_refused() -> None:
    """Typed data says what it is; so does an extension of a later version."""
    with pytest.raises(DeserializationError, match="'anystep/1', not 'anystep/2'"):
        SERDE.loads_typed(("anystep/2", b"\xc0"))
    with pytest.raises(DeserializationError, match="extension 63"):
        SERDE.loads(msgpack.packb(msgpack.ExtType(63, b"")))


def test_equal_sets_have_equal_bytes() -> None:
    """Whatever order they were filled in."""
    names = [f"name {n}" for n in range(100)]

    assert SERDE.dumps(set(names)) == SERDE.dumps({*names[::-1]})
