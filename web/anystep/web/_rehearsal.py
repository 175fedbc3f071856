"""Before Python's memory is kept, and after it was restored: what every page of the site needs.

`js/rehearsal.js` calls `rehearse` and `settle` in a worker of its own and keeps the memory; a start that is
restored from it calls `wake` before anything else.  What was imported, and what the
interpreter learnt about code that ran, is in the snapshot; no program of a page ever is.
"""

from __future__ import annotations

import gc
import importlib
import json
import linecache
import os
import random
import sys
import time
from typing import Any

from anystep.web._session import Session

__all__ = ["rehearse", "settle", "wake"]

NAME = "anystep_rehearsal"

#: Touches what most programs touch: channels, reducers, branches, `Send`, a question and its answer.
PROGRAM = """
import operator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from anystep.graph import END, START, MessagesState, StateGraph, add_messages
from anystep.types import Command, Send, interrupt


class State(TypedDict, total=False):
    items: list[str]
    words: Annotated[list[str], operator.add]
    messages: Annotated[list[Any], add_messages]
    answer: str


def spread(state: State) -> list[Send]:
    return [Send("work", {"item": item}) for item in state["items"]]


async def work(task: dict[str, Any]) -> State:
    return {"words": task["item"].split(), "messages": [("ai", task["item"])]}


def ask(state: State) -> Command[Literal["__end__"]]:
    return Command(goto=END, update={"answer": interrupt({"words": state["words"]})})


def build(saver):
    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_node("ask", ask)
    graph.add_conditional_edges(START, spread, ["work"])
    graph.add_edge("work", "ask")
    return graph.compile(checkpointer=saver)
"""


async def rehearse() -> None:
    """Run a program as a page would.

    Raises RuntimeError if it did not run to its end: such a memory must not be kept.
    """
    session = Session()
    thread = {"graph": NAME, "thread": "1"}
    await _asked(session, "load", {"name": NAME, "source": PROGRAM})
    await _asked(session, "draw", {"graph": NAME, "xray": True})
    for start in ({"input": {"items": ["one two", "three"]}}, {"resume": "yes"}):
        stream = await _asked(session, "stream", {**thread, **start})
        while not (await _asked(session, "next", {"stream": stream})).get("done"):
            pass
    answer = (await _asked(session, "state", thread))["values"].get("answer")
    if answer != "yes":
        raise RuntimeError(f"the rehearsal ended with the answer {answer!r} instead of 'yes'")
    await _asked(session, "history", thread)
    await _asked(session, "threads", {"graph": NAME})
    await _asked(session, "delete", thread)
    importlib.import_module("anystep.checkpoint.archive")
    importlib.import_module("anystep.web._storage")


def settle() -> None:
    """Leave nothing of the rehearsal but what was learnt."""
    sys.modules.pop(NAME, None)
    linecache.clearcache()
    # It was for these imports only; see `wake`.
    os.environ.pop("MSGPACK_PUREPYTHON", None)
    gc.collect()


async def _asked(session: Session, op: str, argument: dict[str, Any]) -> Any:
    answer = json.loads(await session.handle(op, json.dumps(argument)))
    if "error" in answer:
        raise RuntimeError(f"the rehearsal failed in {op!r}: {answer['error']['message']}")
    return answer["value"]


def wake() -> None:
    """Make a restored memory one of its own: its random numbers, its clock, its extensions.

    Nothing forgets its caches for this (`importlib.invalidate_caches`): they are right, and to read
    the directories of two archives again takes longer than all the rest.
    """
    # os.urandom, and with it uuid4, secrets and anystep's ids, asks the browser each time.
    random.seed()
    if hasattr(time, "tzset"):
        time.tzset()  # the visitor may have travelled
    # The compiled half of msgpack, which cannot be part of a snapshot, takes the other's place.
    msgpack: Any = sys.modules["msgpack"]
    try:
        compiled: Any = importlib.import_module("msgpack._cmsgpack")
    except ModuleNotFoundError:
        return  # A msgpack that has none.
    msgpack.Packer, msgpack.Unpacker = compiled.Packer, compiled.Unpacker
    msgpack.unpackb = msgpack.loads = compiled.unpackb
