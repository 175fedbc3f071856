"""Savers, serializers and stores beside LangGraph's: the same calls give the same answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import ipaddress
import json
import logging
import pathlib
import re
import uuid
import zoneinfo
from collections import Counter, OrderedDict, deque
from typing import Any, NamedTuple

import langchain_core.messages as theirs
import langgraph.checkpoint.base as lg_base
import langgraph.checkpoint.memory as lg_memory
import langgraph.checkpoint.serde.jsonplus as lg_jsonplus
import langgraph.store.memory as lg_store
import langgraph.types as lg_types
import pydantic
import pydantic.v1
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import anystep.messages as ours
from anystep import types
from anystep.checkpoint import base
from anystep.checkpoint.memory import InMemorySaver
from anystep.checkpoint.serde.errors import DeserializationError
from anystep.checkpoint.serde.jsonplus import JsonPlusSerializer
from anystep.checkpoint.serde.msgpack import MsgpackSerializer
from anystep.checkpoint.sqlite import SqliteSaver
from anystep.store.memory import InMemoryStore


class Mode(enum.StrEnum):
    """An enumeration of strings."""

    ON = "on"


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: Any = None


@dataclasses.dataclass
class Note:
    """A dataclass."""

    text: str
    when: dt.datetime | None = None


class Model(pydantic.BaseModel):
    """A pydantic model."""

    x: int = 1
    mode: Mode = Mode.ON


class Text(str):
    """A subclass of a builtin."""


PLAIN: list[Any] = [
    *(None, True, 0, -1, 2**64 - 1, -(2**63), 1.5, "Grüße 🎉", "a\ud800", b"x", [b"x"]),
    *([], [1, (2, [3])], {"a": {"b": None}}, {1: 2, None: 3, 2.5: 4}, {(1, ("a",)): [(1,)]}),
    *(dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC), dt.date(2026, 1, 2), dt.time(1, 2, fold=1)),
    *(
        dt.timedelta(1, 2, 3),
        dt.timezone(dt.timedelta(hours=1)),
        zoneinfo.ZoneInfo("Europe/Berlin"),
    ),
    *(
        uuid.UUID(int=7),
        decimal.Decimal("1.10"),
        pathlib.Path("/a/b"),
        re.compile("a", re.IGNORECASE),
    ),
    *(ipaddress.ip_address("1.2.3.4"), ipaddress.ip_network("::/8"), {1}, frozenset("a")),
    *(deque([1, 2]), OrderedDict(a=1), Counter("aab"), [Mode.ON], Point(1, Mode.ON), Note("x")),
    *(Model(), Text("x"), [ValueError("boom")], dt.time(1, tzinfo=dt.UTC)),
]

#: (ours, LangGraph's)
TWINS: list[tuple[Any, Any]] = [
    (types.Interrupt("v", id="i"), lg_types.Interrupt("v", id="i")),
    (types.Send("n", {"a": [1]}), lg_types.Send("n", {"a": [1]})),
    (types.Send("n", 1, timeout=2), lg_types.Send("n", 1, timeout=2)),
    (
        types.Command(update={"a": 1}, goto=["x", types.Send("y", 2)]),
        lg_types.Command(update={"a": 1}, goto=["x", lg_types.Send("y", 2)]),
    ),
    (types.Overwrite([1]), lg_types.Overwrite([1])),
    (ours.HumanMessage("hi", id="1"), theirs.HumanMessage("hi", id="1")),
    (
        ours.SystemMessage([{"type": "text", "text": "x"}]),
        theirs.SystemMessage([{"type": "text", "text": "x"}]),
    ),
    (
        ours.AIMessage("x", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "c"}]),
        theirs.AIMessage("x", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "c"}]),
    ),
    (
        ours.ToolMessage("r", tool_call_id="c", name="f"),
        theirs.ToolMessage("r", tool_call_id="c", name="f"),
    ),
    (ours.RemoveMessage(id="1"), theirs.RemoveMessage(id="1")),
]

LISTED = [Mode, Point, Note, Model]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_jsonplus_writes_langgraphs_bytes(value: Any) -> None:
    """Byte for byte, and each reads what the other wrote as the other does."""
    mine = JsonPlusSerializer(allowed_msgpack_modules=LISTED)
    its = lg_jsonplus.JsonPlusSerializer(allowed_msgpack_modules=LISTED)
    data = its.dumps_typed(value)

    assert data == mine.dumps_typed(value)
    assert repr(its.loads_typed(data)) == repr(mine.loads_typed(data))


@pytest.mark.parametrize(("own", "foreign"), TWINS, ids=[repr(own)[:40] for own, _ in TWINS])
def test_records_and_messages_are_written_as_langgraphs_own(
    own: Any, foreign: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LangGraph reads its own classes from our bytes, we read ours from LangGraph's."""
    mine, its = JsonPlusSerializer(), lg_jsonplus.JsonPlusSerializer()
    data = its.dumps_typed(foreign)

    assert data == mine.dumps_typed(own)
    assert foreign == its.loads_typed(mine.dumps_typed(own))

    # A program that has not imported LangChain reads LangChain's messages as ours.
    monkeypatch.delitem(__import__("sys").modules, "langchain_core.messages")

    assert own == mine.loads_typed(data)
    assert type(own) is type(mine.loads_typed(data))


