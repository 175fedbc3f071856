"""Stream modes on one graph, custom events, and leaving a stream early."""
# pyright: basic, reportInvalidTypeForm=false

from typing import Any

from ._kit import Log, Words, chain, counts, says
from ._oracle import Run, program, thread

_MODES = ("values", "updates", "tasks", "checkpoints", "debug", "custom")


def _mixed(lib: Any, **options: Any) -> Any:
    """Every kind of step: an edge, a fan-out, a Send, a join, custom events."""

    def talks(state: Any) -> dict[str, Any]:
        lib.get_stream_writer()("from a")
        return {"xs": ["a"], "n": 1}

    builder = lib.StateGraph(Log)
    builder.add_node("a", talks).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_node("w", lambda s: {"xs": [f"w{s['i']}"]}).add_node("z", says("z"))
    builder.add_edge(lib.START, "a").add_edge("a", "b").add_edge("a", "c")
    builder.add_conditional_edges("a", lambda s: [lib.Send("w", {"i": i}) for i in (0, 1)])
    builder.add_edge(["b", "c"], "z")
    return builder.compile(**options)


@program(parallel=True)
async def each_mode(lib: Any, run: Run) -> None:
    """Every mode alone, with both versions and with namespaces."""
    graph = _mixed(lib, checkpointer=lib.InMemorySaver())
    count = 0
    for mode in _MODES:
        for options in ({}, {"version": "v2"}, {"subgraphs": True}):
            count += 1
            await run.stream(graph, {"xs": ["in"]}, thread(str(count)), stream_mode=mode, **options)


@program(parallel=True)
async def modes_together(lib: Any, run: Run) -> None:
    """All modes at once keep one order."""
    graph = _mixed(lib, checkpointer=lib.InMemorySaver())

    await run.stream(graph, {"xs": ["in"]}, thread("1"), stream_mode=list(_MODES))
    await run.stream(graph, {"xs": ["in"]}, thread("2"), stream_mode=list(_MODES), version="v2")
    await run.stream(graph, {"xs": ["in"]}, thread("3"), stream_mode=["values"])
    await run.stream(graph, {"xs": ["in"]}, thread("4"), stream_mode=[])


@program
async def default_mode(lib: Any, run: Run) -> None:
    """Without a mode updates are streamed; a bound mode replaces that."""
    graph = chain(lib, Log, {"a": says("a"), "b": counts})

    await run.stream(graph, {"xs": [], "n": 1})
    await run.stream(graph, {"xs": [], "n": 1}, stream_mode=None)
    await run.stream(graph, {"xs": [], "n": 1}, debug=False)


@program
async def writer_by_name(lib: Any, run: Run) -> None:
    """A parameter called writer is the stream writer."""

    def node(state, writer):  # type: ignore[no-untyped-def]
        writer({"step": 1})
        writer("two")
        writer(None)
        return {"xs": ["a"]}

    graph = chain(lib, Words, {"a": node})

    await run.stream(graph, {"xs": []}, stream_mode="custom")
    await run.stream(graph, {"xs": []}, stream_mode=["custom", "updates"])
    await run.stream(graph, {"xs": []}, stream_mode="updates")
    await run.invoke(graph, {"xs": []})


@program
async def writer_of_the_runtime(lib: Any, run: Run) -> None:
    """runtime.stream_writer is the same writer."""

    def node(state: Any, runtime: lib.Runtime) -> dict[str, Any]:
        runtime.stream_writer(1)
        return {"xs": ["a"]}

    graph = chain(lib, Words, {"a": node, "b": says("b")}, checkpointer=lib.InMemorySaver())

    await run.stream(
        graph, {"xs": []}, thread(), stream_mode=["custom", "tasks", "updates", "values"]
    )


@program
async def writer_in_a_router(lib: Any, run: Run) -> None:
    """A router may write to the stream."""

    def router(state: Any) -> str:
        lib.get_stream_writer()("deciding")
        return "b"

    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b"))
    builder.add_edge(lib.START, "a").add_conditional_edges("a", router)

    await run.stream(builder.compile(), {"xs": []}, stream_mode=["custom", "updates"])


