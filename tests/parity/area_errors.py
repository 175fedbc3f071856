"""Errors: what reaches the caller and what stays on the thread."""
# pyright: basic

from typing import Any

from ._kit import Log, Number, Words, chain, fan, says
from ._oracle import Run, program, thread


def _fails(state: Any) -> Any:
    raise ValueError("no")


@program
async def goes_on_with_none(lib: Any, run: Run) -> None:
    """After a failure the thread goes on with None: the failed node runs again."""
    ran = []

    def flaky(state: Any) -> dict[str, Any]:
        ran.append("f")
        if len(ran) < 3:
            raise ValueError(f"attempt {len(ran)}")
        return {"xs": ["f"]}

    graph = chain(
        lib,
        Words,
        {"a": says("a"), "f": flaky, "z": says("z")},
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())
    await run.history(graph, thread())
    run.note("ran", ran)


@program
async def starts_over_with_input(lib: Any, run: Run) -> None:
    """After a failure new input starts over."""
    ran = []

    def flaky(state: Any) -> dict[str, Any]:
        ran.append("f")
        if len(ran) == 1:
            raise ValueError("first")
        return {"xs": ["f"]}

    nodes = {"a": says("a"), "f": flaky}
    graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": ["1"]}, thread())
    await run.invoke(graph, {"xs": ["2"]}, thread())
    await run.history(graph, thread())


@program(parallel=True)
async def finished_sibling_is_kept(lib: Any, run: Run) -> None:
    """A sibling that finished before the failure does not run again."""
    ran = []

    def works(state: Any) -> dict[str, Any]:
        ran.append("a")
        return {"xs": ["a"]}

    def flaky(state: Any) -> dict[str, Any]:
        ran.append("f")
        if ran.count("f") == 1:
            raise ValueError("first")
        return {"xs": ["f"]}

    nodes = {"a": works, "f": flaky}
    graph = fan(lib, Words, nodes, checkpointer=lib.InMemorySaver())
    config = {**(thread() or {}), "max_concurrency": 1}

    await run.invoke(graph, {"xs": []}, config)
    await run.state(graph, config)
    await run.stream(graph, None, config, stream_mode=["updates", "values", "tasks", "checkpoints"])
    run.note("ran", sorted(ran))


@program
async def events_before_the_failure(lib: Any, run: Run) -> None:
    """Streams end with the error after everything that came before it."""
    graph = chain(lib, Words, {"a": says("a"), "f": _fails}, checkpointer=lib.InMemorySaver())

    await run.stream(graph, {"xs": []}, thread("1"), stream_mode=["updates", "values", "tasks"])
    await run.stream(graph, {"xs": []}, thread("2"), stream_mode="debug")


@program
async def no_thread_id(lib: Any, run: Run) -> None:
    """A graph with a saver wants to know the thread."""
    graph = chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []})
    await run.invoke(graph, {"xs": []}, {"configurable": {}})


@program
async def no_saver(lib: Any, run: Run) -> None:
    """Snapshots, history and updates need a saver."""
    graph = chain(lib, Words, {"a": says("a")})

    await run.state(graph, thread())
    await run.history(graph, thread())
    await run.update(graph, thread(), {"xs": []})
    await run.invoke(graph, {"xs": []}, thread())


@program
async def empty_thread(lib: Any, run: Run) -> None:
    """A thread nobody used: an empty snapshot, no history, no way on."""
    graph = chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())

    await run.state(graph, thread("none"))
    await run.history(graph, thread("none"))
    await run.invoke(graph, None, thread("none"))
    await run.state(graph, thread("none"))


@program
async def nothing_left_to_do(lib: Any, run: Run) -> None:
    """None on a finished thread changes nothing."""
    graph = chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.stream(graph, None, thread(), stream_mode=["values", "updates", "checkpoints"])
    await run.history(graph, thread())


@program(faces=("sync",), as_is=True)
async def coroutine_node_called_sync(lib: Any, run: Run) -> None:
    """A coroutine function has no place in a sync run."""

    async def node(state: Any) -> dict[str, Any]:
        return {"xs": ["a"]}

    await run.invoke(chain(lib, Words, {"a": node}), {"xs": []})


@program
async def write_conflict_after_success(lib: Any, run: Run) -> None:
    """A conflict inside a later step keeps the earlier steps."""
    builder = lib.StateGraph(Log)
    builder.add_node("a", says("a"))
    builder.add_node("b", lambda s: {"n": 1}).add_node("c", lambda s: {"n": 2})
    builder.add_edge(lib.START, "a").add_edge("a", "b").add_edge("a", "c")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread())
    await run.history(graph, thread())


@program
async def kinds_of_exceptions(lib: Any, run: Run) -> None:
    """Exceptions reach the caller as they are, arguments and all."""

    class Own(Exception):
        def __init__(self, code: int) -> None:
            super().__init__(f"code {code}")
            self.code = code

    for error in (Own(7), KeyError("k"), StopIteration(), RecursionError("deep"), OSError(2, "x")):

        def node(state: Any, error: Exception = error) -> Any:
            raise error

        await run.invoke(chain(lib, Number, {"a": node}), {"n": 1})


@program
async def cause_is_kept(lib: Any, run: Run) -> None:
    """The cause of an exception survives."""

    def node(state: Any) -> Any:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise ValueError("outer") from inner

    graph = chain(lib, Number, {"a": node})
    try:
        if run.face == "sync":
            graph.invoke({"n": 1})
        else:
            await graph.ainvoke({"n": 1})
    except ValueError as error:
        run.note("cause", repr(error.__cause__))


@program
async def bad_stream_mode(lib: Any, run: Run) -> None:
    """A stream mode nobody knows."""
    graph = chain(lib, Words, {"a": says("a")})

    await run.stream(graph, {"xs": []}, stream_mode="nonsense")


@program
async def recovered_by_update(lib: Any, run: Run) -> None:
    """update_state as the failed node lets the thread go on behind it."""
    graph = chain(
        lib,
        Words,
        {"a": says("a"), "f": _fails, "z": says("z")},
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), {"xs": ["by hand"]}, as_node="f")
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())
    await run.history(graph, thread())


@program
async def recovered_by_update_before(lib: Any, run: Run) -> None:
    """update_state without a name after a failure: the failed node runs again."""
    ran = []

    def flaky(state: Any) -> dict[str, Any]:
        ran.append(list(state["xs"]))
        if "cure" not in state["xs"]:
            raise ValueError("sick")
        return {"xs": ["f"]}

    nodes = {"a": says("a"), "f": flaky}
    graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), {"xs": ["cure"]})
    await run.invoke(graph, None, thread())
    run.note("ran", ran)
