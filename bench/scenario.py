"""What a scenario is: work that is verified, then timed, on either engine."""

import dataclasses
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """One piece of work, ready to run again and again.

    ``call`` runs it once; for asynchronous scenarios it is a coroutine function.
    ``units`` is how many supersteps (tasks, events, nodes …) one call stands for.
    ``check`` raises AssertionError when the result of a call is not what it must be.
    """

    call: Callable[[], Any]
    units: int
    check: Check


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """A named piece of work with its size and its budget.

    ``ratio`` is the least CPU time of langgraph divided by that of anystep;
    ``milliseconds`` the most CPU time of one call; ``calls`` the most function
    calls per unit; ``wall`` the least wall time of langgraph divided by ours, for work
    that waits.  None: no budget.  ``peer`` False leaves langgraph out, where
    it would take minutes.
    """

    name: str
    build: Callable[[Any, int], Work]
    size: int
    unit: str
    is_async: bool = False
    ratio: float | None = None
    milliseconds: float | None = None
    calls: float | None = None
    peer: bool = True
    wall: float | None = None

    @property
    def counted(self) -> bool:
        """Whether function calls per unit mean something: work that grows with size."""
        return self.peer and self.unit in {"step", "task", "event"}


def expect(what: str, got: object, wanted: object) -> None:
    """Raise AssertionError unless *got* equals *wanted*."""
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, expected {wanted!r}")
