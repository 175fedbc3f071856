"""Where horizontal pieces of lines go in the gap between two rows of text art.

Segments that share a port are drawn as one line (a net). Every net gets a track, one line of
text, so that no two nets overlap on a track, and so that a net that comes from above at some
column turns off before another net arrives there from below.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from ._metrics import Segment

__all__ = ["assign_tracks"]


def assign_tracks(segments: Sequence[Segment]) -> tuple[int, list[int | None]]:
    """How many tracks there are, and the track of each segment; None where it runs straight."""
    nets = _nets(segments)
    members: dict[int, list[int]] = {}
    for number, net in enumerate(nets):
        members.setdefault(net, []).append(number)
    crooked = {
        net: numbers
        for net, numbers in members.items()
        if any(segments[n].top != segments[n].bottom for n in numbers)
    }
    tracks = _pack(_in_order(crooked, segments), crooked, segments)
    used = 1 + max(tracks.values(), default=-1)
    return used, [tracks.get(net) for net in nets]


def _nets(segments: Sequence[Segment]) -> list[int]:
    """A net number for each segment: those of one upper port, else those of one lower port."""
    by_top: dict[tuple[int, int], list[int]] = {}
    by_bottom: dict[tuple[int, int], list[int]] = {}
    for number, segment in enumerate(segments):
        by_top.setdefault(segment.top_port, []).append(number)
        by_bottom.setdefault(segment.bottom_port, []).append(number)
    nets: list[int] = []
    for segment in segments:
        group = by_top[segment.top_port]
        if len(group) == 1:
            others = by_bottom[segment.bottom_port]
            group = [n for n in others if len(by_top[segments[n].top_port]) == 1]
        nets.append(group[0])
    return nets


def _in_order(nets: dict[int, list[int]], segments: Sequence[Segment]) -> list[int]:
    """Nets sorted so that those which start at a column come before those which end there.

    Where that is circular, the order of the segments decides and two lines may share a column.
    """
    ends_at: dict[int, list[int]] = {}
    for net, numbers in nets.items():
        for x in {segments[n].bottom for n in numbers}:
            ends_at.setdefault(x, []).append(net)
    later: dict[int, list[int]] = {net: [] for net in nets}
    waiting = dict.fromkeys(nets, 0)
    for net, numbers in nets.items():
        for x in sorted({segments[n].top for n in numbers}):
            for other in ends_at.get(x, ()):
                if other != net:
                    later[net].append(other)
                    waiting[other] += 1
    order = [net for net in nets if not waiting[net]]
    left = dict.fromkeys(net for net in nets if waiting[net])
    for place in range(len(nets)):
        if place == len(order):  # a circle: let its first net go
            order.append(next(iter(left)))
            del left[order[-1]]
        for other in later[order[place]]:
            waiting[other] -= 1
            if not waiting[other] and other in left:
                del left[other]
                order.append(other)
    return order


def _pack(
    order: list[int], nets: dict[int, list[int]], segments: Sequence[Segment]
) -> dict[int, int]:
    """The first free track of each net, below the tracks of the nets that must come before."""
    starts_at: dict[int, list[int]] = {}
    tracks: dict[int, int] = {}
    taken: list[list[tuple[int, int]]] = []  # by track, from left to right
    for net, numbers in nets.items():
        for x in {segments[n].top for n in numbers}:
            starts_at.setdefault(x, []).append(net)
    for net in order:
        xs = [x for n in nets[net] for x in segments[n][:2]]
        low, high = min(xs), max(xs)
        ends = {segments[n].bottom for n in nets[net]}
        before = (tracks.get(o, -1) for x in ends for o in starts_at.get(x, ()) if o != net)
        track = 1 + max(before, default=-1)
        while track < len(taken) and _overlaps(taken[track], low, high):
            track += 1
        while track >= len(taken):
            taken.append([])
        insort(taken[track], (low, high))
        tracks[net] = track
    return tracks


def _overlaps(taken: list[tuple[int, int]], low: int, high: int) -> bool:
    """Whether one of the disjoint intervals `taken` meets or borders on that from low to high."""
    place = bisect_left(taken, (low, low))
    after = place < len(taken) and taken[place][0] <= high + 1
    return after or (place > 0 and taken[place - 1][1] >= low - 1)
