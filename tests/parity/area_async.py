"""What only coroutines can show: async nodes, cancellation, sync nodes in async runs."""
# pyright: basic

import asyncio
import datetime
from typing import Any

from ._kit import Words, chain, counts, says
from ._oracle import Run, program, thread


@program(faces=("async",), as_is=True)
async def coroutine_nodes(lib: Any, run: Run) -> None:
    """Nodes and routers as coroutine functions that really wait."""

    async def node(state: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"xs": ["a"]}

    async def router(state: Any) -> str:
        await asyncio.sleep(0)
        return "b"

    builder = lib.StateGraph(Words).add_node("a", node).add_node("b", node)
    builder.add_edge(lib.START, "a").add_conditional_edges("a", router)
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "c")


@program(faces=("async",), as_is=True)
async def sync_nodes(lib: Any, run: Run) -> None:
    """Plain functions work in an async run; config and context reach them."""
    import contextvars

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("v")
    variable.set("caller")
    seen = []

    def node(state: Any) -> dict[str, Any]:
        seen.append([variable.get(), lib.get_config()["configurable"]["own"]])
        return {"xs": ["a"]}

    graph = chain(lib, Words, {"a": node, "b": says("b")})

    await run.invoke(graph, {"xs": []}, {"configurable": {"own": 1}})
    run.note("seen", seen)


@program(faces=("async",), as_is=True)
async def interrupt_in_both_colours(lib: Any, run: Run) -> None:
    """interrupt() in a plain function and in a coroutine of one async run."""

    def plain(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("plain")]}

    async def coroutine(state: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"xs": [lib.interrupt("coroutine")]}

    graph = chain(lib, Words, {"a": plain, "b": coroutine}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume=1), thread())
    await run.invoke(graph, lib.Command(resume=2), thread())


@program(faces=("async",), as_is=True)
async def together(lib: Any, run: Run) -> None:
    """Coroutines of one step run together: each waits for the other."""
    first = asyncio.Event()
    second = asyncio.Event()

    async def a(state: Any) -> dict[str, Any]:
        first.set()
        await second.wait()
        return {"xs": ["a"]}

    async def b(state: Any) -> dict[str, Any]:
        second.set()
        await first.wait()
        return {"xs": ["b"]}

    builder = lib.StateGraph(Words).add_node("a", a).add_node("b", b)
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")

    await run.invoke(builder.compile(), {"xs": []})


@program(faces=("async",), as_is=True)
async def order_is_not_completion(lib: Any, run: Run) -> None:
    """Writes apply in the order of names, not in the order of completion."""
    done = asyncio.Event()

    async def late(state: Any) -> dict[str, Any]:
        await done.wait()
        return {"xs": ["a"]}

    async def early(state: Any) -> dict[str, Any]:
        done.set()
        return {"xs": ["b"]}

    builder = lib.StateGraph(Words).add_node("a", late).add_node("b", early)
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    graph = builder.compile()

    await run.invoke(graph, {"xs": []})
    await run.stream(graph, {"xs": []}, stream_mode=["updates", "values"])


@program(faces=("async",), as_is=True)
async def cancelled_caller(lib: Any, run: Run) -> None:
    """Cancelling the caller cancels the node; the thread goes on later."""
    started = asyncio.Event()
    ran = []

    async def waits(state: Any) -> dict[str, Any]:
        ran.append("w")
        if len(ran) > 1:
            return {"xs": ["second time"]}
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ran.append("cleaned up")
        return {}

    graph = chain(lib, Words, {"a": says("a"), "w": waits}, checkpointer=lib.InMemorySaver())
    task = asyncio.ensure_future(graph.ainvoke({"xs": []}, thread()))
    await started.wait()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        run.note("cancelled", ran)
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())


@program(faces=("async",), as_is=True)
async def failure_cancels_siblings(lib: Any, run: Run) -> None:
    """When one coroutine fails its siblings are cancelled."""
    started = asyncio.Event()
    ended = []

    async def fails(state: Any) -> Any:
        await started.wait()
        raise ValueError("no")

    async def waits(state: Any) -> Any:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    builder = lib.StateGraph(Words).add_node("f", fails).add_node("w", waits)
    builder.add_edge(lib.START, "f").add_edge(lib.START, "w")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    run.note("ended", ended)
    await run.state(graph, thread())


