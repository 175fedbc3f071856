"""A graph as a Runnable of LangChain's: events, logs, and what Runnables can do."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false, reportTypedDictNotRequiredAccess=false
# mypy: disable-error-code="arg-type, misc, var-annotated"

import itertools
import operator
import re
from typing import Annotated, Any

from langchain_core.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import (
    ConfigurableField,
    Runnable,
    RunnableConfig,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnablePick,
)
from langchain_core.tools import tool as make_tool
from typing_extensions import TypedDict

from ._kit import Log, Words, chain, counts, fan, says
from ._oracle import Run, program, thread
from ._watch import Watch


def bad(state: Any) -> Any:
    """Raise."""
    raise ValueError("no")


def graph_of(lib: Any) -> Any:
    """A small graph with a router and a subgraph."""
    inner = chain(lib, Words, {"i": says("i")})

    def where(state: Any) -> str:
        return "b"

    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", inner)
    builder.add_node("c", RunnableLambda(lambda s: {"xs": ["c"]}))
    builder.add_edge(lib.START, "a").add_conditional_edges("a", where, ["b"])
    builder.add_edge("b", "c")
    return builder.compile()


async def _events(run: Run, graph: Any, given: Any, config: Any = None, **options: Any) -> None:
    seen = []
    try:
        async for event in graph.astream_events(given, config, **options):
            seen.append(event)  # noqa: PERF401
    except Exception as error:  # noqa: BLE001 - any error is an observation
        run.note("raised", error)
    run.note("events", seen)


@program(faces=("async",))
async def events(lib: Any, run: Run) -> None:
    """astream_events: names, runs, parents, data."""
    config = {"tags": ["t"], "metadata": {"m": 1}, "run_name": "named"}

    await _events(run, graph_of(lib), {"xs": []}, version="v2")
    await _events(run, graph_of(lib), {"xs": []}, config, version="v2")
    await _events(run, graph_of(lib), {"xs": []}, version="v2", stream_mode="values")
    await _events(run, graph_of(lib), {"xs": []}, version="v2", subgraphs=True)
    await _events(run, graph_of(lib), {"xs": []}, version="v2", include_names=["a", "i"])
    await _events(run, graph_of(lib), {"xs": []}, version="v2", exclude_types=["chain"])
    await _events(run, chain(lib, Words, {"a": says("a"), "b": bad}), {"xs": []}, version="v2")


@program(faces=("async",))
async def events_of_models(lib: Any, run: Run) -> None:
    """A model in a node, and a sequence as one."""
    model = GenericFakeChatModel(messages=iter([AIMessage("one two", id=str(n)) for n in range(4)]))

    async def ask(state: Any) -> Any:
        return {"messages": [await model.ainvoke(state["messages"])]}

    sequence = RunnableLambda(lambda s: s["messages"]) | model | (lambda m: {"messages": [m]})
    graph = chain(lib, lib.MessagesState, {"a": ask, "b": sequence})

    await _events(run, graph, {"messages": [HumanMessage("q", id="q")]}, version="v2")


@program(faces=("async",))
async def events_of_questions(lib: Any, run: Run) -> None:
    """A run that stops to ask, and goes on."""

    async def asks(state: Any) -> Any:
        return {"xs": [lib.interrupt("well?")]}

    graph = chain(lib, Words, {"a": says("a"), "b": asks}, checkpointer=lib.InMemorySaver())

    await _events(run, graph, {"xs": []}, thread(), version="v2")
    await _events(run, graph, lib.Command(resume="yes"), thread(), version="v2")


@program(faces=("async",))
async def older_events_and_logs(lib: Any, run: Run) -> None:
    """Version 1, and astream_log."""
    import warnings

    graph = graph_of(lib)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        await _events(run, graph, {"xs": []}, version="v1")
        operations = []
        async for patch in graph.astream_log({"xs": []}):
            operations.extend((op["op"], op["path"]) for op in patch.ops)
        run.note("log", operations)


@program
async def sequences(lib: Any, run: Run) -> None:
    """A graph in sequences, before and after other Runnables."""
    graph = chain(lib, Log, {"a": says("a"), "b": counts})
    before = RunnableLambda(lambda x: {"xs": [x], "n": 1}, name="before")
    after = RunnableLambda(lambda s: s["n"], name="after")
    made = {
        "after": before | graph,
        "before": graph | after,
        "both": before | graph | after,
        "function": graph | (lambda s: s["xs"]),
        "dict": {"xs": RunnablePick("xs"), "n": RunnableLambda(lambda s: s["n"])} | graph,
        "pipe": graph.pipe(after, lambda n: n + 1),
        "pick": graph.pick("n"),
        "pick several": graph.pick(["n"]),
        "assign": graph.assign(more=lambda s: len(s["xs"])),
        "bind": graph.bind(stream_mode="updates"),
        "map": graph.map(),
        "parallel": RunnableParallel(one=graph, two=RunnablePassthrough()),
        "retry": graph.with_retry(stop_after_attempt=2),
        "fallbacks": chain(lib, Log, {"a": bad}).with_fallbacks([graph]),
        "types": graph.with_types(input_type=dict),
    }
    for name, runnable in made.items():
        watch = Watch()
        given: Any = {"xs": ["in"], "n": 1}
        if name in ("after", "both"):
            given = "in"
        if name == "map":
            given = [given, given]
        run.note(name, type(runnable).__name__)
        config = {"callbacks": [watch], "tags": ["t"], "max_concurrency": 1}
        await run.invoke(runnable, given, config)
        if name in ("map", "parallel"):  # in any order
            continue
        run.note("told", watch.take())
        await run.invoke(runnable, given)
        await run.stream(runnable, given)


@program
async def listeners(lib: Any, run: Run) -> None:
    """with_listeners tells of the graph's run."""
    told: list[Any] = []

    def tell(traced: Any) -> None:
        told.append((traced.name, traced.inputs, traced.outputs))

    graph = chain(lib, Words, {"a": says("a")})

    await run.invoke(graph.with_listeners(on_start=tell, on_end=tell), {"xs": []})
    run.note("told", told)


