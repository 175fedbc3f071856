"""What a superstep may cost, as counts that no load can move: calls, bytes kept, garbage."""

import asyncio
import gc
import operator
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph
from anystep.types import Command, Send, interrupt


class Number(TypedDict):
    n: int


class Found(TypedDict):
    found: Annotated[list[int], operator.add]


def _passes(state: Number) -> None:
    return None


def _adds(state: Number) -> dict[str, int]:
    return {"n": state["n"] + 1}


async def _apasses(state: Number) -> None:
    return None


async def _aadds(state: Number) -> dict[str, int]:
    return {"n": state["n"] + 1}


def calls_of(action: Callable[[], Any]) -> int:
    """How many functions, of Python and of C, `action` calls."""
    count = 0

    def note(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    action()  # what is made once and kept is not counted
    collecting = gc.isenabled()
    gc.disable()  # a callback of the collector would be counted
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
        if collecting:
            gc.enable()
    return count


def calls_per_step(build: Callable[[int], Callable[[], Any]], size: int = 50) -> float:
    """What one superstep more costs: the fixed cost of a run is not in it."""
    return (calls_of(build(2 * size)) - calls_of(build(size))) / size


def _chain(size: int, node: Any = _passes) -> Any:
    builder = StateGraph(Number)
    before = START
    for index in range(size):
        builder.add_node(f"n{index}", node)
        builder.add_edge(before, f"n{index}")
        before = f"n{index}"
    return builder.compile()


def _loop(size: int, node: Any = _adds, **options: Any) -> Any:
    builder = StateGraph(Number).add_node("a", node).add_edge(START, "a")
    builder.add_conditional_edges("a", lambda state: "a" if state["n"] < size else END, ["a", END])
    return builder.compile(**options)


def _fan(size: int, node: Any) -> Any:
    builder = StateGraph(Found).add_node("work", node)
    builder.add_conditional_edges(
        START, lambda state: [Send("work", {"i": i}) for i in range(size)], ["work"]
    )
    return builder.compile()


def _finds(state: Any) -> dict[str, list[int]]:
    return {"found": [state["i"]]}


async def _afinds(state: Any) -> dict[str, list[int]]:
    return {"found": [state["i"]]}


loops: list[asyncio.AbstractEventLoop] = []


def awaited(make: Callable[[], Any]) -> Callable[[], Any]:
    """Run a coroutine on one event loop, again and again."""
    loops.append(asyncio.new_event_loop())
    return lambda: loops[-1].run_until_complete(make())


@pytest.fixture(autouse=True)
def _close_loops() -> Any:
    yield
    while loops:
        loops.pop().close()


def _saving(size: int, key: str, schema: Any, node: Any, first: Any) -> Callable[[], Any]:
    builder = StateGraph(schema).add_node("a", node).add_edge(START, "a")

    def router(state: Any) -> str:
        value = state[key]
        return "a" if (value if isinstance(value, int) else len(value)) < size else END

    saver = InMemorySaver()
    app = builder.add_conditional_edges("a", router, ["a", END]).compile(checkpointer=saver)

    def run() -> Any:
        saver.delete_thread("t")
        return app.invoke(first, {"configurable": {"thread_id": "t"}, "recursion_limit": size + 9})

    return run


# -- calls ------------------------------------------------------------------------------


def test_a_superstep_of_one_task() -> None:
    """A superstep of one node without a router takes at most 13 calls."""
    made = calls_per_step(
        lambda size: lambda: chain_of[size].invoke({"n": 1}, {"recursion_limit": size + 9})
    )

    assert made <= 13


chain_of = {size: _chain(size) for size in (50, 100)}


def test_an_awaited_superstep_of_one_task() -> None:
    """The same, of a coroutine function."""

    def build(size: int) -> Callable[[], Any]:
        app = _chain(size, _apasses)
        return awaited(lambda: app.ainvoke({"n": 1}, {"recursion_limit": size + 9}))

    assert calls_per_step(build) <= 13


def test_a_superstep_with_a_router() -> None:
    """A node that writes and a router that reads take at most 26 calls."""

    def build(size: int) -> Callable[[], Any]:
        app = _loop(size)
        return lambda: app.invoke({"n": 0}, {"recursion_limit": size + 9})

    assert calls_per_step(build) <= 26


@pytest.mark.parametrize("mode", ["values", "updates"])
def test_a_streamed_event(mode: Any) -> None:
    """Telling somebody adds at most eight calls to a superstep."""

    def build(size: int) -> Callable[[], Any]:
        app = _loop(size)
        return lambda: list(app.stream({"n": 0}, {"recursion_limit": size + 9}, stream_mode=mode))

    assert calls_per_step(build) <= 34


@pytest.mark.parametrize(("mode", "most"), [("tasks", 52), ("debug", 64)])
def test_a_superstep_whose_tasks_are_told(mode: Any, most: int) -> None:
    """A task's two events, its id and what it wrote included, add at most 28 and 40 calls."""

    def build(size: int) -> Callable[[], Any]:
        app = _loop(size)
        return lambda: list(app.stream({"n": 0}, {"recursion_limit": size + 9}, stream_mode=mode))

    assert calls_per_step(build) <= most


def test_a_task_among_many() -> None:
    """One Send more costs at most 24 calls; a list that grows by it is copied once."""

    def build(size: int) -> Callable[[], Any]:
        app = _fan(size, _finds)
        return lambda: app.invoke({"found": []})

    assert calls_per_step(build, 100) <= 24


def test_an_awaited_task_among_many() -> None:
    """One asyncio task more costs at most 44 calls, those of the event loop included."""

    def build(size: int) -> Callable[[], Any]:
        app = _fan(size, _afinds)
        return awaited(lambda: app.ainvoke({"found": []}))

    assert calls_per_step(build, 100) <= 44


def test_a_checkpointed_superstep() -> None:
    """A node, a router and a checkpoint of a number take at most 44 calls."""
    made = calls_per_step(lambda size: _saving(size, "n", Number, _adds, {"n": 0}), 128)

    assert made <= 44


def test_a_checkpoint_of_a_growing_list() -> None:
    """However long a list has become, storing that it grew takes at most 70 calls."""

    def node(state: Found) -> dict[str, list[int]]:
        return {"found": [len(state["found"])]}

    def made(size: int) -> float:
        return calls_per_step(lambda n: _saving(n, "found", Found, node, {"found": []}), size)

    assert made(128) <= 70
    assert made(512) <= 70


def test_the_fixed_cost_of_a_run() -> None:
    """A run of one node takes at most 58 calls, however large its graph is."""
    counts = []
    for size in (10, 1000):
        builder = StateGraph(Number)
        for index in range(size):
            builder.add_node(f"n{index}", _adds)
        app = builder.add_edge(START, "n0").compile()
        counts.append(calls_of(partial(app.invoke, {"n": 1})))

    assert counts[0] == counts[1]
    assert counts[0] <= 58


def test_the_fixed_cost_of_an_awaited_run() -> None:
    """An awaited run of one node takes at most 68 calls more than the event loop by itself."""

    async def nothing() -> None:
        return None

    app = _one(_aadds)

    assert calls_of(awaited(lambda: app.ainvoke({"n": 1}))) - calls_of(awaited(nothing)) <= 68


def test_a_superstep_that_is_stored_at_the_end() -> None:
    """With durability "exit" a node and a router take at most 28 calls a superstep."""

    def build(size: int) -> Callable[[], Any]:
        saver = InMemorySaver()
        app = _loop(size, checkpointer=saver)
        config: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": size + 9}

        def run() -> Any:
            saver.delete_thread("t")
            return app.invoke({"n": 0}, config, durability="exit")

        return run

    assert calls_per_step(build) <= 28


def test_resuming_a_question() -> None:
    """A turn of a conversation with a person, question, answer and two checkpoints, takes at
    most 730 calls."""

    def build(size: int) -> Callable[[], Any]:
        saver = InMemorySaver()
        app = _loop(size, _asks_and_adds, checkpointer=saver)
        config: Any = {"configurable": {"thread_id": "t"}}

        def run() -> Any:
            saver.delete_thread("t")
            result = app.invoke({"n": 0}, config)
            while "__interrupt__" in result:
                result = app.invoke(Command(resume=1), config)
            return result

        return run

    assert calls_per_step(build, 10) <= 730


def test_a_superstep_does_not_look_at_the_graph() -> None:
    """In a graph of 2 000 nodes a superstep takes the calls it takes in one of 100."""

    def made(nodes: int) -> int:
        builder = StateGraph(Number)
        for index in range(nodes):
            builder.add_node(f"n{index}", _adds)
        builder.add_edge(START, "n0")
        builder.add_conditional_edges(
            "n0", lambda state: "n0" if state["n"] < 20 else END, ["n0", END]
        )
        app = builder.compile()
        return calls_of(lambda: app.invoke({"n": 0}))

    assert made(100) == made(2000)


def test_compiling_a_node() -> None:
    """Adding and compiling one more node, its annotations included, takes at most 22 calls."""
    assert calls_per_step(lambda size: lambda: _chain(size), 200) <= 22


# -- memory -----------------------------------------------------------------------------


def _tracked(size: int) -> int:
    """How many objects the garbage collector looks at more once a chain is compiled."""
    gc.collect()
    before = len(gc.get_objects())
    graph = _chain(size)
    gc.collect()
    found = len(gc.get_objects()) - before
    assert len(graph.program.nodes) == size + 1
    return found


def test_a_compiled_node_is_few_objects() -> None:
    """A node more of a compiled graph is at most four objects for the collector to look at."""
    _chain(10)

    assert (_tracked(400) - _tracked(200)) / 200 <= 4


def held_after(steps: int, run: Callable[[int], Any]) -> int:
    """The most bytes that are held at once while `run` takes so many steps."""
    run(10)
    gc.collect()
    tracemalloc.start()
    try:
        run(steps)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_steps() -> None:
    """20 000 supersteps hold no more at once than 2 000."""

    def run(steps: int) -> None:
        app = _loop(steps)
        for _ in app.stream({"n": 0}, {"recursion_limit": steps + 9}, stream_mode="updates"):
            pass

    assert held_after(20_000, run) < held_after(2_000, run) + 10_000


def test_a_checkpoint_of_a_growing_list_is_of_one_size() -> None:
    """What one more checkpoint adds does not depend on how long the list has become."""

    def node(state: Found) -> dict[str, list[int]]:
        return {"found": [len(state["found"])]}

    def stored(steps: int) -> int:
        builder = StateGraph(Found).add_node("a", node).add_edge(START, "a")
        builder.add_conditional_edges("a", lambda s: "a" if len(s["found"]) < steps else END)
        saver = InMemorySaver()
        app = builder.compile(checkpointer=saver)
        gc.collect()
        tracemalloc.start()
        try:
            app.invoke(
                {"found": []}, {"configurable": {"thread_id": "t"}, "recursion_limit": steps + 9}
            )
            gc.collect()
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    stored(20)
    first, second, third = stored(200), stored(400), stored(800)

    assert (third - second) / 400 < 1.2 * (second - first) / 200


# -- garbage ----------------------------------------------------------------------------


def _asks_and_adds(state: Number) -> dict[str, int]:
    return {"n": state["n"] + interrupt("how many more?")}


def _asks(state: Number) -> dict[str, int]:
    return {"n": interrupt("how many?")}


def _failing() -> None:
    try:
        chain_of[50].invoke(None)
    except Exception:  # noqa: BLE001  that it fails is asked elsewhere
        return


def _one(node: Any, **options: Any) -> Any:
    return StateGraph(Number).add_node("a", node).add_edge(START, "a").compile(**options)


def _invoking(app: Any, given: Any) -> Callable[[], Any]:
    config: Any = {"configurable": {"thread_id": "t"}}
    return lambda: app.invoke(given, config)


def _ainvoking(app: Any, given: Any) -> Callable[[], Any]:
    return awaited(lambda: app.ainvoke(given))


def _streaming(app: Any) -> Callable[[], Any]:
    return lambda: list(app.stream({"n": 0}, stream_mode=["values", "updates"]))


RUNS: dict[str, Callable[[], Callable[[], Any]]] = {
    "invoke": lambda: _invoking(chain_of[50], {"n": 0}),
    "stream": lambda: _streaming(_loop(20)),
    "fan": lambda: _invoking(_fan(30, _finds), {"found": []}),
    "saved": lambda: _saving(20, "n", Number, _adds, {"n": 0}),
    "asked": lambda: _invoking(_one(_asks, checkpointer=InMemorySaver()), {"n": 0}),
    "refused": lambda: _failing,
    "ainvoke": lambda: _ainvoking(_loop(20, _aadds), {"n": 0}),
    "afan": lambda: _ainvoking(_fan(30, _afinds), {"found": []}),
}


@pytest.mark.parametrize("name", sorted(RUNS))
def test_a_run_leaves_nothing_to_the_collector(name: str) -> None:
    """A run that is over is freed at once: it holds itself by no reference of its own."""
    run = RUNS[name]()
    run()
    gc.collect()
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(3):
            run()
        found = gc.collect()
    finally:
        if collecting:
            gc.enable()

    assert found == 0
