"""Policies, snapshots and the shapes of events."""

from __future__ import annotations

import sys
from typing import Any, get_args, get_type_hints

import pytest

from anystep import types
from anystep.config import current_task
from anystep.types import (
    CachePolicy,
    GraphOutput,
    Interrupt,
    RetryPolicy,
    StateUpdate,
    default_retry_on,
    ensure_valid_checkpointer,
    interrupt,
    omit_payload,
)
from anystep.warnings import LangGraphDeprecatedSinceV11

pytestmark = pytest.mark.host


@pytest.mark.parametrize("error", [ConnectionError(), ConnectionResetError(), Exception("odd")])
def test_unknown_errors_and_lost_connections_are_retried(error: Exception) -> None:
    """Trying again may help."""
    assert default_retry_on(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        TypeError(),
        ZeroDivisionError(),
        ImportError(),
        KeyError(),
        NameError(),
        SyntaxError(),
        RuntimeError(),
        RecursionError(),
        ReferenceError(),
        StopIteration(),
        StopAsyncIteration(),
        OSError(),
        TimeoutError(),
    ],
)
def test_mistakes_of_the_program_are_not_retried(error: Exception) -> None:
    """Trying again would fail again."""
    assert not default_retry_on(error)


class Response:
    """What HTTP libraries hang on their errors; falsy below 200 and above 399 in requests."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code

    def __bool__(self) -> bool:
        return self.status_code < 400


@pytest.mark.parametrize(
    ("library", "name"), [("httpx", "HTTPStatusError"), ("requests", "HTTPError")]
)
@pytest.mark.parametrize(
    ("status", "again"), [(500, True), (503, True), (404, False), (429, False)]
)
def test_http_errors_are_retried_if_the_server_is_to_blame(
    monkeypatch: pytest.MonkeyPatch, library: str, name: str, status: int, again: bool
) -> None:
    """Known by the library's own class, which nobody has to import for that."""

    class HTTPError(OSError):
        response: Response | None = Response(status)

    module = type(sys)(library)
    setattr(module, name, HTTPError)
    monkeypatch.setitem(sys.modules, library, module)

    assert default_retry_on(HTTPError()) is again

    unanswered = HTTPError()
    unanswered.response = None

    assert default_retry_on(unanswered)


def test_a_retry_policy_has_langgraph_s_defaults() -> None:
    """Three attempts, half a second doubling."""
    assert RetryPolicy() == (0.5, 2.0, 128.0, 3, True, default_retry_on)


def test_equal_inputs_have_equal_cache_keys() -> None:
    """The order of keys does not matter, everything else does."""
    key = CachePolicy().key_func

    assert key({"a": 1, "b": [{"c": {2}, "d": 3}]}) == key({"b": [{"d": 3, "c": {2}}], "a": 1})
    assert key({"a": 1}) != key({"a": 2})
    assert key([1, 2]) != key([2, 1])
    assert key({1: "a", "b": 2}) == key({"b": 2, 1: "a"})


def test_arrays_are_cached_by_their_bytes() -> None:
    """And by their shape: the same bytes in another shape are another input."""

    class Array:
        def __eq__(self, other: object) -> bool:  # so it has no hash, as arrays have none
            return self is other

        def __init__(self, shape: tuple[int, ...]) -> None:
            self.shape = shape

        def tobytes(self) -> bytes:
            return b"1234"

    key = CachePolicy().key_func

    assert key(Array((2, 2))) == key(Array((2, 2)))
    assert key(Array((4,))) != key(Array((2, 2)))


def test_omit_payload_omits_everything() -> None:
    """For tracing callbacks."""
    assert omit_payload({"secret": 1}) == {}


class Saver:
    """The methods a saver is known by, whoever wrote its base class."""

    def get_tuple(self, config: Any) -> None: ...
    def put(self, *args: Any) -> None: ...
    def put_writes(self, *args: Any) -> None: ...


@pytest.mark.parametrize("valid", [None, True, False, Saver()])
def test_a_checkpointer_may_be_a_saver_or_a_flag(valid: Any) -> None:
    """It is handed back as it is."""
    assert ensure_valid_checkpointer(valid) is valid


@pytest.mark.parametrize("wrong", ["memory", 1.5, Saver, {}])
def test_anything_else_is_no_checkpointer(wrong: Any) -> None:
    """The class instead of an instance is the common mistake."""
    with pytest.raises(TypeError, match="Invalid checkpointer provided"):
        ensure_valid_checkpointer(wrong)


def test_event_shapes_are_made_when_named() -> None:
    """Importing the module makes none of them; naming one does."""
    assert types.TaskPayload.__required_keys__ >= {"id", "name", "input", "triggers"}
    assert "metadata" in types.TaskPayload.__optional_keys__
    assert get_args(types.StreamPart[int, str])
    assert len(get_args(types.StreamPart)) == 7
    with pytest.raises(AttributeError, match="NoSuchThing"):
        _ = types.NoSuchThing


def test_a_state_update_needs_values_only() -> None:
    """The node and the task are optional."""
    assert StateUpdate({"a": 1}) == ({"a": 1}, None, None)


def test_a_graph_output_read_like_a_dict_warns() -> None:
    """It still answers as the dict of version 1 would."""
    question = Interrupt("q")
    output = GraphOutput({"a": 1}, (question,))

    with pytest.warns(LangGraphDeprecatedSinceV11, match=r"result\[key\]"):
        assert output["a"] == 1
    with pytest.warns(LangGraphDeprecatedSinceV11):
        assert output["__interrupt__"] == (question,)
    with pytest.warns(LangGraphDeprecatedSinceV11, match="key in result"):
        assert "a" in output
    with pytest.warns(LangGraphDeprecatedSinceV11):
        assert "__interrupt__" in output


def test_a_graph_output_of_an_object_is_read_by_attribute() -> None:
    """Missing attributes are missing keys."""

    class Value:
        a = 1

    output = GraphOutput(Value())

    with pytest.warns(LangGraphDeprecatedSinceV11):
        assert output["a"] == 1
    with pytest.warns(LangGraphDeprecatedSinceV11), pytest.raises(KeyError, match="b"):
        _ = output["b"]
    with pytest.warns(LangGraphDeprecatedSinceV11):
        assert "a" in output
    with pytest.warns(LangGraphDeprecatedSinceV11):
        assert 1 not in output


def test_interrupt_asks_the_running_task() -> None:
    """The task answers or stops the node; outside a run there is none."""

    class Task:
        def interrupt(self, value: object, response_schema: object) -> object:
            return ("answer to", value, response_schema)

    with pytest.raises(RuntimeError, match="outside of a runnable context"):
        interrupt("q")
    token = current_task.set(Task())
    try:
        assert interrupt("q", response_schema={"type": "string"}) == (
            "answer to",
            "q",
            {"type": "string"},
        )
    finally:
        current_task.reset(token)


def test_annotations_can_be_resolved() -> None:
    """Tools that read the hints at run time find what they name."""
    assert get_type_hints(types.TaskResultPayload)["id"] is str
    assert get_type_hints(types.ValuesStreamPart)
