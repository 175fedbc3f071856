"""The first walk: turn cycles round and give every item of a level its row.

Nodes and subgraphs stand in every second row. The rows between are for the lines, so that each
link owns a place, where its label goes and where it cannot run through a box.
"""

from __future__ import annotations

from collections.abc import Mapping

from ._graph import DrawEdge
from ._ids import leaf
from ._layers import backward_links, layers_of
from ._level import INNER, SOURCE, TARGET, Item, Level, Link

__all__ = ["arrange"]

#: Lines may pass this many rows in all, more in large graphs; beyond it the longest end in a stub.
_LEAST_BUDGET, _BUDGET_PER_ITEM = 6_000, 2


def arrange(level: Level, by_prefix: Mapping[str, Level]) -> None:
    """Fill `level.links` and the rows of its items; tell the subgraphs in it about their ports."""
    pairs = [(level.item_of(edge.source), level.item_of(edge.target)) for _, edge in level.edges]
    backward = backward_links(len(level.items), pairs)
    for place, ((number, edge), pair) in enumerate(zip(level.edges, pairs, strict=True)):
        upward = place in backward
        upper, lower = pair[::-1] if upward else pair
        text = None if edge.data is None else str(edge.data)
        level.links.append(Link(number, upper, lower, upward=upward, part=INNER, data=text))
    _assign_rows(level)
    edges = dict(level.edges)
    _cut_long_links(level, edges)
    _add_ports(level)
    edges.update((number, edge) for number, edge, _, _ in level.ports)
    for link in level.links:
        _hand_down(level, link, edges[link.edge], by_prefix)


def _assign_rows(level: Level) -> None:
    """Rows for nodes and subgraphs; row 0 is left to the ports on top, if there are any."""
    last = [number for (_, id_), number in level.number_of.items() if leaf(id_) == "__end__"]
    layers = layers_of(len(level.items), [(k.upper, k.lower) for k in level.links], last)
    top = any(on_top for _, _, _, on_top in level.ports)
    for item, layer in zip(level.items, layers, strict=True):
        item.row = 2 * layer + top


def _cut_long_links(level: Level, edges: Mapping[int, DrawEdge]) -> None:
    """Replace the longest links by stubs until what is left can be drawn."""
    items = level.items

    def span(link: Link) -> int:
        return items[link.lower].row - items[link.upper].row - 1

    budget = max(_LEAST_BUDGET, _BUDGET_PER_ITEM * len(items))
    total = sum(map(span, level.links))
    for link in sorted(level.links, key=span, reverse=True):
        if total <= budget:
            break
        total -= span(link) - 1
        target = edges[link.edge].target
        source = link.lower if link.upward else link.upper
        stub = Item(text=target)
        stub.row = items[source].row + 2
        link.upper, link.lower, link.upward, link.stub = source, level.add(stub), False, target


def _add_ports(level: Level) -> None:
    """Items and links for the edges that pass the frame."""
    bottom = max((item.row for item in level.items), default=0) + 1
    for number, edge, leaving, on_top in level.ports:
        inner = level.item_of(edge.source if leaving else edge.target)
        port = Item()
        port.row = 0 if on_top else bottom
        outer = level.port_of[number] = level.add(port)
        upper, lower = (outer, inner) if on_top else (inner, outer)
        part = SOURCE if leaving else TARGET
        upward = leaving == on_top
        level.links.append(Link(number, upper, lower, upward=upward, part=part, data=None))


def _hand_down(level: Level, link: Link, edge: DrawEdge, by_prefix: Mapping[str, Level]) -> None:
    """Where a link ends at a subgraph, let its edge through that subgraph's frame."""
    for number, on_top in ((link.upper, False), (link.lower, True)):
        inner = level.items[number].level
        if inner is not None:
            leaving = on_top == link.upward if link.part == INNER else link.part == SOURCE
            by_prefix[inner.prefix].add_port(link.edge, edge, leaving=leaving, on_top=on_top)
