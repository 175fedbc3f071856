"""What must stay in proportion: storage, time, memory and parallel work, as counts."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.checkpoint.sqlite import SqliteSaver
from anystep.graph import END, START, MessagesState, StateGraph
from anystep.types import Send, interrupt

from .test_call_counts import calls_of

CONFIG: Any = {"configurable": {"thread_id": "t"}}


class Found(TypedDict):
    found: Annotated[list[int], lambda old, new: old + new]


class Number(TypedDict):
    n: int


def chat(saver: Any) -> Callable[[int], Any]:
    """A turn of a chat."""

    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [{"role": "ai", "content": f"answer {len(state['messages'])}"}]}

    builder = StateGraph(MessagesState).add_node("a", answer)
    app: Any = builder.add_edge(START, "a").add_edge("a", END).compile(checkpointer=saver)
    return lambda n: app.invoke({"messages": [{"role": "user", "content": f"word {n}"}]}, CONFIG)


def test_a_thousand_turns_are_stored_in_proportion(tmp_path: Path) -> None:
    """The second five hundred turns of a chat take the bytes of the first."""
    path = tmp_path / "chat.db"
    sizes = [0]
    with SqliteSaver.from_conn_string(str(path)) as saver:
        turn = chat(saver)
        for _ in range(2):
            for number in range(500):
                turn(number)
            rows = saver.conn.execute("SELECT sum(length(data)) FROM anystep_records")
            sizes.append(int(rows.fetchone()[0]))

    assert sizes[2] - sizes[1] < 1.2 * (sizes[1] - sizes[0])


def test_a_turn_asks_the_database_the_same_however_long_the_chat_is(tmp_path: Path) -> None:
    """As many statements in the 300th turn as in the 100th."""
    with SqliteSaver.from_conn_string(str(tmp_path / "chat.db")) as saver:
        saver.silence = 3600.0
        turn, counts = chat(saver), []
        for number in range(302):
            statements: list[str] = []
            saver.conn.set_trace_callback(statements.append)
            turn(number)
            saver.conn.set_trace_callback(None)
            if number in (100, 300):
                counts.append(len(statements))

    assert counts[0] == counts[1]


async def test_a_run_that_waits_holds_little() -> None:
    """Within 6 KiB, asyncio's task included."""
    gate = asyncio.Event()

    async def waits(state: Number) -> None:
        await gate.wait()

    app = StateGraph(Number).add_node("a", waits).add_edge(START, "a").compile()

    def held(runs: int) -> int:
        return sum(task.done() for task in tasks[-runs:])

    tasks: list[asyncio.Task[Any]] = [asyncio.ensure_future(app.ainvoke({"n": 0}))]
    await asyncio.sleep(0)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tasks += [asyncio.ensure_future(app.ainvoke({"n": 0})) for _ in range(500)]
    await asyncio.sleep(0)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held(500) == 0
    gate.set()
    await asyncio.gather(*tasks)

    assert (after - before) / 500 < 6 * 1024


def fan(size: int, node: Any) -> Any:
    """So many tasks side by side."""
    builder = StateGraph(Found).add_node("a", node)
    return builder.add_conditional_edges(
        START, lambda state: [Send("a", {"i": i}) for i in range(size)], ["a"]
    ).compile()


def test_sync_nodes_that_block_run_side_by_side() -> None:
    """Four tasks that wait for one another all arrive."""
    together = threading.Barrier(4)

    def meets(state: Any) -> dict[str, list[int]]:
        together.wait(30)
        return {"found": [state["i"]]}

    assert fan(4, meets).invoke({"found": []}) == {"found": [0, 1, 2, 3]}


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_tasks_at_once_than_are_allowed(limit: int) -> None:
    """`max_concurrency` holds for sync nodes and for coroutines."""
    lock, now, most = threading.Lock(), 0, 0

    def enters() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)

    def leaves() -> None:
        nonlocal now
        with lock:
            now -= 1

    def blocks(state: Any) -> None:
        enters()
        threading.Event().wait(0.001)
        leaves()

    async def suspends(state: Any) -> None:
        enters()
        await asyncio.sleep(0)
        leaves()

    config: Any = {"max_concurrency": limit}
    fan(20, blocks).invoke({"found": []}, config)
    assert most <= limit
    most = 0
    asyncio.run(fan(20, suspends).ainvoke({"found": []}, config))
    assert most == limit


def test_a_task_among_many_costs_the_same_however_many_there_are() -> None:
    """Calls per Send, of a thousand more and of four thousand more, sync and async."""

    async def afinds(state: Any) -> None:
        return None

    loop = asyncio.new_event_loop()
    try:

        def calls(size: int) -> int:
            app = fan(size, afinds)
            return calls_of(lambda: loop.run_until_complete(app.ainvoke({"found": []})))

        few, more, many = calls(500), calls(1000), calls(3000)
    finally:
        loop.close()

    assert (many - more) / 2000 < 1.05 * (more - few) / 500


def test_who_reads_slowly_slows_the_run() -> None:
    """A run is never further than the events that were taken from it."""
    done = 0

    def node(state: Number) -> Number:
        nonlocal done
        done += 1
        return {"n": state["n"] + 1}

    builder = StateGraph(Number).add_node("a", node).add_edge(START, "a")
    app = builder.add_conditional_edges("a", lambda s: "a" if s["n"] < 50 else END).compile()
    for mode in ("values", "updates"):
        done = 0
        for taken, _ in enumerate(
            app.stream({"n": 0}, {"recursion_limit": 99}, stream_mode=mode),
            1,
        ):
            assert done <= taken + 1


def nested(saver: Any) -> Any:
    """A graph around a graph that asks."""
    asks = StateGraph(Number).add_node("q", lambda state: {"n": interrupt("?")})
    inner = asks.add_edge(START, "q").compile()
    return StateGraph(Number).add_node("g", inner).add_edge(START, "g").compile(checkpointer=saver)


LEFT = ("a subgraph that asks", "a stream of a subgraph", "an async stream of it", "a chat")


@pytest.mark.parametrize("name", LEFT)
def test_nothing_is_left_to_the_collector(name: str) -> None:
    """Whatever the kind of run, a finished one is freed at once."""
    loop = asyncio.new_event_loop()
    nest, turn = nested(InMemorySaver()), chat(InMemorySaver())

    async def streamed() -> None:
        async for _ in nest.astream({"n": 0}, CONFIG, stream_mode="custom", subgraphs=True):
            pass

    runs: dict[str, Callable[[], Any]] = {
        "a subgraph that asks": lambda: nest.invoke({"n": 0}, CONFIG),
        "a stream of a subgraph": lambda: list(
            nest.stream({"n": 0}, CONFIG, stream_mode="custom", subgraphs=True)
        ),
        "an async stream of it": lambda: loop.run_until_complete(streamed()),
        "a chat": lambda: turn(1),
    }
    for _ in range(2):
        runs[name]()
    while gc.collect():
        pass  # what earlier tests left may take several rounds
    gc.disable()
    try:
        for _ in range(3):
            runs[name]()
        found = gc.collect()
    finally:
        gc.enable()
        loop.close()

    assert found == 0
