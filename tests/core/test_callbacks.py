"""Lifecycle callbacks: who is told what, and what their errors do."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from typing import Any, TypedDict
from uuid import UUID

import pytest

from anystep.callbacks import (
    GraphCallbackHandler,
    GraphInterruptEvent,
    GraphResumeEvent,
    get_async_graph_callback_manager_for_config,
    get_sync_graph_callback_manager_for_config,
)
from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import StateGraph
from anystep.types import Command, interrupt

pytestmark = pytest.mark.host

RUN_ID = UUID(int=7)


class State(TypedDict):
    """One answer."""

    n: int


class Keeps(GraphCallbackHandler):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[GraphInterruptEvent | GraphResumeEvent] = []

    def on_interrupt(self, event: GraphInterruptEvent) -> None:
        self.told.append(event)

    def on_resume(self, event: GraphResumeEvent) -> None:
        self.told.append(event)


def asking() -> Any:
    """A graph that asks for its answer."""
    builder = StateGraph(State).add_node("ask", lambda _: {"n": interrupt("n?")})
    return builder.set_entry_point("ask").compile(checkpointer=InMemorySaver())


def config(*handlers: Any, **more: Any) -> Any:
    """A thread with these handlers."""
    return {"configurable": {"thread_id": "t"}, "callbacks": [*handlers], **more}


def test_events_say_where_the_run_is() -> None:
    """The checkpoint is the thread's newest, the run's id is the caller's."""
    graph, handler = asking(), Keeps()
    graph.invoke({"n": 0}, config(handler, run_id=RUN_ID))
    newest = graph.get_state(config()).config["configurable"]["checkpoint_id"]
    graph.invoke(Command(resume=3), config(handler))

    stopped, went_on = handler.told
    assert isinstance(stopped, GraphInterruptEvent)
    assert isinstance(went_on, GraphResumeEvent)
    assert (stopped.run_id, stopped.status, stopped.checkpoint_ns) == (RUN_ID, "pending", ())
    assert [one.value for one in stopped.interrupts] == ["n?"]
    assert stopped.checkpoint_id == went_on.checkpoint_id == newest
    assert isinstance(went_on.run_id, UUID)
    assert went_on.run_id != RUN_ID


def test_events_are_values() -> None:
    """They compare by what they say, and `dataclasses.replace` works on them."""
    event = GraphResumeEvent(None, "pending", "c", ())

    assert dataclasses.replace(event, run_id=RUN_ID) == GraphResumeEvent(RUN_ID, "pending", "c", ())


def test_an_error_of_a_handler_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It says which handler and method, and the run goes on."""

    class Fails(GraphCallbackHandler):
        def on_interrupt(self, event: GraphInterruptEvent) -> None:
            raise ValueError("bad")

    handler = Keeps()
    with caplog.at_level(logging.WARNING):
        asking().invoke({"n": 0}, config(Fails(), handler))

    assert "Fails.on_interrupt callback: ValueError('bad')" in caplog.text
    assert len(handler.told) == 1


async def test_async_handlers_run_side_by_side() -> None:
    """Inline handlers come first, in turn; the others may wait for each other."""
    met, order = asyncio.Event(), []

    class Waits(GraphCallbackHandler):
        async def on_interrupt(self, event: GraphInterruptEvent) -> None:
            await met.wait()
            order.append("waited")

    class Comes(GraphCallbackHandler):
        async def on_interrupt(self, event: GraphInterruptEvent) -> None:
            order.append("came")
            met.set()

    class Inline(GraphCallbackHandler):
        run_inline = True

        def on_interrupt(self, event: GraphInterruptEvent) -> None:
            order.append("inline")

    await asking().ainvoke({"n": 0}, config(Waits(), Comes(), Inline()))

    assert order == ["inline", "came", "waited"]


def test_managers_keep_our_handlers_only() -> None:
    """Of a list, a handler or a manager, whichever face it was made for."""
    mine, other = Keeps(), object()
    both: Any = {"callbacks": [other, mine]}
    sync = get_sync_graph_callback_manager_for_config(both, run_id=RUN_ID)
    asynchronous = get_async_graph_callback_manager_for_config({"callbacks": sync})
    alone: Any = {"callbacks": mine}

    assert sync.handlers == asynchronous.handlers == [mine]
    assert get_sync_graph_callback_manager_for_config(alone).handlers == [mine]
    assert get_sync_graph_callback_manager_for_config({}).handlers == []
    assert (sync.is_async, asynchronous.is_async) == (False, True)
    assert (sync.run_id, asynchronous.run_id) == (RUN_ID, None)
    assert sync.copy().run_id == RUN_ID
    assert sync.copy(run_id=None).run_id is None


@pytest.mark.parametrize("callbacks", ["text", 3])
def test_callbacks_of_another_kind_are_refused(callbacks: Any) -> None:
    """What is no handler, list or manager is an error, not silence."""
    with pytest.raises(TypeError, match="handler, sequence, or manager"):
        get_sync_graph_callback_manager_for_config({"callbacks": callbacks})


def test_a_manager_refuses_an_id_that_is_none() -> None:
    """A run's id is a UUID or None."""
    manager = get_sync_graph_callback_manager_for_config({})
    nothing: Any = "7"

    with pytest.raises(TypeError, match="UUID"):
        manager.copy(run_id=nothing)
