"""Plan a trip, then go back to any step, change what was known there, and let it go differently."""

from typing import Any, Literal, TypedDict

from anystep.graph import END, START, StateGraph

PLACES = {"mountains": 420, "seaside": 310, "city": 240, "garden": 0}


class Trip(TypedDict, total=False):
    budget: int
    weather: str
    place: str
    cost: int
    plan: str


def look_outside(trip: Trip) -> Trip:
    return {"weather": "rain"}


def choose(trip: Trip) -> Trip:
    affordable = [place for place, cost in PLACES.items() if cost <= trip["budget"]]
    dry = [place for place in affordable if trip["weather"] == "sun" or place == "city"]
    place = (dry or affordable)[0]
    return {"place": place, "cost": PLACES[place]}


def enough(trip: Trip) -> Literal["book", "stay"]:
    return "book" if trip["cost"] > 0 else "stay"


def book(trip: Trip) -> Trip:
    left = trip["budget"] - trip["cost"]
    return {"plan": f"Off to the {trip['place']} in the {trip['weather']}, with {left} to spend."}


def stay(trip: Trip) -> Trip:
    return {"plan": "A good book, in the garden."}


def build(saver: Any = None) -> Any:
    graph = StateGraph(Trip)
    for node in (look_outside, choose, book, stay):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "look_outside")
    graph.add_edge("look_outside", "choose")
    graph.add_conditional_edges("choose", enough)
    graph.add_edge("book", END)
    graph.add_edge("stay", END)
    return graph.compile(checkpointer=saver)
