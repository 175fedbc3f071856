"""An agent: a model that calls tools, remembers the conversation, and asks before it acts.

`create_react_agent` makes the graph: the model is asked, the tools it calls run side by side, and
so on until it calls none. Any object with `invoke`, `ainvoke` and `bind_tools` is a model; this one
follows a script, so that the example needs no key and prints the same everywhere.

Prints:

    looking up: ['Bergen', 'Oslo']
    agent: Oslo 4 degrees, Bergen 9: take the train to Bergen.
    asked: Book a seat to Bergen?
    agent: Done, seat 12.
    messages: 9
"""

from typing import Any

from anystep.checkpoint.memory import InMemorySaver
from anystep.prebuilt import create_react_agent
from anystep.testing import ScriptedModel
from anystep.tools import tool
from anystep.types import Command, interrupt


@tool
def weather(city: str) -> str:
    """The temperature in a city."""
    return {"Oslo": "4 degrees", "Bergen": "9 degrees"}[city]


@tool
def book(city: str) -> str:
    """Book a seat on the train to a city."""
    if interrupt(f"Book a seat to {city}?") != "yes":
        return "The user does not want it."
    return "seat 12"


def calls(name: str, *cities: str) -> list[dict[str, Any]]:
    """What a model says when it wants a tool for each of some cities."""
    return [{"name": name, "args": {"city": city}} for city in cities]


def main() -> None:
    """Ask twice on one thread; the second time the agent asks back."""
    model = ScriptedModel(
        [
            calls("weather", "Oslo", "Bergen"),
            "Oslo 4 degrees, Bergen 9: take the train to Bergen.",
            calls("book", "Bergen"),
            "Done, seat 12.",
        ]
    )
    agent = create_react_agent(
        model, [weather, book], prompt="You plan journeys.", checkpointer=InMemorySaver()
    )
    config: Any = {"configurable": {"thread_id": "trip"}}

    told = agent.stream({"messages": "Where is it warmer?"}, config, stream_mode="tools")
    cities = [event["input"]["city"] for event in told if event["event"] == "tool-started"]
    print("looking up:", sorted(cities))
    print("agent:", agent.get_state(config).values["messages"][-1].content)

    result: Any = agent.invoke({"messages": "Book it."}, config)
    print("asked:", result["__interrupt__"][0].value)
    result = agent.invoke(Command(resume="yes"), config)
    print("agent:", result["messages"][-1].content)
    print("messages:", len(result["messages"]))


if __name__ == "__main__":
    main()
