"""An event loop in which time is virtual and the order of things comes from a seed.

Nothing waits: when every task does, the clock jumps to the next timer. Callbacks that
are ready together run in an order that the seed decides, as other loops (trio's) do
to keep programs from relying on one.
"""

from __future__ import annotations

import asyncio  # noqa: TID253  # imported with the first asynchronous simulation
import random
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ._clock import ManualClock

__all__ = ["SimulatedLoop", "run"]

T = TypeVar("T")


class _Selector:
    """There is no outside world to hear from: waiting is letting time pass."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError(
                "every task of the simulation waits for something that never happens: "
                "a deadlock, or a node that waits for the real world"
            )
        if timeout > 0:
            self.clock.advance(timeout)
        return []


class SimulatedLoop(asyncio.BaseEventLoop):
    """asyncio's own loop without sockets, threads and real time."""

    def __init__(self, clock: ManualClock, chance: random.Random) -> None:
        super().__init__()
        self._selector = _Selector(clock)
        self._chance = chance

    def time(self) -> float:
        """Virtual seconds."""
        return self._selector.clock.monotonic()

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def _run_once(self) -> None:
        # The base class documents neither; both are there in every version since 3.4.
        base: Any = super()
        ready: Any = vars(self)["_ready"]
        if len(ready) > 1:
            self._chance.shuffle(ready)
        base._run_once()


def run(coroutine: Coroutine[Any, Any, T], clock: ManualClock, chance: random.Random) -> T:
    """Run a coroutine to its end on a loop of its own, also from inside another loop's task."""
    with _outside():
        loop = SimulatedLoop(clock, chance)
        try:
            return loop.run_until_complete(coroutine)
        finally:
            try:
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                loop.close()


@contextmanager
def _outside() -> Iterator[None]:
    """Leave the task and the loop this is called in: in a browser there always is one.

    With the functions that asyncio has for those who extend it.
    """
    loop = asyncio._get_running_loop()
    task = asyncio.current_task(loop) if loop else None
    if loop and task:
        asyncio._leave_task(loop, task)
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)
        if loop and task:
            asyncio._enter_task(loop, task)