@program(faces=("async",), as_is=True)
async def node_raises_cancelled(lib: Any, run: Run) -> None:
    """A node that raises CancelledError itself."""

    async def node(state: Any) -> Any:
        raise asyncio.CancelledError

    await run.invoke(chain(lib, Words, {"a": node}), {"xs": []})


@program(faces=("async",), as_is=True)
async def left_early(lib: Any, run: Run) -> None:
    """Closing a stream cancels what is running."""
    ended = []

    async def waits(state: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("closed")

    graph = chain(lib, Words, {"a": says("a"), "w": waits}, checkpointer=lib.InMemorySaver())
    stream = graph.astream({"xs": []}, thread(), stream_mode="updates")
    async for chunk in stream:
        run.note("chunk", chunk)
        break
    await stream.aclose()
    run.note("ended", ended)
    await run.state(graph, thread())


@program(faces=("async",), as_is=True)
async def run_timeout(lib: Any, run: Run) -> None:
    """A node with a timeout that is too slow."""

    async def waits(state: Any) -> Any:
        await asyncio.Event().wait()

    builder = lib.StateGraph(Words).add_node("w", waits, timeout=0.01)
    graph = builder.add_edge(lib.START, "w").compile()
    try:
        await graph.ainvoke({"xs": []})
    except lib.NodeTimeoutError as error:
        run.note("raised", [type(error).__name__, error.kind, error.node, error.run_timeout])


@program(faces=("sync",), as_is=True)
async def timeout_of_a_sync_node(lib: Any, run: Run) -> None:
    """Timeouts are for coroutines."""
    builder = lib.StateGraph(Words)
    run.attempt("add", lambda: builder.add_node("a", says("a"), timeout=1) and None)
    run.attempt("zero", lambda: lib.TimeoutPolicy(run_timeout=0))


@program(as_is=True)
async def timeouts_that_limit_nothing(lib: Any, run: Run) -> None:
    """A limit is a time above zero: refused where it is given, by a node or for all of them."""

    async def node(state: Any) -> dict[str, Any]:
        return {"xs": ["n"]}

    def refused(limit: Any) -> None:
        builder = lib.StateGraph(Words)
        run.attempt(f"node {limit!r}", lambda: bool(builder.add_node("n", node, timeout=limit)))
        run.attempt(f"all {limit!r}", lambda: bool(builder.set_node_defaults(timeout=limit)))
        run.attempt(f"send {limit!r}", lambda: bool(lib.Send("n", {}, timeout=limit)))

    for limit in (0, 0.0, -1, False, datetime.timedelta(0), "soon"):
        refused(limit)
    builder = lib.StateGraph(Words).set_node_defaults(timeout=lib.TimeoutPolicy())
    builder.add_node("n", says("n"), timeout=lib.TimeoutPolicy()).add_edge(lib.START, "n")
    await run.invoke(builder.compile(), {"xs": []})


@program(faces=("async",), as_is=True)
async def many_runs_at_once(lib: Any, run: Run) -> None:
    """Runs of one graph do not disturb each other."""

    async def node(state: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"n": state["n"] + 1}

    from ._kit import Number

    graph = chain(lib, Number, {"a": node, "b": node, "c": counts})
    results = await asyncio.gather(*(graph.ainvoke({"n": n}) for n in range(20)))
    run.note("results", results)


@program(faces=("async",), as_is=True)
async def sync_call_inside(lib: Any, run: Run) -> None:
    """A plain node may call a graph synchronously inside an async run."""
    inner = chain(lib, Words, {"i": says("i")})

    def calls(state: Any) -> Any:
        return inner.invoke(state)

    graph = chain(lib, Words, {"a": calls}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.stream(graph, {"xs": []}, thread("2"), stream_mode="updates", subgraphs=True)
