"""Any value comes back as it was, any bytes give a value or one kind of error."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anystep.checkpoint.serde import _read, _write
from anystep.checkpoint.serde.errors import DeserializationError, SerializationError
from anystep.checkpoint.serde.msgpack import MsgpackSerializer
from anystep.messages import AIMessage, HumanMessage
from anystep.types import Command, Interrupt, Overwrite, Send

VECTORS = Path(__file__).parent.parent / "vectors"

ZONES = st.integers(-86399, 86399).map(lambda s: timezone(timedelta(seconds=s)))
TEXT = st.text(st.characters(), max_size=8)  # lone surrogates among them
KEYS = st.one_of(st.none(), st.booleans(), st.integers(), TEXT, st.binary(max_size=4))
SCALARS = st.one_of(
    KEYS,
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.dates(),
    st.datetimes(timezones=st.none() | ZONES),
    st.times(timezones=st.none() | ZONES),
    st.timedeltas(),
    st.uuids(),
    st.ip_addresses(),
    st.binary(max_size=4).map(bytearray),
    st.sampled_from([Path("a"), UTC]),
    ZONES,
)
HASHABLE = st.one_of(KEYS, st.tuples(KEYS, KEYS), st.frozensets(KEYS, max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda part: st.one_of(
        st.lists(part, max_size=4),
        st.lists(part, max_size=4).map(tuple),
        st.dictionaries(HASHABLE, part, max_size=4),
        st.sets(HASHABLE, max_size=4),
        st.frozensets(HASHABLE, max_size=4),
        st.builds(deque, st.lists(part, max_size=3), st.none() | st.integers(3, 9)),
        st.builds(lambda d: defaultdict(list, d), st.dictionaries(KEYS, part, max_size=2)),
        st.builds(OrderedDict, st.dictionaries(KEYS, part, max_size=2)),
        st.builds(Counter, st.lists(KEYS, max_size=3)),
        st.builds(Send, TEXT, part),
        st.builds(Interrupt, part, TEXT),
        st.builds(Overwrite, part),
        st.builds(lambda u, r: Command(update=u, resume=r), part, part),
        st.builds(HumanMessage, TEXT, additional_kwargs=st.dictionaries(TEXT, part, max_size=2)),
        st.builds(
            lambda t, r: AIMessage(t, response_metadata=r), TEXT, st.dictionaries(TEXT, part)
        ),
    ),
    max_leaves=12,
)
SERDE = MsgpackSerializer()


def shape(value: Any) -> Any:
    """Something equal only for values that are equal in type as well, all the way down."""
    kind = type(value)
    if isinstance(value, (set, frozenset)):
        return kind, sorted(map(repr, map(shape, value)))  # no order of their own, not even nested
    if isinstance(value, dict):
        return kind, [(shape(k), shape(v)) for k, v in value.items()]
    if isinstance(value, (list, tuple, deque)):
        return kind, getattr(value, "maxlen", None), list(map(shape, value))
    if isinstance(value, (HumanMessage, AIMessage)):
        return kind, shape(value.model_dump())
    if dataclasses.is_dataclass(value):
        return kind, [
            shape(getattr(value, name)) for name in [f.name for f in dataclasses.fields(value)]
        ]
    slots = [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]
    if slots and kind.__module__.startswith("anystep"):
        return kind, [shape(getattr(value, name, None)) for name in slots]
    return kind, repr(value), str(value)


@given(VALUES)
@settings(max_examples=300)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    """In value, in type and in order, through both ways of reading."""
    data = SERDE.dumps(value)

    assert shape(value) == shape(SERDE.loads(data))
    assert shape(value) == shape(SERDE.loads_own(data))
    assert data == SERDE.dumps(SERDE.loads(data))


@given(VALUES)
@settings(max_examples=200)
def test_msgpack_in_python_writes_and_reads_the_same(value: Any) -> None:
    """The C extension is an accelerator, not another format."""
    data = SERDE.dumps(value)
    with pytest.MonkeyPatch.context() as patch:
        for module in (_write, _read):
            patch.setattr(module, "_msgpack", importlib.import_module("msgpack.fallback"))
        pure = MsgpackSerializer()

        # The extension type lives elsewhere; the writer took it when it was imported.
        assert data == pure.dumps(value)
        assert shape(value) == shape(pure.loads(data))


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_any_bytes_give_a_value_or_one_kind_of_error(data: bytes) -> None:
    """Garbage never escapes as some other exception."""
    try:
        value = SERDE.loads(data)
    except DeserializationError:
        return
    assert value is not data


@given(VALUES, st.data())
@settings(max_examples=300)
def test_damaged_data_gives_a_value_or_one_kind_of_error(value: Any, draw: st.DataObject) -> None:
    """One wrong byte in the middle, or an end that is missing."""
    data = bytearray(SERDE.dumps(value))
    place = draw.draw(st.integers(0, len(data) - 1))
    if draw.draw(st.booleans()):
        del data[place:]
    else:
        data[place] = draw.draw(st.integers(0, 255))
    try:
        SERDE.loads(bytes(data))
    except DeserializationError:
        pass


@given(st.integers(0, 127), VALUES)
@settings(max_examples=300)
def test_wrong_payloads_give_a_value_or_one_kind_of_error(code: int, payload: Any) -> None:
    """Every extension, with a payload of any other shape."""
    data = msgpack.packb(msgpack.ExtType(code, SERDE.dumps(payload)))
    try:
        SERDE.loads(data)
    except DeserializationError:
        pass


def test_the_descriptions_of_the_vectors_are_current() -> None:
    """`generate.py` has nothing to write."""
    spec = importlib.util.spec_from_file_location("vector_generator", VECTORS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)

    for name, data in module.vectors().items():
        assert data == (VECTORS / name).read_bytes(), name


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_endless_plain_nesting_is_refused(kind: str) -> None:
    """An error and no crash, where the stack is native; the packer itself counts there."""

    def wrap(x: Any) -> Any:
        return {"list": [x], "dict": {"k": x}}[kind]

    value: Any = None
    for _ in range(5000):
        value = wrap(value)
    loop: list[Any] = []
    loop.append(wrap(loop))

    for bad in (value, loop):
        with pytest.raises(SerializationError, match="recursion|nested"):
            SERDE.dumps(bad)
