"""Error handlers: a node's own, the graph's default, what they may do."""
# pyright: basic, reportInvalidTypeForm=false

from typing import Any

from ._kit import Words, chain, says
from ._oracle import Run, program, thread


def _fails(state: Any) -> Any:
    raise ValueError("boom")


def _handles(lib: Any) -> Any:
    def handler(state: Any, error: lib.NodeError) -> dict[str, Any]:
        return {"xs": [f"handled {error.node}: {error.error!r}"]}

    return handler


def _handled(lib: Any, handler: Any, **options: Any) -> Any:
    """START → a (fails, handler) → b."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", _fails, error_handler=handler).add_node("b", says("b"))
    builder.add_edge(lib.START, "a").add_edge("a", "b")
    return builder.compile(**options)


@program
async def own_handler(lib: Any, run: Run) -> None:
    """A handler's result takes the place of the node's; its edges are not followed."""
    graph = _handled(lib, _handles(lib), checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "h")
    await run.state(graph, thread("h", "values"))
    await run.history(graph, thread("h", "values"))


@program
async def without_saver(lib: Any, run: Run) -> None:
    """Handlers work without a saver."""
    await run.watch(_handled(lib, _handles(lib)), {"xs": []})


@program
async def goes_somewhere(lib: Any, run: Run) -> None:
    """A handler may route with a Command."""

    def handler(state: Any, error: lib.NodeError) -> Any:
        return lib.Command(update={"xs": [error.node]}, goto="b")

    graph = _handled(lib, handler, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "h")
    await run.history(graph, thread("h", "values"))


@program
async def handler_fails(lib: Any, run: Run) -> None:
    """A failing handler fails the run."""

    def handler(state: Any, error: lib.NodeError) -> Any:
        raise LookupError("handler") from error.error

    graph = _handled(lib, handler, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread())


@program
async def default_handler(lib: Any, run: Run) -> None:
    """set_node_defaults gives a handler to nodes that have none."""
    builder = lib.StateGraph(Words)
    handler = _handles(lib)
    builder.set_node_defaults(error_handler=handler)
    builder.add_node("a", _fails)
    builder.add_edge(lib.START, "a")

    await run.watch(builder.compile(), {"xs": []})


@program
async def own_before_default(lib: Any, run: Run) -> None:
    """A node's own handler comes before the default one."""

    def own(state: Any, error: lib.NodeError) -> dict[str, Any]:
        return {"xs": ["own"]}

    builder = lib.StateGraph(Words)
    builder.set_node_defaults(error_handler=_handles(lib))
    builder.add_node("a", _fails, error_handler=own)
    builder.add_edge(lib.START, "a")

    await run.invoke(builder.compile(), {"xs": []})


@program
async def after_retries(lib: Any, run: Run) -> None:
    """The handler comes when the attempts are used up."""
    ran = []

    def node(state: Any) -> Any:
        ran.append("a")
        raise ConnectionError("again")

    policy = lib.RetryPolicy(initial_interval=0, jitter=False, max_attempts=3)
    builder = lib.StateGraph(Words)
    builder.add_node("a", node, retry_policy=policy, error_handler=_handles(lib))
    builder.add_edge(lib.START, "a")

    await run.invoke(builder.compile(), {"xs": []})
    run.note("ran", ran)


@program
async def handler_sees_the_input(lib: Any, run: Run) -> None:
    """The handler gets the input of the failed task."""
    seen = []

    def handler(state: Any, error: lib.NodeError) -> Any:
        seen.append(state)

    builder = lib.StateGraph(Words)
    builder.add_node("a", _fails, error_handler=handler)
    builder.add_conditional_edges(lib.START, lambda s: [lib.Send("a", {"own": 1})])

    await run.invoke(builder.compile(), {"xs": ["in"]})
    run.note("seen", seen)


@program(parallel=True)
async def beside_a_sibling(lib: Any, run: Run) -> None:
    """A handled failure does not disturb a sibling."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", _fails, error_handler=_handles(lib)).add_node("b", says("b"))
    builder.add_node("z", says("z"))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b").add_edge("b", "z")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.history(graph, thread())


@program
async def interrupt_is_no_error(lib: Any, run: Run) -> None:
    """An interrupt does not call the handler."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    builder = lib.StateGraph(Words)
    builder.add_node("a", asks, error_handler=_handles(lib))
    builder.add_edge(lib.START, "a")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread())


@program
async def of_a_subgraph(lib: Any, run: Run) -> None:
    """A subgraph's failure is handled by the node that holds it."""
    sub = chain(lib, Words, {"s": _fails})
    builder = lib.StateGraph(Words)
    builder.add_node("sub", sub, error_handler=_handles(lib)).add_node("b", says("b"))
    builder.add_edge(lib.START, "sub")

    await run.invoke(builder.compile(), {"xs": []})


@program
async def drawn(lib: Any, run: Run) -> None:
    """How a graph with a handler is drawn."""
    graph = _handled(lib, _handles(lib))

    run.attempt("nodes", lambda: sorted(graph.get_graph().nodes))
    run.attempt("mermaid", lambda: graph.get_graph().draw_mermaid())