def test_langchains_messages_stay_langchains_where_it_is_used() -> None:
    """A program that imported LangChain gets the classes it knows."""
    message = theirs.HumanMessage("hi")
    mine = JsonPlusSerializer()

    assert theirs.HumanMessage is type(mine.loads_typed(mine.dumps_typed(message)))


@pytest.mark.parametrize("value", [2**70, 1 + 2j, object(), [iter(())]], ids=repr)
def test_jsonplus_refuses_what_langgraph_refuses(value: Any) -> None:
    """With TypeError; or writes a pickle, if asked to."""
    for serde in (JsonPlusSerializer(), lg_jsonplus.JsonPlusSerializer()):
        with pytest.raises(TypeError):
            serde.dumps_typed(value)
    if isinstance(value, (int, complex)):
        pickling = JsonPlusSerializer(pickle_fallback=True)

        assert value == pickling.loads_typed(pickling.dumps_typed(value))


def test_classes_that_are_not_listed_come_back_as_data() -> None:
    """As LangGraph's strict mode does; listing them, or all, brings them back."""
    data = lg_jsonplus.JsonPlusSerializer().dumps_typed([Note("x"), Mode.ON])
    strict = lg_jsonplus.JsonPlusSerializer(allowed_msgpack_modules=None)
    mine = JsonPlusSerializer(allowed_msgpack_modules=None)

    assert strict.loads_typed(data) == mine.loads_typed(data) == [{"text": "x", "when": None}, "on"]
    assert [Note("x"), Mode.ON] == mine.with_msgpack_allowlist(LISTED).loads_typed(data)
    assert [Note("x"), Mode.ON] == JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed(
        data
    )
    assert mine is mine.with_msgpack_allowlist([])


def test_old_json_is_read() -> None:
    """LangGraph's former format: safe classes, listed classes, and a refusal."""
    text = b"""[{"lc": 2, "type": "constructor", "id": ["uuid", "UUID"], "kwargs": {"int": 7}},
        {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"],
         "kwargs": {"content": "hi"}}, {"lc": 3}]"""
    other = b'{"lc": 2, "type": "constructor", "id": ["fractions", "Fraction"], "args": [1, 2]}'
    mine = JsonPlusSerializer()

    assert [uuid.UUID(int=7), theirs.HumanMessage("hi"), {"lc": 3}] == mine.loads_typed(
        ("json", text)
    )
    assert json.loads(other) == mine.loads_typed(("json", other))
    listed = JsonPlusSerializer(allowed_json_modules=[("fractions", "Fraction")])

    assert "1/2" == str(listed.loads_typed(("json", other)))


