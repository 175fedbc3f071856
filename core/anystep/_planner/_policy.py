"""What is decided once, before the first superstep, and never asked again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal

Tell = Callable[[Any], None]


class Policy:
    """How one run saves, tells, stops and limits itself.

    A `tell_*` is None where nobody listens, so the loop tests a name, not a mode. Defaults
    live on the class: most runs are listened to by nobody, and store nothing.
    """

    durability: Literal["sync", "async", "exit"] = "async"
    native = True  # whether the saver takes what changed, rather than whole checkpoints
    swift = True  # the saver takes what changed, and there are no limits to look at
    nested = False
    interrupt_before: Collection[str] | Literal["*"] = ()
    interrupt_after: Collection[str] | Literal["*"] = ()
    control: Any = None
    guard: Any = None  # what holds the run to its limits
    limit: int | None = None
    notify = False  # whether callbacks want to know of stops and goes
    step_timeout: float | None = None  # seconds for all tasks of a superstep
    default_cache: Any = None
    default_retry: Any = ()
    tell_values: Tell | None = None
    tell_updates: Tell | None = None
    tell_tasks: Tell | None = None
    tell_results: Tell | None = None
    tell_checkpoints: Tell | None = None
    tell_messages: Tell | None = None
    attended = False  # whether anybody has to be asked or told around every task

    def watch(self) -> None:
        """Set `attended`, once it is known who listens."""
        self.attended = (
            self.attended
            or self.tell_tasks is not None
            or self.tell_messages is not None
            or self.tell_checkpoints is not None
        )
