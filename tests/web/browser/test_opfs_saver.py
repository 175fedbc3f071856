"""The saver on the origin's private file system: LangGraph's rules, and a file that lasts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from anystep.errors import LeaseError
from anystep.graph import END, START, StateGraph
from anystep.host import current_host
from anystep.reliability import RunPolicy
from anystep.testing.conformance.saver import Rule, rules
from anystep.types import Command, interrupt
from anystep.web.errors import StorageBlockedError
from anystep.web.opfs import OPFSSaver

pytestmark = pytest.mark.host


def name() -> str:
    """A file that no other test uses."""
    return f"test-{current_host().random_bytes(6).hex()}"


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[OPFSSaver]:
    """A saver on a file of its own, closed afterwards."""
    saver = await OPFSSaver.open(name(), **options)
    try:
        yield saver
    finally:
        saver.close()


@pytest.mark.parametrize("rule", rules(), ids=str)
async def test_rule(rule: Rule) -> None:
    """Every rule of the conformance suite, on the asynchronous methods and on the others."""
    async with opened() as saver:
        assert await rule.acheck(lambda: saver)
        assert rule.check(lambda: saver)


@pytest.mark.parametrize("durability", ["relaxed", "strict"])
async def test_a_thread_goes_on_after_the_file_was_closed(durability: Any) -> None:
    """Synchronously, and also where every step is written to the disk."""

    def build(saver: OPFSSaver) -> Any:
        graph = StateGraph(dict)
        graph.add_node("ask", lambda _: {"answer": interrupt("well?")})
        graph.add_edge(START, "ask")
        return graph.compile(checkpointer=saver)

    file = name()
    config = {"configurable": {"thread_id": "1"}}
    saver = await OPFSSaver.open(file, durability=durability)
    asked = build(saver).invoke({}, config)
    saver.close()
    saver = await OPFSSaver.open(file, durability=durability)
    done = build(saver).invoke(Command(resume="yes"), config)
    saver.close()

    assert asked["__interrupt__"][0].value == "well?"
    assert done == {"answer": "yes"}


async def test_one_at_a_time() -> None:
    """Who comes second is told so, by name."""
    async with opened() as saver:
        file = saver.conn.execute("PRAGMA database_list").fetchone()[2]
        with pytest.raises(StorageBlockedError, match="another tab has it open"):
            await OPFSSaver.open(file.rpartition("/")[2].removesuffix(".db"))


async def test_names_are_checked() -> None:
    """A name cannot lead to another folder."""
    for wrong in ("", "../x", "a b"):
        with pytest.raises(ValueError, match="letters, digits"):
            await OPFSSaver.open(wrong)


async def test_leases() -> None:
    """A second run of a thread is refused; a broken lease frees it, and refuses who had it."""

    def build() -> Any:
        graph = StateGraph(dict)
        graph.add_node("up", lambda state: {"n": state["n"] + 1})
        graph.add_edge(START, "up")
        graph.add_conditional_edges("up", lambda state: "up" if state["n"] < 3 else END)
        return graph.compile(checkpointer=saver, policy=RunPolicy(lease=60))

    config: Any = {"configurable": {"thread_id": "1"}}
    async with opened() as saver:
        run = build().astream({"n": 0}, config)
        await anext(run)
        with pytest.raises(LeaseError, match="break_lease"):
            await build().ainvoke({"n": 0}, config)
        saver.break_lease("1")
        done = build().invoke({"n": 0}, config)
        with pytest.raises(LeaseError, match="has lost the lease"):
            [event async for event in run]

        assert done == {"n": 3}
        assert build().get_state(config).values == {"n": 3}
