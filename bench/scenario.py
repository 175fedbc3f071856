"""What a scenario is: work that is verified, then timed, on any engine."""

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


#: ``build(names of the engine, size, whether to run asynchronously)``.
Build = Callable[[Any, int, bool], Work]


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """A named piece of work with its size and its budget.

    ``ratio`` is the least CPU time of langgraph divided by that of anystep, ``wall`` the
    same of wall time, for work that waits; ``calls`` the most function calls per unit;
    ``rust`` the milliseconds that Juncture publishes for one call.  None: no budget.
    ``peer`` False leaves langgraph out, where it would take minutes; ``quick`` False
    leaves the scenario out of a quick run.
    """

    name: str
    build: Build
    size: int
    unit: str
    is_async: bool = False
    ratio: float | None = None
    calls: float | None = None
    wall: float | None = None
    rust: float | None = None
    peer: bool = True
    quick: bool = True

    @property
    def counted(self) -> bool:
        """Whether function calls per unit mean something: work that grows with size."""
        return self.peer and self.unit in {"step", "task", "event"}


def both(scenario: Scenario, **asynchronous: Any) -> tuple[Scenario, Scenario]:
    """Return the scenario and its asynchronous twin, whose budgets may differ."""
    name = f"{scenario.name}_async"
    return scenario, dataclasses.replace(scenario, name=name, is_async=True, **asynchronous)


def invoking(graph: Any, given: Any, config: Any, is_async: bool) -> Callable[[], Any]:
    """Return what runs *graph* once, or the coroutine function that does."""
    run = graph.ainvoke if is_async else graph.invoke
    return lambda: run(given, config)


def limit(size: int) -> dict[str, Any]:
    """Return the config that allows a run of *size* supersteps."""
    return {"recursion_limit": size + 10}


def expect(what: str, got: object, wanted: object) -> None:
    """Raise AssertionError unless *got* equals *wanted*."""
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, expected {wanted!r}")
