"""Which links point backwards and on which layer each item goes.

Items are the numbers 0..count-1, links are pairs of them. Everything here is a loop, never a
recursion: a graph of thousands of nodes must not touch the host's stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["backward_links", "layers_of", "neighbours"]

Link = tuple[int, int]


def neighbours(count: int, links: Sequence[Link]) -> tuple[list[list[int]], list[list[int]]]:
    """For every item the items that links lead to, and those that links come from."""
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        after[source].append(target)
        before[target].append(source)
    return after, before


def backward_links(count: int, links: Sequence[Link]) -> set[int]:
    """The numbers of the links to turn round so that no cycle is left.

    A depth-first walk, from the items nothing leads to, then from the others in their order:
    the links that lead back into the walk's own path. Links from an item to itself are for the
    caller to leave out.
    """
    leaving: list[list[int]] = [[] for _ in range(count)]
    arriving = [0] * count
    for number, (source, target) in enumerate(links):
        leaving[source].append(number)
        arriving[target] += 1
    new, open_, done = 0, 1, 2
    state = [new] * count
    backward: set[int] = set()
    for root in sorted(range(count), key=lambda item: arriving[item] > 0):
        if state[root] != new:
            continue
        state[root] = open_
        path: list[tuple[int, Iterator[int]]] = [(root, iter(leaving[root]))]
        while path:
            item, rest = path[-1]
            number = next(rest, -1)
            if number < 0:
                state[item] = done
                path.pop()
                continue
            target = links[number][1]
            if state[target] == open_:
                backward.add(number)
            elif state[target] == new:
                state[target] = open_
                path.append((target, iter(leaving[target])))
    return backward


def layers_of(count: int, links: Sequence[Link], bottom: Sequence[int] = ()) -> list[int]:
    """The layer of every item: 0 on top, below everything that leads to it.

    `links` hold no cycle. Items in `bottom` that lead nowhere go to the lowest layer.
    """
    after, _ = neighbours(count, links)
    waiting = [0] * count
    for _, target in links:
        waiting[target] += 1
    layer = [0] * count
    ready = [item for item in range(count) if not waiting[item]]
    for item in ready:  # grows while it is read
        for target in after[item]:
            layer[target] = max(layer[target], layer[item] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    lowest = max(layer, default=0)
    for item in bottom:
        if not after[item]:
            layer[item] = lowest
    return layer
