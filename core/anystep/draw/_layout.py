"""From a graph to a picture: where every box, frame and line goes.

A subgraph is laid out as a picture of its own and is then one item of its parent. So there are
three walks over the tree of subgraphs, none of them recursive:

1. from the root down: turn cycles, assign rows, and tell each subgraph through which side (top
   or bottom) links enter and leave it;
2. from the leaves up: order the rows, place items, measure the whole;
3. from the root down: add up offsets and join each edge's pieces to one route.
"""

from __future__ import annotations

from ._graph import DrawableGraph, DrawEdge, DrawNode
from ._ids import prefix_of
from ._level import INNER, SOURCE, TARGET, Level, Link
from ._metrics import Box, Frame, Metrics, Picture, Point, Route
from ._rows import arrange
from ._spread import measure

__all__ = ["layout"]


def layout(graph: DrawableGraph, metrics: Metrics) -> Picture:
    """The picture of `graph`; edges to unknown ids get a node of that id."""
    nodes = dict(graph.nodes)
    for edge in graph.edges:
        for id_ in (edge.source, edge.target):
            nodes.setdefault(id_, DrawNode(id_, id_))
    levels = _levels(nodes, graph.edges)
    for level in levels:
        arrange(level, levels[0].by_prefix)
    for level in reversed(levels):
        measure(level, metrics)
    return _assemble(levels, graph.edges)


def _levels(nodes: dict[str, DrawNode], edges: list[DrawEdge]) -> list[Level]:
    """A level per subgraph, parents before children, with items and links but no positions."""
    root = Level("", {})
    levels = root.by_prefix
    levels[""] = root
    for id_, node in nodes.items():
        prefix = prefix_of(id_)
        missing: list[str] = []
        while prefix not in levels:
            missing.append(prefix)
            prefix = prefix_of(prefix)
        for child in reversed(missing):
            levels[child] = Level(child, levels)
            levels[prefix_of(child)].add_frame(levels[child])
        levels[prefix_of(id_)].add_node(node)
    for number, edge in enumerate(edges):
        if edge.source == edge.target:
            levels[prefix_of(edge.source)].add_loop(edge)
            continue
        prefix = _common(prefix_of(edge.source), prefix_of(edge.target))
        levels[prefix].add_edge(number, edge)
    return list(levels.values())


def _common(one: str, other: str) -> str:
    """The innermost subgraph that holds both."""
    while one != other:
        if len(one) >= len(other):
            one = prefix_of(one)
        else:
            other = prefix_of(other)
    return one


def _assemble(levels: list[Level], edges: list[DrawEdge]) -> Picture:
    boxes: list[Box] = []
    frames: list[Frame] = []
    pieces: dict[int, list[tuple[Point, ...]]] = {}
    labels: dict[int, Point] = {}
    stubs: dict[int, str] = {}
    offsets: dict[str, Point] = {"": (0, 0)}
    for level in levels:
        dx, dy = offsets[level.prefix]
        for item in level.items:
            x, y = item.left + dx, item.y + dy
            if item.node is not None:
                loops = tuple(level.loops.get(item.node.id, ()))
                width = item.width - 2 * item.margin
                boxes.append(Box(item.node, x + item.margin, y, width, item.height, loops))
            elif item.level is not None:
                frames.append(Frame(item.level.prefix, x, y, item.width, item.height))
                offsets[item.level.prefix] = (x + item.level.inset[0], y + item.level.inset[1])
        for link in level.links:
            points = tuple((x + dx, y + dy) for x, y in link.points)
            _join(pieces, link, points)
            if link.label_at is not None:
                labels[link.edge] = (link.label_at[0] + dx, link.label_at[1] + dy)
            if link.stub is not None:
                stubs[link.edge] = link.stub
    routes = tuple(
        Route(edges[n], _flat(parts), labels.get(n), stubs.get(n))
        for n, parts in sorted(pieces.items())
    )
    root = levels[0]
    return Picture(root.width, root.height, tuple(boxes), tuple(frames), routes)


def _join(
    pieces: dict[int, list[tuple[Point, ...]]], link: Link, points: tuple[Point, ...]
) -> None:
    """Put a piece where it belongs: inner levels come later and lie further out."""
    points = points[::-1] if link.upward else points
    parts = pieces.setdefault(link.edge, [])
    if link.part == SOURCE:
        parts.insert(0, points)
    else:
        assert link.part in (INNER, TARGET)
        parts.append(points)


def _flat(parts: list[tuple[Point, ...]]) -> tuple[Point, ...]:
    points: list[Point] = []
    for part in parts:
        points += (p for p in part if not points or p != points[-1])
    return tuple(points)
