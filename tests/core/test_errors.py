"""Errors say who must act, have a code, and survive a trip between processes."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest

from anystep import errors
from anystep.errors import (
    ErrorCode,
    GraphDrained,
    GraphInterrupt,
    GraphRecursionError,
    InvalidUpdateError,
    NodeCancelledError,
    NodeError,
    NodeInterrupt,
    NodeTimeoutError,
    ParentCommand,
    UnknownInterruptError,
    create_error_message,
    is_invalid_resume,
)
from anystep.types import Command, Interrupt
from anystep.warnings import LangGraphDeprecatedSinceV10

pytestmark = pytest.mark.host

ERRORS: list[Any] = [
    errors.EmptyChannelError(),
    errors.EmptyInputError("nothing"),
    InvalidUpdateError("no", code=ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE),
    errors.TaskNotFound("t"),
    UnknownInterruptError("no", reason="not_pending", interrupt_ids=["a"], pending_ids=["b"]),
    NodeCancelledError("n"),
    NodeTimeoutError("n", 2.0, kind="run", run_timeout=1.0),
    errors.CheckpointNotFoundError("gone"),
    errors.SchemaVersionError("new", stored=3, known=2),
    errors.LeaseError("busy", thread_id="t", holder="h"),
    errors.CircuitOpenError("n", 1.5),
    errors.RunLimitError("far", usage={"steps": 1}),
    errors.BudgetExceededError("spent"),
    errors.DeadlineError("late"),
    errors.NodeVisitError("often"),
    errors.StateLimitError("large"),
    errors.GraphCancelled("stop"),
    GraphRecursionError("far"),
    errors.GraphBubbleUp(),
    GraphDrained("deploy"),
    GraphInterrupt((Interrupt("q"),)),
    ParentCommand(Command(goto="a")),
]


def ids(error: Exception) -> str:
    """The class's name."""
    return type(error).__name__


@pytest.mark.parametrize("error", ERRORS, ids=ids)
def test_every_error_survives_pickling(error: Exception) -> None:
    """Class, message and facts: workers send them home."""
    twin = pickle.loads(pickle.dumps(error))

    assert type(twin) is type(error)
    assert twin.args == error.args
    assert vars(twin) == vars(error)
    assert str(twin) == str(error)


@pytest.mark.parametrize("error", ERRORS, ids=ids)
def test_every_error_has_a_code(error: Any) -> None:
    """Capitals and underscores, of its own."""
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", error.code)
    assert len({one.code for one in ERRORS}) == len(ERRORS)


def test_the_tree_on_top_of_the_module_is_the_tree() -> None:
    """Every class stands in it under its base."""
    assert errors.__doc__
    drawn: list[tuple[int, str]] = [
        (len(indent), name)
        for indent, name in re.findall(
            r"^([│├└─ ]*)([A-Z]\w+Error|[A-Z]\w+)(?= |$)", errors.__doc__, re.MULTILINE
        )
        if name in dir(errors) or name in ("Exception", "RecursionError", "RuntimeError")
    ]
    stack: list[tuple[int, str]] = []
    bases: dict[str, str] = {}
    for depth, name in drawn:
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if stack:
            bases[name] = stack[-1][1]
        stack.append((depth, name))
    real = {
        name: cls.__bases__[0].__name__
        for name in errors.__all__
        if isinstance(cls := getattr(errors, name), type) and issubclass(cls, Exception)
    }

    assert bases == real | {"RecursionError": "Exception", "RuntimeError": "Exception"}


def test_a_message_ends_with_where_to_read_about_it() -> None:
    """Programs match on this shape."""
    text = create_error_message(message="No.", error_code=ErrorCode.MULTIPLE_SUBGRAPHS)

    assert text == (
        "No.\nFor troubleshooting, visit: "
        "https://docs.langchain.com/oss/python/langgraph/errors/MULTIPLE_SUBGRAPHS"
    )


def test_an_invalid_update_tells_concurrent_from_other() -> None:
    """The code is the page's where there is one."""
    assert InvalidUpdateError("x").code == "INVALID_UPDATE"
    assert ERRORS[2].code == "INVALID_CONCURRENT_GRAPH_UPDATE"


def test_a_timeout_says_which_limit_was_passed() -> None:
    """The text, and the facts as attributes."""
    run = NodeTimeoutError("n", 2.0, kind="run", run_timeout=1.0, idle_timeout=9.0)
    idle = NodeTimeoutError("n", 2.5, kind="idle", idle_timeout=1.0)

    assert str(run) == "Node 'n' exceeded its run timeout of 1.000s (elapsed: 2.000s)."
    assert str(idle) == (
        "Node 'n' exceeded its idle timeout of 1.000s without making progress (elapsed: 2.500s)."
    )
    assert (run.timeout, run.idle_timeout, idle.timeout, idle.kind) == (1.0, 9.0, 1.0, "idle")
    assert not isinstance(run, OSError)


def test_a_timeout_needs_the_limit_that_fired() -> None:
    """Or it could not say it."""
    with pytest.raises(ValueError, match="idle_timeout is required when kind='idle'"):
        NodeTimeoutError("n", 1.0, kind="idle", run_timeout=1.0)
    with pytest.raises(ValueError, match="run_timeout is required when kind='run'"):
        NodeTimeoutError("n", 1.0, kind="run")
    walk: Any = "walk"
    with pytest.raises(ValueError, match="kind must be 'idle' or 'run'"):
        NodeTimeoutError("n", 1.0, kind=walk, run_timeout=1.0)


def test_control_signals_say_what_they_are() -> None:
    """The reason and the text."""
    assert str(GraphDrained()) == "Graph drained: shutdown"
    assert GraphDrained("deploy").reason == "deploy"
    assert str(NodeCancelledError("n")) == "Node 'n' raised asyncio.CancelledError"
    assert str(NodeCancelledError("n", "other")) == "other"
    assert GraphInterrupt().args == ((),)


def test_node_interrupt_is_deprecated() -> None:
    """It still is an interrupt with one question."""
    with pytest.warns(LangGraphDeprecatedSinceV10):
        error = NodeInterrupt("q", id="i")
    with pytest.warns(LangGraphDeprecatedSinceV10):
        unnamed = NodeInterrupt("q")

    assert error.args == ([Interrupt("q", "i")],)
    assert unnamed.args == ([Interrupt("q")],)
    assert pickle.loads(pickle.dumps(error)).args == error.args


def test_an_invalid_resume_is_marked() -> None:
    """Only the marked error is one."""
    error = ValueError("no")

    assert not is_invalid_resume(error)

    errors.mark_invalid_resume(error)

    assert is_invalid_resume(error)


def test_a_node_error_is_what_a_handler_gets() -> None:
    """A record, not an exception."""
    cause = KeyError("x")

    assert NodeError("n", cause) == NodeError(node="n", error=cause)
    assert not isinstance(NodeError("n", cause), BaseException)
