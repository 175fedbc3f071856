"""On the main thread Python has the page: it feeds the element, and asks with it."""

from uuid import uuid4

from flow import graph
from pyscript import document, when

from anystep.types import Command
from anystep.web import events

element = document.querySelector("anystep-graph")
button = document.querySelector("#go")


@when("click", "#go")
async def go() -> None:
    """Run a new thread to its end, through every question."""
    button.disabled = True
    element.reset()
    config = {"configurable": {"thread_id": str(uuid4())}}
    given = {"text": document.querySelector("#text").value}
    while given is not None:
        async for event in events(graph, given, config):
            element.push(event)
        given = None
        if element.questions.length:
            given = Command(resume=await element.ask(element.questions))
    element.finish()
    button.disabled = False


button.disabled = False
