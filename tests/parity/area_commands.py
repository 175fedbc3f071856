"""Command: update and goto from nodes, from the caller, to the parent."""
# pyright: basic

import dataclasses
import functools
from typing import Any, Literal

from ._kit import Log, Number, Words, chain, edges, says
from ._oracle import Run, program, thread


def _commanded(lib: Any, command: Any, *, edge: bool = False, **options: Any) -> Any:
    """START → a (returns *command*), b, c; optionally an edge a → c."""
    builder = lib.StateGraph(Log)
    builder.add_node("a", lambda s: command)
    builder.add_node("b", says("b")).add_node("c", says("c"))
    builder.add_edge(lib.START, "a")
    if edge:
        builder.add_edge("a", "c")
    return builder.compile(**options)


@program
async def goto_name(lib: Any, run: Run) -> None:
    """Command(goto=name) leads there."""
    graph = _commanded(lib, lib.Command(goto="b"), checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "g")
    await run.history(graph, thread("g", "values"))


@program
async def update_only(lib: Any, run: Run) -> None:
    """Command(update=...) alone writes and ends."""
    graph = _commanded(lib, lib.Command(update={"xs": ["a"], "n": 1}))

    await run.watch(graph, {"xs": []})


@program
async def update_and_goto(lib: Any, run: Run) -> None:
    """Command(update=..., goto=...) does both."""
    graph = _commanded(lib, lib.Command(update={"xs": ["a"]}, goto="c"))

    await run.watch(graph, {"xs": []})


@program(parallel=True)
async def goto_list(lib: Any, run: Run) -> None:
    """Command(goto=[...]) leads to several nodes."""
    await run.watch(_commanded(lib, lib.Command(goto=["c", "b"])), {"xs": []})


@program
async def goto_end(lib: Any, run: Run) -> None:
    """Command(goto=END) adds nothing; static edges are still followed."""
    await run.watch(_commanded(lib, lib.Command(goto=lib.END)), {"xs": []})
    await run.watch(_commanded(lib, lib.Command(goto=lib.END), edge=True), {"xs": []})


@program(parallel=True)
async def goto_adds_to_edges(lib: Any, run: Run) -> None:
    """A goto adds to the static edges of its node."""
    await run.watch(_commanded(lib, lib.Command(goto="b"), edge=True), {"xs": []})


@program(parallel=True)
async def goto_sends(lib: Any, run: Run) -> None:
    """A goto may be a Send or a list of Sends and names."""
    one = lib.Send("b", {"xs": []})

    await run.watch(_commanded(lib, lib.Command(goto=one)), {"xs": []})
    await run.watch(_commanded(lib, lib.Command(goto=[one, "c", one])), {"xs": []})


@program
async def goto_unknown(lib: Any, run: Run) -> None:
    """A goto to a node that does not exist."""
    graph = _commanded(
        lib,
        lib.Command(goto="nowhere", update={"xs": ["a"]}),
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread())


@program
async def list_of_commands(lib: Any, run: Run) -> None:
    """A node may return a list of Commands and dicts."""
    results: list[Any] = [
        [lib.Command(update={"xs": ["1"]}), lib.Command(update={"xs": ["2"]}, goto="b")],
        [lib.Command(update={"xs": ["1"]}), {"xs": ["2"]}],
        ({"xs": ["1"]}, lib.Command(goto="c")),
    ]
    for result in results:
        await run.watch(_commanded(lib, result), {"xs": []})
    await run.invoke(_commanded(lib, [lib.Command(update={"n": 1}), {"n": 2}]), {"xs": []})


@program
async def update_forms(lib: Any, run: Run) -> None:
    """An update may be a dict, pairs, a dataclass."""

    @dataclasses.dataclass
    class Update:
        n: int = 3

    for update in ({"n": 1}, [("xs", ["p"]), ("xs", ["q"]), ("n", 1)], Update(), {}):
        await run.invoke(_commanded(lib, lib.Command(update=update)), {"xs": []})