@program
async def custom_before_a_failure(lib: Any, run: Run) -> None:
    """What was written before a failure is seen."""

    def node(state: Any) -> Any:
        lib.get_stream_writer()("last words")
        raise ValueError("no")

    await run.stream(chain(lib, Words, {"a": node}), {"xs": []}, stream_mode="custom")


@program
async def writer_outside(lib: Any, run: Run) -> None:
    """get_stream_writer outside a run."""
    run.attempt("writer", lambda: lib.get_stream_writer())
    run.attempt("config", lambda: lib.get_config())
    run.attempt("store", lambda: lib.get_store())


@program
async def left_early(lib: Any, run: Run) -> None:
    """A stream that is left early has saved what it showed."""
    graph = chain(
        lib, Words, {name: says(name) for name in "abc"}, checkpointer=lib.InMemorySaver()
    )
    seen = []
    if run.face == "sync":
        stream = graph.stream({"xs": []}, thread(), stream_mode="values", durability="sync")
        for chunk in stream:
            seen.append(chunk)
            if len(seen) == 2:
                break
        stream.close()
    else:
        astream = graph.astream({"xs": []}, thread(), stream_mode="values", durability="sync")
        async for chunk in astream:
            seen.append(chunk)
            if len(seen) == 2:
                break
        await astream.aclose()
    run.note("seen", seen)
    await run.invoke(graph, None, thread())


@program
async def hidden_nodes(lib: Any, run: Run) -> None:
    """Tags and metadata of nodes and calls in task events."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a"), metadata={"own": 1, "langgraph_x": 2})
    builder.add_edge(lib.START, "a")
    graph = builder.compile()
    config = {"tags": ["tag"], "metadata": {"caller": True}, "run_name": "name"}

    await run.stream(graph, {"xs": []}, config, stream_mode="tasks")
    await run.stream(graph, {"xs": []}, config, stream_mode="debug")


@program
async def repeated_writes_of_one_key(lib: Any, run: Run) -> None:
    """A task that writes a key twice shows a list of updates."""

    def node(state: Any) -> Any:
        return [lib.Command(update={"xs": ["1"]}), lib.Command(update={"xs": ["2"]})]

    graph = chain(lib, Words, {"a": node}, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "r")
    await run.history(graph, thread("r", "values"))


@program
async def messages_from_nodes(lib: Any, run: Run) -> None:
    """Messages a node returns are streamed once."""

    def node(state: Any) -> dict[str, Any]:
        return {"messages": [lib.AIMessage("one", id="1"), lib.AIMessage("two", id="2")]}

    def again(state: Any) -> dict[str, Any]:
        return {"messages": [lib.AIMessage("two!", id="2"), lib.AIMessage("three", id="3")]}

    graph = chain(lib, lib.MessagesState, {"a": node, "b": again})
    value = {"messages": [lib.HumanMessage("hi", id="0")]}
    seen = []
    if run.face == "sync":
        for message, metadata in graph.stream(value, stream_mode="messages"):
            seen.append((message.content, metadata))
    else:
        async for message, metadata in graph.astream(value, stream_mode="messages"):
            seen.append((message.content, metadata))
    kept = ("langgraph_node", "langgraph_step", "langgraph_triggers", "langgraph_path")
    run.note("seen", [(content, {k: m.get(k) for k in kept}) for content, m in seen])


@program
async def pushed_message(lib: Any, run: Run) -> None:
    """push_message streams and writes."""

    def node(state: Any) -> dict[str, Any]:
        lib.push_message(lib.AIMessage("pushed", id="p"))
        return {"messages": [lib.AIMessage("returned", id="r")]}

    graph = chain(lib, lib.MessagesState, {"a": node})

    await run.invoke(graph, {"messages": []})
    await run.stream(graph, {"messages": []}, stream_mode="updates")


@program
async def printed_modes(lib: Any, run: Run) -> None:
    """print_mode changes nothing but what is printed."""
    import contextlib
    import io

    graph = chain(lib, Words, {"a": says("a")})
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        await run.invoke(graph, {"xs": []}, print_mode="updates")
    run.note("printed", bool(printed.getvalue()))
