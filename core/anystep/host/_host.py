"""The host record, its default by platform, and the context it travels in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class Host:
    """Clock, entropy and threads of one machine.

    * `now_ns()`: nanoseconds since the epoch.
    * `monotonic()`: seconds, never going back; only differences mean anything.
    * `random_bytes(n)`: n unpredictable bytes.
    * `sleep(seconds)`: blocks the calling thread.
    * `threads`: whether new threads can be started. Without them nodes run in turn.
    * `queue()`: an empty queue for the tasks of a superstep, which are taken from its left.
      A deque, unless a test wants to see them run in another order.
    """

    __slots__ = ("_last_tick", "monotonic", "now_ns", "queue", "random_bytes", "sleep", "threads")

    def __init__(
        self,
        *,
        now_ns: Callable[[], int],
        monotonic: Callable[[], float],
        random_bytes: Callable[[int], bytes],
        sleep: Callable[[float], None],
        threads: bool,
        queue: Callable[[], deque[Any]] = deque,
    ) -> None:
        self.now_ns = now_ns
        self.monotonic = monotonic
        self.random_bytes = random_bytes
        self.sleep = sleep
        self.threads = threads
        self.queue = queue
        self._last_tick = 0

    def tick(self) -> int:
        """`now_ns()`, but later than every tick before it, by at least 100 ns.

        Checkpoint ids sort by time, and a browser's clock stands still for a
        millisecond; what was made later has to sort later all the same.
        """
        now = self.now_ns()
        earliest = self._last_tick + 100
        if now < earliest:  # noqa: PLR1730  a call of max() costs as much as the clock
            now = earliest
        self._last_tick = now
        return now

    def __repr__(self) -> str:
        return f"Host(threads={self.threads})"


_installed: ContextVar[Host | None] = ContextVar("anystep_host", default=None)
_default: list[Host] = []


def current_host() -> Host:
    """The host installed in this context, else the platform's own."""
    host = _installed.get()
    if host is not None:
        return host
    if not _default:
        _default.append(_platform_host())
    return _default[0]


@contextmanager
def use_host(host: Host) -> Generator[Host, None, None]:
    """Run the body on `host`: everything started in this context sees it."""
    token = _installed.set(host)
    try:
        yield host
    finally:
        _installed.reset(token)


def _platform_host() -> Host:
    import os
    import sys
    import time

    return Host(
        now_ns=time.time_ns,
        monotonic=time.monotonic,
        random_bytes=os.urandom,
        sleep=time.sleep,
        # WebAssembly builds of CPython import `threading` and fail to start a thread.
        threads=sys.platform not in ("emscripten", "wasi"),
    )
