"""The graph as text art.

Boxes are nodes, boxes with round corners subgraphs, lines edges with `v` or `^` for a head.
Conditional edges are dotted; lines that start or end at one box may share a piece.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from ._graph import DrawableGraph, DrawEdge, DrawNode
from ._ids import leaf
from ._layout import layout
from ._metrics import Box, Frame, Gap, Metrics, Pads, Point, Route, Segment
from ._text import columns, node_lines, printable
from ._tracks import assign_tracks

__all__ = ["draw_ascii"]

_NORTH, _EAST, _SOUTH, _WEST = 1, 2, 4, 8
_ALONG = _NORTH | _SOUTH
#: The character of a cell by the directions that lines leave it in, added up.
_ASCII = " |-+||++-+-+++++"
_UNICODE = " │─└││┌├─┘─┴┐┤┬┼"
#: The same where all lines in the cell are dotted, for those that differ.
_DOTTED_ASCII = {"|": ":", "-": "."}
_DOTTED_UNICODE = {"│": "┆", "─": "┄"}


def draw_ascii(graph: DrawableGraph, *, unicode: bool) -> str:
    """`graph` in characters, without trailing blanks, lines joined by newlines; "" if empty."""
    picture = layout(graph, _Characters())
    canvas = _Canvas(_STYLES[unicode])
    for route in picture.routes:
        canvas.line(route)
    canvas.horizontals()
    for frame in picture.frames:
        canvas.frame(frame)
    for box in picture.boxes:
        canvas.box(box)
    for route in picture.routes:
        canvas.ends(route)
    return canvas.text(picture.height)


class _Characters(Metrics):
    """One unit is one character; widths are odd so that every centre is a column."""

    node_gap = 3
    line_gap = 1
    line_width = 1
    port_step = 2
    loop_width = 3

    def node(self, node: DrawNode) -> tuple[int, int]:
        lines = node_lines(node)
        return _odd(max(3, *map(columns, lines)) + 4), len(lines) + 2

    def label(self, text: str) -> tuple[int, int]:
        return _odd(columns(printable(text)) + 2), 1

    def frame(self, title: str) -> tuple[Pads, int]:
        return Pads(3, 1, 3, 1), columns(printable(leaf(title))) + 6

    def gap(self, segments: Sequence[Segment], boxes_above: bool, boxes_below: bool) -> Gap:
        tracks, found = assign_tracks(segments)
        if not tracks:
            return Gap(1, found)
        above, below = int(boxes_above), int(boxes_below)
        bends = [None if track is None else track + above for track in found]
        return Gap(tracks + above + below, bends)


def _odd(number: int) -> int:
    return number | 1


class _Style(NamedTuple):
    lines: str
    dotted: dict[str, str]
    box: tuple[str, str, str]  # corners from the top left, clockwise; sides across; sides along
    frame: tuple[str, str, str]
    heads: str  # down, up, left


_STYLES = (
    _Style(_ASCII, _DOTTED_ASCII, ("++++", "-", "|"), ("..''", "-", "|"), "v^<"),
    _Style(
        _UNICODE,
        _DOTTED_UNICODE,
        ("┌┐┘└", "─", "│"),
        ("╭╮╯╰", "─", "│"),
        "▼▲◀",
    ),
)


class _Canvas:
    """Cells by line: the directions in which lines leave them, and characters on top of those."""

    def __init__(self, style: _Style) -> None:
        self.style = style
        self.cells: dict[int, dict[int, int]] = {}
        self.solid: set[Point] = set()  # cells with a line that is not dotted
        self.turns: set[Point] = set()  # cells in which a line turns
        self.level: dict[tuple[int, bool], list[tuple[int, int]]] = {}  # horizontal pieces
        self.over: dict[int, dict[int, str]] = {}

    def mark(self, x: int, y: int, directions: int, dotted: bool) -> None:
        row = self.cells.setdefault(y, {})
        row[x] = row.get(x, 0) | directions
        if not dotted:
            self.solid.add((x, y))

    def write(self, x: int, y: int, text: str) -> None:
        """Put `text` on top of what is there, wide characters taking two cells."""
        row = self.over.setdefault(y, {})
        for ch in text:
            width = columns(ch)
            if width == 0:
                row[x - 1] = row.get(x - 1, "") + ch
                continue
            row[x] = ch
            if width == 2:
                row[x + 1] = ""
            x += width

    def centre(self, x: int, y: int, text: str) -> None:
        self.write(x - columns(text) // 2, y, text)

    def line(self, route: Route) -> None:
        points = _corners(route.points)
        self.turns.update(points[1:-1])
        dotted = route.edge.conditional
        last = len(points) - 2
        for place, ((x1, y1), (x2, y2)) in enumerate(itertools.pairwise(points)):
            if y1 != y2:
                self.vertical(x1, y1, y2, (place > 0, place < last), dotted)
                continue
            self.level.setdefault((y1, dotted), []).append((min(x1, x2), max(x1, x2)))
            if place == 0:
                self.mark(x1, y1, _NORTH, dotted)

    def vertical(
        self, x: int, top: int, bottom: int, bends: tuple[bool, bool], dotted: bool
    ) -> None:
        """A line down to `bottom`, which belongs to it only if it turns there."""
        for y in range(top, bottom):
            through = _SOUTH if bends[0] and y == top else _ALONG
            self.mark(x, y, through, dotted)
        if bends[1]:
            self.mark(x, bottom, _NORTH, dotted)

    def horizontals(self) -> None:
        """Mark the horizontal pieces of all lines; shared ones once, there may be thousands."""
        for (y, dotted), pieces in self.level.items():
            done = -1
            for left, right in sorted(pieces):
                for x in range(max(left, done), right):
                    self.mark(x, y, _EAST, dotted)
                    self.mark(x + 1, y, _WEST, dotted)
                done = max(done, right)

    def ends(self, route: Route) -> None:
        """The head of a line, its label, and the name of its target if it stops before."""
        (x, y), down = route.points[-1], route.points[-1][1] > route.points[0][1]
        self.write(x, y - 1 if down else y, self.style.heads[0 if down else 1])
        if route.stub is not None:
            self.centre(x, y, printable(route.stub))
        if route.label is not None:
            self.centre(*route.label, f" {printable(str(route.edge.data))} ")

    def frame(self, frame: Frame) -> None:
        corners, across, along = self.style.frame
        right, bottom = frame.x + frame.width - 1, frame.y + frame.height - 1
        for y, ends in ((frame.y, corners[:2]), (bottom, corners[:1:-1])):
            crossed = self.cells.get(y, {})
            inside = (
                self.style.lines[15] if crossed.get(x, 0) & _ALONG else across
                for x in range(frame.x + 1, right)
            )
            self.write(frame.x, y, f"{ends[0]}{''.join(inside)}{ends[1]}")
        for y in range(frame.y + 1, bottom):
            self.write(frame.x, y, along)
            self.write(right, y, along)
        self.write(frame.x + 2, frame.y, f" {printable(leaf(frame.prefix))} ")

    def box(self, box: Box) -> None:
        corners, across, along = self.style.box
        line = across * (box.width - 2)
        self.write(box.x, box.y, f"{corners[0]}{line}{corners[1]}")
        self.write(box.x, box.y + box.height - 1, f"{corners[3]}{line}{corners[2]}")
        for y, text in enumerate(node_lines(box.node), box.y + 1):
            self.write(box.x, y, along + " " * (box.width - 2) + along)
            self.centre(box.x + box.width // 2, y, text)
        for loop in box.loops:
            self.loop(box, loop)

    def loop(self, box: Box, edge: DrawEdge) -> None:
        """A link of a box to itself, on its right side."""
        x, bottom, dotted = box.x + box.width, box.y + box.height - 1, edge.conditional
        for y in (box.y, bottom):
            self.mark(x, y, _EAST, dotted)
            self.mark(x + 1, y, _EAST | _WEST, dotted)
        self.mark(x + 2, box.y, _WEST | _SOUTH, dotted)
        self.mark(x + 2, bottom, _WEST | _NORTH, dotted)
        for y in range(box.y + 1, bottom):
            self.mark(x + 2, y, _ALONG, dotted)
        self.turns.update(((x + 2, box.y), (x + 2, bottom)))
        self.write(x, bottom, self.style.heads[2])
        if edge.data is not None:
            self.write(x + 4, box.y + 1, printable(str(edge.data)))

    def text(self, height: int) -> str:
        return "\n".join(self.row(y) for y in range(height)).rstrip("\n")

    def row(self, y: int) -> str:
        cells, over = self.cells.get(y, {}), self.over.get(y, {})
        out = [" "] * (1 + max((*cells, *over), default=-1))
        for x, directions in cells.items():
            if directions & _ALONG and (x, y) not in self.turns:
                directions &= _ALONG  # lines that only cross: the one passes below
            ch = self.style.lines[directions]
            out[x] = ch if (x, y) in self.solid else self.style.dotted.get(ch, ch)
        for x, ch in over.items():
            out[x] = ch
        return "".join(out).rstrip()


def _corners(points: Sequence[Point]) -> list[Point]:
    """The points of a line from its upper end down, without those it runs straight through."""
    if points[0][1] > points[-1][1]:
        points = points[::-1]
    kept: list[Point] = []
    for x, y in points:
        while len(kept) > 1 and (
            kept[-1][0] == kept[-2][0] == x or kept[-1][1] == kept[-2][1] == y
        ):
            kept.pop()
        if not kept or kept[-1] != (x, y):
            kept.append((x, y))
    return kept
