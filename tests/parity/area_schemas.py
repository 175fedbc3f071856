"""State schemas: TypedDict, dataclass, pydantic, plain types; input, output, private."""
# pyright: basic, reportInvalidTypeForm=false

import dataclasses
import operator
from typing import Annotated, Any, NotRequired, Required, TypedDict

import pydantic

from ._kit import Log, Number, chain, says
from ._oracle import Run, program, thread


class Inside(TypedDict):
    """The whole state."""

    question: str
    notes: Annotated[list[str], operator.add]
    answer: str


class Asked(TypedDict):
    """What callers give."""

    question: str


class Answered(TypedDict):
    """What callers get."""

    answer: str


@program
async def input_and_output(lib: Any, run: Run) -> None:
    """Input and output schemas narrow what goes in and what comes out."""
    builder = lib.StateGraph(Inside, input_schema=Asked, output_schema=Answered)
    builder.add_node("a", lambda s: {"notes": [s["question"]]})
    builder.add_node("b", lambda s: {"answer": "".join(s["notes"])})
    builder.add_edge(lib.START, "a").add_edge("a", "b")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"question": "q", "answer": "ignored?"}, "io")
    await run.state(graph, thread("io", "values"))
    await run.invoke(graph, {"question": "q"}, thread("2"), version="v2")


@program
async def private_state(lib: Any, run: Run) -> None:
    """A node may write and read keys of a schema only some nodes know."""

    class Private(TypedDict):
        secret: int

    def writes(state: Number) -> Private:
        return {"secret": state["n"] * 2}

    def reads(state: Private) -> dict[str, Any]:
        return {"n": state["secret"] + len(state)}

    builder = lib.StateGraph(Number)
    builder.add_node("writes", writes).add_node("reads", reads)
    builder.add_edge(lib.START, "writes").add_edge("writes", "reads")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"n": 3}, "p")
    await run.state(graph, thread("p", "values"))


@program
async def node_input_schema(lib: Any, run: Run) -> None:
    """input_schema of a node, or its annotation, selects the keys it sees."""
    seen = []

    class Narrow(TypedDict):
        n: int

    def by_annotation(state: Narrow) -> None:
        seen.append(sorted(state))

    def by_option(state: Any) -> None:
        seen.append(sorted(state))

    builder = lib.StateGraph(Log)
    builder.add_node("a", by_annotation)
    builder.add_node("b", by_option, input_schema=Narrow)
    builder.add_edge(lib.START, "a").add_edge("a", "b")

    await run.invoke(builder.compile(), {"xs": [], "n": 1})
    run.note("seen", seen)


@program
async def dataclass_state(lib: Any, run: Run) -> None:
    """A dataclass state: nodes get instances, defaults are filled, results are dicts."""

    @dataclasses.dataclass
    class State:
        n: int
        words: Annotated[list[str], operator.add] = dataclasses.field(default_factory=list)
        note: str = "default"

    seen = []

    def node(state: State) -> dict[str, Any]:
        seen.append(state)
        return {"n": state.n + 1, "words": ["a"]}

    graph = chain(lib, State, {"a": node, "b": node}, checkpointer=lib.InMemorySaver())

    await run.watch(graph, State(n=1), "obj")
    await run.watch(graph, {"n": 1, "note": "given"}, "dict")
    await run.invoke(graph, {"n": 1}, thread("2"), version="v2")
    await run.state(graph, thread("2"))
    run.note("seen", seen)


@program
async def dataclass_result(lib: Any, run: Run) -> None:
    """A node may return an instance of the state class: only what was set counts."""

    @dataclasses.dataclass
    class State:
        n: int = 0
        note: str = "default"

    graph = chain(
        lib,
        State,
        {"a": lambda s: State(n=5), "b": lambda s: State(note="b"), "c": lambda s: State()},
    )

    await run.watch(graph, {"n": 1, "note": "in"})


@program
async def pydantic_state(lib: Any, run: Run) -> None:
    """A pydantic state: nodes get validated models, results are dicts."""

    class State(pydantic.BaseModel):
        n: int
        words: Annotated[list[str], operator.add] = []
        note: str = "default"

    seen = []

    def node(state: State) -> dict[str, Any]:
        seen.append(type(state).__name__)
        return {"n": state.n + 1, "words": ["a"]}

    graph = chain(lib, State, {"a": node, "b": node}, checkpointer=lib.InMemorySaver())

    await run.watch(graph, {"n": "1"}, "dict")
    await run.watch(graph, State(n=1), "obj")
    await run.invoke(graph, {"n": 1}, thread("2"), version="v2")
    run.note("seen", seen)


