"""What rounds add up to: medians, spreads and ratios of rounds that ran one after the other."""

import dataclasses
import statistics
from typing import NamedTuple


class Sample(NamedTuple):
    """CPU and wall seconds of one call, in one round."""

    cpu: float
    wall: float


@dataclasses.dataclass(slots=True)
class Timing:
    """One engine's rounds of a scenario, and what was counted beside them.

    ``units`` is what one call stands for, ``repeat`` how many calls made a round;
    ``calls`` are function calls per unit, ``peak`` the most resident bytes of the process.
    """

    units: int
    repeat: int
    samples: list[Sample] = dataclasses.field(default_factory=list)
    calls: float | None = None
    peak: int | None = None

    @property
    def cpu(self) -> float:
        """Median CPU seconds of one unit."""
        return statistics.median(sample.cpu for sample in self.samples) / self.units

    @property
    def wall(self) -> float:
        """Median wall seconds of one unit."""
        return statistics.median(sample.wall for sample in self.samples) / self.units

    @property
    def fastest(self) -> float:
        """CPU seconds of one call in the fastest round: other programs can only add to it."""
        return min(sample.cpu for sample in self.samples)

    @property
    def spread(self) -> float:
        """Half the distance between the fastest and the slowest round, as a part of the median."""
        values = [sample.cpu for sample in self.samples]
        return (max(values) - min(values)) / 2 / statistics.median(values)


def cpu_ratio(ours: Timing, peers: Timing) -> float:
    """Median of how many times the CPU time of ours theirs is, per unit, round by round.

    Rounds that ran one after the other met the same load, so a load that comes and goes
    moves single ratios and hardly their median.
    """
    return statistics.median(
        (peer.cpu / peers.units) / (our.cpu / ours.units)
        for our, peer in zip(ours.samples, peers.samples, strict=True)
    )


def wall_ratio(ours: Timing, peers: Timing) -> float:
    """`cpu_ratio` of wall time."""
    return statistics.median(
        (peer.wall / peers.units) / (our.wall / ours.units)
        for our, peer in zip(ours.samples, peers.samples, strict=True)
    )


def growth(timings: list[Timing]) -> float:
    """How many times dearer a unit is at its dearest size than at the smallest, round by round."""
    smallest, *larger = timings
    return max(
        statistics.median(
            (sample.cpu / timing.units) / (base.cpu / smallest.units)
            for base, sample in zip(smallest.samples, timing.samples, strict=True)
        )
        for timing in larger
    )
