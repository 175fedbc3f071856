"""The graph as a stand-alone SVG picture.

Nothing in it comes from elsewhere or runs: no script, no style sheet, no font, no link. Text is
monospaced so that its width is known without measuring it. Every string is escaped, and every
number is a whole one, so the bytes are the same on every host.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ._graph import DrawableGraph, DrawEdge, DrawNode
from ._ids import leaf
from ._layout import layout
from ._metrics import Box, Frame, Gap, Metrics, Pads, Point, Route, Segment
from ._text import columns, node_lines, printable

__all__ = ["draw_svg", "escape"]

_MARGIN = 16
_LINE = 18  # height of a line of text
_COLUMN = 8  # width of a character, a little more than it needs
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_INK, _PALE, _FILL, _LAST = "#374151", "#9ca3af", "#f2f0ff", "#bfb6fc"


def draw_svg(graph: DrawableGraph, *, title: str) -> str:
    """`graph` as one `<svg>` element; `title` is what screen readers say."""
    picture = layout(graph, _Pixels())
    first, last = graph.first_node(), graph.last_node()
    width, height = picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN
    font = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13"'
    view = f'viewBox="{-_MARGIN} {-_MARGIN} {width} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {view}'
    out = [
        f'{head} role="img" {font} text-anchor="middle">',
        f"<title>{escape(title)}</title>",
        f'<rect x="{-_MARGIN}" y="{-_MARGIN}" width="{width}" height="{height}" fill="#fff"/>',
    ]
    out += (_frame(frame) for frame in picture.frames)
    out += (_line(route) for route in picture.routes)
    for box in picture.boxes:
        role = "first" if box.node is first else "last" if box.node is last else "node"
        out += _box(box, role)
    for route in picture.routes:
        out += _texts(route)
    out.append("</svg>")
    return "\n".join(out) + "\n"


def escape(text: str) -> str:
    """`text` for use in XML and HTML, in elements and in quoted attributes."""
    return printable(text).translate(_ENTITIES)


class _Pixels(Metrics):
    node_gap = 28
    line_gap = 14
    line_width = 7
    port_step = 14
    loop_width = 30

    def node(self, node: DrawNode) -> tuple[int, int]:
        lines = node_lines(node)
        return max(64, max(map(columns, lines)) * _COLUMN + 28), len(lines) * _LINE + 16

    def label(self, text: str) -> tuple[int, int]:
        return columns(printable(text)) * _COLUMN + 12, _LINE + 2

    def frame(self, title: str) -> tuple[Pads, int]:
        return Pads(20, 30, 20, 12), columns(printable(leaf(title))) * _COLUMN + 40

    def gap(self, segments: Sequence[Segment], boxes_above: bool, boxes_below: bool) -> Gap:
        """Wide steps get more height, so that curves stay readable."""
        step = max((abs(segment.top - segment.bottom) for segment in segments), default=0)
        return Gap(max(22, min(step // 4, 90)), [None] * len(segments))


def _frame(frame: Frame) -> str:
    name = escape(leaf(frame.prefix))
    return (
        f'<rect x="{frame.x}" y="{frame.y}" width="{frame.width}" height="{frame.height}"'
        f' rx="8" fill="#6b7280" fill-opacity="0.06" stroke="{_PALE}"/>\n'
        f'<text x="{frame.x + 12}" y="{frame.y + 19}" text-anchor="start" fill="{_INK}"'
        f' font-weight="bold">{name}</text>'
    )


def _line(route: Route) -> str:
    points = route.points
    path = [f"M{points[0][0]} {points[0][1]}"]
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        middle = (y1 + y2) // 2
        path.append(f"V{y2}" if x1 == x2 else f"C{x1} {middle} {x2} {middle} {x2} {y2}")
    return _stroke("".join(path), route.edge) + _head(points[-1], points[-2])


def _stroke(path: str, edge: DrawEdge) -> str:
    dashes = ' stroke-dasharray="4 4"' if edge.conditional else ""
    return f'<path d="{path}" fill="none" stroke="{_INK}"{dashes}/>'


def _head(tip: Point, before: Point) -> str:
    (x, y), back = tip, -8 if before[1] < tip[1] else 8
    return f'<path d="M{x} {y}l-4 {back}h8z" fill="{_INK}"/>'


def _box(box: Box, role: str) -> list[str]:
    fill = {"first": "#fff", "last": _LAST}.get(role, _FILL)
    radius = 8 if role == "node" else box.height // 2
    middle = box.x + box.width // 2
    out = [
        (
            f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="{radius}"'
            f' fill="{fill}" stroke="#9370db"/>'
        )
    ]
    for number, line in enumerate(node_lines(box.node)):
        y = box.y + 21 + number * _LINE
        small = f' font-size="11" fill="{_INK}"' if number else ""
        out.append(f'<text x="{middle}" y="{y}"{small}>{escape(line)}</text>')
    for loop in box.loops:
        right, top, bottom = box.x + box.width, box.y + 8, box.y + box.height - 8
        out.append(_stroke(f"M{right} {top}h10q8 0 8 8V{bottom - 8}q0 8 -8 8h-6", loop))
        out.append(f'<path d="M{right} {bottom}l8 -4v8z" fill="{_INK}"/>')
        if loop.data is not None:
            out.append(
                f'<text x="{right + 22}" y="{(top + bottom) // 2 + 4}" text-anchor="start"'
                f' font-size="12" fill="{_INK}">{escape(str(loop.data))}</text>'
            )
    return out


def _texts(route: Route) -> list[str]:
    """The label of a line and, if it stops before its target, the target's name."""
    out: list[str] = []
    if route.label is not None:
        (x, y), text = route.label, printable(str(route.edge.data))
        width = columns(text) * _COLUMN + 4
        out.append(
            f'<rect x="{x - width // 2}" y="{y}" width="{width}" height="{_LINE + 2}" fill="#fff"'
            f' fill-opacity="0.85"/><text x="{x}" y="{y + 14}" font-size="12" fill="{_INK}">'
            f"{escape(text)}</text>"
        )
    if route.stub is not None:
        x, y = route.points[-1]
        out.append(
            f'<text x="{x}" y="{y + 14}" font-size="12" font-style="italic" fill="{_INK}">'
            f"{escape(route.stub)}</text>"
        )
    return out
