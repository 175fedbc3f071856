"""Where the nodes of a builder may lead, and who is waited for in vain when they do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anystep._planner import Join, Node, Relief

if TYPE_CHECKING:
    from .state import StateGraph

Ways = dict[str, set[str]]


def possible_ways(builder: StateGraph[Any, Any, Any, Any]) -> tuple[Ways, set[str]]:
    """What each node may lead to by all that was declared; and the nodes that may go anywhere."""
    ways: Ways = {}
    anywhere: set[str] = set()
    for start, end in builder.edges:
        ways.setdefault(start, set()).add(end)
    for starts, end in builder.waiting_edges:
        for start in starts:
            ways.setdefault(start, set()).add(end)
    for source, branches in builder.branches.items():
        for branch in branches.values():
            if branch.ends is None:
                anywhere.add(source)
            else:
                ways.setdefault(source, set()).update(branch.ends.values())
    for name, spec in builder.nodes.items():
        ways.setdefault(name, set()).update(spec.ends)
        if spec.handler is not None:
            ways[name].add(spec.handler)
    return ways, anywhere


def lay_reliefs(
    builder: StateGraph[Any, Any, Any, Any],
    indexes: Mapping[str, int],
    nodes: list[Node],
    joins: list[Join],
) -> None:
    """Note at each source of a relief which joins it may release, and where it must not lead.

    Raises: `ValueError` for a source that is no node, and for a join that does not exist.
    """
    ways, anywhere = possible_ways(builder)
    for source, absent, target in sorted(builder.reliefs):
        if source not in indexes:
            raise ValueError(f"Found barrier relief at unknown node '{source}'")
        relieved = [
            join for join in joins if absent in join.names and join.target == indexes.get(target)
        ]
        if not relieved:
            raise ValueError(
                f"Nothing to relieve: no join into '{target}' waits for '{absent}'. "
                f"Add it first: add_edge(['{absent}', ...], '{target}')"
            )
        reach = frozenset(indexes[name] for name in _leading_to(absent, ways, anywhere))
        node = nodes[indexes[source]]
        node.reliefs = (*node.reliefs, *(Relief(join.index, absent, reach) for join in relieved))
        node.simple = False


def _leading_to(end: str, ways: Ways, anywhere: set[str]) -> set[str]:
    """The node itself, and all from which a run may come to it."""
    sources: Ways = {}
    for start, targets in ways.items():
        for target in targets:
            sources.setdefault(target, set()).add(start)
    found = {end}
    coming = [end]
    while coming:
        # Whoever may go anywhere may go there.
        for name in (sources.get(coming.pop(), set()) | anywhere) - found:
            found.add(name)
            coming.append(name)
    return found
