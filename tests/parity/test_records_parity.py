"""Records, errors and channels behave like langgraph's."""

from __future__ import annotations

import dataclasses
import inspect
import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anystep import channels, constants, errors, types, warnings
from anystep._record import MISSING

pytest.importorskip("langgraph")

from langgraph import channels as their_channels
from langgraph import constants as their_constants
from langgraph import errors as their_errors
from langgraph import types as their_types
from langgraph import warnings as their_warnings
from langgraph._internal._retry import default_retry_on as their_default
from langgraph._internal._typing import MISSING as THEIR_MISSING

MODULES = [
    (channels, their_channels),
    (constants, their_constants),
    (errors, their_errors),
    (types, their_types),
    (warnings, their_warnings),
]


@pytest.mark.parametrize(("our", "their"), MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_there(our: Any, their: Any) -> None:
    """A rename of the import migrates a program."""
    assert [name for name in their.__all__ if not hasattr(our, name)] == []


def shape(call: Any) -> list[tuple[str, Any, bool]]:
    """Names, kinds and presence of defaults of a call's arguments."""
    return [
        (name, parameter.kind, parameter.default is not inspect.Parameter.empty)
        for name, parameter in inspect.signature(call).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]


CALLABLES = [
    (our, their, name)
    for our, their in MODULES
    for name in their.__all__
    if (isinstance(value := getattr(their, name), type) or inspect.isfunction(value))
    and not name.endswith(("StreamPart", "Payload"))
    and name not in ("CheckpointTask", "ErrorCode", "All")
    and type(value).__name__ != "_TypedDictMeta"
]


@pytest.mark.parametrize(
    ("our", "their", "name"), CALLABLES, ids=lambda value: getattr(value, "__name__", value)
)
def test_signatures_are_langgraph_s(our: Any, their: Any, name: str) -> None:
    """The same arguments, by position and by name; more keywords are allowed."""
    try:
        expected = shape(getattr(their, name))
    except ValueError:  # exceptions without an __init__ of their own have no signature
        return
    found = shape(getattr(our, name))
    more = [one for one in found if one not in expected]

    assert [one for one in found if one in expected] == expected or expected == [
        ("args", inspect.Parameter.VAR_POSITIONAL, False),
        ("kwargs", inspect.Parameter.VAR_KEYWORD, False),
    ]
    assert all(kind is inspect.Parameter.KEYWORD_ONLY and default for _, kind, default in more)


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("Interrupt", ("q",), {}),
        ("Interrupt", ("q", "i"), {"response_schema": {"type": "string"}}),
        ("Interrupt", ("q",), {"ns": ["a:1", "b:2"]}),
        ("Send", ("a", {"x": [1]}), {}),
        ("Send", ("a", 1), {"timeout": 3}),
        ("Command", (), {}),
        ("Command", (), {"update": {"a": 1}, "goto": ["a"], "graph": "__parent__", "resume": 1}),
        ("Overwrite", ([1],), {}),
        ("TimeoutPolicy", (), {"run_timeout": 3, "refresh_on": "heartbeat"}),
        ("TracePolicy", (), {}),
        ("GraphOutput", ({"a": 1},), {}),
        ("StateUpdate", ({"a": 1},), {}),
        ("PregelTask", ("1", "n", ("__pregel_pull", "n")), {}),
    ],
    ids=range(13),
)
def test_records_look_and_compare_like_langgraph_s(name: str, args: Any, kwargs: Any) -> None:
    """Repr, equality, hash or none, and the fields a dataclass has."""
    our, their = (getattr(module, name)(*args, **kwargs) for module in (types, their_types))

    assert repr(our) == repr(their)
    assert our == getattr(types, name)(*args, **kwargs)
    assert (type(our).__hash__ is None) == (type(their).__hash__ is None)
    assert getattr(our, "__match_args__", ()) == getattr(their, "__match_args__", ())
    assert dataclasses.is_dataclass(our) == dataclasses.is_dataclass(their)
    if dataclasses.is_dataclass(their):
        assert [one.name for one in dataclasses.fields(our)] == [
            one.name for one in dataclasses.fields(their)
        ]


def test_an_interrupt_of_a_namespace_has_langgraph_s_id() -> None:
    """So that a resume by id reaches it."""
    assert (
        types.Interrupt.from_ns("q", "a:1|b:2").id
        == their_types.Interrupt.from_ns("q", "a:1|b:2").id
    )


