"""The recursion limit, and the values that tell a node how far it is away."""
# pyright: basic, reportInvalidTypeForm=false

import operator
from typing import Annotated, Any, TypedDict

from ._kit import Number, Words, chain, counts, says
from ._oracle import Run, program, thread


def _forever(lib: Any, **options: Any) -> Any:
    builder = lib.StateGraph(Words).add_node("a", says("a"))
    builder.add_edge(lib.START, "a").add_edge("a", "a")
    return builder.compile(**options)


@program
async def endless_loop(lib: Any, run: Run) -> None:
    """With a limit of L exactly L steps run."""
    for limit in (1, 2, 5):
        graph = _forever(lib, checkpointer=lib.InMemorySaver())
        config = {**(thread() or {}), "recursion_limit": limit}
        await run.invoke(graph, {"xs": []}, config)
        await run.state(graph, thread())


@program
async def chains(lib: Any, run: Run) -> None:
    """A chain of k nodes needs a limit of k + 1."""
    for count in (1, 2, 3):
        graph = chain(lib, Words, {f"n{i}": says(i) for i in range(count)})
        for limit in (count, count + 1):
            await run.invoke(graph, {"xs": []}, {"recursion_limit": limit})


@program
async def streams_until_the_limit(lib: Any, run: Run) -> None:
    """Events before the limit are seen."""
    graph = _forever(lib, checkpointer=lib.InMemorySaver())
    config = {**(thread() or {}), "recursion_limit": 2}

    await run.stream(
        graph, {"xs": []}, config, stream_mode=["values", "updates", "tasks", "checkpoints"]
    )
    await run.history(graph, thread())


@program
async def goes_on_after_the_limit(lib: Any, run: Run) -> None:
    """A thread that hit the limit goes on with None, with a limit of its own."""
    graph = _forever(lib, checkpointer=lib.InMemorySaver())
    config = {**(thread() or {}), "recursion_limit": 2}

    await run.invoke(graph, {"xs": []}, config)
    await run.invoke(graph, None, config)
    await run.state(graph, thread())


@program
async def zero_and_negative(lib: Any, run: Run) -> None:
    """A limit below one is refused."""
    graph = chain(lib, Words, {"a": says("a")})

    await run.invoke(graph, {"xs": []}, {"recursion_limit": 0})
    await run.invoke(graph, {"xs": []}, {"recursion_limit": -1})


@program
async def bound_limit(lib: Any, run: Run) -> None:
    """with_config binds a limit; a call may override it."""
    graph = _forever(lib).with_config(recursion_limit=2)

    await run.invoke(graph, {"xs": []})
    await run.invoke(graph, {"xs": []}, {"recursion_limit": 4})
    await run.invoke(_forever(lib).with_config({"recursion_limit": 3}), {"xs": []})


@program
async def in_a_subgraph(lib: Any, run: Run) -> None:
    """A subgraph counts for itself with its parent's limit."""
    graph = chain(lib, Words, {"s": _forever(lib)})

    await run.invoke(graph, {"xs": []}, {"recursion_limit": 3})


@program
async def remaining_steps(lib: Any, run: Run) -> None:
    """RemainingSteps and IsLastStep are filled in, never stored."""

    class State(TypedDict):
        seen: Annotated[list[Any], operator.add]
        left: lib.RemainingSteps
        last: lib.IsLastStep

    def looks(state: Any) -> dict[str, Any]:
        return {"seen": [[state["left"], state["last"]]]}

    builder = lib.StateGraph(State).add_node("a", looks)
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", lambda s: lib.END if s["last"] else "a")
    graph = builder.compile(checkpointer=lib.InMemorySaver())
    config = {**(thread() or {}), "recursion_limit": 4}

    await run.invoke(graph, {"seen": []}, config)
    await run.state(graph, thread())
    await run.invoke(graph, {"seen": []}, config)


@program
async def managed_in_input(lib: Any, run: Run) -> None:
    """A managed value in an input or output schema is refused."""

    class State(TypedDict):
        n: int
        left: lib.RemainingSteps

    run.attempt("input", lambda: lib.StateGraph(Number, input_schema=State))
    run.attempt("output", lambda: lib.StateGraph(Number, output_schema=State))
    graph = chain(lib, State, {"a": lambda s: {"n": s["left"], "left": 99}})
    await run.invoke(graph, {"n": 0, "left": 7}, {"recursion_limit": 10})


@program
async def router_without_end(lib: Any, run: Run) -> None:
    """Two nodes that send each other on hit the limit."""
    builder = lib.StateGraph(Number).add_node("a", counts).add_node("b", counts)
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", lambda s: "b")
    builder.add_conditional_edges("b", lambda s: "a")

    await run.invoke(builder.compile(), {"n": 0}, {"recursion_limit": 7})
