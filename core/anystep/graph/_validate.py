"""Whether a graph makes sense, asked before it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import END, START

if TYPE_CHECKING:
    from .state import StateGraph

_RESERVED_CHARACTERS = ("|", ":")


def check_name(builder: StateGraph[Any, Any, Any, Any], name: str) -> None:
    """Raises: `ValueError` for a node name that cannot be used."""
    if name in builder.nodes:
        raise ValueError(f"Node `{name}` already present.")
    if name in (START, END):
        raise ValueError(f"Node `{name}` is reserved.")
    for character in _RESERVED_CHARACTERS:
        if character in name:
            raise ValueError(
                f"'{character}' is a reserved character and is not allowed in the node names."
            )


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
    """Raises: `ValueError` for an edge from or to nowhere, or a graph without entry."""
    _check_sources(builder, _sources(builder))
    for source, branches in builder.branches.items():
        for name, branch in branches.items():
            for target in (branch.ends or {}).values():
                check_target(builder, source, name, target)
    for target in _targets(builder):
        if target not in builder.nodes and target != END:
            raise ValueError(f"Found edge ending at unknown node `{target}`")
    for name in interrupt:
        if name not in builder.nodes:
            raise ValueError(f"Interrupt node `{name}` not found")


def _sources(builder: StateGraph[Any, Any, Any, Any]) -> set[str]:
    sources = {start for start, _ in builder.edges}
    sources.update(start for starts, _ in builder.waiting_edges for start in starts)
    sources.update(builder.branches)
    return sources


def _check_sources(builder: StateGraph[Any, Any, Any, Any], sources: set[str]) -> None:
    for source in sorted(sources):
        if source not in builder.nodes and source != START:
            raise ValueError(f"Found edge starting at unknown node '{source}'")
    if START not in sources:
        raise ValueError(
            "Graph must have an entrypoint: add at least one edge from START to another node"
        )


def _targets(builder: StateGraph[Any, Any, Any, Any]) -> Iterable[str]:
    yield from sorted({end for _, end in builder.edges})
    yield from sorted({end for _, end in builder.waiting_edges})
