"""Whether a graph makes sense, asked before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from anystep._constants import END, RESERVED, START

if TYPE_CHECKING:
    from .state import StateGraph


def refuse_name(builder: StateGraph[Any, Any, Any, Any], name: str) -> NoReturn:
    """Raises: `ValueError` that says why a node cannot have this name."""
    if name in builder.nodes:
        raise ValueError(f"Node `{name}` already present.")
    if name in (START, END):
        raise ValueError(f"Node `{name}` is reserved.")
    character = "|" if "|" in name else ":"
    raise ValueError(f"'{character}' is a reserved character and is not allowed in the node names.")


def check_action(action: Any) -> None:
    """Raises: `TypeError` for what cannot run."""
    if not callable(action) and not hasattr(action, "invoke"):
        raise TypeError(
            f"Expected a Runnable, callable or dict.Instead got an unsupported type: {type(action)}"
        )


def check_target(
    builder: StateGraph[Any, Any, Any, Any], source: str, branch: str, to: str
) -> None:
    """Raises: `ValueError` for a conditional edge to a node that does not exist."""
    if to not in builder.nodes and to != END:
        raise ValueError(f"At '{source}' node, '{branch}' branch found unknown target '{to}'")


def validate(builder: StateGraph[Any, Any, Any, Any], interrupt: Sequence[str]) -> None:
    """Raises: `ValueError` for a reserved name, an edge from or to nowhere, or a graph without
    entry."""
    named = (("Channel", builder.channels), ("Managed", builder.managed), ("Node", builder.nodes))
    for kind, names in named:
        for name in RESERVED:
            if name in names:
                raise ValueError(f"{kind} name '{name}' is reserved")
    _check_sources(builder)
    for source, branches in builder.branches.items():
        for name, branch in branches.items():
            for target in (branch.ends or {}).values():
                check_target(builder, source, name, target)
    unknown = _unknown_target(builder)
    if unknown is not None:
        raise ValueError(f"Found edge ending at unknown node `{unknown}`")
    for name in interrupt:
        if name not in builder.nodes:
            raise ValueError(f"Interrupt node `{name}` not found")


def validate_strictly(builder: StateGraph[Any, Any, Any, Any]) -> None:
    """Strict mode: what LangGraph lets pass.

    Raises: `ValueError` for a reserved or empty name, a node listed twice in one join, and a node
    that nothing leads to.
    """
    for name, spec in builder.nodes.items():
        if not name or (name.startswith("__") and not spec.is_error_handler):
            raise ValueError(
                f"Node name {name!r} is reserved: names are not empty and do not begin with '__'."
            )
    for starts, end in sorted(builder.waiting_edges):
        if len(set(starts)) < len(starts):
            raise ValueError(f"The join into {end!r} waits for a node twice: {list(starts)!r}")
    unreached = _unreached(builder)
    if unreached:
        raise ValueError(
            f"Nothing leads to {', '.join(map(repr, unreached))}: add an edge, name it in a path "
            "map, or declare the node that goes there with add_node(destinations=...)."
        )


def _unreached(builder: StateGraph[Any, Any, Any, Any]) -> list[str]:
    """The nodes no declared way leads to; none where a router may go anywhere."""
    from ._ways import possible_ways

    ways, anywhere = possible_ways(builder)
    if anywhere:
        return []
    reached: set[str] = set()
    coming = [START]
    while coming:
        for name in ways.get(coming.pop(), set()) - reached:
            reached.add(name)
            coming.append(name)
    return sorted(set(builder.nodes) - reached)


def _check_sources(builder: StateGraph[Any, Any, Any, Any]) -> None:
    sources = {start for start, _ in builder.edges}
    sources.update(start for starts, _ in builder.waiting_edges for start in starts)
    sources.update(builder.branches)
    unknown = sources.difference(builder.nodes, (START,))
    if unknown:
        raise ValueError(f"Found edge starting at unknown node '{min(unknown)}'")
    if START not in sources:
        raise ValueError(
            "Graph must have an entrypoint: add at least one edge from START to another node"
        )


def _unknown_target(builder: StateGraph[Any, Any, Any, Any]) -> str | None:
    for edges in (builder.edges, builder.waiting_edges):
        unknown = {end for _, end in edges}.difference(builder.nodes, (END,))
        if unknown:
            return min(unknown)
    ends = {end for spec in builder.nodes.values() for end in spec.ends}
    return min(ends.difference(builder.nodes, (END,)), default=None)
