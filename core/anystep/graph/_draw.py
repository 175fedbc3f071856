"""A compiled graph as a picture can be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep._constants import END, START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anystep.draw import DrawableGraph

    from .state import CompiledStateGraph, StateGraph

Edge = tuple[str, str, bool, str | None]  # source, target, conditional, label


def draw(graph: CompiledStateGraph[Any, Any, Any, Any], xray: int | bool) -> DrawableGraph:
    """Nodes and edges, conditional ones dotted; subgraphs opened as far as `xray` says.

    Only edges that can be reached from the start are drawn: the others never run.
    """
    from anystep.draw import DrawableGraph

    builder = graph.builder
    picture = DrawableGraph()
    edges = _reachable(builder)
    picture.add_node(None, START)
    for name, spec in builder.nodes.items():
        picture.add_node(spec.action, name, metadata=_metadata(graph, name) or None)
    drawn: set[tuple[str, str]] = set()
    for source, target, conditional, label in sorted(edges, key=_edge_order):
        shown = None if label == target else label
        _connect(picture, drawn, source, target, shown, conditional)
    sources = {source for source, *_ in edges}
    targets = {target for _, target, *_ in edges if target != END}
    for name in sorted(targets - sources):
        _connect(picture, drawn, name, END, None, False)
    if xray:
        _open_subgraphs(graph, picture, xray)
    return picture


def _connect(
    picture: DrawableGraph,
    drawn: set[tuple[str, str]],
    source: str,
    target: str,
    label: Any,
    conditional: bool,
) -> None:
    if (source, target) in drawn:
        return
    drawn.add((source, target))
    if target == END and END not in picture.nodes:
        picture.add_node(None, END)
    picture.add_edge(picture.nodes[source], picture.nodes[target], label, conditional)


def _edge_order(edge: Edge) -> tuple[str, str, bool, str]:
    source, target, conditional, label = edge
    return source, target, conditional, str(label or "")


def _reachable(builder: StateGraph[Any, Any, Any, Any]) -> set[Edge]:
    """Every edge that a run could take as far as the graph declares it."""
    leaving: dict[str, list[Edge]] = {}
    for edge in _declared(builder):
        leaving.setdefault(edge[0], []).append(edge)
    found: set[Edge] = set()
    waiting, seen = [START], {START}
    while waiting:
        for edge in leaving.get(waiting.pop(), ()):
            found.add(edge)
            if edge[1] not in seen and edge[1] != END:
                seen.add(edge[1])
                waiting.append(edge[1])
    return found


def _declared(builder: StateGraph[Any, Any, Any, Any]) -> Iterator[Edge]:
    for source, target in builder.edges:
        if target != END:
            yield source, target, False, None
    for sources, target in builder.waiting_edges:
        if target != END:
            for source in sources:
                yield source, target, False, None
    for source, branches in builder.branches.items():
        for branch in branches.values():
            for label, target in (branch.ends or {}).items():
                yield source, target, True, str(label)
    for name, spec in builder.nodes.items():
        ends = spec.ends.items() if isinstance(spec.ends, dict) else ((e, None) for e in spec.ends)
        for target, label in ends:
            yield name, target, True, label


def _metadata(graph: CompiledStateGraph[Any, Any, Any, Any], name: str) -> dict[str, Any]:
    """What is written below a node's name."""
    spec = graph.builder.nodes[name]
    metadata = dict(spec.metadata or {})
    if spec.defer:
        metadata["defer"] = True
    before = name in graph.interrupt_before_nodes
    after = name in graph.interrupt_after_nodes
    if before or after:
        stops = [when for when, stop in (("before", before), ("after", after)) if stop]
        metadata["__interrupt"] = ",".join(stops)
    return metadata


def _open_subgraphs(
    graph: CompiledStateGraph[Any, Any, Any, Any], picture: DrawableGraph, xray: int | bool
) -> None:
    """Replace nodes that are graphs by what is inside them."""
    deeper = xray if xray is True else xray - 1
    for name, inner in graph.get_subgraphs():
        drawn = inner.get_graph(xray=deeper)
        if len(drawn.nodes) <= 1 or not drawn.first_node() or not drawn.last_node():
            continue
        drawn.trim_first_node()
        drawn.trim_last_node()
        if name not in picture.nodes:
            continue
        del picture.nodes[name]
        first, last = picture.extend(drawn, prefix=name)
        assert first is not None
        assert last is not None
        picture.edges = [
            edge.copy(
                source=last.id if edge.source == name else None,
                target=first.id if edge.target == name else None,
            )
            for edge in picture.edges
        ]