OLD_JSON: list[Any] = [
    {"lc": 2, "type": "constructor", "id": ["uuid", "UUID"], "kwargs": {"int": 7}},
    {"lc": 2, "type": "constructor", "id": [__name__, "Note"], "kwargs": {"text": "x"}},
    {"lc": 2, "type": "constructor", "id": [__name__, "Note"], "kwargs": {"other": "x"}},
    {"lc": 2, "type": "constructor", "id": ["builtins", "ValueError"], "args": ["x"]},
    {"a": [{"lc": 2, "type": "constructor", "id": ["collections", "deque"], "args": [[1]]}]},
    {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "AIMessage"],
     "kwargs": {"content": "x"}},
]  # fmt: skip


@pytest.mark.parametrize("allow", [None, True, [(__name__, "Note")], [("tests", "parity", "X")]])
@pytest.mark.parametrize("value", OLD_JSON, ids=str)
def test_old_json_gives_what_langgraph_gives(
    value: Any, allow: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Objects, data that is not allowed as it is, None for what cannot be built; one warning."""
    data = ("json", json.dumps(value).encode())
    theirs_ = lg_jsonplus.JsonPlusSerializer(allowed_json_modules=allow).loads_typed(data)
    warned = len(caplog.records)
    ours_ = JsonPlusSerializer(allowed_json_modules=allow).loads_typed(data)

    assert theirs_ == ours_
    assert warned * 2 == len(caplog.records)


class Secrets(pydantic.BaseModel):
    """A model with a secret."""

    key: pydantic.SecretStr
    raw: pydantic.SecretBytes = pydantic.SecretBytes(b"x")


class Old(pydantic.v1.BaseModel):
    """A model of pydantic's first version."""

    x: int = 1
    secret: pydantic.v1.SecretStr = pydantic.v1.SecretStr("s")


@pytest.mark.parametrize("value", [Secrets(key=pydantic.SecretStr("k")), Old(x=2)])
def test_what_langgraph_stores_we_store(value: Any) -> None:
    """Secrets and old models come back, from our own format as well."""
    kind, data = lg_jsonplus.JsonPlusSerializer().dumps_typed([value])
    own = MsgpackSerializer(imported=True)

    assert (
        [value] == JsonPlusSerializer().loads_typed((kind, data)) == own.loads(own.dumps([value]))
    )
    with pytest.raises(DeserializationError, match="allow-list"):
        MsgpackSerializer().loads(own.dumps([value]))


def test_deserializing_is_logged_once_per_class(caplog: pytest.LogCaptureFixture) -> None:
    """Allowed without being listed, and blocked: one line each, however many objects."""

    class Fresh(Note):
        """A class nobody was warned of."""

    globals()["Fresh"] = Fresh
    Fresh.__qualname__ = "Fresh"
    caplog.set_level(logging.WARNING)
    for serde in (JsonPlusSerializer(), JsonPlusSerializer(allowed_msgpack_modules=None)):
        for _ in range(2):
            serde.loads_typed(serde.dumps_typed([Fresh("x"), Fresh("y")]))

    allowed, blocked = [record.getMessage() for record in caplog.records]
    assert "unregistered type" in allowed
    assert blocked.startswith("Blocked deserialization of")


IDS = st.integers(0, 5).map(lambda n: f"{n:04}")
CHANNELS = st.sampled_from("abc")
VALUES = st.one_of(st.integers(0, 3), st.lists(st.integers(0, 2), max_size=3), st.text("xy"))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"),
            IDS,
            st.none() | IDS,
            st.dictionaries(CHANNELS, VALUES),
            st.sampled_from(["", "s"]),
        ),
        st.tuples(
            st.just("writes"),
            IDS,
            st.sampled_from(["t1", "t2"]),
            st.lists(
                st.tuples(st.sampled_from(["a", "b", "__interrupt__", "__error__"]), VALUES),
                max_size=3,
            ),
            st.sampled_from(["", "~a", "~b"]),
        ),
        st.tuples(st.just("delete"), st.sampled_from(["t", "u"])),
    ),
    max_size=12,
)


