"""A state machine: nodes, a conditional edge and a loop.

A vending machine takes coins until the price is paid, then gives change. The state is a dict
whose keys the class names; a node gets it and returns what changes; `route` picks the next node.

Prints:

    paid 50 of 120
    paid 150 of 120
    {'price': 120, 'coins': [10], 'paid': 150, 'change': 30}
"""

from typing import TypedDict

from anystep.graph import END, START, StateGraph


class Machine(TypedDict, total=False):
    """What the machine knows."""

    price: int
    coins: list[int]
    paid: int
    change: int


def take_coin(state: Machine) -> Machine:
    """Put the next coin in."""
    coin, *rest = state["coins"]
    paid = state["paid"] + coin
    print(f"paid {paid} of {state['price']}")
    return {"paid": paid, "coins": rest}


def give_change(state: Machine) -> Machine:
    """Hand back what was too much."""
    return {"change": state["paid"] - state["price"]}


def route(state: Machine) -> str:
    """Another coin, or done?"""
    return "give_change" if state["paid"] >= state["price"] else "take_coin"


def main() -> None:
    """Build the graph, run it, print the state it ends with."""
    builder = StateGraph(Machine)
    builder.add_node("take_coin", take_coin)
    builder.add_node("give_change", give_change)
    builder.add_edge(START, "take_coin")
    builder.add_conditional_edges("take_coin", route, ["take_coin", "give_change"])
    builder.add_edge("give_change", END)
    graph = builder.compile()

    print(graph.invoke({"price": 120, "coins": [50, 100, 10], "paid": 0}))


if __name__ == "__main__":
    main()
