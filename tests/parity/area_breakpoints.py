"""interrupt_before and interrupt_after: stops that no node asks for."""
# pyright: basic

from typing import Any

from ._kit import Words, chain, counts, fan, says
from ._oracle import Run, program, thread


def _three(lib: Any, **options: Any) -> Any:
    nodes = {name: says(name) for name in "abc"}
    return chain(lib, Words, nodes, checkpointer=lib.InMemorySaver(), **options)


async def _to_the_end(run: Run, graph: Any, name: str, **options: Any) -> None:
    """Stream until nothing is left, at most five times."""
    value: Any = {"xs": ["in"]}
    for _ in range(5):
        await run.stream(
            graph,
            value,
            thread(name),
            stream_mode=["values", "updates", "tasks", "checkpoints"],
            **options,
        )
        state = await run.state(graph, thread(name))
        if not state.next:
            break
        value = None
    await run.history(graph, thread(name))


@program
async def before(lib: Any, run: Run) -> None:
    """interrupt_before stops with the node pending; None goes on."""
    await _to_the_end(run, _three(lib, interrupt_before=["b"]), "t")


@program
async def after(lib: Any, run: Run) -> None:
    """interrupt_after stops when the node has run."""
    await _to_the_end(run, _three(lib, interrupt_after=["b"]), "t")


@program
async def before_and_after(lib: Any, run: Run) -> None:
    """Both at one node."""
    graph = _three(lib, interrupt_before=["b"], interrupt_after=["b"])

    await _to_the_end(run, graph, "t")


@program
async def everywhere(lib: Any, run: Run) -> None:
    """A star stops at every node."""
    await _to_the_end(run, _three(lib, interrupt_before="*"), "1")
    await _to_the_end(run, _three(lib, interrupt_after="*"), "2")


@program
async def per_call(lib: Any, run: Run) -> None:
    """A call may name its own stops; they replace the compiled ones."""
    graph = _three(lib, interrupt_before=["b"])

    await _to_the_end(run, graph, "1", interrupt_before=["c"])
    await _to_the_end(run, graph, "2", interrupt_after=["a"])
    await _to_the_end(run, graph, "3", interrupt_before=[])


@program
async def first_and_last(lib: Any, run: Run) -> None:
    """A stop before the first node and after the last one."""
    await _to_the_end(run, _three(lib, interrupt_before=["a"]), "1")
    await _to_the_end(run, _three(lib, interrupt_after=["c"]), "2")


@program
async def unknown_node(lib: Any, run: Run) -> None:
    """A stop at a node that does not exist is refused at compile time."""
    run.attempt("before", lambda: _three(lib, interrupt_before=["nowhere"]))
    run.attempt("after", lambda: _three(lib, interrupt_after=["nowhere"]))


@program
async def result_of_invoke(lib: Any, run: Run) -> None:
    """What invoke returns at a stop."""
    graph = _three(lib, interrupt_before=["b"])

    await run.invoke(graph, {"xs": []}, thread("1"))
    await run.invoke(graph, None, thread("1"))
    await run.invoke(graph, {"xs": []}, thread("2"), version="v2")
    await run.invoke(graph, {"xs": []}, thread("3"), stream_mode="updates")


@program
async def without_saver(lib: Any, run: Run) -> None:
    """Stops without a saver."""
    graph = chain(lib, Words, {"a": says("a"), "b": says("b")}, interrupt_before=["b"])

    await run.stream(graph, {"xs": []}, stream_mode=["values", "updates"])
    await run.invoke(graph, None)


@program
async def in_a_loop(lib: Any, run: Run) -> None:
    """A stop in a loop comes in every round."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b"))
    builder.add_edge(lib.START, "a").add_edge("a", "b")
    builder.add_conditional_edges("b", lambda s: "a" if len(s["xs"]) < 6 else lib.END)
    graph = builder.compile(checkpointer=lib.InMemorySaver(), interrupt_before=["b"])

    await _to_the_end(run, graph, "t")


@program(parallel=True)
async def beside_another_node(lib: Any, run: Run) -> None:
    """A stop before one of two nodes of a step holds both."""
    nodes = {"a": says("a"), "b": says("b")}
    options = {"checkpointer": lib.InMemorySaver()}

    await _to_the_end(run, fan(lib, Words, nodes, interrupt_before=["b"], **options), "1")
    await _to_the_end(run, fan(lib, Words, nodes, interrupt_after=["b"], **options), "2")


@program
async def update_at_a_stop(lib: Any, run: Run) -> None:
    """State may be changed at a stop; the stop does not come again."""
    graph = _three(lib, interrupt_before=["b"])

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), {"xs": ["up"]})
    await run.state(graph, thread())
    await run.stream(graph, None, thread(), stream_mode=["values", "updates"])
    await run.history(graph, thread())


@program
async def new_input_at_a_stop(lib: Any, run: Run) -> None:
    """New input at a stop begins again and stops again."""
    graph = _three(lib, interrupt_before=["b"])

    await run.invoke(graph, {"xs": ["1"]}, thread())
    await run.invoke(graph, {"xs": ["2"]}, thread())
    await run.state(graph, thread())
    await run.history(graph, thread())


@program
async def goto_at_a_stop(lib: Any, run: Run) -> None:
    """A Command at a stop."""
    graph = _three(lib, interrupt_before=["b"])

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(update={"xs": ["up"]}, goto="c"), thread())
    await run.state(graph, thread())


@program
async def before_a_subgraph(lib: Any, run: Run) -> None:
    """A stop inside a subgraph."""
    sub = chain(lib, Words, {"s1": says("s1"), "s2": says("s2")}, interrupt_before=["s2"])
    graph = chain(lib, Words, {"sub": sub, "z": says("z")}, checkpointer=lib.InMemorySaver())

    await _to_the_end(run, graph, "t")


@program
async def before_a_number(lib: Any, run: Run) -> None:
    """A stop compiled into a graph whose step wrote nothing new."""

    class State(dict[str, int]):
        n: int

    graph = chain(
        lib,
        State,
        {"a": lambda s: None, "b": counts},
        checkpointer=lib.InMemorySaver(),
        interrupt_before=["b"],
    )

    await _to_the_end(run, graph, "t")
