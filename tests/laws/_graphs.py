"""Random graphs as plain data, from a seed.

Edges, joins and Sends lead forwards (nodes are ranked by name), so every run ends; routers
and commands may lead backwards until the state has grown enough.
"""

import random
from typing import NamedTuple

#: What a node does besides writing its name.
KINDS = ("writes", "writes", "writes", "silent", "asks", "asks twice", "fails", "goes", "inner")
ENOUGH = 8  # entries in the list: nobody leads backwards any more
MANY = 20  # entries: nobody sends any more


class Node(NamedTuple):
    """A node and what leads away from it."""

    name: str
    kind: str
    edges: tuple[str, ...] = ()
    router: tuple[str, ...] = ()  # targets of a conditional edge, which takes some of them
    sends: tuple[str, int] | None = None  # a target and how many
    goto: tuple[str, ...] = ()  # of kind "goes"
    failures: int = 0  # of kind "fails": how often, for each task
    retried: bool = False  # by a policy, rather than by running the thread again
    defer: bool = False
    inner: "Graph | None" = None  # of kind "inner": the subgraph


class Graph(NamedTuple):
    """One random graph."""

    nodes: tuple[Node, ...]
    starts: tuple[str, ...]
    joins: tuple[tuple[tuple[str, ...], str], ...]


def graph_of(seed: int) -> Graph:
    """The graph of a seed."""
    return _graph(random.Random(seed), "abcdefgh", depth=2)


def _graph(chance: random.Random, letters: str, depth: int) -> Graph:
    names = list(letters[: chance.randint(2, 6)])
    nodes = tuple(_node(chance, names, rank, depth) for rank in range(len(names)))
    starts = tuple(sorted(chance.sample(names[: max(1, len(names) // 2)], 1)))
    if len(names) > 3 and chance.random() < 0.4:
        starts = tuple(names[:2])
    joins = []
    if len(names) > 3 and chance.random() < 0.5:
        target = chance.randint(2, len(names) - 1)
        sources = chance.sample(names[:target], chance.randint(2, min(3, target)))
        joins.append((tuple(sorted(sources)), names[target]))
    return Graph(nodes, starts, tuple(joins))


def _node(chance: random.Random, names: list[str], rank: int, depth: int) -> Node:
    name, later = names[rank], names[rank + 1 :]
    kind = chance.choice(KINDS if depth > 1 else KINDS[:-1])

    def some(of: list[str], most: int) -> tuple[str, ...]:
        return tuple(sorted(chance.sample(of, min(len(of), chance.randint(0, most)))))

    node = Node(name, kind, edges=some(later, 2))
    if chance.random() < 0.3:
        node = node._replace(router=some(names if kind != "silent" else later, 3))
    if later and chance.random() < 0.25:
        node = node._replace(sends=(chance.choice(later), chance.randint(1, 3)))
    if kind == "goes":
        node = node._replace(goto=some(names, 2))
    if kind == "fails":
        node = node._replace(failures=chance.randint(1, 2), retried=chance.random() < 0.5)
    if kind == "inner":
        inner = _graph(chance, "stuvwxy", depth - 1)
        node = node._replace(inner=inner)
    return node._replace(defer=chance.random() < 0.1)


def routed(node: Node, size: int) -> tuple[str, ...]:
    """Where a router or a command leads from a list of `size` entries.

    Backwards, and to itself, only while the list is short.
    """
    targets = node.goto if node.kind == "goes" else node.router
    chosen = [t for place, t in enumerate(targets) if (size + place) % 3]
    return tuple(t for t in chosen if t > node.name or size < ENOUGH)