@program
async def pydantic_refuses(lib: Any, run: Run) -> None:
    """An input the model refuses raises; so does a state a node made invalid."""

    class State(pydantic.BaseModel):
        n: int

    graph = chain(lib, State, {"a": lambda s: {"n": "no"}, "b": lambda s: None})
    for value in ({"n": "x"}, {}, {"n": 1}):
        try:
            if run.face == "sync":
                graph.invoke(value)
            else:
                await graph.ainvoke(value)
        except Exception as error:  # noqa: BLE001 - its type is the observation
            run.note("raised", [type(error).__name__, getattr(error, "__notes__", [])])
        else:
            run.note("raised", None)


@program
async def pydantic_result(lib: Any, run: Run) -> None:
    """A node may return a model: only the fields that were set count."""

    class State(pydantic.BaseModel):
        n: int = 0
        note: str = "default"

    graph = chain(
        lib,
        State,
        {
            "a": lambda s: State(n=5),
            "b": lambda s: State(note="default"),
            "c": lambda s: State(),
        },
    )

    await run.watch(graph, {"n": 1, "note": "in"})


@program
async def plain_type_state(lib: Any, run: Run) -> None:
    """A plain type as schema is one value."""
    graph = chain(
        lib,
        int,
        {"a": lambda s: s + 1, "b": lambda s: s * 10},
        checkpointer=lib.InMemorySaver(),
    )

    await run.watch(graph, 1, "i")
    await run.state(graph, thread("i", "values"))


@program
async def plain_type_with_reducer(lib: Any, run: Run) -> None:
    """An annotated plain type as schema folds its writes."""
    graph = chain(
        lib,
        Annotated[list[int], operator.add],
        {"a": lambda s: [1], "b": lambda s: [len(s)]},
    )

    await run.watch(graph, [0])


@program
async def parameters_of_plain_types(lib: Any, run: Run) -> None:
    """A parameter annotated with a type that has no fields says nothing about what is read."""

    def of_dict(state: dict) -> dict:  # type: ignore[type-arg]
        return {"notes": [f"dict {sorted(state)}"]}

    def of_items(state: dict[str, Any]) -> dict[str, Any]:
        return {"notes": [f"items {sorted(state)}"]}

    def of_int(x: int) -> Any:
        state: Any = x
        return {"notes": [f"int {sorted(state)}"]}

    def of_object(state: object) -> Any:
        return {"notes": [type(state).__name__]}

    def of_any(state: Any) -> Any:
        return {"answer": state["question"]}

    def router(state: dict) -> str:  # type: ignore[type-arg]
        return "of_object" if state["notes"] else lib.END

    graph = lib.StateGraph(Inside)
    graph.add_sequence([of_dict, of_items, of_int]).add_edge(lib.START, "of_dict")
    graph.add_conditional_edges("of_int", router, ["of_object", lib.END])
    graph.add_sequence([of_object, of_any])
    await run.watch(graph.compile(checkpointer=lib.InMemorySaver()), {"question": "q"}, "plain")


@program
async def handlers_of_plain_types(lib: Any, run: Run) -> None:
    """Error handlers and sent nodes may be annotated so as well."""

    def fails(state: dict) -> dict:  # type: ignore[type-arg]
        raise ValueError("no")

    def handles(state: dict, error: lib.NodeError) -> dict:  # type: ignore[type-arg]
        return {"notes": [error.node]}

    def sent(x: int) -> dict:  # type: ignore[type-arg]
        return {"notes": [str(x + 1)]}

    graph = lib.StateGraph(Inside).add_node("fails", fails, error_handler=handles)
    graph.add_node("sent", sent).add_edge(lib.START, "fails")
    graph.add_conditional_edges(lib.START, lambda state: [lib.Send("sent", n) for n in (1, 2)])
    await run.invoke(graph.compile(), {"question": "q"})


