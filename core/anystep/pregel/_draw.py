"""Pictures of compiled graphs: what is written at their nodes, and the edges of hand-built ones.

A hand-built graph declares no edges. What a node writes leads to whoever subscribes to it, so the
edges are found by running the channels without the nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import END, START, TASKS

from ._node import ChannelWriteEntry, PregelNode

if TYPE_CHECKING:
    from anystep.draw import DrawableGraph

    from .main import Pregel

#: Supersteps after which the walk ends: nodes may lead to each other in a circle.
_STEPS = 251


def draw_channels(graph: Pregel[Any, Any, Any, Any], xray: int | bool) -> DrawableGraph:
    """The picture of a graph of nodes and channels; subgraphs opened as far as `xray` says.

    A node that is triggered though nothing was written for it in the superstep before gets dotted
    edges from all that ran in it.
    """
    from anystep.draw import DrawableGraph, DrawEdge

    walk = _Walk(graph.nodes, graph.channels)
    first = walk.begin(graph.input_channels)
    edges, last = walk.edges(first)
    picture = DrawableGraph()
    for name, node in graph.nodes.items():
        metadata = notes(graph, name, node.metadata, node.bound)
        picture.add_node(node.bound, name, metadata=metadata or None)
    if START not in picture.nodes:
        picture.add_node(None, START)
        picture.edges = [DrawEdge(START, name) for name in first if name != START]
    found: dict[tuple[str, str], DrawEdge] = {}
    for source, target, conditional in sorted(edges):
        found.setdefault((source, target), DrawEdge(source, target, None, conditional))
    leaving = {source for source, _ in found}
    final = sorted({target for _, target in found} - leaving)
    picture.edges += found.values()
    picture.edges += [DrawEdge(name, END) for name in final]
    if not final and len(last) == 1:
        picture.edges.append(DrawEdge(last[0], END, None, True))
    if any(edge.target == END for edge in picture.edges):
        picture.add_node(None, END)
    if xray:
        open_subgraphs(graph, picture, xray)
    return picture


class _Walk:
    """A run of the channels alone: who is triggered, and by whose writes."""

    def __init__(self, nodes: Mapping[str, PregelNode], channels: Mapping[str, Any]) -> None:
        self._nodes = nodes
        self._channels = {
            name: channel.copy() for name, channel in channels.items() if hasattr(channel, "update")
        }
        self._new: dict[str, set[str]] = {name: set() for name in nodes}  # unread, by reader

    def begin(self, inputs: str | Sequence[str]) -> list[str]:
        """The nodes that a run's input triggers."""
        self._write({name: [{}] for name in ([inputs] if isinstance(inputs, str) else inputs)})
        return self._due()

    def edges(self, due: list[str]) -> tuple[set[tuple[str, str, bool]], list[str]]:
        """Source, target and whether it is dotted; and the nodes of the last superstep."""
        edges: set[tuple[str, str, bool]] = set()
        wrote: dict[str, set[str]] = {}  # by node, the channels not yet accounted for
        ran: list[str] = []
        for _ in range(_STEPS):
            if not due:
                break
            ran, written = due, self._run(due)
            now = {name: set(channels) for name, channels in written.items()}
            wrote.update({name: set(channels) for name, channels in now.items()})
            due = self._due()
            for name in due:
                edges |= self._arrivals(name, wrote, now)
        return edges, ran

    def _arrivals(
        self, name: str, wrote: dict[str, set[str]], now: dict[str, set[str]]
    ) -> set[tuple[str, str, bool]]:
        found: set[tuple[str, str, bool]] = set()
        fresh = False
        for trigger in sorted(self._nodes[name].triggers):
            for source in [source for source, channels in wrote.items() if trigger in channels]:
                found.add((source, name, False))
                if trigger in now.get(source, ()):
                    fresh = True
                else:
                    wrote[source].discard(trigger)
        return found if fresh else found | {(source, name, True) for source in now}

    def _run(self, due: list[str]) -> dict[str, list[str]]:
        """Apply what these nodes write; the channels of each."""
        written: dict[str, list[str]] = {}
        values: dict[str, list[Any]] = {}
        for name in due:
            self._new[name].clear()
            written[name] = []
            for writer in self._nodes[name].writers:
                if not isinstance(writer, ChannelWriteEntry) or writer.channel == TASKS:
                    continue
                for channel, value in _blank(writer):
                    written[name].append(channel)
                    values.setdefault(channel, []).append(value)
        for trigger in {trigger for name in due for trigger in self._nodes[name].triggers}:
            self._channels[trigger].consume()
        self._write(values)
        return written

    def _write(self, values: Mapping[str, list[Any]]) -> None:
        for name, channel in self._channels.items():
            if name in values and _update(channel, values[name]):
                self._announce(name)
            elif name not in values and channel.is_available():
                channel.update([])

    def _announce(self, channel: str) -> None:
        for name, node in self._nodes.items():
            if channel in node.triggers:
                self._new[name].add(channel)

    def _due(self) -> list[str]:
        due = self._triggered()
        if not due:
            for name, channel in self._channels.items():
                if channel.finish():
                    self._announce(name)
            due = self._triggered()
        return due

    def _triggered(self) -> list[str]:
        available = {name for name, channel in self._channels.items() if channel.is_available()}
        return sorted(name for name, unread in self._new.items() if unread & available)


def _blank(writer: ChannelWriteEntry) -> list[tuple[str, Any]]:
    """What a writer writes where the node has returned None."""
    try:
        return writer.pairs(None)
    except Exception:  # noqa: BLE001  # a mapper that needs a value: a run gives it one
        return [(writer.channel, None)]


def _update(channel: Any, values: list[Any]) -> bool:
    """Whether the channel takes these stand-ins; one that computes with them is taken to."""
    try:
        return bool(channel.update(values))
    except Exception:  # noqa: BLE001  # a reducer or a guard that refuses None
        return True


def notes(
    graph: Pregel[Any, Any, Any, Any],
    name: str,
    metadata: Mapping[str, Any] | None,
    action: Any,
    *,
    deferred: bool = False,
) -> dict[str, Any]:
    """What is written below a node's name."""
    found = dict(metadata or {})
    if deferred:
        found["defer"] = True
    before = name in graph.interrupt_before_nodes
    after = name in graph.interrupt_after_nodes
    if before or after:
        stops = [when for when, stop in (("before", before), ("after", after)) if stop]
        found["__interrupt"] = ",".join(stops)
    tools: Any = getattr(action, "tools_by_name", None)
    if tools and isinstance(tools, Mapping):
        found["__tools"] = list(tools)
    return found


def open_subgraphs(
    graph: Pregel[Any, Any, Any, Any], picture: DrawableGraph, xray: int | bool
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


__all__ = ["draw_channels", "notes", "open_subgraphs"]
