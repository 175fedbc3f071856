"""A clock that moves when told to, and a host on which every run is the same run."""

from __future__ import annotations

from anystep.host import Host

__all__ = ["ManualClock", "deterministic_host"]

#: 2026-01-01 00:00 UTC, in nanoseconds since the epoch.
START_NS = 1_767_225_600_000_000_000
_MASK = (1 << 64) - 1


class ManualClock:
    """Time that stands still until `advance` or `sleep` moves it.

    `tick_ns` nanoseconds pass with each look at it, so that things in a row get times in a row.
    Its methods are what a `Host` needs of a clock:

        clock = ManualClock()
        host = Host(now_ns=clock.now_ns, monotonic=clock.monotonic, sleep=clock.sleep, ...)
    """

    __slots__ = ("_elapsed_ns", "slept", "start_ns", "tick_ns")

    def __init__(self, start_ns: int = START_NS, *, tick_ns: int = 0) -> None:
        self.start_ns = start_ns
        self.tick_ns = tick_ns
        self.slept: list[float] = []  # seconds, one entry per call of `sleep`
        self._elapsed_ns = 0

    def __repr__(self) -> str:
        return f"ManualClock(start_ns={self.start_ns}, elapsed={self._elapsed_ns / 1e9} s)"

    def now_ns(self) -> int:
        """Nanoseconds since the epoch."""
        self._elapsed_ns += self.tick_ns
        return self.start_ns + self._elapsed_ns

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        self._elapsed_ns += self.tick_ns
        return self._elapsed_ns / 1_000_000_000

    def advance(self, seconds: float) -> None:
        """Let time pass. Raises ValueError for a negative number of seconds."""
        if seconds < 0:
            raise ValueError(f"time does not go back by {-seconds!r} seconds")
        self._elapsed_ns += round(seconds * 1_000_000_000)

    def sleep(self, seconds: float) -> None:
        """Return at once, `seconds` later."""
        self.slept.append(seconds)
        self.advance(seconds)


def deterministic_host(
    seed: int = 0, *, start_ns: int = START_NS, clock: ManualClock | None = None
) -> Host:
    """A host without threads, on which the same program writes the same bytes every time.

    Entropy comes from `seed`. Time starts at `start_ns` and moves on by a millisecond with each
    look at it; pass a `clock` to move it yourself.
    """
    if clock is None:
        clock = ManualClock(start_ns, tick_ns=1_000_000)
    return Host(
        now_ns=clock.now_ns,
        monotonic=clock.monotonic,
        random_bytes=_Bytes(seed),
        sleep=clock.sleep,
        threads=False,
    )


class _Bytes:
    """An endless row of bytes that only the seed decides (splitmix64)."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def __call__(self, count: int) -> bytes:
        words = (self._word().to_bytes(8, "little") for _ in range(0, count, 8))
        return b"".join(words)[:count]

    def _word(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        word = self._state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
        return word ^ (word >> 31)
