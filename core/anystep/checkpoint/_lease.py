"""Leases: one run at a time on a thread, and a number that tells a late worker from a live one.

Whoever acquires a lease gets an epoch, one more than the one before. Every write of a leased
run is made together with a look at the epoch, and renews the lease. A run that was silent for
longer than its lease may be replaced; when it wakes up, its epoch is old and its writes are
refused, so that a thread never moves back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from anystep.errors import LeaseError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Held(NamedTuple):
    """A thread's lease as a saver keeps it: its number, its holder, and until when (ns)."""

    epoch: int
    holder: str
    until: int


def next_lease(thread_id: str, held: Held | None, holder: str, now: int, seconds: float) -> Held:
    """The lease that follows on `held`. Raises: `LeaseError` while somebody else has it."""
    if held is not None and held.holder and held.until > now:
        left = (held.until - now) / 1e9
        raise LeaseError(
            f"Thread {thread_id!r} is being run by {held.holder}, whose lease ends in {left:.1f} s "
            "unless it goes on. Wait for that run to end, or use another thread_id; if it is "
            f"known to be dead, saver.break_lease({thread_id!r}).",
            thread_id=thread_id,
            holder=held.holder,
        )
    epoch = 1 if held is None else held.epoch + 1
    return Held(epoch, holder, now + round(seconds * 1e9))


def check_epoch(thread_id: str, held: Held | None, epoch: int, holder: str) -> None:
    """Raises: `LeaseError` for a run whose lease somebody else has taken over."""
    if held is None or held.epoch != epoch:
        other = "nobody" if held is None or not held.holder else held.holder
        raise LeaseError(
            f"{holder} has lost the lease of thread {thread_id!r} to {other}: it was silent for "
            "longer than its lease, and nothing of this write was stored. Let the other run go "
            "on, or give RunPolicy(lease=...) more seconds than the slowest node takes.",
            thread_id=thread_id,
            holder=other,
        )


class LeasedSaver:
    """A saver as one run sees it that holds the lease of its thread.

    The lease is acquired with the first look at the thread and given back by `release`. A run
    inside a node of this one, on the same thread, shares it.
    """

    stages = False  # every write is made together with a look at the lease

    def __init__(
        self, saver: Any, thread_id: str, holder: str, seconds: float, now_ns: Callable[[], int]
    ) -> None:
        self.saver = saver
        self.thread_id = thread_id
        self.holder = holder
        self.seconds = seconds
        self.now_ns = now_ns
        self.epoch: int | None = None
        self.users = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.saver, name)

    def share(self) -> LeasedSaver:
        """The same lease, for a run inside the one that has it."""
        self.users += 1
        return self

    def release(self) -> None:
        """Give the lease back, once all that share it have."""
        self.users -= 1
        if self.users == 0 and self.epoch is not None:
            self.saver.release_lease(self.thread_id, self.epoch)
            self.epoch = None

    def acquire(self) -> None:
        """Take the lease, unless it is held already. Raises: `LeaseError`."""
        if self.epoch is None:
            self.epoch = self.saver.acquire_lease(
                self.thread_id, self.holder, self.now_ns(), self.seconds
            )

    def _fenced(self, thread_id: str) -> AbstractContextManager[None]:
        if thread_id != self.thread_id:  # a run on another thread that found this saver
            from contextlib import nullcontext

            return nullcontext()
        assert self.epoch is not None
        fence: AbstractContextManager[None] = self.saver.fenced(
            thread_id, self.epoch, self.holder, self.now_ns() + round(self.seconds * 1e9)
        )
        return fence

    # -- what a run calls -------------------------------------------------------------

    def get_tuple(self, config: Any) -> Any:
        """The saver's `get_tuple`, once the lease is held."""
        self.acquire()
        return self.saver.get_tuple(config)

    async def aget_tuple(self, config: Any) -> Any:
        """`get_tuple`, awaiting the saver."""
        self.acquire()
        return await self.saver.aget_tuple(config)

    def commit(self, commit: Any) -> None:
        """The saver's `commit`. Raises: `LeaseError` for a run that has lost its lease."""
        with self._fenced(commit.thread_id):
            self.saver.commit(commit)

    async def acommit(self, commit: Any) -> None:
        """`commit`: the look at the lease and the write are one, so nothing is awaited."""
        self.commit(commit)

    def put(self, config: Any, *rest: Any) -> Any:
        """The saver's `put`. Raises: `LeaseError`."""
        with self._fenced(config["configurable"]["thread_id"]):
            return self.saver.put(config, *rest)

    async def aput(self, config: Any, *rest: Any) -> Any:
        """As `put`."""
        return self.put(config, *rest)

    def put_writes(self, config: Any, *rest: Any, **named: Any) -> None:
        """The saver's `put_writes`. Raises: `LeaseError`."""
        with self._fenced(config["configurable"]["thread_id"]):
            self.saver.put_writes(config, *rest, **named)

    async def aput_writes(self, config: Any, *rest: Any, **named: Any) -> None:
        """As `put_writes`."""
        self.put_writes(config, *rest, **named)
