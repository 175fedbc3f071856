"""What is decided once, before the first superstep, and never asked again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal

Tell = Callable[[Any], None]


class Policy:
    """How one run saves, tells, stops and limits itself.

    A `tell_*` is None where nobody listens, so the loop tests a name, not a mode.
    """

    __slots__ = (
        "attended",
        "control",
        "default_cache",
        "default_retry",
        "durability",
        "guard",
        "interrupt_after",
        "interrupt_before",
        "limit",
        "native",
        "nested",
        "notify",
        "swift",
        "tell_checkpoints",
        "tell_messages",
        "tell_results",
        "tell_tasks",
        "tell_updates",
        "tell_values",
    )

    def __init__(
        self,
        *,
        durability: Literal["sync", "async", "exit"] = "async",
        native: bool = True,
        nested: bool = False,
        interrupt_before: Collection[str] | Literal["*"] = (),
        interrupt_after: Collection[str] | Literal["*"] = (),
        control: Any = None,
        guard: Any = None,
        limit: int | None = None,
        notify: bool = False,
        default_retry: Any = (),
        tell_values: Tell | None = None,
        tell_updates: Tell | None = None,
        tell_tasks: Tell | None = None,
        tell_results: Tell | None = None,
        tell_checkpoints: Tell | None = None,
        tell_messages: Tell | None = None,
    ) -> None:
        self.durability = durability
        self.native = native
        self.nested = nested
        # A commit a step, of what changed.
        self.swift = native and durability != "exit" and guard is None
        self.interrupt_before = interrupt_before
        self.interrupt_after = interrupt_after
        self.control = control
        self.guard = guard  # what holds the run to its limits; None: nothing does
        self.limit = limit
        self.notify = notify  # whether callbacks want to know of stops and goes
        self.default_retry = default_retry
        self.tell_values = tell_values
        self.tell_updates = tell_updates
        self.tell_tasks = tell_tasks
        self.tell_results = tell_results
        self.tell_checkpoints = tell_checkpoints
        self.tell_messages = tell_messages
        self.attended = bool(
            tell_tasks is not None
            or tell_messages is not None
            or tell_checkpoints is not None
            or interrupt_before
            or interrupt_after
            or control is not None
            or guard is not None
        )
