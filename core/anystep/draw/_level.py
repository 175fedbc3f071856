"""The content of one subgraph while it is laid out: items, links between them, rows."""

from __future__ import annotations

from typing import Final

from ._graph import DrawEdge, DrawNode
from ._ids import prefix_of
from ._metrics import Point

__all__ = ["INNER", "SOURCE", "TARGET", "Item", "Level", "Link"]

#: Which piece of an edge a link is: between two items of the innermost common subgraph, or from
#: the edge's source out to a frame, or from a frame in to its target.
INNER: Final = 0
SOURCE: Final = 1
TARGET: Final = 2


class Item:
    """A thing in a row: a node, a subgraph, a port on the frame, or a line passing through."""

    __slots__ = ("height", "level", "margin", "node", "row", "text", "width", "x", "y")

    def __init__(
        self,
        *,
        node: DrawNode | None = None,
        level: Level | None = None,
        text: str | None = None,
    ) -> None:
        self.node = node
        self.level = level
        self.text = text  # of a label or of a stub
        self.row = 0
        self.width = 0
        self.height = 0
        self.margin = 0  # room on both sides of a node, within `width`
        self.x = 0  # of the centre
        self.y = 0  # of the top

    @property
    def left(self) -> int:
        return self.x - self.width // 2

    @property
    def is_box(self) -> bool:
        return self.node is not None or self.level is not None


class Link:
    """An edge, or a piece of one, between two items of a level; drawn from the upper item down."""

    __slots__ = (
        "bends",
        "chain",
        "data",
        "edge",
        "label_at",
        "lower",
        "part",
        "points",
        "stub",
        "upper",
        "upward",
    )

    def __init__(
        self, edge: int, upper: int, lower: int, *, upward: bool, part: int, data: str | None
    ) -> None:
        self.edge = edge
        self.upper = upper
        self.lower = lower
        self.upward = upward  # the edge runs against the drawing direction
        self.part = part
        self.data = data  # the label, if this piece carries it
        self.stub: str | None = None
        self.chain: list[int] = []  # the items it passes, ends included
        self.bends: list[int | None] = []  # the y at which each step between rows turns
        self.points: list[Point] = []
        self.label_at: Point | None = None  # centre and top


class Level:
    """One subgraph (`prefix`; "" is the whole graph) as a picture of its own."""

    __slots__ = (
        "bands",
        "by_prefix",
        "edges",
        "height",
        "inset",
        "items",
        "links",
        "loops",
        "number_of",
        "port_of",
        "ports",
        "prefix",
        "rows",
        "width",
    )

    def __init__(self, prefix: str, by_prefix: dict[str, Level]) -> None:
        self.prefix = prefix
        self.by_prefix = by_prefix  # all levels of the graph
        self.items: list[Item] = []
        self.number_of: dict[tuple[str, str], int] = {}
        self.edges: list[tuple[int, DrawEdge]] = []  # with both ends in here
        self.loops: dict[str, list[DrawEdge]] = {}
        self.ports: list[tuple[int, DrawEdge, bool, bool]] = []  # see `add_port`
        self.port_of: dict[int, int] = {}  # by edge, the item where it passes the frame
        self.links: list[Link] = []
        self.bands: list[tuple[int, int]] = []  # top and bottom of each row
        self.rows: list[list[int]] = []
        self.inset: Point = (0, 0)  # of the content within the frame
        self.width = 0
        self.height = 0

    def add(self, item: Item) -> int:
        """Add an item and return its number."""
        self.items.append(item)
        return len(self.items) - 1

    def add_node(self, node: DrawNode) -> None:
        self.number_of["node", node.id] = self.add(Item(node=node))

    def add_frame(self, level: Level) -> None:
        self.number_of["frame", level.prefix] = self.add(Item(level=level))

    def add_loop(self, edge: DrawEdge) -> None:
        self.loops.setdefault(edge.source, []).append(edge)

    def add_edge(self, number: int, edge: DrawEdge) -> None:
        self.edges.append((number, edge))

    def add_port(self, number: int, edge: DrawEdge, *, leaving: bool, on_top: bool) -> None:
        """Let an edge through the frame: `leaving` or arriving, at the top or the bottom."""
        self.ports.append((number, edge, leaving, on_top))

    def item_of(self, id_: str) -> int:
        """The item that is the node `id_` or holds it."""
        number = self.number_of.get(("node", id_))
        while number is None:
            id_ = prefix_of(id_)
            number = self.number_of.get(("frame", id_))
        return number