@program
async def empty_command(lib: Any, run: Run) -> None:
    """Command() as a result writes nothing."""
    await run.watch(_commanded(lib, lib.Command()), {"xs": []})


@program
async def goto_itself(lib: Any, run: Run) -> None:
    """A node may go to itself."""

    def node(state: Number) -> Any:
        if state["n"] >= 3:
            return lib.Command(goto=lib.END)
        return lib.Command(update={"n": state["n"] + 1}, goto="a")

    await run.watch(chain(lib, Number, {"a": node}), {"n": 0})


@program
async def annotated_destinations(lib: Any, run: Run) -> None:
    """A Command annotation draws its destinations and does not limit them."""

    def node(state: Log) -> Any:
        return lib.Command(goto="c")

    node.__annotations__["return"] = lib.Command[Literal["b"]]
    builder = lib.StateGraph(Log)
    builder.add_node("a", node).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_edge(lib.START, "a").add_edge("b", "c")
    graph = builder.compile()

    await run.invoke(graph, {"xs": []})
    run.attempt("edges", functools.partial(edges, graph))


@program
async def destinations_option(lib: Any, run: Run) -> None:
    """destinations= draws edges, with labels when it is a dict."""
    for destinations in (("b", "c"), {"b": "left", "c": "right"}):
        builder = lib.StateGraph(Log)
        builder.add_node("a", lambda s: lib.Command(goto="b"), destinations=destinations)
        builder.add_node("b", says("b")).add_node("c", says("c"))
        builder.add_edge(lib.START, "a")
        graph = builder.compile()
        await run.invoke(graph, {"xs": []})
        run.attempt("edges", functools.partial(edges, graph))


