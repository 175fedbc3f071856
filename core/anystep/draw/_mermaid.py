"""Mermaid source of a graph.

The text is the one langchain_core writes, byte for byte, wherever Mermaid can read that text.
Where it cannot (tried with Mermaid 11) this module escapes: ids that are words of the language
or hold `--`, labels and titles with brackets, quotes and the like. And where langchain_core
forgets nodes or refuses to draw (a subgraph whose parent has no edge of its own, two subgraphs
of one name) everything is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any, cast

from ._graph import DrawableGraph, DrawEdge, DrawNode, NodeStyles
from ._ids import leaf, prefix_of
from ._yaml import dump_yaml

__all__ = ["draw_mermaid", "safe_id"]

_ENTITIES = str.maketrans(
    {
        "#": "#35;",
        "[": "#91;",
        "]": "#93;",
        "(": "#40;",
        ")": "#41;",
        "{": "#123;",
        "}": "#125;",
        '"': "#quot;",
        "<": "#60;",
        ">": "#62;",
        "|": "#124;",
    }
)
_MORE_ENTITIES = _ENTITIES | str.maketrans({"@": "#64;", ".": "#46;", "-": "#45;", "\n": " "})

#: Ids that Mermaid takes for words of its own, also with a hyphen behind them.
_WORDS = re.compile(
    r"(end|graph|subgraph|style|class|classDef|flowchart|linkStyle|interpolate"
    r"|_self|_blank|_parent|_top)(?=-|$)"
)
_BAD_LABEL = re.compile(r"""[()\[\]{}"|@<>\n]|#\w+;|^-|^$""")
_BAD_DOTTED = re.compile(r"""["<>\n.]|#\w+;""")
_BAD_SOLID = re.compile(r"""["<>\n]|--|#\w+;""")
_PLAIN_TITLE = re.compile(r"[\w.:/-]+( [\w.:/-]+)*")
_MARKDOWN = ("*", "_", "`")


def draw_mermaid(
    graph: DrawableGraph,
    *,
    with_styles: bool,
    curve: str,
    styles: NodeStyles,
    wrap: int,
    frontmatter: Mapping[str, Any],
) -> str:
    """The Mermaid source of `graph`; the parameters are those of `DrawableGraph.draw_mermaid`."""
    drawing = _Drawing(graph, with_styles, wrap)
    out = drawing.out
    if with_styles:
        config = dict(frontmatter.get("config", {}))
        config["flowchart"] = {**config.get("flowchart", {}), "curve": curve}
        out.append(f"---\n{dump_yaml({**frontmatter, 'config': config})}---\n")
    out.append("graph TD;\n")
    drawing.body()
    if with_styles:
        out.append(f"\tclassDef default {styles.default}\n")
        out.append(f"\tclassDef first {styles.first}\n")
        out.append(f"\tclassDef last {styles.last}\n")
    return "".join(out)


def safe_id(text: str) -> str:
    """`text` as a Mermaid id: other characters than letters, digits, `_`, `-` as \\hex."""
    hexed = "".join(
        ch if ch.isascii() and (ch.isalnum() or ch in "_-") else f"\\{ord(ch):x}" for ch in text
    )
    if _WORDS.match(hexed):
        hexed = f"\\{ord(hexed[0]):x}{hexed[1:]}"
    return hexed.replace("--", "-\\2d")


