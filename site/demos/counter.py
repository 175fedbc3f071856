"""Reducers say how updates meet: one adds, one keeps the highest, one collects, one replaces."""

import operator
from typing import Annotated, Any, Literal, TypedDict

from anystep.graph import END, START, StateGraph


def larger(old: int, new: int) -> int:
    return max(old, new)


class State(TypedDict, total=False):
    n: int  # no reducer: the last write wins
    steps: Annotated[int, operator.add]  # numbers are added
    highest: Annotated[int, larger]  # any function of (old, new) will do
    path: Annotated[list[int], operator.add]  # lists grow


def check(state: State) -> State:
    return {"path": [state["n"]], "highest": state["n"]}


def halve(state: State) -> State:
    return {"n": state["n"] // 2, "steps": 1}


def triple(state: State) -> State:
    return {"n": 3 * state["n"] + 1, "steps": 1}


def decide(state: State) -> Literal["halve", "triple", "__end__"]:
    """The famous puzzle: does every number come down to one?"""
    if state["n"] <= 1:
        return END
    return "halve" if state["n"] % 2 == 0 else "triple"


def build(saver: Any = None) -> Any:
    graph = StateGraph(State)
    graph.add_node("check", check)
    graph.add_node("halve", halve)
    graph.add_node("triple", triple)
    graph.add_edge(START, "check")
    graph.add_conditional_edges("check", decide)
    graph.add_edge("halve", "check")
    graph.add_edge("triple", "check")
    return graph.compile(checkpointer=saver)