def apply(saver: Any, actions: list[Any]) -> None:
    """Do the actions on a saver; versions count the actions."""
    versions: dict[tuple[str, str], dict[str, Any]] = {}
    for number, action in enumerate(actions, 1):
        if action[0] == "put":
            _, id, parent, values, ns = action
            if (ns, id) in versions:
                continue  # a checkpoint is written once
            known = versions.get((ns, parent or ""), {})
            changed = dict.fromkeys(values, number)
            versions[ns, id] = now = {**known, **changed}
            old = saver.get_tuple(config(ns, parent)) if parent else None
            checkpoint: Any = {
                "v": 4,
                "id": id,
                "ts": f"time {number}",
                "channel_values": {**(old.checkpoint["channel_values"] if old else {}), **values},
                "channel_versions": now,
                "versions_seen": {"n": dict(known)},
                "updated_channels": sorted(values),
            }
            metadata = {"source": "loop", "step": number, "parents": {}, "odd": number % 2}
            saver.put(config(ns, parent), checkpoint, metadata, changed)
        elif action[0] == "writes":
            _, id, task, writes, path = action
            saver.put_writes(config("", id), writes, task, path)
        else:
            saver.delete_thread(action[1])
            if action[1] == "t":
                versions.clear()


def config(ns: str, id: str | None) -> Any:
    """An address in the thread, with what a run's config has besides."""
    found = {"thread_id": "t", "checkpoint_ns": ns, "user": "ann", "__hidden": 1}
    return {"configurable": {**found, "checkpoint_id": id} if id else found, "metadata": {"m": 1.5}}


def answers(saver: Any) -> list[Any]:
    """What a saver says about everything it was told."""
    asked: list[Any] = [saver.get_tuple(config(ns, None)) for ns in ("", "s", "x")]
    asked += [saver.get_tuple(config(ns, f"{n:04}")) for ns in ("", "s") for n in range(6)]
    thread: Any = {"configurable": {"thread_id": "t"}}
    before: Any = {"configurable": {"thread_id": "t", "checkpoint_id": "0003"}}
    for wanted in (
        {},
        {"limit": 2},
        {"before": before},
        {"filter": {"odd": 1}},
        {"filter": {"odd": 0, "step": 2}},
        {"filter": {"no": 1}},
    ):
        for place in (config("", None), config("s", None), config("", "0002")):
            asked.append([tuple(found) for found in saver.list(place, **wanted)])
        if "limit" not in wanted:  # which namespace comes first is nobody's promise
            for place in (thread, None):
                found = [tuple(found) for found in saver.list(place, **wanted)]
                asked.append(sorted(found, key=lambda f: f[0]["configurable"]["checkpoint_ns"]))
    return [tuple(found) if isinstance(found, tuple) else found for found in asked]


@given(ACTIONS)
@settings(max_examples=60)
def test_the_sqlite_saver_answers_as_the_memory_saver(actions: list[Any]) -> None:
    """Where checkpoints are kept makes no difference."""
    mine = InMemorySaver()
    apply(mine, actions)
    with SqliteSaver.from_conn_string(":memory:") as saver:
        apply(saver, actions)

        for one, other in zip(answers(mine), answers(saver), strict=True):
            assert other == one


@given(ACTIONS)
@settings(max_examples=200)
def test_the_memory_saver_answers_as_langgraphs(actions: list[Any]) -> None:
    """Every checkpoint, pending write and listing, after any calls."""
    mine, its = InMemorySaver(), lg_memory.InMemorySaver()
    apply(mine, actions)
    apply(its, actions)

    for one, other in zip(answers(mine), answers(its), strict=True):
        assert other == one


