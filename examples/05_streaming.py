"""Streaming: watch a run while it goes.

`updates` tells what each node wrote, `values` the whole state after each superstep, `custom`
whatever a node writes to its stream writer. Several modes at once give pairs of mode and data.

Prints:

    values {'celsius': [12, 30, 21]}
    custom converting 3 readings
    updates {'convert': {'fahrenheit': [54, 86, 70]}}
    values {'celsius': [12, 30, 21], 'fahrenheit': [54, 86, 70]}
    updates {'judge': {'verdict': 'mixed'}}
    values {'celsius': [12, 30, 21], 'fahrenheit': [54, 86, 70], 'verdict': 'mixed'}
    ---
    {'convert': {'fahrenheit': [32]}}
    {'judge': {'verdict': 'cold'}}
"""

from typing import TypedDict

from anystep.graph import END, START, StateGraph
from anystep.types import StreamWriter


class Weather(TypedDict, total=False):
    """Some readings and what to make of them."""

    celsius: list[int]
    fahrenheit: list[int]
    verdict: str


def convert(state: Weather, writer: StreamWriter) -> Weather:
    """Other units; says what it does while it does it."""
    writer(f"converting {len(state['celsius'])} readings")
    return {"fahrenheit": [round(degrees * 9 / 5 + 32) for degrees in state["celsius"]]}


def judge(state: Weather) -> Weather:
    """Cold, warm or both."""
    readings = state["celsius"]
    cold, warm = min(readings) < 15, max(readings) >= 15
    return {"verdict": "mixed" if cold and warm else "cold" if cold else "warm"}


def main() -> None:
    """The same graph, watched in three ways at once and in one."""
    builder = StateGraph(Weather)
    builder.add_node("convert", convert)
    builder.add_node("judge", judge)
    builder.add_edge(START, "convert")
    builder.add_edge("convert", "judge")
    builder.add_edge("judge", END)
    graph = builder.compile()

    modes = ["values", "updates", "custom"]
    for mode, data in graph.stream({"celsius": [12, 30, 21]}, stream_mode=modes):
        print(mode, data)
    print("---")
    for update in graph.stream({"celsius": [0]}, stream_mode="updates"):
        print(update)


if __name__ == "__main__":
    main()
