"""Graphs inside graphs: state, namespaces, streams, snapshots, interrupts."""
# pyright: basic

import functools
from typing import Any, TypedDict

from ._kit import Log, Number, Words, chain, counts, says
from ._oracle import Run, program, thread


def _nested(lib: Any, depth: int, leaf: Any, **options: Any) -> Any:
    """A chain a → sub → b, *depth* levels deep, *leaf* at the bottom."""
    graph: Any = leaf
    for level in range(depth):
        last = level == depth - 1
        graph = chain(
            lib,
            Words,
            {f"a{level}": says(f"a{level}"), "sub": graph, f"b{level}": says(f"b{level}")},
            **(options if last else {}),
        )
    return graph


def _caller(run: Run, graph: Any, given: Any, taken: Any) -> Any:
    """Return a node that calls *graph* by hand with a state of another shape."""
    if run.face == "sync":

        def node(state: Any) -> Any:
            return taken(graph.invoke(given(state)))

        return node

    async def anode(state: Any) -> Any:
        return taken(await graph.ainvoke(given(state)))

    return anode


@program
async def as_a_node(lib: Any, run: Run) -> None:
    """A compiled graph as a node shares keys with its parent."""
    graph = _nested(lib, 2, says("leaf"), checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": ["in"]}, "s")
    await run.state(graph, thread("s", "values"))
    await run.history(graph, thread("s", "values"))


@program
async def without_saver(lib: Any, run: Run) -> None:
    """The same without a saver, one level deeper."""
    await run.watch(_nested(lib, 3, says("leaf")), {"xs": ["in"]})


@program
async def without_streaming_subgraphs(lib: Any, run: Run) -> None:
    """subgraphs=False shows the root only."""
    graph = _nested(lib, 2, says("leaf"))

    await run.stream(graph, {"xs": []}, stream_mode=["values", "updates", "tasks"])


@program
async def called_by_hand(lib: Any, run: Run) -> None:
    """A node may invoke a graph of another schema."""

    class Inner(TypedDict):
        count: int

    inner = chain(lib, Inner, {"i": lambda s: {"count": s["count"] * 2}})
    node = _caller(run, inner, lambda s: {"count": s["n"]}, lambda r: {"n": r["count"]})
    graph = chain(lib, Number, {"a": counts, "call": node}, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"n": 1}, "c")
    await run.state(graph, thread("c", "values"))