@program(faces=("sync",))
async def what_it_is(lib: Any, run: Run) -> None:
    """A graph counts as a Runnable and says what one says."""
    graph = chain(lib, Words, {"a": says("a")}, name="Mine")

    run.note("is one", (isinstance(graph, Runnable), issubclass(type(graph), Runnable)))
    run.note("name", graph.get_name())
    run.note("specs", list(graph.config_specs))
    run.note("prompts", graph.get_prompts())
    sequence = RunnablePassthrough() | graph
    run.note("drawn", re.sub("[0-9a-f]{32}", "id", sequence.get_graph().draw_mermaid()))


@program
async def as_a_tool(lib: Any, run: Run) -> None:
    """A graph as a tool."""

    class Shown(TypedDict):
        xs: Annotated[list[Any], operator.add]
        n: int

    graph = chain(lib, Shown, {"a": says("a"), "b": counts})
    tool = graph.as_tool(name="grow", description="Grows.", arg_types={"xs": list, "n": int})

    run.note("tool", (tool.name, tool.description, sorted(tool.args)))
    await run.invoke(tool, {"xs": ["in"], "n": 1})


@program
async def batches(lib: Any, run: Run) -> None:
    """Batches, in order and as they finish."""
    graph = chain(lib, Log, {"a": says("a"), "b": counts})
    given = [{"xs": [], "n": n} for n in range(3)]

    if run.face == "sync":
        run.note("batch", graph.batch(given))
        run.note("as completed", sorted(graph.batch_as_completed(given)))
        run.note("transform", list(graph.transform(iter([given[0]]))))
    else:
        run.note("batch", await graph.abatch(given))
        done = [pair async for pair in graph.abatch_as_completed(given)]
        run.note("as completed", sorted(done))

        async def inputs() -> Any:
            yield given[0]

        run.note("transform", [chunk async for chunk in graph.atransform(inputs())])


@program
async def runnables_of_many_kinds(lib: Any, run: Run) -> None:
    """Whatever is a Runnable, or can be made one, is a node."""
    builder = lib.StateGraph(Log)
    builder.add_node("lambda", RunnableLambda(lambda s: {"xs": ["lambda"]}))
    builder.add_node("parallel", RunnableParallel(xs=lambda s: ["parallel"], n=lambda s: 2))
    builder.add_node("dict", {"xs": lambda s: ["dict"], "n": lambda s: 3})
    builder.add_node(RunnableLambda(lambda s: {"xs": ["named"]}, name="named"))
    builder.add_node("bound", RunnableLambda(lambda s, k=0: {"xs": [k]}).bind(k="bound"))
    builder.add_node("config", RunnableLambda(tells_config))
    names = ["lambda", "parallel", "dict", "named", "bound", "config"]
    builder.add_edge(lib.START, names[0])
    for one, two in itertools.pairwise(names):
        builder.add_edge(one, two)
    graph = builder.compile()

    await run.stream(graph, {"xs": [], "n": 1}, {"tags": ["t"]})
    await run.invoke(graph, {"xs": [], "n": 1}, {"callbacks": [Watch()]})


