"""Records are values: compared, shown, copied and pickled by their fields."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections import deque
from datetime import timedelta
from typing import Any, Generic, Literal, TypedDict, get_args, get_origin

import pytest

from anystep._annotated import annotated_keys, object_update
from anystep._record import MISSING, FrozenRecord
from anystep._records import Commit, DeltaSnapshot
from anystep.errors import NodeError
from anystep.types import (
    CachePolicy,
    Command,
    GraphOutput,
    Interrupt,
    Overwrite,
    PregelExecutableTask,
    Send,
    TimeoutPolicy,
    TracePolicy,
)
from anystep.warnings import LangGraphDeprecatedSinceV10

pytestmark = pytest.mark.host

COMMIT = Commit(
    thread_id="t",
    ns="",
    id="2",
    parent_id="1",
    ts=5,
    source="loop",
    step=1,
    parents={},
    metadata={},
    values={"a": 1},
    dropped=(),
    versions={"a": 2},
    seen={},
    updated=("a",),
    writes=((None, ("__pregel_pull", "n"), ("branch:to:n",), (("a", 1),)),),
)

ANY_ERROR: Any = ValueError  # the class: an instance would not equal its copy

RECORDS: list[Any] = [
    Interrupt("q", "id", response_schema={"type": "string"}),
    Command(graph=Command.PARENT, update={"x": [1]}, resume=2, goto=["a"]),
    Overwrite([1]),
    TimeoutPolicy(run_timeout=1.5),
    CachePolicy(ttl=3),
    TracePolicy(),
    DeltaSnapshot([1]),
    NodeError("a", ANY_ERROR),
    GraphOutput({"x": 1}, (Interrupt("q"),)),
    COMMIT,
]


@pytest.mark.parametrize(
    "record", [*RECORDS, Send("a", [1], timeout=3)], ids=lambda record: type(record).__name__
)
def test_a_record_survives_copying_and_pickling(record: Any) -> None:
    """A copy, deep or shallow, and an unpickled record equal the original."""
    assert copy.copy(record) == record
    assert copy.deepcopy(record) == record
    assert pickle.loads(pickle.dumps(record)) == record


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_can_be_used_like_a_dataclass(record: Any) -> None:
    """`fields`, `replace` and `asdict` of dataclasses see the fields and their defaults."""
    names = [field.name for field in dataclasses.fields(record)]

    assert all(hasattr(record, name) for name in names)
    assert dataclasses.replace(record) == record
    assert list(dataclasses.asdict(record)) == names


def test_a_frozen_record_refuses_assignment() -> None:
    """Assigning and deleting raise what a frozen dataclass raises."""
    command = Command[str](goto="a")

    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'goto'"):
        command.goto = "b"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'goto'"):
        del command.goto
    with pytest.raises(AttributeError):
        command.other = 1


def test_records_of_different_classes_are_never_equal() -> None:
    """Equal fields are not enough."""
    assert Overwrite(1) != DeltaSnapshot(1)
    assert Interrupt(1) != 1
    assert Send("a", 1) != Command(goto="a")


def test_only_frozen_records_and_sends_are_hashable() -> None:
    """A value that may change is no key."""
    assert hash(Command(goto="a")) == hash(Command(goto="a"))
    assert {Send("a", 1), Send("a", 1)} == {Send("a", 1)}
    assert len({TimeoutPolicy(run_timeout=1), TimeoutPolicy(run_timeout=1)}) == 1
    for record in (Interrupt("q"), Overwrite(1), COMMIT):
        with pytest.raises(TypeError, match="unhashable"):
            hash(record)


def test_missing_is_one_object_everywhere() -> None:
    """Copied or pickled, it stays itself."""
    assert copy.deepcopy(MISSING) is MISSING
    assert pickle.loads(pickle.dumps(MISSING)) is MISSING
    assert repr(MISSING) == "MISSING"


def test_an_interrupt_shows_all_its_fields() -> None:
    """The text that programs and documents show."""
    assert repr(Interrupt("q", "i")) == "Interrupt(value='q', id='i', response_schema=None)"


def test_an_interrupt_of_a_namespace_has_its_hash() -> None:
    """From the namespace itself, or from the deprecated sequence of its parts."""
    by_ns = Interrupt.from_ns("q", "a:1|b:2")

    assert len(by_ns.id) == 32
    assert Interrupt("q", ns=["a:1", "b:2"], resumable=True, when="during") == by_ns
    assert Interrupt("q", "own", ns=["a:1"]).id == "own"


def test_an_interrupt_refuses_unknown_arguments() -> None:
    """A misspelled argument is an error, not a silent nothing."""
    with pytest.raises(TypeError, match="reponse_schema"):
        Interrupt("q", reponse_schema={})


def test_interrupt_id_is_deprecated() -> None:
    """The old name gives the id and says so."""
    with pytest.warns(LangGraphDeprecatedSinceV10, match="Use `id` instead"):
        assert Interrupt("q", "i").interrupt_id == "i"


def test_a_send_shows_a_timeout_only_if_it_has_one() -> None:
    """The common form stays short."""
    assert repr(Send("a", {"x": 1})) == "Send(node='a', arg={'x': 1})"
    assert repr(Send("a", 1, timeout=2)).endswith(
        "timeout=TimeoutPolicy(run_timeout=2.0, idle_timeout=None, refresh_on='auto'))"
    )


def test_a_command_shows_what_it_says() -> None:
    """Fields that say nothing are left out."""
    assert repr(Command()) == "Command()"
    assert repr(Command(update={"a": 1}, goto="b")) == "Command(update={'a': 1}, goto='b')"
    assert repr(Command(resume=0, update={})) == "Command()"


def test_a_command_with_an_array_can_be_shown() -> None:
    """Values that refuse to be true or false do not break the repr."""

    class Array:
        def __bool__(self) -> bool:
            raise ValueError("ambiguous")

        def __repr__(self) -> str:
            return "Array"

    assert repr(Command(update=Array())) == "Command(update=Array)"


class Plain:
    a: int
    b: str | None


class Derived(Plain):
    c: int


class Keys(TypedDict):
    a: int


@pytest.mark.parametrize(
    ("update", "pairs"),
    [
        (None, []),
        ({"a": 1, "b": 2}, [("a", 1), ("b", 2)]),
        ([("a", 1), ("a", 2)], [("a", 1), ("a", 2)]),
        ((("a", 1),), (("a", 1),)),
        ([], []),
        ([("a", 1), 2], [("__root__", [("a", 1), 2])]),
        ("text", [("__root__", "text")]),
        (Keys(a=1), [("a", 1)]),
    ],
)
def test_a_command_s_update_is_pairs(update: object, pairs: object) -> None:
    """Mappings and pairs by key; what has no keys is the root's."""
    assert Command(update=update)._update_as_tuples() == pairs


