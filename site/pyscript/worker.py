"""In a worker the page stays free, whatever Python does; events are posted to it."""

from typing import Any

from flow import graph
from js import postMessage

from anystep.types import Command
from anystep.web import events


async def run(thread: str, text: str) -> None:
    """Begin a thread."""
    await tell(thread, {"text": text})


async def resume(thread: str, answer: Any) -> None:
    """Go on with the answer to what it asked."""
    await tell(thread, Command(resume=answer))


async def tell(thread: str, given: Any) -> None:
    """Post everything that happens to the page."""
    config = {"configurable": {"thread_id": thread}}
    async for event in events(graph, given, config):
        postMessage(event)


__export__ = ["run", "resume"]  # what the page can call
