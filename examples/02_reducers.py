"""Reducers: how writes to one key come together.

Without a reducer a key holds the last value, and two nodes that write it in one superstep are
an error. With `Annotated[type, function]` the function combines the old value with each write:
here a list that grows, a sum, and the highest offer so far. `bidder_a` and `bidder_b` run in the
same superstep; their writes are applied in a fixed order, whoever is done first.

Prints:

    offers: ['start 100', 'a bids 110', 'b bids 125']
    bids: 2
    best: 125
"""

import operator
from typing import Annotated, TypedDict

from anystep.graph import END, START, StateGraph


def highest(left: int, right: int) -> int:
    """A reducer is any function of the old value and a new one."""
    return max(left, right)


class Auction(TypedDict, total=False):
    """Each key says how it is updated."""

    offers: Annotated[list[str], operator.add]
    bids: Annotated[int, operator.add]
    best: Annotated[int, highest]


def bidder_a(state: Auction) -> Auction:
    """Bids 10 more than the best offer."""
    bid = state["best"] + 10
    return {"offers": [f"a bids {bid}"], "bids": 1, "best": bid}


def bidder_b(state: Auction) -> Auction:
    """Bids 25 more; sees the same best offer as the other."""
    bid = state["best"] + 25
    return {"offers": [f"b bids {bid}"], "bids": 1, "best": bid}


def main() -> None:
    """Let both bid at once."""
    builder = StateGraph(Auction)
    for bidder in (bidder_a, bidder_b):
        builder.add_node(bidder.__name__, bidder)
        builder.add_edge(START, bidder.__name__)
        builder.add_edge(bidder.__name__, END)
    graph = builder.compile()

    result = graph.invoke({"offers": ["start 100"], "best": 100})
    for key in ("offers", "bids", "best"):
        print(f"{key}: {result[key]}")


if __name__ == "__main__":
    main()
