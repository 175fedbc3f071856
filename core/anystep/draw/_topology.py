"""Which edges a picture of a graph shows, from what its builder declares.

LangGraph finds them by running the graph without its nodes: whatever is reached follows its
edges, takes each of its branches once, and what led to a node that runs next is an edge. So
nodes that nothing reaches have no edges, a join shows edges from all that it waits for, and a
deferred node also shows dotted edges from those that ran just before it. This is that walk over
names alone. It goes on where LangGraph's ends (after 250 supersteps) as long as it finds edges.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ._graph import DrawEdge

__all__ = ["Topology", "possible_edges"]

#: Supersteps after which a walk that finds nothing new ends: plain edges may form a circle.
_PATIENCE = 251


class Topology(NamedTuple):
    """What a builder declares; `start` and `end` are names that no node has."""

    edges: Collection[tuple[str, str]]
    joins: Collection[tuple[Sequence[str], str]] = ()  # all of the sources, then the target
    branches: Collection[tuple[str, str, str | None]] = ()  # source, target, label
    deferred: Collection[str] = ()
    start: str = "__start__"
    end: str = "__end__"


def possible_edges(topology: Topology) -> list[DrawEdge]:
    """The edges to draw, sorted, at most one from one node to another.

    A node that nothing follows gets an edge to the end; so does, dotted, the last one of a graph
    without any end.
    """
    walk = _Walk(topology)
    walk.run()
    found: dict[tuple[str, str], DrawEdge] = {}
    for source, (target, _, conditional, label) in sorted(walk.edges, key=_by_name):
        shown = None if label == target else label
        found.setdefault((source, target), DrawEdge(source, target, shown, conditional))
    end = topology.end
    leaving = {source for source, _ in found}
    final = sorted({target for _, target in found if target != end} - leaving)
    for source in final:
        found[source, end] = DrawEdge(source, end)
    if not final and len(walk.ran) == 1 and all(target != end for _, target in found):
        (source,) = walk.ran
        found[source, end] = DrawEdge(source, end, None, True)
    return list(found.values())


class _Way(NamedTuple):
    """How a node leads to another: by an edge or a branch, or by the join it is part of."""

    target: str
    join: int | None
    conditional: bool
    label: str | None


def _by_name(edge: tuple[str, _Way]) -> tuple[str, str, bool, str]:
    source, way = edge
    return source, way.target, way.conditional, way.label or ""


class _Walk:
    """The run without nodes: who runs, who arrived at which join, and what led to whom."""

    def __init__(self, topology: Topology) -> None:
        self.edges: set[tuple[str, _Way]] = set()
        self.ran: dict[str, set[_Way]] = {}  # in the latest superstep, with the ways out
        self._topology = topology
        self._joins = [set(sources) for sources, _ in topology.joins]
        self._arrived: list[set[str]] = [set() for _ in self._joins]
        self._waiting: set[str] = set()  # deferred nodes that an edge has led to
        self._branches: dict[str, set[_Way]] = {}
        self._plain: dict[str, list[_Way]] = {}
        self._into: dict[str, dict[tuple[str, _Way], None]] = {}  # what has led to each node
        self._out: dict[str, set[_Way]] = {}
        self._seen: set[str] = set()
        for source, target in topology.edges:
            if target != topology.end:
                self._plain.setdefault(source, []).append(_Way(target, None, False, None))
        for number, (sources, target) in enumerate(topology.joins):
            if target != topology.end:
                for source in sources:
                    way = _Way(target, number, False, None)
                    self._plain.setdefault(source, []).append(way)
        for source, target, label in topology.branches:
            self._branches.setdefault(source, set()).add(_Way(target, None, True, label))

    def run(self) -> None:
        tasks = {self._topology.start}
        steps = 0
        while tasks:
            known = len(self.edges)
            targets = self._superstep(sorted(tasks))
            tasks = targets or self._finish()
            for task in tasks:
                self._note(task)
            steps += 1
            if steps >= _PATIENCE and known == len(self.edges):
                return

    def _superstep(self, tasks: list[str]) -> set[str]:
        """Let the tasks follow their ways; who runs next, deferred nodes aside."""
        self._waiting.difference_update(tasks)
        for number, (_, target) in enumerate(self._topology.joins):
            if target in tasks and self._arrived[number] == self._joins[number]:
                self._arrived[number] = set()
        self.ran = {}
        targets: set[str] = set()
        for task in tasks:
            for way in self._ways(task):
                if way.join is not None:
                    self._arrived[way.join].add(task)
                    if self._arrived[way.join] != self._joins[way.join]:
                        continue
                if way.target not in self._topology.deferred:
                    targets.add(way.target)
                elif way.join is None:
                    self._waiting.add(way.target)
        return targets

    def _ways(self, task: str) -> list[_Way]:
        """Where a task leads now; remembers how. Branches are taken once."""
        branches = self._branches.get(task, set())
        inner = {way for way in branches if way.target != self._topology.end}
        taken = [] if task in self._seen else sorted(inner, key=lambda way: way.target)
        if task not in self._seen:
            self._seen.add(task)
            self.edges.update((task, way) for way in branches - inner)
        plain = self._plain.get(task, [])
        # Where a branch leads as well, an edge cannot be told from it.
        shadowed = {way.target for way in taken}
        shown = {way for way in plain if way.join is not None or way.target not in shadowed} | inner
        for way in self._out.get(task, ()):
            self._into[way.target].pop((task, way), None)
        for way in shown:
            self._into.setdefault(way.target, {})[task, way] = None
        self._out[task] = self.ran[task] = shown
        return [*plain, *taken]

    def _finish(self) -> set[str]:
        """When nothing else runs: the deferred nodes that something has led to."""
        complete = {
            target
            for number, (_, target) in enumerate(self._topology.joins)
            if target in self._topology.deferred and self._arrived[number] == self._joins[number]
        }
        return self._waiting | complete

    def _note(self, task: str) -> None:
        """An edge from all that led to a task; ways of earlier supersteps count once."""
        now = False
        for source, way in list(self._into.get(task, ())):
            self.edges.add((source, way))
            if way in self.ran.get(source, ()):
                now = True
            else:
                del self._into[task][source, way]
        if not now:
            self.edges.update((source, _Way(task, None, True, None)) for source in self.ran)
