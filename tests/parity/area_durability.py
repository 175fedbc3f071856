"""Durability: which checkpoints exist afterwards, and what the savers hold."""
# pyright: basic

from typing import Any

from ._kit import Log, Words, chain, counts, says
from ._oracle import Run, program, thread

_MODES = ("sync", "async", "exit")


@program
async def finished(lib: Any, run: Run) -> None:
    """Durability exit keeps the last checkpoint only."""
    for mode in _MODES:
        nodes = {"a": says("a"), "b": says("b")}
        graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())
        await run.invoke(graph, {"xs": []}, thread(), durability=mode)
        await run.invoke(graph, {"xs": ["2"]}, thread(), durability=mode)
        await run.history(graph, thread())


@program
async def interrupted(lib: Any, run: Run) -> None:
    """An interrupt is saved in every mode and can be resumed."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    for mode in _MODES:
        graph = chain(
            lib,
            Words,
            {"a": says("a"), "ask": asks, "z": says("z")},
            checkpointer=lib.InMemorySaver(),
        )
        await run.invoke(graph, {"xs": []}, thread(), durability=mode)
        await run.state(graph, thread())
        await run.invoke(graph, lib.Command(resume="x"), thread(), durability=mode)
        await run.history(graph, thread())


@program
async def failed(lib: Any, run: Run) -> None:
    """A failure is saved in every mode."""

    def fails(state: Any) -> Any:
        raise ValueError("no")

    for mode in _MODES:
        nodes = {"a": says("a"), "f": fails}
        graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())
        await run.invoke(graph, {"xs": []}, thread(), durability=mode)
        await run.history(graph, thread())


@program
async def streamed(lib: Any, run: Run) -> None:
    """Events are the same in every mode."""
    for mode in _MODES:
        nodes = {"a": says("a"), "b": says("b")}
        graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())
        await run.stream(
            graph,
            {"xs": []},
            thread(),
            durability=mode,
            stream_mode=["values", "updates", "checkpoints"],
        )


@program
async def subgraph(lib: Any, run: Run) -> None:
    """What of a subgraph is saved in each mode."""
    for mode in _MODES:
        sub = chain(lib, Words, {"s": says("s"), "t": says("t")})
        saver = lib.InMemorySaver()
        graph = chain(lib, Words, {"sub": sub}, checkpointer=saver)
        await run.invoke(graph, {"xs": []}, thread(), durability=mode)
        spaces = [item.config["configurable"]["checkpoint_ns"] for item in saver.list(thread())]
        run.note("namespaces", sorted(spaces))


@program
async def breakpoints(lib: Any, run: Run) -> None:
    """A stop is saved in every mode."""
    for mode in _MODES:
        graph = chain(
            lib,
            Words,
            {"a": says("a"), "b": says("b")},
            checkpointer=lib.InMemorySaver(),
            interrupt_before=["b"],
        )
        await run.invoke(graph, {"xs": []}, thread(), durability=mode)
        await run.history(graph, thread())
        await run.invoke(graph, None, thread(), durability=mode)
        await run.history(graph, thread())


def _unpacked(value: Any) -> Any:
    """Return a tuple as a list: LangGraph's serializer makes lists of them."""
    return list(value) if isinstance(value, tuple) else value


def _shown(item: Any) -> Any:
    """Level one CheckpointTuple: versions become their whole number."""

    def number(version: Any) -> int:
        return int(str(version).split(".")[0])

    checkpoint = item.checkpoint
    return {
        "config": item.config,
        "parent_config": item.parent_config,
        "metadata": item.metadata,
        "v": checkpoint["v"],
        "id": checkpoint["id"],
        "values": {k: _unpacked(v) for k, v in checkpoint["channel_values"].items()},
        "versions": {k: number(v) for k, v in checkpoint["channel_versions"].items()},
        "seen": {
            node: {k: number(v) for k, v in seen.items()}
            for node, seen in checkpoint["versions_seen"].items()
        },
        "updated": checkpoint.get("updated_channels"),
        "pending": sorted(
            (
                [write[0], write[1], repr(_unpacked(write[2]))]
                for write in item.pending_writes or []
            ),
            key=lambda write: (write[1], write[2]),
        ),
    }


@program
async def what_the_saver_lists(lib: Any, run: Run) -> None:
    """Checkpoints as readers of a saver see them: values, versions, writes."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    builder = lib.StateGraph(Log)
    builder.add_node("a", counts).add_node("ask", asks)
    builder.add_node("w", lambda s: {"xs": [s["i"]]})
    builder.add_edge(lib.START, "a").add_edge("a", "ask")
    builder.add_conditional_edges("ask", lambda s: [lib.Send("w", {"i": 1})])
    saver = lib.InMemorySaver()
    graph = builder.compile(checkpointer=saver)

    await run.invoke(graph, {"xs": [], "n": 1}, thread())
    run.note("paused", [_shown(item) for item in saver.list(thread())])
    await run.invoke(graph, lib.Command(resume="x"), thread())
    run.note("finished", [_shown(item) for item in saver.list(thread())])


@program
async def what_a_join_saves(lib: Any, run: Run) -> None:
    """A barrier and a deferred node as readers of a saver see them."""
    builder = lib.StateGraph(Words)
    for name in "abcd":
        builder.add_node(name, says(name))
    builder.add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a").add_edge("a", "b").add_edge(["a", "b"], "c")
    builder.add_edge("a", "z").add_edge("c", "d")
    saver = lib.InMemorySaver()

    await run.invoke(builder.compile(checkpointer=saver), {"xs": []}, thread(), durability="sync")
    run.note("listed", [_shown(item) for item in saver.list(thread())])


@program
async def what_a_failure_saves(lib: Any, run: Run) -> None:
    """The writes a failure leaves behind."""

    def fails(state: Any) -> Any:
        raise ValueError("no")

    nodes = {"a": lambda s: None, "f": fails}
    saver = lib.InMemorySaver()
    graph = chain(lib, Words, nodes, checkpointer=saver)

    await run.invoke(graph, {"xs": []}, thread())
    run.note("listed", [_shown(item) for item in saver.list(thread())])
    one = saver.get_tuple(thread())
    run.note("one", _shown(one))
    run.note("deleted", saver.delete_thread("t"))
    run.note("after", [item.config for item in saver.list(thread())])


@program
async def values_that_are_not_json(lib: Any, run: Run) -> None:
    """Values of many types come back equal."""
    import datetime
    import decimal
    import enum
    import uuid

    class Colour(enum.Enum):
        RED = "red"

    values = [
        {1, 2},
        frozenset({3}),
        b"bytes",
        datetime.datetime(2026, 11, 21, 1, 2, 3, tzinfo=datetime.UTC),
        datetime.date(2026, 11, 21),
        datetime.timedelta(seconds=5),
        decimal.Decimal("1.50"),
        uuid.UUID(int=7),
        float("inf"),
        {"nested": [[1, {"deep": {2}}]]},
    ]
    graph = chain(lib, Words, {"a": lambda s: {"xs": values}}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    state = await run.state(graph, thread())
    for before, after in zip(values, state.values["xs"], strict=True):
        run.note(type(before).__name__, [type(after).__name__, before == after])
