"""Send: tasks with an argument of their own."""
# pyright: basic

from typing import Any, TypedDict

from ._kit import Log, Words, says
from ._oracle import Run, program, thread


class Item(TypedDict):
    """What one Send carries."""

    i: int


def _works(state: Any) -> dict[str, Any]:
    return {"xs": [f"w{state['i']}"]}


def _mapped(lib: Any, count: int, *, join: bool = False, **options: Any) -> Any:
    """START → a → count × w (→ z)."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("w", _works)
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges(
        "a", lambda s: [lib.Send("w", {"i": i}) for i in range(count)], ["w"]
    )
    if join:
        builder.add_node("z", says("z")).add_edge("w", "z")
    return builder.compile(**options)


@program(parallel=True)
async def map_reduce(lib: Any, run: Run) -> None:
    """Three Sends to one node, then one node after them."""
    graph = _mapped(lib, 3, join=True, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "m", durability="sync")
    await run.history(graph, thread("m", "values"))


@program
async def one_send(lib: Any, run: Run) -> None:
    """A single Send."""
    graph = _mapped(lib, 1, join=True, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "o", durability="sync")
    await run.history(graph, thread("o", "values"))


@program
async def no_send(lib: Any, run: Run) -> None:
    """An empty list of Sends ends the run."""
    await run.watch(_mapped(lib, 0), {"xs": []})


@program
async def many(lib: Any, run: Run) -> None:
    """Two hundred Sends: results are in the order of the Sends."""
    await run.invoke(_mapped(lib, 200, join=True), {"xs": []})


@program(parallel=True)
async def from_start(lib: Any, run: Run) -> None:
    """Sends may leave START."""
    builder = lib.StateGraph(Words).add_node("w", _works)
    builder.add_conditional_edges(
        lib.START, lambda s: [lib.Send("w", {"i": len(s["xs"])}), lib.Send("w", {"i": 9})]
    )
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": ["in"]}, "s", durability="sync")
    await run.history(graph, thread("s", "values"))


@program
async def to_unknown_node(lib: Any, run: Run) -> None:
    """A Send to a node that does not exist."""
    builder = lib.StateGraph(Words).add_node("a", says("a"))
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", lambda s: [lib.Send("nowhere", {})])
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread())


@program
async def to_end(lib: Any, run: Run) -> None:
    """A Send to END is refused."""
    builder = lib.StateGraph(Words).add_node("a", says("a"))
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", lambda s: [lib.Send(lib.END, {})])

    await run.invoke(builder.compile(), {"xs": []})


@program
async def to_itself(lib: Any, run: Run) -> None:
    """A node sends to itself until it is done."""

    def counts_down(state: Any) -> dict[str, Any]:
        return {"xs": [state.get("i", 3)], "n": state.get("i", 3)}

    def again(state: Any) -> Any:
        left = state.get("i", 3)
        return lib.Send("w", {"i": left - 1}) if left else lib.END

    builder = lib.StateGraph(Log).add_node("w", counts_down)
    builder.add_edge(lib.START, "w").add_conditional_edges("w", again)

    await run.invoke(builder.compile(), {"xs": []}, {"recursion_limit": 7})


@program
async def router_after_send_reads_the_argument(lib: Any, run: Run) -> None:
    """What a router sees after a task that a Send started."""
    seen = []

    def router(state: Any) -> Any:
        seen.append(dict(state))
        return lib.END

    builder = lib.StateGraph(Log).add_node("w", _works)
    builder.add_conditional_edges(lib.START, lambda s: [lib.Send("w", {"i": 1, "n": 5})])
    builder.add_conditional_edges("w", router)

    await run.invoke(builder.compile(), {"xs": ["in"], "n": 1})
    run.note("seen", seen)


@program(parallel=True)
async def mixed_with_names(lib: Any, run: Run) -> None:
    """A router may return names and Sends together; application order is fixed."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b")).add_node("w", _works)
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges(
        "a", lambda s: [lib.Send("w", {"i": 0}), "b", lib.Send("w", {"i": 1})]
    )
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "x", durability="sync")
    await run.history(graph, thread("x", "values"))


