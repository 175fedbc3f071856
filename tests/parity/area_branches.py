"""Conditional edges: what a router may return and where that leads."""
# pyright: basic

import enum
import functools
from typing import Any, Literal

from ._kit import Log, Number, Words, chain, counts, edges, says
from ._oracle import Run, program, thread


def _forked(lib: Any, router: Any, *path_map: Any, **options: Any) -> Any:
    """START → a → (router) → b | c, each saying its name."""
    builder = lib.StateGraph(Log)
    for name in "abc":
        builder.add_node(name, says(name))
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", router, *path_map)
    return builder.compile(**options)


@program
async def by_name(lib: Any, run: Run) -> None:
    """A router names one node."""
    graph = _forked(lib, lambda s: "b" if s["n"] else "c", checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": [], "n": 1}, "one")
    await run.watch(graph, {"xs": [], "n": 0}, "zero")


@program
async def end(lib: Any, run: Run) -> None:
    """A router may end the run."""
    graph = _forked(lib, lambda s: lib.END, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"xs": []}, "e")
    await run.state(graph, thread("e", "values"))


@program(parallel=True)
async def list_of_names(lib: Any, run: Run) -> None:
    """A router may name several nodes, END among them."""
    await run.watch(_forked(lib, lambda s: ["b", "c"]), {"xs": []})
    await run.watch(_forked(lib, lambda s: ["c", lib.END]), {"xs": []})
    await run.watch(_forked(lib, lambda s: []), {"xs": []})
    await run.watch(_forked(lib, lambda s: ["b", "b"]), {"xs": []})


@program
async def map_by_dict(lib: Any, run: Run) -> None:
    """A path map translates what the router returns."""
    table = {True: "b", False: "c"}
    graph = _forked(lib, lambda s: s["n"] > 1, table)

    await run.watch(graph, {"xs": [], "n": 2})
    await run.watch(graph, {"xs": [], "n": 1})


@program
async def map_to_end(lib: Any, run: Run) -> None:
    """A path map may lead to END."""
    graph = _forked(lib, lambda s: "stop", {"stop": lib.END, "go": "b"})

    await run.watch(graph, {"xs": []})


@program
async def map_by_list(lib: Any, run: Run) -> None:
    """A list as path map names the possible targets."""
    graph = _forked(lib, lambda s: "c", ["b", "c"])

    await run.watch(graph, {"xs": []})


@program
async def literal_annotation(lib: Any, run: Run) -> None:
    """A Literal return annotation names the possible targets."""

    def choose(state: Log) -> Literal["b", "c"]:
        return "b"

    graph = _forked(lib, choose)

    await run.watch(graph, {"xs": []})
    run.attempt("edges", functools.partial(edges, graph))


@program
async def enum_labels(lib: Any, run: Run) -> None:
    """Members of an enum work as labels of a path map."""

    class Way(enum.Enum):
        LEFT = "left"
        RIGHT = "right"

    graph = _forked(lib, lambda s: Way.RIGHT, {Way.LEFT: "b", Way.RIGHT: "c"})

    await run.watch(graph, {"xs": []})


@program
async def label_not_in_map(lib: Any, run: Run) -> None:
    """A label that the path map lacks raises."""
    await run.invoke(_forked(lib, lambda s: "nowhere", {"x": "b"}), {"xs": []})


@program
async def unknown_target(lib: Any, run: Run) -> None:
    """A router without a map that names no node: the run ends there."""
    await run.watch(_forked(lib, lambda s: "nowhere"), {"xs": []})


@program
async def no_destination(lib: Any, run: Run) -> None:
    """A router that returns None or START is refused."""
    await run.invoke(_forked(lib, lambda s: None), {"xs": []})
    await run.invoke(_forked(lib, lambda s: lib.START), {"xs": []})


@program
async def sees_own_write(lib: Any, run: Run) -> None:
    """A router reads the state with the writes of its own node applied."""
    seen = []

    def router(state: Any) -> str:
        seen.append(dict(state))
        return "b" if state["n"] == 2 else "c"

    builder = lib.StateGraph(Log)
    builder.add_node("a", lambda s: {"n": 2, "xs": ["a"]})
    builder.add_node("b", says("b")).add_node("c", says("c"))
    builder.add_edge(lib.START, "a").add_conditional_edges("a", router)

    await run.invoke(builder.compile(), {"xs": ["in"], "n": 0})
    run.note("seen", seen)


