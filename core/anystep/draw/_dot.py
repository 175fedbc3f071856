"""The graph as Graphviz source: `dot -Tpng graph.dot -o graph.png` draws it."""

from __future__ import annotations

from ._graph import DrawableGraph, DrawEdge, DrawNode
from ._ids import leaf, prefix_of
from ._text import node_lines

__all__ = ["draw_dot"]


def draw_dot(graph: DrawableGraph, *, name: str) -> str:
    """`graph` as a digraph called `name`; subgraphs are clusters, conditional edges dashed."""
    members: dict[str, list[DrawNode]] = {"": []}
    children: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        inner = prefix_of(node.id)
        members.setdefault(inner, []).append(node)
        while inner and inner not in children.setdefault(prefix_of(inner), []):
            children[prefix_of(inner)].append(inner)
            inner = prefix_of(inner)
    ends = (graph.last_node(), "#bfb6fc"), (graph.first_node(), "#ffffff")
    fills = {node.id: fill for node, fill in ends if node}
    out = [
        f"digraph {_quoted(name)} {{",
        '  node [shape=box, style="rounded,filled", fillcolor="#f2f0ff"];',
    ]
    pending: list[str | None] = [""]  # None stands for the end of the innermost cluster
    depth = 1
    while pending:
        prefix = pending.pop()
        if prefix is None:
            depth -= 1
            out.append(f"{'  ' * depth}}}")
            continue
        if prefix:
            out.append(f"{'  ' * depth}subgraph {_quoted('cluster_' + prefix)} {{")
            depth += 1
            out.append(f"{'  ' * depth}label={_quoted(leaf(prefix))};")
            pending.append(None)
        out += ("  " * depth + _node(node, fills) for node in members.get(prefix, ()))
        pending.extend(reversed(children.get(prefix, ())))
    out += ("  " + _edge(edge) for edge in graph.edges)
    return "\n".join([*out, "}"]) + "\n"


def _node(node: DrawNode, fills: dict[str, str]) -> str:
    lines = r"\n".join(_escaped(line) for line in node_lines(node))
    fill = fills.get(node.id)
    look = f', fillcolor="{fill}"' if fill else ""
    return f'{_quoted(node.id)} [label="{lines}"{look}];'


def _edge(edge: DrawEdge) -> str:
    looks: list[str] = []
    if edge.data is not None:
        looks.append(f"label={_quoted(str(edge.data))}")
    if edge.conditional:
        looks.append("style=dashed")
    look = f" [{', '.join(looks)}]" if looks else ""
    return f"{_quoted(edge.source)} -> {_quoted(edge.target)}{look};"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", r"\n").replace("\0", "")
