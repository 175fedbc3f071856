"""How far the bench is: a bar that is redrawn on a terminal, plain lines elsewhere."""

import sys
import time
from typing import TextIO

_WIDTH = 24


class Progress:
    """A bar over *total* measures, on the error stream unless told otherwise."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._done = 0
        self._stream = stream or sys.stderr
        self._began = time.monotonic()

    def tell(self, text: str) -> None:
        """Say what is being done, beside the bar; into a file nothing is written."""
        if self._stream.isatty():
            elapsed = time.monotonic() - self._began
            bar = drawn(self._done, self._total, elapsed)
            self._stream.write(f"\r\033[K{bar}  {text}")
            self._stream.flush()

    def line(self, text: str) -> None:
        """Write a line that stays."""
        if self._stream.isatty():
            self._stream.write("\r\033[K")
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def step(self, more: int = 0) -> None:
        """One measure is done; *more* have come up."""
        self._done += 1
        self._total += more


def drawn(done: int, total: int, elapsed: float) -> str:
    """Return the bar, how many are done, and about how long the rest takes."""
    part = min(done / total, 1) if total else 1.0
    filled = round(_WIDTH * part)
    left = f", {clock(elapsed / part - elapsed)} left" if done else ""
    return f"[{'#' * filled}{'-' * (_WIDTH - filled)}] {done}/{total} {clock(elapsed)}{left}"


def clock(seconds: float) -> str:
    """Return minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
