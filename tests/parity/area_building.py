"""Building and compiling: what is refused, what is told, what is drawn."""
# pyright: basic

import functools
import operator
from typing import Annotated, Any, Literal

import typing_extensions

from ._kit import Log, Words, chain, fan, says
from ._oracle import Run, program


def _fresh(lib: Any, *names: str) -> Any:
    builder = lib.StateGraph(Words)
    for name in names:
        builder.add_node(name, says(name))
    return builder


def _compiled(builder: Any) -> Any:
    """Compile only to see whether it is refused."""
    builder.compile()


@program
async def no_entry(lib: Any, run: Run) -> None:
    """A graph needs a way in."""
    run.attempt("empty", lambda: _compiled(lib.StateGraph(Words)))
    run.attempt("nodes", lambda: _compiled(_fresh(lib, "a", "b").add_edge("a", "b")))


@program(faces=("sync",))  # routers wrapped for the async face have another name
async def unknown_names(lib: Any, run: Run) -> None:
    """Edges from or to nodes that do not exist."""
    start = lib.START
    run.attempt("end", lambda: _compiled(_fresh(lib, "a").add_edge(start, "nowhere")))
    run.attempt(
        "source",
        lambda: _compiled(_fresh(lib, "a").add_edge(start, "a").add_edge("nowhere", "a")),
    )
    run.attempt("join", lambda: _compiled(_fresh(lib, "a").add_edge(["a", "nowhere"], "a")))
    run.attempt(
        "join end", lambda: _compiled(_fresh(lib, "a", "b").add_edge(["a", "b"], "nowhere"))
    )
    run.attempt(
        "branch",
        lambda: _compiled(
            _fresh(lib, "a")
            .add_edge(start, "a")
            .add_conditional_edges("a", lambda s: "x", {"x": "nowhere"})
        ),
    )
    run.attempt(
        "branch source",
        lambda: _compiled(
            _fresh(lib, "a")
            .add_edge(start, "a")
            .add_conditional_edges("nowhere", lambda s: "a", {"a": "a"})
        ),
    )


@program
async def start_and_end_misused(lib: Any, run: Run) -> None:
    """END has no way out, START no way in."""
    run.attempt("from END", lambda: _fresh(lib, "a").add_edge(lib.END, "a") and None)
    run.attempt("to START", lambda: _fresh(lib, "a").add_edge("a", lib.START) and None)
    run.attempt("END join", lambda: _fresh(lib, "a").add_edge([lib.END, "a"], "a") and None)
    run.attempt("START join", lambda: _fresh(lib, "a").add_edge(["a"], lib.START) and None)
    run.attempt("START to END", lambda: _compiled(_fresh(lib, "a").add_edge(lib.START, lib.END)))
    run.attempt("empty join", lambda: _fresh(lib, "a").add_edge([], "a") and None)


@program
async def node_names(lib: Any, run: Run) -> None:
    """Names may not be reserved, doubled, or hold the separators."""
    for name in (lib.START, lib.END, "a|b", "a:b", "", "__own__", "with space"):
        run.attempt(repr(name), functools.partial(_named, lib, name))
    run.attempt("double", lambda: _fresh(lib, "a", "a") and None)
    run.attempt("number", lambda: lib.StateGraph(Words).add_node(3, says("x")) and None)
    try:
        lib.StateGraph(Words).add_node("a")
    except RuntimeError as error:
        run.note("nothing", type(error).__name__)
    run.attempt("key", lambda: lib.StateGraph(Words).add_node("xs", says("x")) and None)


def _named(lib: Any, name: str) -> None:
    _fresh(lib, name)


@program
async def double_branch(lib: Any, run: Run) -> None:
    """Two routers of one name at one node."""

    def router(state: Any) -> str:
        return "a"

    builder = _fresh(lib, "a").add_edge(lib.START, "a").add_conditional_edges("a", router)
    run.attempt("again", lambda: builder.add_conditional_edges("a", router) and None)


@program
async def sequences(lib: Any, run: Run) -> None:
    """Empty and repeating sequences."""
    run.attempt("empty", lambda: lib.StateGraph(Words).add_sequence([]) and None)
    run.attempt(
        "double",
        lambda: lib.StateGraph(Words).add_sequence([("a", says("a")), ("a", says("b"))]) and None,
    )


@program
async def unreachable_node(lib: Any, run: Run) -> None:
    """A node no edge leads to."""
    builder = _fresh(lib, "a", "island").add_edge(lib.START, "a")
    run.attempt("compile", lambda: _compiled(builder))
    await run.invoke(builder.compile(), {"xs": []})


@program
async def changes_after_compile(lib: Any, run: Run) -> None:
    """What a builder gets after compile does not reach the compiled graph."""
    builder = _fresh(lib, "a").add_edge(lib.START, "a")
    graph = builder.compile()
    builder.add_node("b", says("b")).add_edge("a", "b")

    await run.invoke(graph, {"xs": []})
    await run.invoke(builder.compile(), {"xs": []})


