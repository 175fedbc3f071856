"""Nodes one after another: results, events, snapshots, odd return values."""
# pyright: basic

from typing import Any

from ._kit import Log, Number, Words, chain, counts, says
from ._oracle import Run, program, thread


@program
async def one_node(lib: Any, run: Run) -> None:
    """One node without a saver: the result and each stream mode."""
    graph = chain(lib, Log, {"a": says("a")})

    await run.invoke(graph, {"xs": ["in"]})
    await run.watch(graph, {"xs": ["in"], "n": 1})


@program
async def two_nodes_saved(lib: Any, run: Run) -> None:
    """Two nodes with a saver: streams, snapshot, whole history."""
    graph = chain(lib, Log, {"a": says("a"), "b": counts}, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": ["in"], "n": 1}, "w")
    await run.invoke(graph, {"n": 5}, thread())
    await run.state(graph, thread())
    await run.history(graph, thread())


@program
async def node_returns_none(lib: Any, run: Run) -> None:
    """A node that returns None writes nothing and its edges are followed."""
    graph = chain(lib, Log, {"a": lambda s: None, "b": says("b")})

    await run.watch(graph, {"xs": [], "n": 0})


@program
async def node_returns_empty_dict(lib: Any, run: Run) -> None:
    """A node that returns {} writes nothing and its edges are followed."""
    graph = chain(lib, Log, {"a": lambda s: {}, "b": says("b")}, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": [], "n": 0}, "e")
    await run.history(graph, thread("e", "values"))


@program
async def unknown_key_is_dropped(lib: Any, run: Run) -> None:
    """A key that is not in the schema disappears."""
    graph = chain(lib, Log, {"a": lambda s: {"zz": 1}, "b": lambda s: {"n": 2, "y": 1}})

    await run.watch(graph, {"xs": [], "n": 0})


@program
async def unknown_input_key(lib: Any, run: Run) -> None:
    """Unknown keys of the input disappear; an input of nothing else is refused."""
    graph = chain(lib, Log, {"a": says("a")})

    await run.invoke(graph, {"xs": [], "zz": 1})
    await run.invoke(graph, {"zz": 1})
    await run.invoke(graph, {})
    await run.invoke(graph, None)
    await run.invoke(graph, 3)


@program
async def non_dict_result(lib: Any, run: Run) -> None:
    """A node that returns something else than a dict is refused."""
    for result in (3, "text", [1], (), True):
        graph = chain(lib, Log, {"a": lambda s, result=result: result})
        await run.invoke(graph, {"n": 1})


@program
async def entry_and_finish_point(lib: Any, run: Run) -> None:
    """set_entry_point and set_finish_point are edges from START and to END."""
    builder = lib.StateGraph(Log)
    builder.add_node("a", says("a"))
    builder.add_node("b", says("b"))
    builder.set_entry_point("a")
    builder.add_edge("a", "b")
    builder.set_finish_point("b")

    await run.watch(builder.compile(), {"xs": []})


@program
async def sequence(lib: Any, run: Run) -> None:
    """add_sequence links functions by name and pairs by their name."""

    def first(state: Log) -> dict[str, Any]:
        return {"xs": ["first"]}

    def second(state: Log) -> dict[str, Any]:
        return {"xs": ["second"]}

    builder = lib.StateGraph(Log)
    builder.add_sequence([first, second, ("third", says("third"))])
    builder.add_edge(lib.START, "first")

    await run.watch(builder.compile(), {"xs": []})


@program
async def names_from_functions(lib: Any, run: Run) -> None:
    """A node without a name is called after its function."""

    def ask(state: Log) -> dict[str, Any]:
        return {"xs": ["ask"]}

    builder = lib.StateGraph(Log).add_node(ask)
    builder.add_edge(lib.START, "ask").add_edge("ask", lib.END)

    await run.watch(builder.compile(), {"xs": []})


@program
async def fifty_nodes(lib: Any, run: Run) -> None:
    """A longer chain keeps its order; the last step is counted."""
    nodes = {f"n{i}": says(i) for i in range(50)}

    await run.invoke(chain(lib, Log, nodes), {"xs": []}, {"recursion_limit": 51})
    await run.invoke(chain(lib, Log, nodes), {"xs": []}, {"recursion_limit": 50})


@program
async def stream_modes_of_invoke(lib: Any, run: Run) -> None:
    """invoke takes a stream mode, output keys and a version."""
    graph = chain(lib, Log, {"a": says("a"), "b": counts})
    value = {"xs": [], "n": 1}

    for mode in ("values", "updates", "tasks", "custom", ["values", "updates"]):
        await run.invoke(graph, value, stream_mode=mode)
    await run.invoke(graph, value, output_keys="n")
    await run.invoke(graph, value, output_keys=["n"])
    await run.invoke(graph, value, version="v2")
    await run.stream(graph, value, output_keys="n", stream_mode="values")
    await run.stream(graph, value, output_keys=["n"], stream_mode="updates")
    await run.stream(graph, value)


@program
async def runs_are_independent(lib: Any, run: Run) -> None:
    """Without a saver nothing is left of a run."""
    graph = chain(lib, Log, {"a": says("a"), "b": counts})

    for number in range(3):
        await run.invoke(graph, {"xs": [number], "n": number})


@program
async def input_is_not_changed(lib: Any, run: Run) -> None:
    """Keys a node sets on its own state go nowhere, nor into the caller's dict."""

    def meddles(state: dict[str, Any]) -> dict[str, Any]:
        state["n"] = 99
        return {"xs": ["a"]}

    graph = chain(lib, Log, {"a": meddles, "b": says("b")})
    value = {"xs": [], "n": 1}

    await run.invoke(graph, value)
    run.note("caller's dict", value)


@program
async def missing_keys(lib: Any, run: Run) -> None:
    """A key never written is absent, a key with a reducer starts empty."""

    def looks(state: dict[str, Any]) -> dict[str, Any]:
        return {"xs": [sorted(state)]}

    graph = chain(lib, Log, {"a": looks}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"n": 1}, thread("1"))
    await run.invoke(graph, {"xs": []}, thread("2"))


@program
async def node_raises(lib: Any, run: Run) -> None:
    """An exception of a node reaches the caller with a note; the thread shows it."""

    def fails(state: dict[str, Any]) -> None:
        raise LookupError("no such thing")

    graph = chain(lib, Log, {"a": says("a"), "b": fails}, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "r")
    await run.state(graph, thread("r", "values"))
    await run.history(graph, thread("r", "values"))


@program
async def same_values_again(lib: Any, run: Run) -> None:
    """Writing an equal value is a write; values shows a step that wrote."""
    graph = chain(
        lib,
        Log,
        {"a": lambda s: {"n": 1}, "b": lambda s: {"n": 1}, "c": lambda s: None},
        checkpointer=lib.InMemorySaver(),
    )

    await run.watch(graph, {"xs": [], "n": 1}, "s")


@program
async def callables(lib: Any, run: Run) -> None:
    """Nodes may be callable objects, partials, methods."""
    import functools

    class Speaker:
        def __call__(self, state: Any) -> dict[str, Any]:
            return {"xs": ["object"]}

        def method(self, state: Any) -> dict[str, Any]:
            return {"xs": ["method"]}

    def partial(word: str, state: Any) -> dict[str, Any]:
        return {"xs": [word]}

    graph = chain(
        lib,
        Words,
        {
            "a": Speaker(),
            "b": Speaker().method,
            "c": functools.partial(partial, "partial"),
        },
    )

    await run.watch(graph, {"xs": []})


@program
async def decorated_node(lib: Any, run: Run) -> None:
    """A node wrapped by functools.wraps is called with what its inner asks for."""
    import functools

    def traced(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    @traced
    def inner(state, config):  # type: ignore[no-untyped-def]
        return {"xs": [sorted(config)]}

    await run.invoke(chain(lib, Words, {"a": inner}), {"xs": []})


@program
async def self_loop_until_done(lib: Any, run: Run) -> None:
    """A node routed to itself runs until its router says END."""
    builder = lib.StateGraph(Number)
    builder.add_node("a", counts)
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", lambda s: lib.END if s["n"] > 3 else "a")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"n": 0}, "l")
    await run.history(graph, thread("l", "values"))


@program
async def batch(lib: Any, run: Run) -> None:
    """batch runs several inputs and keeps their order."""
    graph = chain(lib, Number, {"a": counts})

    if run.face == "sync":
        run.attempt("batch", lambda: graph.batch([{"n": 1}, {"n": 2}]))
    else:
        run.note("batch", await graph.abatch([{"n": 1}, {"n": 2}]))