@program
async def required_and_not_required(lib: Any, run: Run) -> None:
    """NotRequired and Required are looked through."""

    class State(TypedDict, total=False):
        must: Required[int]
        may: Annotated[NotRequired[list[int]], operator.add]
        other: NotRequired[Annotated[list[int], operator.add]]

    graph = chain(lib, State, {"a": lambda s: {"other": [1], "may": [2]}})

    await run.watch(graph, {"must": 1, "other": [0]})


@program
async def inherited_schema(lib: Any, run: Run) -> None:
    """Keys of base classes belong to the schema."""

    class Base(TypedDict):
        xs: Annotated[list[str], operator.add]

    class Derived(Base):
        n: int

    await run.watch(chain(lib, Derived, {"a": says("a")}), {"xs": ["in"], "n": 1})


@program
async def annotated_class(lib: Any, run: Run) -> None:
    """Any class with annotations is a schema."""

    class State:
        n: int
        xs: Annotated[list[str], operator.add]

    seen = []

    def node(state: Any) -> dict[str, Any]:
        seen.append(type(state).__name__)
        return {"xs": ["a"]}

    graph = chain(lib, State, {"a": node})

    await run.invoke(graph, {"n": 1})
    run.note("seen", seen)


@program
async def one_key_two_channels(lib: Any, run: Run) -> None:
    """Two reducers for one key are refused, a reducer and a plain key are not."""

    class Added(TypedDict):
        x: Annotated[list[int], operator.add]

    class Ored(TypedDict):
        x: Annotated[set[int], operator.or_]

    class Plain(TypedDict):
        x: list[int]

    run.attempt("two", lambda: lib.StateGraph(Added, input_schema=Ored) and None)
    run.attempt("one", lambda: lib.StateGraph(Added, input_schema=Plain) and None)
    run.attempt("none", lambda: lib.StateGraph(Plain, input_schema=Added) and None)
    builder = lib.StateGraph(Added)
    run.attempt("node", lambda: builder.add_node("a", lambda s: None, input_schema=Ored) and None)


@program
async def output_schema_of_streams(lib: Any, run: Run) -> None:
    """values shows output keys, updates what the node wrote of them."""
    builder = lib.StateGraph(Log, output_schema=Number)
    builder.add_node("a", says("a")).add_node("b", lambda s: {"n": 2, "xs": ["b"]})
    builder.add_edge(lib.START, "a").add_edge("a", "b")

    await run.watch(builder.compile(), {"xs": [], "n": 1})


@program
async def no_schema(lib: Any, run: Run) -> None:
    """A graph without a schema, or with an empty one."""

    class Nothing(TypedDict):
        pass

    run.attempt("none", lambda: lib.StateGraph() and None)
    run.attempt("empty", lambda: lib.StateGraph(Nothing) and None)
    run.attempt("dict", lambda: chain(lib, dict, {"a": lambda s: {"k": 1}}).invoke({}))


@program
async def channels_in_annotations(lib: Any, run: Run) -> None:
    """Channel classes and instances in annotations are used as they are."""

    class State(TypedDict):
        steady: Annotated[int, lib.LastValue]
        fleeting: Annotated[int, lib.EphemeralValue]
        kept: Annotated[list[int], lib.Topic(int, accumulate=True)]
        any: Annotated[int, lib.AnyValue(int)]
        hidden: Annotated[int, lib.UntrackedValue]

    seen = []

    def looks(state: Any) -> dict[str, Any]:
        seen.append(dict(state))
        return {"kept": len(seen)}

    def writes(state: Any) -> dict[str, Any]:
        seen.append(dict(state))
        return {"fleeting": 2, "any": 3, "hidden": 4, "kept": [7, 8]}

    graph = chain(
        lib,
        State,
        {"a": writes, "b": looks, "c": looks},
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, {"steady": 1, "fleeting": 1, "hidden": 1}, thread(), durability="sync")
    run.note("seen", seen)
    await run.state(graph, thread())
    await run.history(graph, thread())


@program(parallel=True)
async def two_writers_by_channel(lib: Any, run: Run) -> None:
    """Which channels take two writes in one step."""
    for kind in ("LastValue", "AnyValue", "EphemeralValue", "UntrackedValue"):

        class State(TypedDict):
            x: Annotated[int, getattr(lib, kind)]

        builder = lib.StateGraph(State)
        builder.add_node("a", lambda s: {"x": 1}).add_node("b", lambda s: {"x": 2})
        builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
        run.note("channel", kind)
        await run.invoke(builder.compile(), {"x": 0})
