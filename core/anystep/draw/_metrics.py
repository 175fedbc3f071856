"""What a layout needs to know of the medium: sizes and distances, in its own units.

ASCII counts characters, SVG pixels; the layout only adds them up. Also the records in which a
finished layout is handed to whoever draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ._graph import DrawEdge, DrawNode

__all__ = ["Box", "Frame", "Gap", "Metrics", "Pads", "Picture", "Point", "Route", "Segment"]

Point = tuple[int, int]


class Pads(NamedTuple):
    """The room a subgraph's frame keeps around its content."""

    left: int
    top: int
    right: int
    bottom: int


class Segment(NamedTuple):
    """A link's way through the gap between two rows, with the ports it starts and ends at."""

    top: int  # x
    bottom: int  # x
    top_port: tuple[int, int]  # item and x: segments of one port may be drawn as one line
    bottom_port: tuple[int, int]


class Gap(NamedTuple):
    """The height of the gap between two rows and, per segment, where it turns (or None)."""

    height: int
    bends: Sequence[int | None]


class Metrics:
    """Sizes of everything a layout places. Widths must be odd where x is a character column."""

    node_gap: int  # least distance between neighbours in a row
    line_gap: int  # the same where both are lines passing through
    line_width: int
    port_step: int  # from a box's centre to where backward links arrive or leave
    loop_width: int  # beside a node with a link to itself

    def node(self, node: DrawNode) -> tuple[int, int]:
        """Width and height of a node's box."""
        raise NotImplementedError

    def label(self, text: str) -> tuple[int, int]:
        """Width and height of an edge's label."""
        raise NotImplementedError

    def frame(self, title: str) -> tuple[Pads, int]:
        """The room a frame keeps, and the least width its title needs."""
        raise NotImplementedError

    def gap(self, segments: Sequence[Segment], boxes_above: bool, boxes_below: bool) -> Gap:
        """The gap that `segments` run through; `boxes_…` say whether it borders on boxes."""
        raise NotImplementedError


class Box(NamedTuple):
    """A node where it belongs."""

    node: DrawNode
    x: int
    y: int
    width: int
    height: int
    loops: tuple[DrawEdge, ...]  # links to itself, drawn on its right side


class Frame(NamedTuple):
    """The frame of a subgraph."""

    prefix: str
    x: int
    y: int
    width: int
    height: int


class Route(NamedTuple):
    """An edge's way, from its source to its target (or to the text that names it)."""

    edge: DrawEdge
    points: tuple[Point, ...]
    label: Point | None  # centre and top of the label's box
    stub: str | None  # the target's id where the line would be too long to draw


class Picture(NamedTuple):
    """A finished layout; frames come before the frames inside them."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    routes: tuple[Route, ...]