@program
async def attributes(lib: Any, run: Run) -> None:
    """What a builder and a compiled graph say about themselves."""
    builder = _fresh(lib, "a", "b", "c").add_edge(lib.START, "a").add_edge("a", "b")
    builder.add_edge(["a", "b"], "c")
    graph = builder.compile(name="named")

    run.note("nodes", sorted(builder.nodes))
    run.note("edges", sorted(builder.edges))
    run.note("waiting", sorted(builder.waiting_edges))
    run.note("name", [graph.name, graph.get_name(), builder.compile().name])
    run.note("compiled nodes", sorted(graph.nodes))
    run.note("in and out", [graph.input_channels, graph.output_channels, graph.stream_channels])


def _drawings(run: Run, graph: Any, **options: Any) -> None:
    run.attempt("mermaid", lambda: graph.get_graph(**options).draw_mermaid())
    run.attempt("edges", lambda: graph.get_graph(**options).to_json()["edges"])
    run.attempt("nodes", lambda: [n["id"] for n in graph.get_graph(**options).to_json()["nodes"]])


@program
async def drawn_chain(lib: Any, run: Run) -> None:
    """A chain as Mermaid, and the edges and names of its JSON."""
    _drawings(run, chain(lib, Words, {"a": says("a"), "b": says("b")}))


@program
async def drawn_branches(lib: Any, run: Run) -> None:
    """Branches: with a map, with a list, with an annotation, with nothing."""

    def annotated(state: Log) -> Literal["b", "c"]:
        return "b"

    plain: Any = lambda s: "b"
    labelled = {"left": "b", "right": "c", "stop": lib.END}
    for router, path_map in ((plain, labelled), (plain, ["b"]), (annotated, None), (plain, None)):
        builder = _fresh(lib, "a", "b", "c").add_edge(lib.START, "a")
        builder.add_conditional_edges("a", router, path_map)
        _drawings(run, builder.compile())


@program
async def drawn_joins(lib: Any, run: Run) -> None:
    """Fans and joins."""
    builder = _fresh(lib, "a", "b", "c")
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b").add_edge(["a", "b"], "c")
    builder.add_edge("c", lib.END)
    _drawings(run, builder.compile())
    _drawings(run, fan(lib, Words, {"x": says("x"), "y": says("y")}))


@program
async def drawn_subgraphs(lib: Any, run: Run) -> None:
    """xray opens subgraphs to a depth."""
    inner = chain(lib, Words, {"i": says("i"), "j": says("j")})
    middle = chain(lib, Words, {"m": says("m"), "inner": inner})
    graph = chain(lib, Words, {"a": says("a"), "mid": middle, "z": says("z")})
    for xray in (False, True, 1, 2):
        run.note("xray", xray)
        _drawings(run, graph, xray=xray)


@program
async def drawn_options(lib: Any, run: Run) -> None:
    """Stops, metadata, deferred nodes and odd names."""
    builder = lib.StateGraph(Words)
    builder.add_node("with space", says("x"), metadata={"color": "red"})
    builder.add_node("späte", says("y"), defer=True)
    builder.add_node("a.b-c", says("z"))
    builder.add_edge(lib.START, "with space").add_edge("with space", "späte")
    builder.add_edge("späte", "a.b-c")
    graph = builder.compile(
        checkpointer=lib.InMemorySaver(), interrupt_before=["späte"], interrupt_after=["a.b-c"]
    )
    _drawings(run, graph)


@program
async def drawn_self_loop(lib: Any, run: Run) -> None:
    """Loops."""
    builder = _fresh(lib, "a", "b").add_edge(lib.START, "a").add_edge("b", "a")
    builder.add_conditional_edges("a", lambda s: "a", ["a", "b", lib.END])
    _drawings(run, builder.compile())


@program
async def schemas_told(lib: Any, run: Run) -> None:
    """JSON schemas of input, output and context."""

    # pydantic refuses typing.TypedDict before Python 3.12.
    class State(typing_extensions.TypedDict):
        n: int
        xs: Annotated[list[str], operator.add]

    class Asked(typing_extensions.TypedDict):
        n: int

    class Context(typing_extensions.TypedDict):
        user: str

    builder = lib.StateGraph(
        State, input_schema=Asked, output_schema=Asked, context_schema=Context
    ).add_node("a", says("a"))
    graph = builder.add_edge(lib.START, "a").compile()

    run.attempt("input", lambda: graph.get_input_jsonschema())
    run.attempt("output", lambda: graph.get_output_jsonschema())
    run.attempt("context", lambda: graph.get_context_jsonschema())


@program
async def chained_building(lib: Any, run: Run) -> None:
    """Every building method returns the builder."""
    builder = lib.StateGraph(Words)
    same = [
        builder.add_node("a", says("a")) is builder,
        builder.add_node("b", says("b")) is builder,
        builder.add_edge(lib.START, "a") is builder,
        builder.add_edge(["a"], "b") is builder,
        builder.add_conditional_edges("b", lambda s: lib.END) is builder,
        builder.add_sequence([("c", says("c")), ("d", says("d"))]) is builder,
        builder.set_entry_point("c") is builder,
        builder.set_finish_point("d") is builder,
        builder.validate() is builder,
    ]
    run.note("same", same)
