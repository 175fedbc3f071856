"""Time travel: look back at every step of a thread, and go another way from any of them.

With a saver every superstep leaves a checkpoint. `get_state_history` lists them, newest first;
a run or an update at an older checkpoint's config starts a fork. Nothing that was saved changes.

Prints:

    step 2, next (): ['north', 'east', 'north']
    step 1, next ('walk',): ['north', 'east']
    step 0, next ('walk',): ['north']
    forked: ['north', 'west', 'west']
    the first way is still there: ['north', 'east', 'north']
"""

import operator
from typing import Annotated, Any, TypedDict

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph


class Walk(TypedDict, total=False):
    """Where somebody went, and what the map says."""

    path: Annotated[list[str], operator.add]
    plan: list[str]


def walk(state: Walk) -> Walk:
    """One step, as planned."""
    direction, *rest = state["plan"]
    return {"path": [direction], "plan": rest}


def main() -> None:
    """Walk, look back, change the plan half way and walk on from there."""
    builder = StateGraph(Walk)
    builder.add_node("walk", walk)
    builder.add_edge(START, "walk")
    builder.add_conditional_edges(
        "walk", lambda state: "walk" if state["plan"] else END, ["walk", END]
    )
    graph = builder.compile(checkpointer=InMemorySaver())

    config: Any = {"configurable": {"thread_id": "walk-1"}}
    graph.invoke({"path": ["north"], "plan": ["east", "north"]}, config)
    history: list[Any] = list(graph.get_state_history(config))
    for state in history:
        if "path" in state.values and state.metadata["step"] >= 0:
            print(f"step {state.metadata['step']}, next {state.next}: {state.values['path']}")

    before = next(state for state in history if state.metadata["step"] == 0)
    fork = graph.update_state(before.config, {"plan": ["west", "west"]}, as_node="__start__")
    print("forked:", graph.invoke(None, fork)["path"])
    print("the first way is still there:", graph.get_state(history[0].config).values["path"])


if __name__ == "__main__":
    main()