def tells_config(state: Any, config: RunnableConfig) -> Any:
    """Show what a Runnable is given."""
    metadata = config["metadata"]
    return {"xs": [config["tags"], metadata["langgraph_node"], metadata["langgraph_step"]]}


@program
async def generators(lib: Any, run: Run) -> None:
    """A generator function as a node yields pieces of an update."""

    def pieces(state: Any) -> Any:
        yield {"xs": ["a"]}
        yield {"n": 1}

    def transform(chunks: Any) -> Any:
        yield {"xs": [len(list(chunks))]}

    if run.face == "sync":
        graph = chain(lib, Log, {"a": RunnableGenerator(transform)})
        await run.invoke(graph, {"xs": [], "n": 1})
    await run.invoke(chain(lib, Log, {"a": pieces}), {"xs": [], "n": 1})


@program
async def tools_and_commands(lib: Any, run: Run) -> None:
    """A Command and an interrupt inside a tool."""

    @make_tool
    def decide(word: str) -> Any:
        """Decide."""
        return lib.Command(update={"xs": [word, lib.interrupt("sure?")]})

    graph = chain(
        lib, Words, {"a": lambda s: decide.invoke({"word": "w"})}, checkpointer=lib.InMemorySaver()
    )

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="yes"), thread())


@program(faces=("sync",))
async def commands_from_tools(lib: Any, run: Run) -> None:
    """A tool that is called by a model may return commands: they stay what they are."""

    @make_tool
    def one(a: int) -> Any:
        """Return a command."""
        return lib.Command(update={"xs": [a]}, goto="b")

    @make_tool
    def several(a: int) -> Any:
        """Return commands."""
        return [lib.Command(update={"xs": [a]}), lib.Command(goto=lib.Send("b", a))]

    for tool in (one, several):
        call = {"type": "tool_call", "name": tool.name, "args": {"a": 1}, "id": "c"}
        run.attempt(tool.name, lambda tool=tool, call=call: tool.invoke(call))


@program
async def config_in_nodes(lib: Any, run: Run) -> None:
    """What get_config and the config parameter show."""
    wanted = ("tags", "metadata", "run_name", "max_concurrency", "recursion_limit")

    def shown(config: Any) -> Any:
        return {k: config[k] for k in wanted if k in config}

    def node(state: Any, config: RunnableConfig) -> Any:
        run.note("given", shown(config))
        run.note("got", shown(lib.get_config()))
        run.note("callbacks", config["callbacks"] is not None)
        return {"xs": ["a"]}

    graph = chain(lib, Words, {"a": node})

    await run.invoke(graph, {"xs": []})
    await run.invoke(graph, {"xs": []}, {"tags": ["t"], "metadata": {"m": 1}, "run_name": "n"})
    await run.invoke(graph, {"xs": []}, {"recursion_limit": 9, "max_concurrency": 3})
    await run.invoke(graph.with_config({"tags": ["b"]}), {"xs": []}, {"callbacks": [Watch()]})
    await run.invoke(fan(lib, Words, {"a": node}), {"xs": []}, {"configurable": {"x": 1}})


@program
async def reaching_the_run_from_runnables(lib: Any, run: Run) -> None:
    """The store, the stream, tasks and questions work inside Runnables."""

    def node(state: Any) -> Any:
        lib.get_store().put(("a",), "k", {"v": 1})
        lib.get_stream_writer()("written")
        return {"xs": [lib.get_store().get(("a",), "k").value, lib.interrupt("well?")]}

    graph = chain(
        lib,
        Words,
        {"a": RunnableLambda(node)},
        store=lib.InMemoryStore(),
        checkpointer=lib.InMemorySaver(),
    )

    await run.stream(graph, {"xs": []}, thread(), stream_mode=["custom", "updates"])
    await run.invoke(graph, lib.Command(resume="yes"), thread())


@program
async def configurable_fields(lib: Any, run: Run) -> None:
    """`configurable` reaches the fields of Runnables in nodes."""
    model = FakeListChatModel(responses=["plain"]).configurable_fields(
        responses=ConfigurableField(id="says")
    )

    def ask(state: Any) -> Any:
        return {"xs": [model.invoke("q").content]}

    graph = chain(lib, Words, {"a": ask})

    await run.invoke(graph, {"xs": []}, {"configurable": {"says": ["other"]}})
    await run.invoke(graph, {"xs": []})