@program(parallel=True)
async def edge_and_send_to_one_node(lib: Any, run: Run) -> None:
    """A node reached by an edge and by a Send runs for both."""
    builder = lib.StateGraph(Log)
    builder.add_node("a", says("a"))
    builder.add_node("w", lambda s: {"xs": [s.get("i", "edge")]})
    builder.add_edge(lib.START, "a").add_edge("a", "w")
    builder.add_conditional_edges("a", lambda s: [lib.Send("w", {"i": 1})])

    await run.watch(builder.compile(), {"xs": []})


@program(parallel=True)
async def nested(lib: Any, run: Run) -> None:
    """Sent tasks send again."""
    builder = lib.StateGraph(Words)
    builder.add_node("outer", lambda s: {"xs": [f"o{s['i']}"]})
    builder.add_node("w", _works)
    builder.add_conditional_edges(
        lib.START, lambda s: [lib.Send("outer", {"i": i}) for i in (1, 2)]
    )
    builder.add_conditional_edges(
        "outer",
        lambda s: [lib.Send("w", {"i": i}) for i in range(len(s["xs"]))],
    )

    await run.watch(builder.compile(), {"xs": []})


@program
async def as_a_result(lib: Any, run: Run) -> None:
    """A node may return one Send; a list of Sends is refused."""
    for result in (lib.Send("w", {"i": 1}), [lib.Send("w", {"i": 1})]):
        builder = lib.StateGraph(Words)
        builder.add_node("a", lambda s, result=result: result).add_node("w", _works)
        builder.add_edge(lib.START, "a")
        await run.invoke(builder.compile(), {"xs": []})


@program
async def argument_is_not_the_state(lib: Any, run: Run) -> None:
    """A sent task sees its argument only, whatever type it has."""
    seen = []

    def looks(value: Any) -> None:
        seen.append(value)

    builder = lib.StateGraph(Words).add_node("w", looks)
    builder.add_conditional_edges(
        lib.START,
        lambda s: [lib.Send("w", value) for value in (1, "text", None, [1], {"k": 1})],
    )

    await run.invoke(builder.compile(), {"xs": []}, {"max_concurrency": 1})
    run.note("seen", sorted(map(repr, seen)))


@program(parallel=True)
async def loop_of_sends(lib: Any, run: Run) -> None:
    """Fan out and in, three rounds."""
    builder = lib.StateGraph(Log)
    builder.add_node("w", _works)
    builder.add_node("round", lambda s: {"n": s["n"] + 1})
    builder.add_edge(lib.START, "round").add_edge("w", "round")
    builder.add_conditional_edges(
        "round",
        lambda s: [lib.Send("w", {"i": i}) for i in range(s["n"])] if s["n"] < 4 else lib.END,
    )
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": [], "n": 0}, "l", durability="sync")
    await run.history(graph, thread("l", "values"))


@program
async def fails_in_one_of_three(lib: Any, run: Run) -> None:
    """After a failed Send the finished siblings do not run again."""
    ran = []

    def works(state: Any) -> dict[str, Any]:
        ran.append(state["i"])
        if state["i"] == 2 and ran.count(2) == 1:
            raise ValueError("two")
        return {"xs": [state["i"]]}

    builder = lib.StateGraph(Words).add_node("w", works)
    builder.add_conditional_edges(lib.START, lambda s: [lib.Send("w", {"i": i}) for i in range(3)])
    graph = builder.compile(checkpointer=lib.InMemorySaver())
    config = {**(thread() or {}), "max_concurrency": 1}

    await run.invoke(graph, {"xs": []}, config)
    await run.state(graph, config)
    await run.invoke(graph, None, config)
    run.note("ran", ran)
    await run.history(graph, config)
