"""Horizontal positions: every item near its neighbours, none on top of another.

For one row the best positions in the least-squares sense, with a minimum distance between
items, are an isotonic regression; pooling violators finds them in one pass.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from math import floor
from typing import NamedTuple

__all__ = ["Pull", "placed"]

#: Down and up again, so often; large pictures settle for less.
_SWEEPS, _FEW_SWEEPS, _LARGE = 8, 3, 4000


class Pull(NamedTuple):
    """A link seen from one of its items: where it wants that item's centre to be."""

    item: int  # the other end
    offset: int  # this centre = the other centre + offset makes the link vertical
    weight: float


def placed(
    rows: Sequence[Sequence[int]],
    distance: Callable[[int, int], int],
    above: Sequence[Sequence[Pull]],
    below: Sequence[Sequence[Pull]],
) -> list[int]:
    """The centre of every item. `distance(a, b)` is the least one between neighbours a, b."""
    count = 1 + max((item for row in rows for item in row), default=-1)
    x = [0.0] * count
    spaced = [_spacing(row, distance) for row in rows]
    for row, spacing in zip(rows, spaced, strict=True):
        for item, start in zip(row, spacing, strict=True):
            x[item] = start - spacing[-1] / 2
    for _ in range(_SWEEPS if count <= _LARGE else _FEW_SWEEPS):
        for row, spacing in zip(rows, spaced, strict=True):
            _settle(row, spacing, above, x)
        for row, spacing in zip(reversed(rows), reversed(spaced), strict=True):
            _settle(row, spacing, below, x)
    both = [_strongest([*up, *down]) for up, down in zip(above, below, strict=True)]
    for row, spacing in zip(rows, spaced, strict=True):
        _settle(row, spacing, both, x)
    whole = [floor(value + 0.5) for value in x]
    for row in rows:
        _straighten(row, distance, whole, above)
    for row in reversed(rows):
        _straighten(row, distance, whole, below)
    return whole


def _strongest(pulls: Sequence[Pull]) -> list[Pull]:
    """Only the pulls that count in the end: a line beside a hub follows its other end."""
    most = max((pull.weight for pull in pulls), default=0.0)
    return [pull for pull in pulls if pull.weight > most / 2]


def _spacing(row: Sequence[int], distance: Callable[[int, int], int]) -> list[int]:
    """The centres of a row packed to the left, the first at 0."""
    starts = [0] if row else []
    for left, right in itertools.pairwise(row):
        starts.append(starts[-1] + distance(left, right))
    return starts


def _settle(
    row: Sequence[int], spacing: Sequence[int], pulls: Sequence[Sequence[Pull]], x: list[float]
) -> None:
    """Move a row as close as its order and spacing allow to where its links pull it."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many items
    for item, start in zip(row, spacing, strict=True):
        wanted, weight = x[item], 0.01
        if pulls[item]:
            weight = sum(pull.weight for pull in pulls[item])
            wanted = sum((x[p.item] + p.offset) * p.weight for p in pulls[item]) / weight
        mean, size = wanted - start, 1
        while blocks and blocks[-1][0] > mean:
            other, heavy, many = blocks.pop()
            mean = (other * heavy + mean * weight) / (heavy + weight)
            weight += heavy
            size += many
        blocks.append((mean, weight, size))
    places = (mean for mean, _, size in blocks for _ in range(size))
    for item, start, mean in zip(row, spacing, places, strict=True):
        x[item] = mean + start


def _straighten(
    row: Sequence[int],
    distance: Callable[[int, int], int],
    x: list[int],
    pulls: Sequence[Sequence[Pull]],
) -> None:
    """Undo what rounding did: keep the distances, and make an only link vertical if there is room."""
    for left, right in itertools.pairwise(row):
        x[right] = max(x[right], x[left] + distance(left, right))
    for place, item in enumerate(row):
        if len(pulls[item]) != 1:
            continue
        wanted = x[pulls[item][0].item] + pulls[item][0].offset
        if place:
            wanted = max(wanted, x[row[place - 1]] + distance(row[place - 1], item))
        if place + 1 < len(row):
            wanted = min(wanted, x[row[place + 1]] - distance(item, row[place + 1]))
        if abs(wanted - x[item]) <= 2:
            x[item] = wanted
