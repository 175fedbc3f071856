"""Edges from a list of nodes wait for all of them; plain edges do not wait."""
# pyright: basic

import functools
from typing import Any

from ._kit import Log, Words, edges, says
from ._oracle import Run, program, thread


@program(parallel=True)
async def two_into_one(lib: Any, run: Run) -> None:
    """A join runs once, after both."""
    builder = lib.StateGraph(Words)
    for name in "abc":
        builder.add_node(name, says(name))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    builder.add_edge(["a", "b"], "c")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "j", durability="sync")
    await run.history(graph, thread("j", "values"))


@program(parallel=True)
async def plain_edges_of_one_step(lib: Any, run: Run) -> None:
    """Two plain edges of the same step run their target once."""
    builder = lib.StateGraph(Words)
    for name in "abc":
        builder.add_node(name, says(name))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    builder.add_edge("a", "c").add_edge("b", "c")

    await run.watch(builder.compile(), {"xs": []})


def _uneven(lib: Any, *, join: bool, **options: Any) -> Any:
    """START → a → d; START → b → c → d: branches of different length."""
    builder = lib.StateGraph(Words)
    for name in "abcd":
        builder.add_node(name, says(name))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b").add_edge("b", "c")
    if join:
        builder.add_edge(["a", "c"], "d")
    else:
        builder.add_edge("a", "d").add_edge("c", "d")
    return builder.compile(**options)


@program(parallel=True)
async def uneven_branches_join(lib: Any, run: Run) -> None:
    """A join waits for the longer branch."""
    graph = _uneven(lib, join=True, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "u", durability="sync")
    await run.history(graph, thread("u", "values"))


@program(parallel=True)
async def uneven_branches_plain(lib: Any, run: Run) -> None:
    """Plain edges run the target once per arrival."""
    await run.watch(_uneven(lib, join=False), {"xs": []})


@program(parallel=True)
async def in_a_loop(lib: Any, run: Run) -> None:
    """A join opens again in each round of a loop."""
    builder = lib.StateGraph(Log)
    for name in "abc":
        builder.add_node(name, says(name))
    builder.add_node("again", lambda s: {"n": s["n"] + 1})
    builder.add_edge(lib.START, "again")
    builder.add_edge("again", "a").add_edge("again", "b")
    builder.add_edge(["a", "b"], "c")
    builder.add_conditional_edges("c", lambda s: "again" if s["n"] < 3 else lib.END)
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": [], "n": 0}, "l", durability="sync")
    await run.history(graph, thread("l", "values"))


@program(parallel=True)
async def one_side_never_comes(lib: Any, run: Run) -> None:
    """A join whose second source is not reached never runs."""
    builder = lib.StateGraph(Words)
    for name in "abcd":
        builder.add_node(name, says(name))
    builder.add_conditional_edges(lib.START, lambda s: ["a"], ["a", "b"])
    builder.add_edge(["a", "b"], "c").add_edge("a", "d")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "n", durability="sync")
    await run.state(graph, thread("n", "values"))


@program(parallel=True)
async def survives_a_checkpoint(lib: Any, run: Run) -> None:
    """An arrival at a join outlives an interrupt of the other branch."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("go?")]}

    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b"))
    builder.add_node("c", asks).add_node("d", says("d"))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b").add_edge("b", "c")
    builder.add_edge(["a", "c"], "d")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.stream(
        graph, {"xs": []}, thread(), stream_mode=["values", "updates"], durability="sync"
    )
    await run.state(graph, thread())
    await run.stream(
        graph, lib.Command(resume="yes"), thread(), stream_mode="values", durability="sync"
    )
    await run.history(graph, thread())


@program(parallel=True)
async def two_joins(lib: Any, run: Run) -> None:
    """Two joins with a common source run independently."""
    builder = lib.StateGraph(Words)
    for name in "abcde":
        builder.add_node(name, says(name))
    for name in "abc":
        builder.add_edge(lib.START, name)
    builder.add_edge(["a", "b"], "d").add_edge(["b", "c"], "e")

    await run.watch(builder.compile(), {"xs": []})


@program(parallel=True)
async def join_of_one(lib: Any, run: Run) -> None:
    """A list of one source is a join all the same."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b"))
    builder.add_edge(lib.START, "a").add_edge(["a"], "b")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "o", durability="sync")
    run.attempt("edges", functools.partial(edges, graph))


@program(parallel=True)
async def join_and_plain_edge(lib: Any, run: Run) -> None:
    """A node with a join and a plain edge runs for each."""
    builder = lib.StateGraph(Words)
    for name in "abcd":
        builder.add_node(name, says(name))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b").add_edge("b", "c")
    builder.add_edge(["a", "c"], "d").add_edge("b", "d")

    await run.watch(builder.compile(), {"xs": []})


@program(parallel=True)
async def order_of_writes(lib: Any, run: Run) -> None:
    """Writes of parallel nodes apply in the order of their names."""
    builder = lib.StateGraph(Words)
    for name in ("z", "a", "m", "b"):
        builder.add_node(name, says(name))
        builder.add_edge(lib.START, name)

    await run.watch(builder.compile(), {"xs": []})


@program(parallel=True)
async def join_to_end(lib: Any, run: Run) -> None:
    """A join may not end at END unless the engine lets it."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b"))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    run.attempt("add", lambda: builder.add_edge(["a", "b"], lib.END) and None)
    graph = run.attempt("compile", lambda: builder.compile() and None)
    run.note("graph", graph)
    await run.invoke(builder.compile(), {"xs": []})


@program(parallel=True)
async def fan_out_and_in(lib: Any, run: Run) -> None:
    """Ten nodes between two: one step each."""
    builder = lib.StateGraph(Words)
    builder.add_node("first", says("first")).add_node("last", says("last"))
    builder.add_edge(lib.START, "first")
    names = [f"n{i}" for i in range(10)]
    for name in names:
        builder.add_node(name, says(name))
        builder.add_edge("first", name)
    builder.add_edge(names, "last")

    await run.watch(builder.compile(), {"xs": []})
