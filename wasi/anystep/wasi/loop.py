"""An asyncio event loop for hosts without sockets and threads.

asyncio's own loops begin by opening a socket pair, with which another thread or a
signal could wake them; WASI 0.2 hosts refuse that.  Nothing can wake this loop: it
is the only thread there is.  So it needs no sockets, and all that is left to wait
for is time -- and, where the host has them, events of its own, behind `Waiter`.

``run(main())`` is ``asyncio.run(main())`` on this loop.  Timers, ``TaskGroup``,
``timeout``, cancellation, async generators and context variables are asyncio's.
What differs, and why:

* Where asyncio would sleep for ever, this loop raises `DeadlockError` and names the
  tasks that wait: without threads and sockets nothing could ever wake it.
* ``to_thread`` and ``run_in_executor(None, ...)`` call the function in place, since
  the thread that is here is the only one.
* Sleeps are cut into slices of `SLICE` seconds: a host that wants to stop a component
  can do so only between two instructions of it.
"""

from __future__ import annotations

import asyncio  # noqa: TID253 -- it is what this module is about
import time
from collections.abc import Callable, Coroutine, Mapping
from types import CodeType, FrameType
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

from anystep.wasi.errors import DeadlockError

__all__ = ["SLICE", "SleepWaiter", "Waiter", "WasiEventLoop", "run"]

#: The longest single sleep, in seconds.
SLICE = 0.25

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Waiter(Protocol):
    """**Protocol:** how a host lets time pass.  A test's own may do it in no time."""

    def time(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def expects_events(self) -> bool:
        """Whether an event of the host may still arrive, so that waiting has a point."""
        ...

    def wait(self, timeout: float | None) -> None:
        """Return after `timeout` seconds (None: any time) or earlier.

        Futures that an event of the host completes are completed in here.
        """
        ...


class SleepWaiter:
    """Waits for time and nothing else: the way of every WASI command."""

    __slots__ = ()

    def time(self) -> float:
        """Seconds on the host's monotonic clock."""
        return time.monotonic()

    def expects_events(self) -> bool:
        """Never: this host has none."""
        return False

    def wait(self, timeout: float | None) -> None:
        """Sleep for `timeout` seconds, but not longer than `SLICE`."""
        if timeout is None or timeout > 0:
            # The one place of a WASI program where waiting really happens.
            time.sleep(SLICE if timeout is None else min(timeout, SLICE))  # noqa: TID251


class _Selector:
    """What asyncio's base loop asks for; it never finds a ready file."""

    __slots__ = ("_loop", "_waiter")

    def __init__(self, loop: WasiEventLoop, waiter: Waiter) -> None:
        self._loop = loop
        self._waiter = waiter

    def select(self, timeout: float | None = None) -> tuple[()]:
        # None means: nothing is ready and no timer is set.
        if timeout is None and not self._waiter.expects_events():
            raise DeadlockError(_deadlock(self._loop))
        self._waiter.wait(timeout)
        return ()

    def get_map(self) -> Mapping[int, object]:
        return {}

    def close(self) -> None:
        pass


class WasiEventLoop(asyncio.BaseEventLoop):
    """asyncio's base loop, waiting by means of a `Waiter` (default: by sleeping).

    Relies on five names that BaseEventLoop has kept since asyncio exists: ``time``,
    ``_selector.select``, ``_process_events``, ``_write_to_self`` and ``_run_once``.
    """

    def __init__(self, waiter: Waiter | None = None) -> None:
        super().__init__()
        self._waiter: Waiter = SleepWaiter() if waiter is None else waiter
        self._selector = _Selector(self, self._waiter)

    def time(self) -> float:
        """The waiter's clock, in seconds."""
        return self._waiter.time()

    def run_in_executor(
        self,
        executor: Any,
        func: Callable[[Unpack[Ts]], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        """Call the function here and now, unless an executor of the caller's is given."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        self._check_closed()
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 -- it belongs to whoever awaits
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Close the loop; pending timers are dropped."""
        super().close()
        self._selector.close()

    def _check_closed(self) -> None:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")

    def _process_events(self, event_list: object) -> None:
        """Nothing to do: a waiter completes its futures itself."""

    def _write_to_self(self) -> None:
        """Nothing to do: nobody else could be asleep in ``select``."""


def run(
    main: Coroutine[Any, Any, T],
    *,
    debug: bool | None = None,
    waiter: Waiter | None = None,
) -> T:
    """Run a coroutine to its end on a new loop and return its result.

    Tasks that are left are cancelled, async generators are closed.  Raises whatever
    the coroutine raises, `DeadlockError` if it waits for what cannot come, and
    RuntimeError if a loop is running already.
    """
    # Before a Runner is made: closing that one inside another loop hides the first error.
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("anystep.wasi.loop.run() cannot be called from a running event loop")
    with asyncio.Runner(debug=debug, loop_factory=lambda: WasiEventLoop(waiter)) as runner:
        return runner.run(main)


def _deadlock(loop: asyncio.AbstractEventLoop) -> str:
    """The message: who waits, and where."""
    waiting = sorted(
        (task for task in asyncio.all_tasks(loop) if not task.done()),
        key=lambda task: task.get_name(),
    )
    lines = [f"\n  {task.get_name()}: {_where(task.get_coro())}" for task in waiting]
    return (
        "deadlock: every task waits, no timer is set, and no event can arrive, because "
        "this host has neither threads nor sockets. Waiting:" + "".join(lines or ["\n  nothing"])
    )


def _where(awaited: object) -> str:
    """The chain of suspended coroutines, down to the place that waits."""
    frames: list[str] = []
    while awaited is not None:
        for prefix, inner in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            code: CodeType | None = getattr(awaited, prefix + "_code", None)
            if code is not None:
                frame: FrameType | None = getattr(awaited, prefix + "_frame", None)
                line = code.co_firstlineno if frame is None else frame.f_lineno
                frames.append(f"{code.co_qualname} ({code.co_filename}:{line})")
                awaited = getattr(awaited, inner, None)
                break
        else:
            # A future, or an awaitable of C: neither says where it is.
            break
    return " -> ".join(frames) or "a coroutine that shows no frame"