def test_an_annotated_object_updates_the_fields_it_has() -> None:
    """Bases first; a missing attribute says nothing."""
    value = Derived()
    value.c = 3
    value.a = 1

    assert annotated_keys(Derived) == ("a", "b", "c")
    assert Command(update=value)._update_as_tuples() == [("a", 1), ("c", 3)]


def test_none_is_an_update_where_it_says_something() -> None:
    """Always in a plain object; in a pydantic model if set, or if the default is another."""

    class Field:
        def __init__(self, default: object) -> None:
            self.default = default

    class Model:
        def __init__(self) -> None:
            self.model_fields_set = {"set"}
            self.kept = self.set = self.other = None

    fields = {"kept": Field(None), "set": Field(None), "other": Field(1)}
    setattr(Model, "__pydantic_fields__", fields)  # noqa: B010 - as pydantic's metaclass does
    plain = Plain()
    plain.b = None

    assert object_update(plain, ("a", "b")) == [("b", None)]
    assert object_update(Model(), ("kept", "set", "other")) == [("set", None), ("other", None)]


def test_generic_records_can_be_subscripted() -> None:
    """Annotations name the nodes a command may go to."""
    annotation = Command[Literal["a", "b"]]

    assert get_origin(annotation) is Command
    assert get_args(get_args(annotation)[0]) == ("a", "b")
    assert issubclass(Interrupt, Generic)


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        (None, None),
        (TimeoutPolicy(), None),
        (2, TimeoutPolicy(run_timeout=2.0)),
        (timedelta(minutes=1), TimeoutPolicy(run_timeout=60.0)),
        (
            TimeoutPolicy(idle_timeout=timedelta(seconds=1), refresh_on="heartbeat"),
            TimeoutPolicy(idle_timeout=1.0, refresh_on="heartbeat"),
        ),
    ],
)
def test_a_timeout_becomes_a_policy_in_seconds(given: Any, policy: TimeoutPolicy | None) -> None:
    """A bare time limits the whole attempt."""
    assert TimeoutPolicy.coerce(given) == policy


def test_a_ready_policy_is_not_copied() -> None:
    """Sends share their policy."""
    policy = TimeoutPolicy(run_timeout=1.0)

    assert TimeoutPolicy.coerce(policy) is policy


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), timedelta(0)])
def test_a_timeout_must_be_above_zero(wrong: Any) -> None:
    """And the error says which and what."""
    with pytest.raises(ValueError, match="run_timeout must be greater than 0"):
        TimeoutPolicy.coerce(wrong)
    with pytest.raises(ValueError, match="idle_timeout must be greater than 0"):
        Send("a", 1, timeout=TimeoutPolicy(idle_timeout=wrong))


def test_what_refreshes_a_timeout_is_one_of_two_words() -> None:
    """Another word is an error."""
    never: Any = "never"
    policy = TimeoutPolicy(run_timeout=1, refresh_on=never)

    with pytest.raises(ValueError, match="refresh_on must be 'auto' or 'heartbeat'"):
        TimeoutPolicy.coerce(policy)


def test_an_executable_task_keeps_what_it_is_given() -> None:
    """Every argument becomes the field of its name."""
    path = ("__pregel_pull", "n")
    task = PregelExecutableTask("n", {}, None, deque(), {}, (), (), None, "id", path)

    assert (task.name, task.input, task.id, task.writers) == ("n", {}, "id", ())
    assert isinstance(task, FrozenRecord)


def test_public_records_live_in_the_public_module() -> None:
    """Repr and pickle name where users import them from."""
    for cls in (Interrupt, Send, Command, Overwrite, TimeoutPolicy, CachePolicy, TracePolicy):
        assert cls.__module__ == "anystep.types"
