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
    from anystep.pregel._draw import notes, open_subgraphs

    picture = DrawableGraph()
    picture.add_node(None, START)
    for name, spec in graph.builder.nodes.items():
        metadata = notes(graph, name, spec.metadata, spec.action, deferred=spec.defer)
        picture.add_node(spec.action, name, metadata=metadata or None)
    picture.edges = possible_edges(_topology(graph.builder))
    if any(edge.target == END for edge in picture.edges):
        picture.add_node(None, END)
    if xray:
        open_subgraphs(graph, picture, xray)
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
