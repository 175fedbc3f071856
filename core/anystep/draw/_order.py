"""The order of items within each row, so that few links cross.

Barycenter sweeps: each row is sorted by the mean position of its neighbours in the row before,
down and up again, and the best order seen wins.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

__all__ = ["Tie", "crossings", "ordered"]

Rows = list[list[int]]

#: Rounds of sweeps for pictures of ordinary size, and for those above `_LARGE` items.
_ROUNDS, _FEW_ROUNDS, _LARGE = 12, 2, 4000


class Tie(NamedTuple):
    """A link seen from one of its items.

    `own` and `other` say where on the items it is fixed: 0 in the middle, -0.5 and 0.5 at the
    left and the right end.
    """

    item: int  # the other end
    own: float
    other: float


def ordered(rows: Rows, above: Sequence[Sequence[Tie]], below: Sequence[Sequence[Tie]]) -> Rows:
    """`rows` with each row sorted; `above` and `below` are the links to the next rows."""
    rows = [list(row) for row in rows]
    count = sum(map(len, rows))
    position = [0] * (1 + max((item for row in rows for item in row), default=-1))
    for row in rows:
        _number(row, position)
    best, fewest = [list(row) for row in rows], crossings(rows, below, position)
    for _ in range(_ROUNDS if count <= _LARGE else _FEW_ROUNDS):
        if fewest == 0:
            break
        for row in rows[1:]:
            _sort(row, above, position)
        for row in reversed(rows[:-1]):
            _sort(row, below, position)
        found = crossings(rows, below, position)
        if found <= fewest:  # of equals the later one, whose rows had more say
            best, fewest = [list(row) for row in rows], found
    return best


def crossings(rows: Rows, below: Sequence[Sequence[Tie]], position: Sequence[int]) -> int:
    """How many pairs of links cross between neighbouring rows."""
    total = 0
    for row in rows[:-1]:
        seen: list[float] = []
        for item in row:
            for _, ties in groupby(sorted(below[item], key=_own), _own):
                targets = [position[tie.item] + tie.other for tie in ties]
                total += sum(len(seen) - bisect_right(seen, target) for target in targets)
                for target in targets:
                    insort(seen, target)
    return total


def _own(tie: Tie) -> float:
    return tie.own


def _sort(row: list[int], linked: Sequence[Sequence[Tie]], position: list[int]) -> None:
    """Sort by mean neighbour position; items without neighbours stay where they are."""
    means = {
        item: sum(position[tie.item] + tie.other for tie in linked[item]) / len(linked[item])
        for item in row
        if linked[item]
    }
    moving = iter(sorted(means, key=lambda item: means[item]))
    row[:] = [next(moving) if item in means else item for item in row]
    _number(row, position)


def _number(row: Sequence[int], position: list[int]) -> None:
    for place, item in enumerate(row):
        position[item] = place
