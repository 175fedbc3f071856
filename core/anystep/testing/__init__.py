"""Tools for testing graphs: clocks, hosts and, with time, everything else a test needs."""

from ._clock import ManualClock, deterministic_host

__all__ = ["ManualClock", "deterministic_host"]
