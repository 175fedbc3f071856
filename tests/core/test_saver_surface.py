"""Savers as programs extend them: overriding, factories, files, context managers, serializers."""

from __future__ import annotations

import dataclasses
import enum
import operator
import pickle
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypedDict

import pytest

from anystep.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from anystep.checkpoint.memory import InMemorySaver, PersistentDict
from anystep.checkpoint.serde.jsonplus import JsonPlusSerializer
from anystep.checkpoint.sqlite import SqliteSaver
from anystep.graph import START, StateGraph

THREAD: Any = {"configurable": {"thread_id": "t"}}


class Log(TypedDict):
    """What ran."""

    log: Annotated[list[str], operator.add]


def graph(saver: Any) -> Any:
    """A graph of two nodes."""
    builder = StateGraph(Log).add_node("a", lambda _: {"log": ["a"]})
    builder.add_node("b", lambda _: {"log": ["b"]})
    return builder.add_edge(START, "a").add_edge("a", "b").compile(checkpointer=saver)


class Spy(InMemorySaver):
    """Counts its puts."""

    def __init__(self) -> None:
        super().__init__()
        self.puts = 0

    def put(self, *args: Any, **kwargs: Any) -> Any:
        self.puts += 1
        return super().put(*args, **kwargs)


class Committing(InMemorySaver):
    """Overrides a put and what the engine calls in its place."""

    def put(self, *args: Any, **kwargs: Any) -> Any:
        return super().put(*args, **kwargs)

    def commit(self, commit: Any) -> None:
        super().commit(commit)


def test_what_a_subclass_overrides_is_called() -> None:
    """Such a saver is given whole checkpoints; one that overrides `commit` is not."""
    spy = Spy()
    graph(spy).invoke({"log": []}, THREAD)

    assert spy.puts == 4
    assert (InMemorySaver.native, Spy.native, Committing.native) == (True, False, True)
    stores: Any = type("Stores", (SqliteSaver,), {"put_writes": None})
    reads: Any = type("Reads", (InMemorySaver,), {"get_tuple": None})
    assert (stores.native, reads.native) == (False, True)
    assert graph(spy).get_state(THREAD).values == graph(Committing()).invoke({"log": []}, THREAD)


def test_a_saver_without_task_paths_still_works() -> None:
    """`put_writes` as it was before it had a fourth argument."""

    class Old(InMemorySaver):
        def put_writes(self, config: Any, writes: Any, task_id: str) -> None:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
            super().put_writes(config, writes, task_id)

    assert graph(Old()).invoke({"log": []}, THREAD) == {"log": ["a", "b"]}


def test_a_saver_that_never_called_init_has_a_serializer() -> None:
    """The class's default serves it: LangGraph's, whose format such savers expect."""

    class Careless(BaseCheckpointSaver[int]):
        def __init__(self) -> None: ...

    saver = Careless()
    assert ("null", b"") == saver.serde.dumps_typed(None)
    assert {"a": [1]} == saver.serde.loads_typed(saver.serde.dumps_typed({"a": (1,)}))


def test_a_factory_makes_what_a_thread_is_kept_in(tmp_path: Path) -> None:
    """A `PersistentDict` is written when the saver is left, and read by the next program."""
    file = str(tmp_path / "threads")
    with InMemorySaver(factory=partial(PersistentDict, filename=file)) as saver:
        graph(saver).invoke({"log": []}, THREAD)

    kept = PersistentDict(filename=file)
    kept.load()
    again = InMemorySaver(factory=lambda: kept)

    assert graph(again).get_state(THREAD).values == {"log": ["a", "b"]}
    assert len(list(graph(again).get_state_history(THREAD))) == 4
    assert graph(again).invoke({"log": ["c"]}, THREAD)["log"] == ["a", "b", "c", "a", "b"]


def test_a_persistent_dict_is_replaced_whole(tmp_path: Path) -> None:
    """What cannot be written leaves the old file; an empty file is an empty dict."""
    file = tmp_path / "d"
    kept = PersistentDict(list, {"a": [1]}, filename=str(file))
    kept.sync()
    kept["b"] = [lambda: None]
    with pytest.raises((pickle.PicklingError, AttributeError)):
        kept.sync()
    other = PersistentDict(list, filename=str(file))
    other.load()
    empty = tmp_path / "empty"
    empty.touch()
    nothing = PersistentDict(filename=str(empty))
    nothing.load()

    assert dict(other) == {"a": [1]}
    assert {path.name for path in tmp_path.iterdir()} == {"d", "empty"}
    assert dict(nothing) == {}
    assert pickle.loads(pickle.dumps(other)) == {"a": [1]}


def test_storage_shows_what_is_stored() -> None:
    """By thread, namespace and checkpoint id, oldest first."""
    saver = InMemorySaver()
    for thread in ("1", "2"):
        graph(saver).invoke({"log": []}, {"configurable": {"thread_id": thread}})
    found = saver.storage

    assert sorted(found) == ["1", "2"]
    assert list(found["1"]) == [""]
    assert list(found["1"][""]) == sorted(found["1"][""])
    assert len(found["1"][""]) == 4


def test_empty_checkpoints_can_be_put_through_every_saver() -> None:
    """What LangGraph's programs put by hand."""
    saver = InMemorySaver()
    config: Any = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}
    checkpoint = empty_checkpoint()
    saved = saver.put(config, checkpoint, {"source": "input", "step": -1}, {})

    found = saver.get_tuple(saved)
    assert found is not None
    assert found.checkpoint["id"] == checkpoint["id"]


class Color(enum.Enum):
    """An enum."""

    RED = 1


class Pair(NamedTuple):
    """A named tuple."""

    a: int
    b: str


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: int
    inner: Any = None


class Runs:
    """A class that does something when it is made."""

    ran = False

    def __init__(self, *_: object) -> None:
        type(self).ran = True


@pytest.mark.parametrize("value", [Color.RED, Point(1, Point(2)), {"p": [Point(3)]}, Pair(1, "x")])
def test_plain_data_of_the_program_comes_back(value: Any) -> None:
    """Without a list of classes, as LangGraph's serializer does."""
    serde = JsonPlusSerializer()

    assert serde.loads_typed(serde.dumps_typed(value)) == value


def test_strict_mode_gives_data_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """With LangGraph's switch, or None for the list, nothing is built that is not listed."""
    data = JsonPlusSerializer().dumps_typed(Point(1))
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")

    assert JsonPlusSerializer().loads_typed(data) == {"x": 1, "inner": None}
    monkeypatch.delenv("LANGGRAPH_STRICT_MSGPACK")
    strict = JsonPlusSerializer(allowed_msgpack_modules=None)
    assert strict.loads_typed(data) == {"x": 1, "inner": None}
    assert strict.with_msgpack_allowlist([Point]).loads_typed(data) == Point(1)


def test_hostile_data_runs_nothing() -> None:
    """A class that is no plain data, a function, a module nobody imported: none is touched."""
    import msgpack

    serde = JsonPlusSerializer()
    for module, name in ((__name__, "Runs"), ("os", "system"), ("antigravity", "fly")):
        inner = msgpack.packb([module, name, "x"])
        data = msgpack.packb(msgpack.ExtType(0, inner))
        assert serde.loads_typed(("msgpack", data)) == "x"

    assert Runs.ran is False