@program
async def as_input_update(lib: Any, run: Run) -> None:
    """The caller may send an update to a thread."""
    graph = chain(lib, Log, {"a": says("a")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": ["in"]}, thread())
    await run.invoke(graph, lib.Command(update={"xs": ["up"]}), thread())
    await run.state(graph, thread())
    await run.history(graph, thread())


@program
async def as_input_goto(lib: Any, run: Run) -> None:
    """The caller may send a thread to a node."""
    graph = chain(lib, Log, {"a": says("a"), "b": says("b")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": ["in"]}, thread())
    await run.stream(graph, lib.Command(goto="b"), thread(), stream_mode="updates")
    await run.invoke(graph, lib.Command(goto=lib.Send("b", {"xs": []}), update={"n": 4}), thread())
    await run.history(graph, thread())


@program
async def as_first_input(lib: Any, run: Run) -> None:
    """A Command to a thread that holds nothing."""
    graph = chain(lib, Log, {"a": says("a"), "b": says("b")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, lib.Command(update={"xs": ["up"]}), thread("1"))
    await run.state(graph, thread("1"))
    await run.invoke(graph, lib.Command(goto="b"), thread("2"))
    await run.state(graph, thread("2"))
    await run.invoke(graph, lib.Command(resume="x"), thread("3"))


@program
async def as_input_without_saver(lib: Any, run: Run) -> None:
    """Commands from the caller without a saver."""
    graph = chain(lib, Log, {"a": says("a"), "b": says("b")})

    await run.invoke(graph, lib.Command(update={"xs": ["up"]}))
    await run.invoke(graph, lib.Command(goto="b"))
    await run.invoke(graph, lib.Command(resume="x"))


@program
async def to_parent(lib: Any, run: Run) -> None:
    """Command(graph=PARENT) leaves the subgraph and goes on in the parent."""

    def leaves(state: Any) -> Any:
        return lib.Command(graph=lib.Command.PARENT, goto="c", update={"xs": ["up"]})

    sub = chain(lib, Words, {"s1": says("s1"), "s2": leaves, "s3": says("s3")})
    builder = lib.StateGraph(Log)
    builder.add_node("sub", sub).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_edge(lib.START, "sub")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": ["in"]}, "p")
    await run.history(graph, thread("p", "values"))


@program
async def to_grandparent(lib: Any, run: Run) -> None:
    """PARENT means the nearest graph above, not the root."""

    def leaves(state: Any) -> Any:
        return lib.Command(graph=lib.Command.PARENT, goto="m2", update={"xs": ["up"]})

    leaf = chain(lib, Words, {"l1": leaves})
    middle = lib.StateGraph(Words)
    middle.add_node("leaf", leaf).add_node("m2", says("m2"))
    middle.add_edge(lib.START, "leaf")
    graph = chain(lib, Words, {"mid": middle.compile(), "z": says("z")})

    await run.watch(graph, {"xs": ["in"]})


@program
async def to_parent_from_the_root(lib: Any, run: Run) -> None:
    """PARENT where there is no parent."""
    graph = _commanded(lib, lib.Command(graph=lib.Command.PARENT, goto="b"))

    await run.invoke(graph, {"xs": []})


@program
async def to_parent_from_a_called_graph(lib: Any, run: Run) -> None:
    """PARENT from a graph that a node invoked by hand."""

    def leaves(state: Any) -> Any:
        return lib.Command(graph=lib.Command.PARENT, goto="b", update={"n": 7})

    sub = chain(lib, Log, {"s": leaves})

    if run.face == "sync":

        def calls(state: Any) -> Any:
            return sub.invoke(state)

        node: Any = calls

    else:

        async def acalls(state: Any) -> Any:
            return await sub.ainvoke(state)

        node = acalls

    builder = lib.StateGraph(Log)
    builder.add_node("a", node).add_node("b", says("b"))
    builder.add_edge(lib.START, "a")

    await run.watch(builder.compile(), {"xs": []})


@program
async def resume_in_a_result(lib: Any, run: Run) -> None:
    """A Command with resume returned by a node."""
    await run.invoke(_commanded(lib, lib.Command(resume="x", goto="b")), {"xs": []})


@program
async def records(lib: Any, run: Run) -> None:
    """How Command and Send print, compare and hash."""
    command = lib.Command
    send = lib.Send
    run.note(
        "repr",
        [
            repr(command()),
            repr(command(update={"a": 1}, goto="b")),
            repr(command(graph=command.PARENT, resume=0)),
            repr(send("a", {"x": 1})),
            repr(lib.Interrupt(value=1, id="i")),
            repr(lib.Overwrite([1])),
        ],
    )
    run.note(
        "equal",
        [
            command(goto="a") == command(goto="a"),
            command(goto="a") == command(goto="b"),
            send("a", 1) == send("a", 1),
            send("a", 1) == send("a", 2),
            hash(send("a", 1)) == hash(send("a", 1)),
            lib.Interrupt(value=1, id="i") == lib.Interrupt(value=1, id="i"),
        ],
    )
    run.attempt("frozen", lambda: setattr(command(), "goto", "x"))


@program
async def answer_for_nobody(lib: Any, run: Run) -> None:
    """An answer is for the tasks that are due; whoever asks later gets none."""
    ask = lambda s: {"xs": [lib.interrupt("?")]}
    graph = chain(lib, Log, {"a": says("a"), "q": ask}, checkpointer=lib.InMemorySaver())
    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="A"), thread())
    states = await run.history(graph, thread())
    for state in states:
        await run.invoke(graph, lib.Command(resume="B"), state.config)
        await run.state(graph, thread())


@program
async def several_before_an_answer(lib: Any, run: Run) -> None:
    """Updates and gotos of several commands wait together for the answer, and all count."""
    ask = lambda s: {"xs": [lib.interrupt("?")]}
    nodes = {"a": says("a"), "q": ask, "z": says("z")}
    graph = chain(lib, Log, nodes, checkpointer=lib.InMemorySaver())
    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(update={"xs": [1]}), thread())
    await run.invoke(graph, lib.Command(update={"xs": [2]}, goto="z"), thread())
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="A"), thread())
    await run.history(graph, thread())
