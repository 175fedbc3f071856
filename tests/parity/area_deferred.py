"""Deferred nodes: they run when nothing else is left to run."""
# pyright: basic

from typing import Any

from ._kit import Log, Words, says
from ._oracle import Run, program, thread


def _uneven(lib: Any, **options: Any) -> Any:
    """START → a → z; START → b → c → z, where z is deferred."""
    builder = lib.StateGraph(Words)
    for name in "abc":
        builder.add_node(name, says(name))
    builder.add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    builder.add_edge("a", "z").add_edge("b", "c").add_edge("c", "z")
    return builder.compile(**options)


@program(parallel=True)
async def waits_for_the_longer_branch(lib: Any, run: Run) -> None:
    """A deferred node runs once, at the end."""
    graph = _uneven(lib, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "d", durability="sync")
    await run.history(graph, thread("d", "values"))


@program(parallel=True)
async def two_deferred(lib: Any, run: Run) -> None:
    """Two deferred nodes run together."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b"))
    builder.add_node("y", says("y"), defer=True).add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a").add_edge("a", "b")
    builder.add_edge("a", "y").add_edge("a", "z")

    await run.watch(builder.compile(), {"xs": []})


@program(parallel=True)
async def deferred_after_deferred(lib: Any, run: Run) -> None:
    """A deferred node behind a deferred node."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b"))
    builder.add_node("y", says("y"), defer=True).add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    builder.add_edge("a", "y").add_edge("y", "z").add_edge("b", "z")

    await run.watch(builder.compile(), {"xs": []})


@program
async def in_a_loop(lib: Any, run: Run) -> None:
    """A deferred node that leads back."""
    builder = lib.StateGraph(Log)
    builder.add_node("a", lambda s: {"n": s["n"] + 1})
    builder.add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a").add_edge("a", "z")
    builder.add_conditional_edges("z", lambda s: "a" if s["n"] < 3 else lib.END)
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": [], "n": 0}, "l", durability="sync")


@program(parallel=True)
async def deferred_join(lib: Any, run: Run) -> None:
    """A join into a deferred node."""
    builder = lib.StateGraph(Words)
    for name in "abcd":
        builder.add_node(name, says(name))
    builder.add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    builder.add_edge(["a", "b"], "z").add_edge("b", "c").add_edge("c", "d")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "j", durability="sync")
    await run.history(graph, thread("j", "values"))


@program(parallel=True)
async def across_an_interrupt(lib: Any, run: Run) -> None:
    """A deferred node still waits after a resume."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", asks).add_node("c", says("c"))
    builder.add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    builder.add_edge("a", "z").add_edge("b", "c").add_edge("c", "z")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread(), durability="sync")
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread(), durability="sync")
    await run.history(graph, thread())


@program
async def only_node(lib: Any, run: Run) -> None:
    """A deferred node as the only one, and by a conditional edge."""
    builder = lib.StateGraph(Words).add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "z")
    await run.watch(builder.compile(), {"xs": []})

    builder = lib.StateGraph(Words).add_node("z", says("z"), defer=True)
    builder.add_conditional_edges(lib.START, lambda s: "z")
    await run.watch(builder.compile(), {"xs": []})


@program(parallel=True)
async def beside_a_goto(lib: Any, run: Run) -> None:
    """A goto to a deferred node waits too."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", lambda s: lib.Command(goto=["z", "b"]))
    builder.add_node("b", says("b")).add_node("c", says("c")).add_edge("b", "c")
    builder.add_node("z", says("z"), defer=True)
    builder.add_edge(lib.START, "a")

    await run.watch(builder.compile(), {"xs": []})
