"""A compiled graph as a picture can be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep._constants import END, START

if TYPE_CHECKING:
    from anystep.draw import DrawableGraph, Topology

    from .state import CompiledStateGraph, StateGraph


def draw(graph: CompiledStateGraph[Any, Any, Any, Any], xray: int | bool) -> DrawableGraph:
    """Nodes and edges, conditional ones dotted; subgraphs opened as far as `xray` says.

    Only edges that can be reached from the start are drawn: the others never run.
    """
    from anystep.draw import DrawableGraph, possible_edges

    picture = DrawableGraph()
    picture.add_node(None, START)
    for name, spec in graph.builder.nodes.items():
        picture.add_node(spec.action, name, metadata=_metadata(graph, name) or None)
    picture.edges = possible_edges(_topology(graph.builder))
    if any(edge.target == END for edge in picture.edges):
        picture.add_node(None, END)
    if xray:
        _open_subgraphs(graph, picture, xray)
    return picture


def _topology(builder: StateGraph[Any, Any, Any, Any]) -> Topology:
    from anystep.draw import Topology

    branches: list[tuple[str, str, str | None]] = [
        (source, target, str(label))
        for source, found in builder.branches.items()
        for branch in found.values()
        for label, target in (branch.ends or {}).items()
    ]
    for name, spec in builder.nodes.items():
        ends = spec.ends.items() if isinstance(spec.ends, dict) else ((e, None) for e in spec.ends)
        branches += [(name, target, label) for target, label in ends]
    deferred = {name for name, spec in builder.nodes.items() if spec.defer}
    return Topology(builder.edges, builder.waiting_edges, branches, deferred)


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
