"""The law of durable runs: interrupted and resumed is the same as never interrupted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["assert_resumable"]


def assert_resumable(
    builder: Any, input: Any, *, answers: Iterable[Any] = (), limit: int = 1000
) -> Any:
    """Stop a graph at every place where it can stop; the final state must always be the same.

    `builder` is a StateGraph. It is compiled anew for every stretch of every run, so nothing but
    the saved thread goes from one to the next: with breakpoints before and after each node, and
    with breakpoints everywhere. `answers` answer its interrupts, in order. Nodes must do the same
    each time. A run of more than `limit` stretches counts as endless. Returns the state; raises
    AssertionError naming the breakpoint.
    """
    answers = list(answers)
    expected = _finish(builder, input, answers, {}, limit)
    names = [*builder.nodes, "*"]
    for kind in ("interrupt_before", "interrupt_after"):
        for name in names:
            stops: Any = "*" if name == "*" else [name]
            found = _finish(builder, input, answers, {kind: stops}, limit)
            if found != expected:
                raise AssertionError(
                    f"with {kind}={stops!r} the run ends with\n  {found!r}\n"
                    f"uninterrupted it ends with\n  {expected!r}"
                )
    return expected


def _finish(builder: Any, input: Any, answers: list[Any], stops: dict[str, Any], limit: int) -> Any:
    """Run to the end, through all stops; the final state."""
    from anystep.checkpoint.memory import InMemorySaver
    from anystep.types import Command

    saver = InMemorySaver()
    config: Any = {"configurable": {"thread_id": "test"}}
    left = iter(answers)
    start = input
    for _ in range(limit):
        graph = builder.compile(checkpointer=saver, **stops)
        graph.invoke(start, config)
        state = graph.get_state(config)
        if not state.next:
            return state.values
        start = Command(resume=next(left)) if state.interrupts else None
    raise AssertionError(f"the graph did not end within {limit} stretches")
