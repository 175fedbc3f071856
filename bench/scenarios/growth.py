"""Growth: what a superstep or a task costs as graphs get larger.  anystep alone.

The sizes of one curve are measured in turn, so that a load that comes and goes meets all of them.
"""

from typing import NamedTuple

from bench.scenario import Build, Scenario

from .chains import chain
from .fans import send


class Curve(NamedTuple):
    """One program at several sizes, smallest first, and how much dearer a unit may become."""

    name: str
    build: Build
    sizes: tuple[int, ...]
    unit: str
    is_async: bool
    limit: float

    def scenario(self, size: int) -> Scenario:
        """Return the program at one size."""
        name = f"{self.name}_{size}"
        return Scenario(name, self.build, size, self.unit, is_async=self.is_async, peer=False)


CURVES = (
    Curve("growth_chain", chain, (100, 1000, 10_000, 100_000), "step", False, 1.3),
    Curve("growth_chain_async", chain, (100, 1000, 10_000, 100_000), "step", True, 1.3),
    Curve("growth_send", send, (1000, 3000, 10_000), "task", False, 1.5),
    Curve("growth_send_async", send, (1000, 3000, 10_000), "task", True, 1.5),
)

SCENARIOS = tuple(curve.scenario(size) for curve in CURVES for size in curve.sizes)