class _Drawing:
    """The lines written so far and what they need to know of the graph."""

    def __init__(self, graph: DrawableGraph, with_styles: bool, wrap: int) -> None:
        first, last = graph.first_node(), graph.last_node()
        self.first = first.id if first else None
        self.last = last.id if last else None
        self.with_styles = with_styles
        self.wrap = wrap
        self.out: list[str] = []
        self.titles: set[str] = set()
        self.members: dict[str, list[tuple[str, DrawNode]]] = {}
        for id_, node in graph.nodes.items():
            self.members.setdefault(prefix_of(id_), []).append((id_, node))
        self.groups: dict[str, list[DrawEdge]] = {}
        for edge in graph.edges:
            self.groups.setdefault(_common_prefix(edge), []).append(edge)
        self.children = self._children()

    def _children(self) -> dict[str, list[str]]:
        """The subgraphs in each subgraph: those with edges in their order, then the others."""
        known = [p for p in (*self.groups, *self.members) if p]
        missing = [p[: m.start()] for p in known for m in re.finditer(":", p)]
        children: dict[str, list[str]] = {}
        for prefix in dict.fromkeys((*known, *missing)):
            children.setdefault(prefix_of(prefix), []).append(prefix)
        return children

    def body(self) -> None:
        if self.with_styles:
            self.nodes(self.members.get("", ()))
        self.edges(self.groups.get("", ()))
        # A stack instead of recursion: a closing line waits below the lines of its block.
        pending: list[tuple[str, str]] = [("open", p) for p in reversed(self.children.get("", ()))]
        while pending:
            what, prefix = pending.pop()
            if what == "close":
                self.out.append("\tend\n")
                continue
            framed = self.open(prefix)
            if framed:
                pending.append(("close", prefix))
            pending.extend(("open", p) for p in reversed(self.children.get(prefix, ())))

    def open(self, prefix: str) -> bool:
        """Write what is directly in the subgraph `prefix`; False when it needs no frame."""
        edges = self.groups.get(prefix, [])
        members = self.members.get(prefix, [])
        loops = bool(edges) and all(e.source == e.target == prefix for e in edges)
        framed = not loops and (self.with_styles or bool(edges) or prefix in self.children)
        if framed:
            self.out.append(f"\tsubgraph {self.title(prefix)}\n")
            if self.with_styles:
                self.nodes(members)
        self.edges(edges)
        return framed

    def title(self, prefix: str) -> str:
        name = leaf(prefix)
        plain = _PLAIN_TITLE.fullmatch(name) and "end" not in name.split() and name != "default"
        if plain and not name.startswith("direction ") and name not in self.titles:
            self.titles.add(name)
            return name
        id_ = safe_id(prefix)
        while id_ in self.titles:
            id_ += "\\3a"
        self.titles.add(id_)
        return f'{id_}["{name.translate(_MORE_ENTITIES) or " "}"]'

    def nodes(self, members: Iterable[tuple[str, DrawNode]]) -> None:
        for id_, node in members:
            shape = "{}({})"
            if id_ == self.last:
                shape = "{}([{}]):::last"
            elif id_ == self.first:
                shape = "{}([{}]):::first"
            self.out.append("\t" + shape.format(safe_id(id_), _node_label(node)) + "\n")

    def edges(self, edges: Iterable[DrawEdge]) -> None:
        for edge in edges:
            arrow = self.arrow(edge)
            self.out.append(f"\t{safe_id(edge.source)}{arrow}{safe_id(edge.target)};\n")

    def arrow(self, edge: DrawEdge) -> str:
        if edge.data is None:
            return " -.-> " if edge.conditional else " --> "
        label = str(edge.data)
        if (_BAD_DOTTED if edge.conditional else _BAD_SOLID).search(label):
            label = label.translate(_MORE_ENTITIES)
        words = label.split()
        if len(words) > self.wrap:
            rows = range(0, len(words), self.wrap)
            label = "&nbsp<br>&nbsp".join(" ".join(words[i : i + self.wrap]) for i in rows)
        return (
            f" -. &nbsp;{label}&nbsp; .-> " if edge.conditional else f" -- &nbsp;{label}&nbsp; --> "
        )


def _common_prefix(edge: DrawEdge) -> str:
    """The innermost subgraph that holds both ends; of a self loop, the node itself.

    Self loops are written after the edges between nodes, which is what the odd prefix does.
    """
    pairs = zip(edge.source.split(":"), edge.target.split(":"), strict=False)
    return ":".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _node_label(node: DrawNode) -> str:
    name = leaf(node.name)
    bad = bool(_BAD_LABEL.search(name))
    label = name.translate(_MORE_ENTITIES) or " " if bad else name
    if name.startswith(_MARKDOWN) and name.endswith(_MARKDOWN):
        label = f"<p>{label}</p>"
    lines = [
        f"{key} = {text}".translate(_ENTITIES)
        for key, value in (node.metadata or {}).items()
        if (text := metadata_text(value)) is not None
    ]
    if lines:
        label = f"{label}<hr/><small><em>" + "\n".join(lines) + "</em></small>"
    return label


def metadata_text(value: Any) -> str | None:
    """A metadata value as it is shown: scalars and flat collections of them, else None."""
    scalars = (str, int, float, bool)
    if isinstance(value, scalars):
        return str(value)
    if isinstance(value, (list, tuple, set)):
        items = cast("Iterable[Any]", value)
        if not all(isinstance(item, scalars) for item in items):
            return None
        texts = [str(item) for item in items]
        return ", ".join(sorted(texts) if isinstance(value, set) else texts)
    return None