@program(parallel=True)
async def does_not_see_a_sibling(lib: Any, run: Run) -> None:
    """A router does not read what another task of the same step wrote."""
    seen = []

    def router(state: Any) -> str:
        seen.append(dict(state))
        return "c"

    builder = lib.StateGraph(Log)
    builder.add_node("a", says("a")).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    builder.add_conditional_edges("a", router)

    await run.watch(builder.compile(), {"xs": ["in"], "n": 0})
    run.note("seen", seen)


@program(parallel=True)
async def two_branches(lib: Any, run: Run) -> None:
    """Two conditional edges of one node both count."""

    def up(state: Any) -> str:
        return "b"

    def down(state: Any) -> str:
        return "c"

    builder = lib.StateGraph(Words)
    for name in "abc":
        builder.add_node(name, says(name))
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", up)
    builder.add_conditional_edges("a", down)

    await run.watch(builder.compile(), {"xs": []})


@program(parallel=True)
async def edge_and_branch(lib: Any, run: Run) -> None:
    """A static edge and a conditional edge of one node both count."""
    builder = lib.StateGraph(Words)
    for name in "abc":
        builder.add_node(name, says(name))
    builder.add_edge(lib.START, "a").add_edge("a", "b")
    builder.add_conditional_edges("a", lambda s: "c")

    await run.watch(builder.compile(), {"xs": []})


@program
async def from_start(lib: Any, run: Run) -> None:
    """A conditional edge may leave START and sees the input applied."""
    builder = lib.StateGraph(Number)
    builder.add_node("a", counts).add_node("b", lambda s: {"n": -1})
    builder.add_conditional_edges(lib.START, lambda s: "a" if s["n"] else "b")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"n": 1}, "one")
    await run.watch(graph, {"n": 0}, "zero")
    await run.history(graph, thread("zero", "values"))


@program
async def conditional_entry_point(lib: Any, run: Run) -> None:
    """set_conditional_entry_point is a conditional edge from START."""
    builder = lib.StateGraph(Number)
    builder.add_node("a", counts).add_node("b", lambda s: {"n": -1})
    builder.set_conditional_entry_point(lambda s: s["n"] > 0, {True: "a", False: "b"})

    await run.watch(builder.compile(), {"n": 0})


@program
async def router_with_config(lib: Any, run: Run) -> None:
    """A router may ask for the config."""

    def router(state, config):  # type: ignore[no-untyped-def]
        return str(config["configurable"]["way"])

    graph = _forked(lib, router)

    await run.invoke(graph, {"xs": []}, {"configurable": {"way": "c"}})


@program
async def router_gets_the_state_class(lib: Any, run: Run) -> None:
    """A router of a dataclass graph receives the dataclass."""
    import dataclasses

    @dataclasses.dataclass
    class State:
        n: int = 0

    seen = []

    def router(state: Any) -> str:
        seen.append(type(state).__name__)
        return "b"

    builder = lib.StateGraph(State)
    builder.add_node("a", lambda s: {"n": s.n + 1})
    builder.add_node("b", lambda s: {"n": s.n + 10})
    builder.add_edge(lib.START, "a").add_conditional_edges("a", router)

    await run.invoke(builder.compile(), {"n": 1})
    run.note("seen", seen)


@program
async def long_loop(lib: Any, run: Run) -> None:
    """Two nodes and a router go round a hundred times."""
    builder = lib.StateGraph(Number)
    builder.add_node("a", counts).add_node("b", counts)
    builder.add_edge(lib.START, "a").add_edge("a", "b")
    builder.add_conditional_edges("b", lambda s: "a" if s["n"] < 200 else lib.END)

    await run.invoke(builder.compile(), {"n": 0}, {"recursion_limit": 500})


@program
async def a_router_returns_nonsense(lib: Any, run: Run) -> None:
    """What is no name of a node leads nowhere, whatever it is."""
    for answer in ({"b": 1}, {"b"}, [["b"]], 5, True, "", object, ["b", 5]):
        builder = lib.StateGraph(Words).add_node("a", says("a")).add_node("b", says("b"))
        builder.add_edge(lib.START, "a").add_conditional_edges("a", lambda s, to=answer: to)
        await run.invoke(builder.compile(), {"xs": []})


@program
async def unknown_output_keys(lib: Any, run: Run) -> None:
    """Asking for a key that no channel has is an error."""
    graph = chain(lib, Words, {"a": says("a")})
    for keys in ("zz", ["xs", "zz"], "xs", ["xs"]):
        await run.invoke(graph, {"xs": []}, output_keys=keys)