ERRORS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("GraphDrained", (), {}),
    ("GraphDrained", ("deploy",), {}),
    ("GraphInterrupt", (), {}),
    ("NodeCancelledError", ("n",), {}),
    ("NodeTimeoutError", ("n", 2.0), {"kind": "run", "run_timeout": 1.0}),
    ("NodeTimeoutError", ("n", 2.0), {"kind": "idle", "idle_timeout": 1.0}),
    ("UnknownInterruptError", ("m",), {"reason": "ambiguous", "pending_ids": ["a"]}),
    ("NodeError", ("n", ValueError), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), ERRORS, ids=range(len(ERRORS)))
def test_errors_say_what_langgraph_s_say(name: str, args: Any, kwargs: Any) -> None:
    """Text, arguments, bases by name."""
    our, their = (getattr(module, name)(*args, **kwargs) for module in (errors, their_errors))
    bases = [
        [base.__name__ for base in type(one).__mro__ if base.__module__ != "anystep._record"]
        for one in (our, their)
    ]

    assert str(our) == str(their)
    assert getattr(our, "args", None) == getattr(their, "args", None)
    assert bases[0] == bases[1]


def test_error_codes_and_pages_are_langgraph_s() -> None:
    """Programs match on them."""
    assert {code.name: code.value for code in errors.ErrorCode} == {
        code.name: code.value for code in their_errors.ErrorCode
    }
    for code in errors.ErrorCode:
        assert errors.create_error_message(
            message="m", error_code=code
        ) == their_errors.create_error_message(
            message="m", error_code=their_errors.ErrorCode(code.value)
        )


@pytest.mark.parametrize(
    "error",
    [
        ConnectionError(),
        Exception(),
        OSError(),
        TimeoutError(),
        KeyError(),
        RuntimeError(),
        EOFError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_same_errors_are_retried(error: Exception) -> None:
    """By default."""
    assert types.default_retry_on(error) is their_default(error)


# -- channels: the same calls on both, the same answers

BUILDERS: dict[str, Any] = {
    "LastValue": lambda module: module.LastValue(int, "k"),
    "LastValueAfterFinish": lambda module: module.LastValueAfterFinish(int, "k"),
    "AnyValue": lambda module: module.AnyValue(int, "k"),
    "Ephemeral": lambda module: module.EphemeralValue(int),
    "Ephemeral open": lambda module: module.EphemeralValue(int, False),
    "Untracked": lambda module: module.UntrackedValue(int),
    "Untracked open": lambda module: module.UntrackedValue(int, guard=False),
    "Topic": lambda module: module.Topic(int),
    "Topic accumulating": lambda module: module.Topic(int, accumulate=True),
    "Barrier": lambda module: module.NamedBarrierValue(int, {1, 2}),
    "BarrierAfterFinish": lambda module: module.NamedBarrierValueAfterFinish(int, {1, 2}),
    "Binop": lambda module: module.BinaryOperatorAggregate(int, operator.add),
    "Binop untyped": lambda module: module.BinaryOperatorAggregate(int | str, operator.add),
    "Delta": lambda module: module.DeltaChannel(lambda value, writes: [*value, *writes]),
}

calls = st.lists(
    st.one_of(
        st.tuples(st.just("update"), st.lists(st.integers(1, 3), max_size=3)),
        st.sampled_from(
            [
                ("consume",),
                ("finish",),
                ("copy",),
                ("restore",),
                ("get",),
                ("is_available",),
                ("checkpoint",),
            ]
        ),
    ),
    max_size=8,
)


def answers(channel: Any, given_calls: list[tuple[Any, ...]], missing: object) -> list[Any]:
    """What a channel says to a series of calls."""
    said: list[Any] = []
    for name, *args in given_calls:
        try:
            if name == "copy":
                channel, answer = channel.copy(), None
            elif name == "restore":
                channel, answer = channel.from_checkpoint(channel.checkpoint()), None
            else:
                answer = getattr(channel, name)(*[list(arg) for arg in args])
        except Exception as error:  # noqa: BLE001 - compared by name and text
            answer = (type(error).__name__, str(error))
        if isinstance(answer, list | set | tuple):
            answer = repr(answer)
        said.append("MISSING" if answer is missing else answer)
    return said


@pytest.mark.parametrize("name", BUILDERS)
@given(given_calls=calls)
def test_channels_answer_like_langgraph_s(name: str, given_calls: Any) -> None:
    """Whatever is written, read, stored and restored in whatever order."""
    build = BUILDERS[name]

    assert answers(build(channels), given_calls, MISSING) == answers(
        build(their_channels), given_calls, THEIR_MISSING
    )