def test_the_helpers_answer_as_langgraphs() -> None:
    """Metadata, ids, copies and versions."""
    where: Any = {
        "configurable": {"thread_id": "t", "a": "x\0y", "b": [1], "__c": 1, "checkpoint_ns": ""},
        "metadata": {"d": 1.5, "a": 2, "langgraph_step": 3},
    }
    metadata: Any = {"source": "loop", "step": 1, "parents": {}, "writes": {}, "z": "\0"}

    for name in ("get_checkpoint_metadata", "get_serializable_checkpoint_metadata"):
        assert getattr(lg_base, name)(where, metadata) == getattr(base, name)(where, metadata)
    assert lg_base.WRITES_IDX_MAP == base.WRITES_IDX_MAP
    assert lg_base.EXCLUDED_METADATA_KEYS == base.EXCLUDED_METADATA_KEYS
    assert lg_base.empty_checkpoint().keys() == base.empty_checkpoint().keys()

    mine: Any = base.create_checkpoint(base.empty_checkpoint(), None, 3, id="x")
    its: Any = lg_base.create_checkpoint(lg_base.empty_checkpoint(), None, 3, id="x")

    assert {**its, "ts": ""} == {**mine, "ts": ""}
    assert lg_base.copy_checkpoint(its) == {**base.copy_checkpoint(mine), "ts": its["ts"]}
    assert mine["v"] == base.LATEST_VERSION == lg_base.LATEST_VERSION

    saver = InMemorySaver()

    assert [1, 2, 3.5] == [saver.get_next_version(v, None) for v in (None, 1, 2.5)]  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_delta_history_is_langgraphs() -> None:
    """Writes down to the nearest ancestor that has the value, oldest first."""
    mine, its = InMemorySaver(), lg_memory.InMemorySaver()
    for saver in (mine, its):
        apply(saver, [("put", "0000", None, {"a": [0]}, "")])
        for n in range(1, 4):
            apply_on: Any = saver
            apply_on.put_writes(config("", f"{n - 1:04}"), [("a", n), ("b", n)], f"t{n}")
            checkpoint: Any = {
                "v": 4,
                "id": f"{n:04}",
                "ts": "",
                "channel_values": {},
                "channel_versions": {"a": n + 1},
                "versions_seen": {},
                "updated_channels": None,
            }
            apply_on.put(config("", f"{n - 1:04}"), checkpoint, {}, {"a": n + 1})
    asked: Any = {"config": config("", "0003"), "channels": ["a", "b", "c"]}

    assert its.get_delta_channel_history(**asked) == mine.get_delta_channel_history(**asked)
    assert {} == mine.get_delta_channel_history(config=config("", None), channels=[])


KEYS = st.sampled_from(["k", "l"])
SPACES = st.sampled_from([("a",), ("a", "b"), ("b",)])
ITEMS = st.fixed_dictionaries(
    {"n": st.integers(0, 2)}, optional={"t": st.sampled_from(["ab", "b", ""])}
)
OPERATIONS = st.lists(st.tuples(SPACES, KEYS, st.none() | ITEMS), max_size=8)


def lengths(texts: Any) -> list[list[float]]:
    """A toy embedding."""
    return [[1.0 + text.count("a"), 1.0 + 2 * text.count("b")] for text in texts]


@given(OPERATIONS, st.booleans())
@settings(max_examples=100)
def test_the_memory_store_answers_as_langgraphs(operations: list[Any], indexed: bool) -> None:
    """Items, searches with filters and queries, namespaces."""
    index: Any = {"dims": 2, "embed": lengths, "fields": ["t"]} if indexed else None
    mine, its = InMemoryStore(index=index), lg_store.InMemoryStore(index=index)
    for place, (space, key, value) in enumerate(operations):
        known = any(space == s and key == k and v for s, k, v in operations[:place])
        if known == (value is not None):
            continue  # LangGraph keeps the vectors of what was overwritten, and empty namespaces
        for store in (mine, its):
            if value is None:
                store.delete(space, key)
            else:
                store.put(space, key, value)

    def answers(store: Any) -> list[Any]:
        found = [
            [(i.namespace, i.key, i.value, i.score) for i in store.search((), **wanted)]
            for wanted in ({}, {"filter": {"n": {"$gte": 1}}}, {"filter": {"n": 1, "t": "b"}})
        ]
        cut = [
            len(store.search((), **wanted)) for wanted in ({"limit": 1}, {"limit": 1, "offset": 2})
        ]
        best = [i.score and round(i.score, 6) for i in store.search((), query="b", limit=1)]
        return [*map(sorted, found), cut, best]

    for one, other in zip(answers(mine), answers(its), strict=True):
        assert other == one
