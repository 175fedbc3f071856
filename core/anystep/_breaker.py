"""A circuit breaker: stop calling what keeps failing, and look again after a while."""

from _thread import allocate_lock
from typing import Literal

_PUBLIC = "anystep.reliability"  # where users import it from


class CircuitBreaker:
    """Closed, it lets calls through; after `failure_threshold` failures in a row it opens.

    Open, it refuses them for `cooldown` seconds. Then it is half open: `half_open_attempts` calls
    may try at the same time. One that succeeds closes it, one that fails opens it again. It
    belongs to whoever made it, not to a run: runs, graphs and threads may share one.

    Raises: `ValueError` for a number that is not positive.
    """

    __slots__ = (
        "_failures",
        "_lock",
        "_opened",
        "_trying",
        "cooldown",
        "failure_threshold",
        "half_open_attempts",
    )
    __module__ = _PUBLIC

    def __init__(
        self,
        failure_threshold: int = 5,
        *,
        cooldown: float = 30.0,
        half_open_attempts: int = 1,
    ) -> None:
        numbers = {
            "failure_threshold": failure_threshold,
            "cooldown": cooldown,
            "half_open_attempts": half_open_attempts,
        }
        for name, number in numbers.items():
            if not number > 0:
                raise ValueError(f"CircuitBreaker({name}=...) must be greater than 0: {number!r}")
        self.failure_threshold = failure_threshold
        self.cooldown = cooldown
        self.half_open_attempts = half_open_attempts
        self._lock = allocate_lock()
        self._failures = 0
        self._opened: float | None = None  # when, in the host's monotonic seconds
        self._trying = 0

    @property
    def state(self) -> Literal["closed", "open", "half_open"]:
        """What it is now; an open one turns half open with the first call after its cooldown."""
        if self._opened is None:
            return "closed"
        return "half_open" if self._trying else "open"

    @property
    def failures(self) -> int:
        """How many calls have failed since one succeeded."""
        return self._failures

    def admit(self, now: float) -> float:
        """Ask to make a call at `now`: 0 if it may be made, else the seconds to wait."""
        with self._lock:
            if self._opened is None:
                return 0.0
            left = self._opened + self.cooldown - now
            if left > 0:
                return left
            if self._trying >= self.half_open_attempts:
                return self.cooldown
            self._trying += 1
            return 0.0

    def succeeded(self) -> None:
        """A call that was admitted has succeeded."""
        with self._lock:
            self._failures = self._trying = 0
            self._opened = None

    def failed(self, now: float) -> None:
        """A call that was admitted has failed at `now`."""
        with self._lock:
            self._failures += 1
            if self._opened is not None or self._failures >= self.failure_threshold:
                self._opened = now
                self._trying = 0

    def withdrawn(self) -> None:
        """A call that was admitted has ended without saying anything about what it called."""
        with self._lock:
            self._trying = max(0, self._trying - 1)


__all__ = ["CircuitBreaker"]