@program
async def different_schemas(lib: Any, run: Run) -> None:
    """A subgraph sees its own keys; the rest of the parent is untouched."""

    class Inner(TypedDict):
        n: int
        own: str

    inner = chain(lib, Inner, {"i": lambda s: {"own": "secret", "n": s["n"] + 1}, "j": counts})
    graph = chain(lib, Log, {"a": says("a"), "inner": inner}, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": ["in"], "n": 1}, "d")


@program
async def no_common_key(lib: Any, run: Run) -> None:
    """A subgraph that shares no key with its parent."""

    class Inner(TypedDict):
        own: str

    inner = chain(lib, Inner, {"i": lambda s: {"own": "x"}})

    await run.watch(chain(lib, Number, {"a": counts, "inner": inner}), {"n": 1})


@program
async def interrupt_inside(lib: Any, run: Run) -> None:
    """An interrupt two levels down, its events, snapshots and resume."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    graph = _nested(lib, 2, asks, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": ["in"]}, "i")
    await run.state(graph, thread("i", "values"))
    await run.state(graph, thread("i", "values"), subgraphs=True)
    for mode in ("values", "updates", "tasks", "checkpoints"):
        await run.stream(
            graph,
            lib.Command(resume="x"),
            thread("i", mode),
            stream_mode=mode,
            subgraphs=True,
        )
    await run.history(graph, thread("i", "values"))


@program
async def interrupt_in_a_called_graph(lib: Any, run: Run) -> None:
    """An interrupt in a graph that a node called: the node runs again."""
    ran = []

    def asks(state: Any) -> dict[str, Any]:
        ran.append("ask")
        return {"n": lib.interrupt("q")}

    def before(state: Any) -> dict[str, Any]:
        ran.append("before")
        return {"n": 1}

    inner = chain(lib, Number, {"before": before, "ask": asks})
    node = _caller(run, inner, lambda s: {"n": 0}, lambda r: {"xs": [r["n"]]})
    graph = chain(lib, Words, {"call": node}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread(), subgraphs=True)
    await run.invoke(graph, lib.Command(resume=5), thread())
    run.note("ran", ran)


@program
async def two_interrupts_inside(lib: Any, run: Run) -> None:
    """Two nodes of a subgraph interrupt one after the other."""

    def asks(name: str) -> Any:
        def node(state: Any) -> dict[str, Any]:
            return {"xs": [lib.interrupt(name)]}

        return node

    sub = chain(lib, Words, {"q1": asks("first"), "q2": asks("second")})
    graph = chain(lib, Words, {"sub": sub, "z": says("z")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="1"), thread())
    await run.state(graph, thread(), subgraphs=True)
    await run.invoke(graph, lib.Command(resume="2"), thread())
    await run.state(graph, thread())


@program(parallel=True)
async def sent_to_a_subgraph(lib: Any, run: Run) -> None:
    """Each Send to a subgraph has a namespace of its own."""
    sub = chain(lib, Log, {"s": lambda s: {"xs": [s["n"]]}})
    builder = lib.StateGraph(Words).add_node("sub", sub)
    builder.add_conditional_edges(
        lib.START, lambda s: [lib.Send("sub", {"n": i, "xs": []}) for i in range(3)]
    )
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.stream(
        graph, {"xs": []}, thread("2"), stream_mode=["values", "updates"], subgraphs=True
    )
    await run.history(graph, thread())


@program(parallel=True)
async def interrupts_in_sent_subgraphs(lib: Any, run: Run) -> None:
    """Interrupts of sent subgraphs are answered by id."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [[state["n"], lib.interrupt(f"q{state['n']}")]]}

    sub = chain(lib, Log, {"s": asks})
    builder = lib.StateGraph(Words).add_node("sub", sub)
    builder.add_conditional_edges(
        lib.START, lambda s: [lib.Send("sub", {"n": i, "xs": []}) for i in range(2)]
    )
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    state = await run.state(graph, thread())
    answers = {i.id: f"answer to {i.value}" for i in state.interrupts}
    await run.invoke(graph, lib.Command(resume=answers), thread())


@program
async def own_memory(lib: Any, run: Run) -> None:
    """checkpointer=True keeps a subgraph's state between runs; None does not."""
    for option in (None, True, False):
        sub = chain(lib, Log, {"s": lambda s: {"xs": [len(s["xs"])]}}, checkpointer=option)
        node = _caller(run, sub, lambda s: {"xs": []}, lambda r: {"xs": [list(r["xs"])]})
        graph = chain(lib, Words, {"call": node}, checkpointer=lib.InMemorySaver())
        run.note("checkpointer", option)
        await run.invoke(graph, {"xs": []}, thread())
        await run.invoke(graph, {"xs": []}, thread())
        await run.history(graph, thread())


@program
async def own_memory_as_a_node(lib: Any, run: Run) -> None:
    """checkpointer=True as a node: state of its own that outlives the run."""

    class Inner(TypedDict):
        own: Any
        n: int

    def remembers(state: Any) -> dict[str, Any]:
        return {"own": (state.get("own") or 0) + 1, "n": state.get("own") or 0}

    sub = chain(lib, Inner, {"s": remembers}, checkpointer=True)
    graph = chain(lib, Number, {"sub": sub}, checkpointer=lib.InMemorySaver())

    for _ in range(3):
        await run.invoke(graph, {"n": 0}, thread())
    await run.state(graph, thread(), subgraphs=True)


@program
async def saver_refused(lib: Any, run: Run) -> None:
    """checkpointer=False: an interrupt inside has nowhere to live."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    sub = chain(lib, Words, {"s": says("s"), "ask": asks}, checkpointer=False)
    graph = chain(lib, Words, {"sub": sub}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread(), subgraphs=True)
    await run.invoke(graph, lib.Command(resume="x"), thread())


@program
async def root_with_true(lib: Any, run: Run) -> None:
    """checkpointer=True is for subgraphs; the root refuses it."""
    graph = chain(lib, Words, {"a": says("a")}, checkpointer=True)

    await run.invoke(graph, {"xs": []}, thread())


@program
async def invalid_saver(lib: Any, run: Run) -> None:
    """Something that is no saver is refused."""
    run.attempt("text", lambda: chain(lib, Words, {"a": says("a")}, checkpointer="x"))
    run.attempt("number", lambda: chain(lib, Words, {"a": says("a")}, checkpointer=3))


@program
async def namespaces(lib: Any, run: Run) -> None:
    """The namespace each node runs in."""
    seen = []

    def leaf(state: Any) -> dict[str, Any]:
        seen.append(lib.get_config()["configurable"]["checkpoint_ns"])
        return {"xs": ["leaf"]}

    inner = chain(lib, Words, {"leaf": leaf})
    twice = []

    if run.face == "sync":

        def calls(state: Any) -> Any:
            twice.append(inner.invoke(state))
            return inner.invoke(state)

        node: Any = calls
    else:

        async def acalls(state: Any) -> Any:
            twice.append(await inner.ainvoke(state))
            return await inner.ainvoke(state)

        node = acalls
    middle = chain(lib, Words, {"mid": node, "mid2": inner})
    graph = chain(lib, Words, {"top": middle}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    run.note("seen", seen)
    run.note("twice", twice)


@program
async def error_inside(lib: Any, run: Run) -> None:
    """An error of a subgraph carries the notes of both levels."""

    def fails(state: Any) -> Any:
        raise ValueError("leaf")

    graph = _nested(lib, 2, fails, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread(), subgraphs=True)


@program
async def goes_on_after_an_error_inside(lib: Any, run: Run) -> None:
    """A saved subgraph goes on where it failed."""
    ran = []

    def first(state: Any) -> dict[str, Any]:
        ran.append("first")
        return {"xs": ["first"]}

    def flaky(state: Any) -> dict[str, Any]:
        ran.append("flaky")
        if ran.count("flaky") == 1:
            raise ValueError("once")
        return {"xs": ["flaky"]}

    sub = chain(lib, Words, {"first": first, "flaky": flaky})
    graph = chain(lib, Words, {"sub": sub}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, None, thread())
    run.note("ran", ran)
    await run.history(graph, thread())


@program
async def state_of_a_subgraph(lib: Any, run: Run) -> None:
    """A subgraph's own history and state are addressed by its namespace."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    sub = chain(lib, Words, {"s": says("s"), "ask": asks, "t": says("t")})
    graph = chain(lib, Words, {"sub": sub}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    state = await run.state(graph, thread())
    inner = state.tasks[0].state
    await run.state(graph, inner)
    await run.history(graph, inner)
    await run.update(graph, inner, {"xs": ["by hand"]})
    await run.state(graph, inner)
    await run.invoke(graph, lib.Command(resume="x"), thread())
    await run.state(graph, {"configurable": {"thread_id": "t", "checkpoint_ns": "nowhere:1"}})


@program
async def subgraphs_listed(lib: Any, run: Run) -> None:
    """get_subgraphs names the graphs inside."""
    graph = _nested(lib, 3, says("leaf"))

    def names(**options: Any) -> list[str]:
        return [name for name, _ in graph.get_subgraphs(**options)]

    run.attempt("direct", names)
    run.attempt("all", functools.partial(names, recurse=True))
    run.attempt("one", functools.partial(names, namespace="sub|sub"))


@program
async def custom_events_inside(lib: Any, run: Run) -> None:
    """Custom events of a subgraph are seen with subgraphs=True."""

    def talks(state: Any) -> dict[str, Any]:
        lib.get_stream_writer()({"from": "leaf"})
        return {"xs": ["leaf"]}

    graph = _nested(lib, 2, talks)

    for subgraphs in (False, True):
        await run.stream(graph, {"xs": []}, stream_mode="custom", subgraphs=subgraphs)
        await run.stream(graph, {"xs": []}, stream_mode=["custom", "updates"], subgraphs=subgraphs)


@program
async def streamed_by_a_node(lib: Any, run: Run) -> None:
    """A node that streams a graph sees values by default."""
    inner = chain(lib, Words, {"i": says("i"), "j": says("j")})

    if run.face == "sync":

        def streams(state: Any) -> dict[str, Any]:
            return {"xs": list(inner.stream({"xs": []}))}

        node: Any = streams
    else:

        async def astreams(state: Any) -> dict[str, Any]:
            return {"xs": [chunk async for chunk in inner.astream({"xs": []})]}

        node = astreams

    await run.invoke(chain(lib, Words, {"a": node}), {"xs": []})


@program
async def breakpoint_by_call(lib: Any, run: Run) -> None:
    """A stop named by the caller counts for the root."""
    graph = _nested(lib, 2, says("leaf"), checkpointer=lib.InMemorySaver())

    await run.stream(
        graph,
        {"xs": []},
        thread(),
        stream_mode="updates",
        interrupt_before=["b0"],
        subgraphs=True,
    )
    await run.state(graph, thread())


@program
async def each_call_has_its_memory(lib: Any, run: Run) -> None:
    """The second call within one task remembers the second calls of earlier ones."""
    inner = chain(lib, Words, {"s": says("s")}, checkpointer=True)

    def calls(state: Any) -> dict[str, Any]:
        first, second = inner.invoke({"xs": [1]}), inner.invoke({"xs": [2]})
        return {"xs": [first["xs"], second["xs"]]}

    graph = chain(lib, Words, {"calls": calls}, checkpointer=lib.InMemorySaver())
    await run.invoke(graph, {"xs": ["in"]}, thread())
    await run.invoke(graph, {"xs": ["in"]}, thread())


@program
async def states_of_graphs_in_graphs(lib: Any, run: Run) -> None:
    """State and edits reach every depth; tasks are listed as the nodes were added."""
    leaf = chain(lib, Words, {"ask": lambda s: {"xs": [lib.interrupt("q")]}})
    middle = chain(lib, Words, {"leaf": leaf, "m": says("m")})
    builder = lib.StateGraph(Words)
    builder.add_node("z", says("z")).add_node("middle", middle)
    builder.add_edge(lib.START, "z").add_edge(lib.START, "middle")
    graph = builder.compile(checkpointer=lib.InMemorySaver())
    await run.invoke(graph, {"xs": ["in"]}, thread())
    await run.state(graph, thread(), subgraphs=True)
    state = graph.get_state(thread(), subgraphs=True)
    run.note("listed", [task.name for task in state.tasks])
    inner = state.tasks[1].state
    run.note("inner", graph.get_state(inner.config).values)
    deepest = inner.tasks[0].state
    await run.update(graph, deepest.config, {"xs": ["by hand"]})
    await run.state(graph, thread(), subgraphs=True)
    await run.invoke(graph, lib.Command(resume="A"), thread())
