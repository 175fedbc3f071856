"""The graph as a PNG picture, drawn here: no browser, no service, no font, no library.

Lines run along and across only, text is made of dots, and there are eight colours, so a picture
is small and needs no smoothing. Characters outside ASCII show as empty boxes; `draw_svg` has
them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ._font import GLYPH_HEIGHT, GLYPH_WIDTH, rows_of
from ._graph import DrawableGraph, DrawNode
from ._ids import leaf
from ._layout import layout
from ._metrics import Box, Frame, Gap, Metrics, Pads, Picture, Point, Route, Segment
from ._text import node_lines, printable
from ._tracks import assign_tracks

__all__ = ["draw_png"]

_PAPER, _INK, _NODE, _LAST, _EDGE, _BORDER, _FRAME, _PALE = range(8)
_COLOURS = (
    *(255, 255, 255), *(31, 41, 55), *(242, 240, 255), *(191, 182, 252),
    *(75, 85, 99), *(147, 112, 219), *(243, 244, 246), *(156, 163, 175),
)  # fmt: skip
_DOT = 2  # pixels of a dot of the font
_COLUMN, _LINE = (GLYPH_WIDTH + 1) * _DOT, (GLYPH_HEIGHT + 3) * _DOT
_TRACK = 12  # pixels between lines that run side by side
_MARGIN = 20
_DASH = 6
#: More pixels than this are refused: nobody looks at them, and they do not fit into a tab.
_MOST = 100_000_000


def draw_png(graph: DrawableGraph) -> bytes:
    """`graph` as the bytes of a PNG file. Raises ValueError if it would be too large."""
    picture = layout(graph, _Dots())
    canvas = _Canvas(picture)
    for frame in picture.frames:
        canvas.frame(frame)
    for route in picture.routes:
        canvas.line(route)
    last = graph.last_node()
    for box in picture.boxes:
        canvas.box(box, _LAST if box.node is last else _NODE)
    for route in picture.routes:
        canvas.texts(route)
    return _encoded(canvas.rows)


class _Dots(Metrics):
    node_gap = 32
    line_gap = 14
    line_width = 3
    port_step = 14
    loop_width = 30

    def node(self, node: DrawNode) -> tuple[int, int]:
        lines = node_lines(node)
        return (max(64, max(map(len, lines)) * _COLUMN + 24) | 1), len(lines) * _LINE + 12

    def label(self, text: str) -> tuple[int, int]:
        return (len(printable(text)) * _COLUMN + 12) | 1, _LINE + 4

    def frame(self, title: str) -> tuple[Pads, int]:
        return Pads(20, 30, 20, 14), len(printable(leaf(title))) * _COLUMN + 40

    def gap(self, segments: Sequence[Segment], boxes_above: bool, boxes_below: bool) -> Gap:
        tracks, found = assign_tracks(segments)
        bends = [None if track is None else (track + 1) * _TRACK for track in found]
        return Gap((tracks + 1) * _TRACK + (10 if boxes_below else 0), bends)


class _Canvas:
    """Pixels, one byte each: the number of a colour."""

    def __init__(self, picture: Picture) -> None:
        self.width = picture.width + 2 * _MARGIN
        height = picture.height + 2 * _MARGIN
        if self.width * height > _MOST:
            raise ValueError(
                f"a picture of {self.width} x {height} pixels is too large; use draw_svg()"
            )
        self.rows = [bytearray(self.width) for _ in range(height)]

    def fill(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        """A filled rectangle; what lies outside of the picture is left out."""
        left, right = max(0, x + _MARGIN), min(self.width, x + _MARGIN + width)
        for row in self.rows[max(0, y + _MARGIN) : max(0, y + _MARGIN + height)]:
            row[left:right] = bytes([colour]) * (right - left)

    def rectangle(self, x: int, y: int, width: int, height: int, fill: int, edge: int) -> None:
        self.fill(x, y, width, height, edge)
        self.fill(x + 2, y + 2, width - 4, height - 4, fill)

    def text(self, x: int, y: int, text: str, colour: int = _INK) -> None:
        """Text from its upper left corner."""
        for ch in text:
            for number, row in enumerate(rows_of(ch)):
                for column in range(GLYPH_WIDTH):
                    if row >> (GLYPH_WIDTH - 1 - column) & 1:
                        self.fill(x + column * _DOT, y + number * _DOT, _DOT, _DOT, colour)
            x += _COLUMN

    def centre(self, x: int, y: int, text: str, colour: int = _INK) -> None:
        self.text(x - (len(text) * _COLUMN - _DOT) // 2, y, text, colour)

    def frame(self, frame: Frame) -> None:
        self.rectangle(frame.x, frame.y, frame.width, frame.height, _FRAME, _PALE)
        self.text(frame.x + 12, frame.y + 10, printable(leaf(frame.prefix)), _EDGE)

    def line(self, route: Route) -> None:
        self.path(route.points, route.edge.conditional)
        (x, y), down = route.points[-1], route.points[-1][1] > route.points[0][1]
        for step in range(9):
            self.fill(
                x - step // 2, y - step - 1 if down else y + step, step // 2 * 2 + 1, 1, _EDGE
            )

    def path(self, points: Sequence[Point], dashed: bool) -> None:
        """Straight pieces, two pixels wide; dashes are counted along the whole path."""
        done = 0
        for start, end in pairwise(points):
            length = abs(end[0] - start[0]) + abs(end[1] - start[1])
            for a, b in _strokes(done, length, dashed):
                (x1, y1), (x2, y2) = _along(start, end, a), _along(start, end, b)
                left, top = min(x1, x2), min(y1, y2)
                self.fill(left - 1, top, abs(x2 - x1) + 2, abs(y2 - y1) + 2, _EDGE)
            done += length

    def box(self, box: Box, fill: int) -> None:
        self.rectangle(box.x, box.y, box.width, box.height, fill, _BORDER)
        middle = box.x + box.width // 2
        for number, line in enumerate(node_lines(box.node)):
            colour = _EDGE if number else _INK
            self.centre(middle, box.y + 9 + number * _LINE, line, colour)
        right, top, bottom = box.x + box.width, box.y + 8, box.y + box.height - 10
        for loop in box.loops:
            out = right + 18
            self.path(
                ((right, top), (out, top), (out, bottom), (right + 6, bottom)), loop.conditional
            )
            for step in range(9):
                self.fill(right + step, bottom + 1 - step // 2, 1, step // 2 * 2 + 1, _EDGE)
            if loop.data is not None:
                label = printable(str(loop.data))
                self.text(right + 26, (top + bottom) // 2 - 6, label, _EDGE)

    def texts(self, route: Route) -> None:
        if route.label is not None:
            (x, y), label = route.label, printable(str(route.edge.data))
            width = len(label) * _COLUMN + 6
            self.fill(x - width // 2, y, width, _LINE + 4, _PAPER)
            self.centre(x, y + 5, label, _EDGE)
        if route.stub is not None:
            x, y = route.points[-1]
            self.centre(x, y + 5, printable(route.stub), _EDGE)


def _strokes(done: int, length: int, dashed: bool) -> Iterator[tuple[int, int]]:
    """The visible parts of a piece of a path, of which `done` pixels lie before it."""
    if not dashed:
        yield 0, length
        return
    start = -(done % (2 * _DASH))
    while start < length:
        if start + _DASH > 0:
            yield max(0, start), min(length, start + _DASH)
        start += 2 * _DASH


def _along(start: Point, end: Point, distance: int) -> Point:
    (x1, y1), (x2, y2) = start, end
    if x1 != x2:
        return (x1 + distance if x2 > x1 else x1 - distance), y1
    return x1, (y1 + distance if y2 > y1 else y1 - distance)


def _encoded(rows: Sequence[bytearray]) -> bytes:
    """An indexed PNG of four bits a pixel."""
    import zlib

    width = len(rows[0])
    packed = bytearray()
    for row in rows:
        padded = row if width % 2 == 0 else row + b"\0"
        packed.append(0)  # no filter
        packed += bytes(
            high << 4 | low for high, low in zip(padded[::2], padded[1::2], strict=True)
        )

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return len(data).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + len(rows).to_bytes(4, "big")
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", size + bytes((4, 3, 0, 0, 0))),
            chunk(b"PLTE", bytes(_COLOURS)),
            chunk(b"IDAT", zlib.compress(bytes(packed), 9)),
            chunk(b"IEND", b""),
        )
    )
