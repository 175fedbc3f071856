"""DrawableGraph: the nodes and edges of a picture, with the methods LangGraph users call.

The shape is the one `langchain_core.runnables.graph.Graph` has, so that programs that walk
`.nodes` and `.edges` or call `draw_mermaid()` keep working. Ids with colons (`parent:child`)
are nodes of a subgraph. How a graph looks is decided in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, NamedTuple

from ._ids import is_uuid, readable_name

__all__ = ["CurveStyle", "DrawEdge", "DrawNode", "DrawableGraph", "NodeStyles"]


class CurveStyle(Enum):
    """The curves Mermaid can draw edges with."""

    BASIS = "basis"
    BUMP_X = "bumpX"
    BUMP_Y = "bumpY"
    CARDINAL = "cardinal"
    CATMULL_ROM = "catmullRom"
    LINEAR = "linear"
    MONOTONE_X = "monotoneX"
    MONOTONE_Y = "monotoneY"
    NATURAL = "natural"
    STEP = "step"
    STEP_AFTER = "stepAfter"
    STEP_BEFORE = "stepBefore"


class NodeStyles(NamedTuple):
    """The Mermaid style of every node, of the first and of the last one."""

    default: str = "fill:#f2f0ff,line-height:1.2"
    first: str = "fill-opacity:0"
    last: str = "fill:#bfb6fc"


class DrawNode(NamedTuple):
    """One node: `data` is what runs (or None), `metadata` is shown below the name."""

    id: str
    name: str
    data: Any = None
    metadata: dict[str, Any] | None = None

    def copy(self, *, id: str | None = None, name: str | None = None) -> DrawNode:
        """The same node under another id or name."""
        return DrawNode(id or self.id, name or self.name, self.data, self.metadata)


class DrawEdge(NamedTuple):
    """One edge: `data` is its label (or None), `conditional` draws it dotted."""

    source: str
    target: str
    data: Any = None
    conditional: bool = False

    def copy(self, *, source: str | None = None, target: str | None = None) -> DrawEdge:
        """The same edge between other nodes."""
        return DrawEdge(source or self.source, target or self.target, self.data, self.conditional)


class DrawableGraph:
    """The nodes, by id, and the edges of a picture.

    Both are plain containers in drawing order; change them freely before drawing.
    """

    __slots__ = ("edges", "nodes")

    def __init__(
        self,
        nodes: dict[str, DrawNode] | None = None,
        edges: list[DrawEdge] | None = None,
    ) -> None:
        self.nodes: dict[str, DrawNode] = {} if nodes is None else nodes
        self.edges: list[DrawEdge] = [] if edges is None else edges

    def __bool__(self) -> bool:
        return bool(self.nodes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DrawableGraph):
            return NotImplemented
        return self.nodes == other.nodes and self.edges == other.edges

    def __repr__(self) -> str:
        return f"DrawableGraph(nodes={self.nodes!r}, edges={self.edges!r})"

    # -- building ----------------------------------------------------------------

    def next_id(self) -> str:
        """An id no node has yet: 32 hexadecimal digits, so `reid` replaces it by a name."""
        number = len(self.nodes)
        while f"{number:032x}" in self.nodes:
            number += 1
        return f"{number:032x}"

    def add_node(
        self,
        data: Any,
        id: str | None = None,
        *,
        metadata: dict[str, Any] | None = None,
    ) -> DrawNode:
        """Add a node and return it. Raises ValueError when its id is taken."""
        if id is not None and id in self.nodes:
            raise ValueError(f"Node with id {id} already exists")
        id_ = id or self.next_id()
        node = DrawNode(id_, readable_name(id_, data), data, metadata)
        self.nodes[id_] = node
        return node

    def remove_node(self, node: DrawNode) -> None:
        """Remove a node and every edge at it. Raises KeyError when it is not there."""
        del self.nodes[node.id]
        self.edges = [e for e in self.edges if node.id not in (e.source, e.target)]

    def add_edge(
        self,
        source: DrawNode,
        target: DrawNode,
        data: Any = None,
        conditional: bool = False,
    ) -> DrawEdge:
        """Add an edge and return it. Raises ValueError when one of its nodes is missing."""
        if source.id not in self.nodes:
            raise ValueError(f"Source node {source.id} not in graph")
        if target.id not in self.nodes:
            raise ValueError(f"Target node {target.id} not in graph")
        edge = DrawEdge(source.id, target.id, data, conditional)
        self.edges.append(edge)
        return edge

    def extend(
        self, graph: DrawableGraph, *, prefix: str = ""
    ) -> tuple[DrawNode | None, DrawNode | None]:
        """Add all of another graph, its ids behind `prefix:`; return its first and last node.

        A graph whose ids are all generated keeps them (`reid` names them later); those that are
        taken here are replaced. Nothing connects the two graphs yet.
        """
        generated = all(is_uuid(id_) for id_ in graph.nodes)
        renamed: dict[str, str] = {}
        for id_, node in graph.nodes.items():
            if generated:
                new = id_ if id_ not in self.nodes else self.next_id()
            else:
                new = f"{prefix}:{id_}" if prefix else id_
            renamed[id_] = new
            self.nodes[new] = node.copy(id=new)
        for edge in graph.edges:
            ends = renamed[edge.source], renamed[edge.target]
            self.edges.append(edge.copy(source=ends[0], target=ends[1]))
        first, last = graph.first_node(), graph.last_node()
        return (
            self.nodes[renamed[first.id]] if first else None,
            self.nodes[renamed[last.id]] if last else None,
        )

    def reid(self) -> DrawableGraph:
        """A copy in which every generated id is replaced by the node's name, made unique."""
        by_name: dict[str, list[str]] = {}
        for node in self.nodes.values():
            by_name.setdefault(node.name, []).append(node.id)
        labels = {
            id_: name if len(ids) == 1 else f"{name}_{number}"
            for name, ids in by_name.items()
            for number, id_ in enumerate(ids, 1)
        }
        new = {id_: labels[id_] if is_uuid(id_) else id_ for id_ in self.nodes}
        return DrawableGraph(
            {new[id_]: node.copy(id=new[id_]) for id_, node in self.nodes.items()},
            [
                edge.copy(source=new.get(edge.source), target=new.get(edge.target))
                for edge in self.edges
            ],
        )

    # -- asking ------------------------------------------------------------------

    def first_node(self) -> DrawNode | None:
        """The one node that no edge leads to; None when there is none or more than one."""
        return self._origin(())

    def last_node(self) -> DrawNode | None:
        """The one node that no edge leaves; None when there is none or more than one."""
        return self._destination(())

    def trim_first_node(self) -> None:
        """Remove the first node if it has one edge and a single node comes after it."""
        first = self.first_node()
        if first and self._origin((first.id,)):
            leaving = {edge_key(e) for e in self.edges if e.source == first.id}
            if len(leaving) == 1:
                self.remove_node(first)

    def trim_last_node(self) -> None:
        """Remove the last node if it has one edge and a single node comes before it."""
        last = self.last_node()
        if last and self._destination((last.id,)):
            arriving = {edge_key(e) for e in self.edges if e.target == last.id}
            if len(arriving) == 1:
                self.remove_node(last)

    def _origin(self, without: Collection[str]) -> DrawNode | None:
        targets = {e.target for e in self.edges if e.source not in without}
        return self._only(targets, without)

    def _destination(self, without: Collection[str]) -> DrawNode | None:
        sources = {e.source for e in self.edges if e.target not in without}
        return self._only(sources, without)

    def _only(self, taken: set[str], without: Collection[str]) -> DrawNode | None:
        found = [n for n in self.nodes.values() if n.id not in taken and n.id not in without]
        return found[0] if len(found) == 1 else None

    # -- drawing: each form lives in a module of its own, imported when asked for ---

    def draw_mermaid(
        self,
        *,
        with_styles: bool = True,
        curve_style: CurveStyle | str = CurveStyle.LINEAR,
        node_colors: NodeStyles | None = None,
        wrap_label_n_words: int = 9,
        frontmatter_config: Mapping[str, Any] | None = None,
    ) -> str:
        """Mermaid source, equal to langchain_core's wherever that is valid Mermaid.

        `node_colors` is anything with `default`, `first` and `last`; an edge label longer than
        `wrap_label_n_words` words is wrapped; `frontmatter_config` goes on top, as YAML.
        """
        from ._mermaid import draw_mermaid

        return draw_mermaid(
            self.reid(),
            with_styles=with_styles,
            curve=curve_style if isinstance(curve_style, str) else curve_style.value,
            styles=node_colors or NodeStyles(),
            wrap=wrap_label_n_words,
            frontmatter=frontmatter_config or {},
        )

    def draw_ascii(self, *, unicode: bool = False) -> str:
        """The graph as text art; with `unicode`, box-drawing characters instead of `+-|`."""
        from ._ascii import draw_ascii

        return draw_ascii(self.reid(), unicode=unicode)

    def print_ascii(self) -> None:
        """Print `draw_ascii()`."""
        print(self.draw_ascii())  # noqa: T201  # what the name promises

    def draw_dot(self, *, name: str = "graph") -> str:
        """Graphviz source: a digraph called `name`, subgraphs as clusters."""
        from ._dot import draw_dot

        return draw_dot(self.reid(), name=name)

    def draw_svg(self, *, title: str = "graph") -> str:
        """A stand-alone SVG picture: no script, no style sheet, no font from elsewhere."""
        from ._svg import draw_svg

        return draw_svg(self.reid(), title=title)

    def draw_html(self, *, title: str = "graph") -> str:
        """A stand-alone HTML page: the picture, tables of nodes and edges, the Mermaid source."""
        from ._html import draw_html

        return draw_html(self.reid(), title=title)

    def draw_png(self, output_file_path: str | None = None, **unused: Any) -> bytes:
        """A PNG picture, drawn without the network; also written to a file if one is named.

        Takes the further arguments that langchain_core's method has and does without them.
        Raises ValueError for a graph too large to be looked at.
        """
        from ._png import draw_png

        data = draw_png(self.reid())
        if output_file_path is not None:
            with open(output_file_path, "wb") as file:
                file.write(data)
        return data

    def draw_mermaid_png(self, *, output_file_path: str | None = None, **unused: Any) -> bytes:
        """`draw_png`, under the name LangGraph's programs call; Mermaid and its service not asked."""
        return self.draw_png(output_file_path)

    def to_json(self, *, with_schemas: bool = False) -> dict[str, list[dict[str, Any]]]:
        """Nodes and edges as JSON-like data; `with_schemas` includes pydantic JSON schemas."""
        from ._json import to_json

        return to_json(self, with_schemas=with_schemas)

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str) -> DrawableGraph:
        """The graph `to_json` described, from its result or that result as JSON text.

        What ran in the nodes cannot come back: `data` of a node is then a `DescribedData`, which
        draws and describes itself as the original did. Raises ValueError naming what is wrong.
        """
        from ._json import from_json

        nodes, edges = from_json(data)
        return cls(nodes, edges)


def edge_key(edge: DrawEdge) -> tuple[str, str, str, bool]:
    """What makes an edge the same as another; labels may be unhashable."""
    return edge.source, edge.target, repr(edge.data), edge.conditional
