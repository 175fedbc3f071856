"""LangChain's callbacks are told of the graph, its nodes and routers, run by run."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false, reportTypedDictNotRequiredAccess=false
# mypy: disable-error-code="arg-type, misc, no-any-return, untyped-decorator, var-annotated"

from typing import Any

from langchain_core.callbacks import CallbackManager
from langchain_core.callbacks.manager import adispatch_custom_event, dispatch_custom_event
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool as make_tool
from langchain_core.tracers.base import BaseTracer

from ._kit import Log, Words, chain, counts, fan, says
from ._oracle import Run, program, thread
from ._watch import AsyncWatch, Watch


def watched(**more: Any) -> tuple[Watch, dict[str, Any]]:
    """A handler and a config with it."""
    watch = Watch()
    return watch, {"callbacks": [watch], **more}


@program
async def straight(lib: Any, run: Run) -> None:
    """Nodes of a chain are children of the graph."""
    watch, config = watched()
    graph = chain(lib, Log, {"a": says("a"), "b": counts})

    await run.invoke(graph, {"xs": [], "n": 1}, config)
    run.note("told", watch.take())
    await run.stream(graph, {"xs": [], "n": 1}, config, stream_mode=["values", "updates"])
    run.note("told", watch.take())


@program
async def tags_metadata_and_names(lib: Any, run: Run) -> None:
    """Tags, metadata, run names and ids of the config, bound and given."""
    watch, config = watched(
        tags=["t", "u"],
        metadata={"m": 1},
        run_name="named",
        run_id="00000000-0000-0000-0000-00000000000a",
        configurable={"thread_id": "7", "model": "x", "plain": 2, "api_key": "s", "__in": 1},
    )
    graph = chain(lib, Log, {"a": says("a"), "b": counts}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": [], "n": 1}, config)
    run.note("told", watch.take())
    bound = graph.with_config(tags=["bound"], metadata={"b": 1, "m": 0}, run_name="other")
    await run.invoke(bound, {"xs": [], "n": 1}, {**config, "run_id": None, "run_name": None})
    run.note("told", watch.take())
    bound = bound.with_config(callbacks=[watch])
    await run.invoke(bound, {"xs": [], "n": 1}, thread("9"))
    run.note("told", watch.take())


@program
async def named_graph(lib: Any, run: Run) -> None:
    """A graph's name is its run's name."""
    watch, config = watched()
    graph = chain(lib, Words, {"a": says("a")}, name="Mine")

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def routers(lib: Any, run: Run) -> None:
    """A router is a child of its node; the entry's is one of the hidden first node."""
    watch, config = watched(tags=["t"])

    def begin(state: Any) -> str:
        return "a"

    def first(state: Any) -> str:
        return "b"

    def second(state: Any) -> list[str]:
        return []

    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_conditional_edges(lib.START, begin)
    builder.add_conditional_edges("a", first).add_conditional_edges("a", second)
    builder.add_edge("b", lib.END)
    graph = builder.compile()

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def router_and_edge(lib: Any, run: Run) -> None:
    """A static edge beside a router does not change the router's place."""
    watch, config = watched()

    def where(state: Any, config: RunnableConfig) -> str:
        run.note("router's tags", config.get("tags"))
        return "b"

    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_edge(lib.START, "a").add_edge("a", "c").add_conditional_edges("a", where)
    graph = builder.compile()

    await run.invoke(graph, {"xs": []}, {**config, "max_concurrency": 1})
    run.note("told", [e for e in watch.take() if e[3] == "where" or e[3] == "a"])


@program(faces=("sync",))
async def anonymous_router(lib: Any, run: Run) -> None:
    """A lambda has no name of its own."""
    watch, config = watched()
    builder = lib.StateGraph(Words)
    builder.add_node("a", lambda state: {"xs": ["a"]})
    builder.add_edge(lib.START, "a").add_conditional_edges("a", lambda state: "__end__")
    graph = builder.compile()

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def routers_that_are_runnables(lib: Any, run: Run) -> None:
    """A Runnable as a path runs under its node."""
    watch, config = watched()
    route = RunnableLambda(lambda state: "b" if state["xs"] else "__end__", name="route")
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", says("b"))
    builder.add_edge(lib.START, "a").add_conditional_edges("a", route)
    graph = builder.compile()

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def failures(lib: Any, run: Run) -> None:
    """What a node or a router raises is told of each run that it ends."""
    watch, config = watched()

    def bad(state: Any) -> Any:
        raise ValueError("no")

    def lost(state: Any) -> str:
        raise KeyError("lost")

    await run.invoke(chain(lib, Words, {"a": says("a"), "b": bad}), {"xs": []}, config)
    run.note("told", watch.take())
    builder = lib.StateGraph(Words).add_node("a", says("a")).add_edge(lib.START, "a")
    builder.add_conditional_edges("a", lost)
    await run.invoke(builder.compile(), {"xs": []}, config)
    run.note("told", watch.take())
    await run.invoke(
        chain(lib, Words, {"a": says("a")}), {"xs": []}, {**config, "recursion_limit": 1}
    )
    run.note("told", watch.take())
    loop = lib.StateGraph(Words).add_node("a", says("a")).add_edge(lib.START, "a")
    loop.add_edge("a", "a")
    await run.invoke(loop.compile(), {"xs": []}, {**config, "recursion_limit": 2})
    run.note("told", watch.take())


@program
async def retries(lib: Any, run: Run) -> None:
    """Each attempt is a run of its own."""
    watch, config = watched()
    attempts: list[int] = []

    def flaky(state: Any) -> Any:
        attempts.append(1)
        if len(attempts) < 3:
            raise ValueError("not yet")
        return {"xs": ["done"]}

    builder = lib.StateGraph(Words)
    policy = lib.RetryPolicy(initial_interval=0.001, jitter=False, retry_on=ValueError)
    builder.add_node("a", flaky, retry_policy=policy).add_edge(lib.START, "a")

    await run.invoke(builder.compile(), {"xs": []}, config)
    run.note("told", watch.take())


@program
async def questions(lib: Any, run: Run) -> None:
    """A node that asks ends with an error, its graph without one."""
    watch, config = watched(configurable={"thread_id": "1"})

    def asks(state: Any) -> Any:
        return {"xs": [lib.interrupt("well?")]}

    graph = chain(lib, Words, {"a": says("a"), "b": asks}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())
    await run.invoke(graph, lib.Command(resume="yes"), config)
    run.note("told", watch.take())


@program
async def subgraphs(lib: Any, run: Run) -> None:
    """A graph in a graph, as a node and called by one."""
    watch, config = watched(tags=["t"], metadata={"m": 1})
    inner = chain(lib, Words, {"i": says("i")}, name="Inner")

    def calls(state: Any) -> Any:
        return {"xs": [len(inner.invoke({"xs": ["x"]})["xs"])]}

    async def acalls(state: Any) -> Any:
        return {"xs": [len((await inner.ainvoke({"xs": ["x"]}))["xs"])]}

    call = calls if run.face == "sync" else acalls
    graph = chain(lib, Words, {"a": inner, "b": call})

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def subgraph_given_the_config(lib: Any, run: Run) -> None:
    """A node that hands its config on, with more of its own."""
    watch, config = watched(tags=["t"])
    inner = chain(lib, Words, {"i": says("i")})

    def calls(state: Any, config: RunnableConfig) -> Any:
        more = {**config, "tags": ["more"], "run_name": "called"}
        return {"xs": [len(inner.invoke({"xs": ["x"]}, more)["xs"])]}

    async def acalls(state: Any, config: RunnableConfig) -> Any:
        more: RunnableConfig = {**config, "tags": ["more"], "run_name": "called"}
        return {"xs": [len((await inner.ainvoke({"xs": ["x"]}, more))["xs"])]}

    graph = chain(lib, Words, {"a": calls if run.face == "sync" else acalls})

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def interrupted_subgraph(lib: Any, run: Run) -> None:
    """A question in a subgraph ends the runs around it with an error, but not the outermost."""
    watch, config = watched(configurable={"thread_id": "1"})

    def asks(state: Any) -> Any:
        return {"xs": [lib.interrupt("well?")]}

    inner = chain(lib, Words, {"i": asks})
    graph = chain(lib, Words, {"a": inner}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())
    await run.invoke(graph, lib.Command(resume="yes"), config)
    run.note("told", watch.take())


@program
async def command_to_the_parent(lib: Any, run: Run) -> None:
    """A command to the graph around ends the inner runs with an error."""
    watch, config = watched()

    def up(state: Any) -> Any:
        return lib.Command(graph=lib.Command.PARENT, update={"xs": ["up"]}, goto="b")

    inner = chain(lib, Words, {"i": up})
    builder = lib.StateGraph(Words)
    builder.add_node("a", inner).add_node("b", says("b")).add_edge(lib.START, "a")

    await run.invoke(builder.compile(), {"xs": []}, config)
    run.note("told", watch.take())


@program
async def commands_and_sends(lib: Any, run: Run) -> None:
    """Commands are outputs; a Send's input is its task's."""
    watch, config = watched(max_concurrency=1)

    def a(state: Any) -> Any:
        return lib.Command(
            update={"xs": ["a"]}, goto=[lib.Send("w", {"i": 1}), lib.Send("w", {"i": 2})]
        )

    builder = lib.StateGraph(Words)
    builder.add_node("a", a).add_node("w", lambda s: {"xs": [s["i"]]}).add_edge(lib.START, "a")

    await run.invoke(builder.compile(), {"xs": []}, config)
    events = watch.take()
    run.note(
        "told", sorted(events, key=lambda e: (e[0], str(e[3:]))) if run.face == "async" else events
    )


@program
async def parallel_nodes(lib: Any, run: Run) -> None:
    """Nodes of one superstep are siblings."""
    watch, config = watched()
    graph = fan(lib, Words, {"a": says("a"), "b": says("b"), "c": says("c")})

    await run.invoke(graph, {"xs": []}, config)
    shown = [(e[0], e[2], *e[3:]) for e in watch.take()]
    run.note("told", sorted(shown, key=str))


@program
async def runnables_in_nodes(lib: Any, run: Run) -> None:
    """What a node calls finds the node's run, without being given a config."""
    watch, config = watched(tags=["t"])
    double = RunnableLambda(lambda x: x * 2, name="double")
    model = FakeListChatModel(responses=["hello"])

    def calls(state: Any) -> Any:
        return {"xs": [str(double.invoke(2)), model.invoke("q").content]}

    async def acalls(state: Any) -> Any:
        return {"xs": [str(await double.ainvoke(2)), (await model.ainvoke("q")).content]}

    graph = chain(lib, Words, {"a": calls if run.face == "sync" else acalls})

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def sequence_as_a_node(lib: Any, run: Run) -> None:
    """A RunnableSequence as a node is told step by step."""
    watch, config = watched()
    sequence = RunnableLambda(lambda s: s["xs"], name="one") | RunnableLambda(
        lambda xs: {"xs": [len(xs)]}, name="two"
    )
    graph = chain(lib, Words, {"a": sequence, "b": says("b")})

    await run.invoke(graph, {"xs": ["x"]}, config)
    run.note("told", watch.take())


@program
async def runnable_that_is_returned(lib: Any, run: Run) -> None:
    """A node that returns a Runnable has it run on the node's input."""
    watch, config = watched()
    then = RunnableLambda(lambda s: {"xs": [len(s["xs"])]}, name="then")
    graph = chain(lib, Words, {"a": lambda state: then})

    await run.invoke(graph, {"xs": ["x"]}, config)
    run.note("told", watch.take())
    await run.invoke(graph, {"xs": ["x"]})


@program
async def tools(lib: Any, run: Run) -> None:
    """A tool that a node calls is a child of the node's run."""
    watch, config = watched()

    @make_tool
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    def calls(state: Any) -> Any:
        return {"xs": [add.invoke({"a": 1, "b": 2})]}

    graph = chain(lib, Words, {"a": calls})

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def custom_events(lib: Any, run: Run) -> None:
    """dispatch_custom_event works in a node."""
    watch, config = watched()

    def sync(state: Any) -> Any:
        dispatch_custom_event("mine", {"a": 1})
        return {"xs": ["a"]}

    async def asynchronous(state: Any) -> Any:
        await adispatch_custom_event("mine", {"a": 1})
        return {"xs": ["a"]}

    graph = chain(lib, Words, {"a": sync if run.face == "sync" else asynchronous})

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def a_manager_of_the_callers(lib: Any, run: Run) -> None:
    """Callbacks may be a manager, with tags and metadata of its own."""
    watch = Watch()
    manager = CallbackManager.configure(
        inheritable_callbacks=[watch], inheritable_tags=["m"], inheritable_metadata={"k": 1}
    )
    graph = chain(lib, Words, {"a": says("a")})

    await run.invoke(graph, {"xs": []}, {"callbacks": manager, "tags": ["c"]})
    run.note("told", watch.take())


@program(faces=("async",))
async def coroutine_handlers(lib: Any, run: Run) -> None:
    """Handlers with coroutine methods are awaited."""
    watch = AsyncWatch()
    inner = chain(lib, Words, {"i": says("i")})
    graph = chain(lib, Words, {"a": says("a"), "b": inner})

    await run.invoke(graph, {"xs": []}, {"callbacks": [watch]})
    run.note("told", watch.take())


@program(faces=("async",), as_is=True)
async def plain_functions_of_an_async_run(lib: Any, run: Run) -> None:
    """A plain function of an async run finds its run too, in its thread."""
    watch, config = watched(tags=["t"])
    double = RunnableLambda(lambda x: x * 2, name="double")

    def calls(state: Any, config: RunnableConfig) -> Any:
        run.note("tags", config.get("tags"))
        return {"xs": [str(double.invoke(2))]}

    def where(state: Any) -> str:
        return "__end__"

    builder = lib.StateGraph(Words).add_node("a", calls).add_edge(lib.START, "a")
    builder.add_conditional_edges("a", where)

    await run.invoke(builder.compile(), {"xs": []}, config)
    run.note("told", watch.take())


@program
async def graph_inside_a_runnable(lib: Any, run: Run) -> None:
    """A graph that a Runnable calls takes over its callbacks, tags and metadata."""
    watch, config = watched(tags=["t"], metadata={"m": 1}, configurable={"c": 1})

    def node(state: Any, config: RunnableConfig) -> Any:
        run.note("config", {k: config.get(k) for k in ("tags", "metadata", "recursion_limit")})
        run.note("configurable", config["configurable"].get("c"))
        return {"xs": ["a"]}

    graph = chain(lib, Words, {"a": node})
    if run.face == "sync":
        outer = RunnableLambda(lambda x: graph.invoke({"xs": [x]}), name="outer")
        run.note("result", outer.invoke("x", config))
    else:

        async def call(x: Any) -> Any:
            return await graph.ainvoke({"xs": [x]})

        run.note("result", await RunnableLambda(call, name="outer").ainvoke("x", config))
    run.note("told", watch.take())


class Tree(BaseTracer):
    """Keeps the trees of runs."""

    def __init__(self) -> None:
        super().__init__()
        self.trees: list[Any] = []

    def _persist_run(self, run: Any) -> None:
        self.trees.append(self.shown(run))

    def shown(self, traced: Any) -> Any:
        inputs, outputs = traced.inputs, traced.outputs
        children = [self.shown(child) for child in traced.child_runs]
        error = None if traced.error is None else traced.error.splitlines()[0]
        return (traced.name, traced.run_type, traced.tags, inputs, outputs, error, children)


@program
async def tracers(lib: Any, run: Run) -> None:
    """A tracer sees the tree of runs."""
    tree = Tree()
    inner = chain(lib, Words, {"i": says("i")})

    def where(state: Any) -> str:
        return "b"

    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("b", inner)
    builder.add_edge(lib.START, "a").add_conditional_edges("a", where)
    graph = builder.compile()

    await run.invoke(graph, {"xs": []}, {"callbacks": [tree], "tags": ["t"]})
    run.note("trees", tree.trees)


@program
async def functional(lib: Any, run: Run) -> None:
    """An entrypoint's tasks are told with their arguments by name."""
    watch, config = watched(tags=["t"])

    if run.face == "sync":

        @lib.task
        def add(a: int, b: int = 2, **more: int) -> int:
            return a + b

        @lib.entrypoint()
        def main(x: int) -> int:
            return add(x).result() + add(x, 3, c=4).result()
    else:

        @lib.task
        async def add(a: int, b: int = 2, **more: int) -> int:
            return a + b

        @lib.entrypoint()
        async def main(x: int) -> int:
            return await add(x) + await add(x, 3, c=4)

    await run.invoke(main, 1, config)
    run.note("told", watch.take())


@program
async def error_handlers(lib: Any, run: Run) -> None:
    """A node's error handler is a run of its own."""
    watch, config = watched()

    def bad(state: Any) -> Any:
        raise ValueError("no")

    def mend(state: Any) -> Any:
        return {"xs": ["mended"]}

    builder = lib.StateGraph(Words)
    builder.add_node("a", bad, error_handler=mend).add_edge(lib.START, "a")

    await run.invoke(builder.compile(), {"xs": []}, config)
    run.note("told", watch.take())


@program
async def leaving_a_stream(lib: Any, run: Run) -> None:
    """A stream that is closed early ends its run with an error."""
    watch, config = watched()
    graph = chain(lib, Words, {"a": says("a"), "b": says("b")})

    if run.face == "sync":
        events = graph.stream({"xs": []}, config)
        next(events)
        events.close()
    else:
        aevents = graph.astream({"xs": []}, config)
        await anext(aevents)
        await aevents.aclose()
    run.note("told", [e[:1] + e[3:4] + e[6:] for e in watch.take() if e[2] is None])


@program
async def a_thread_of_its_own(lib: Any, run: Run) -> None:
    """A graph that a node runs on a thread of its own is still a child of the node's run."""
    watch, config = watched(metadata={"m": 1}, configurable={"thread_id": "1", "c": 1})

    def seen(state: Any, config: RunnableConfig) -> Any:
        run.note("configurable", config["configurable"].get("c"))
        return {"xs": ["i"]}

    inner = chain(lib, Words, {"i": seen}, checkpointer=lib.InMemorySaver())

    def calls(state: Any) -> Any:
        return {"xs": [len(inner.invoke({"xs": ["x"]}, thread("2"))["xs"])]}

    async def acalls(state: Any) -> Any:
        return {"xs": [len((await inner.ainvoke({"xs": ["x"]}, thread("2")))["xs"])]}

    call = calls if run.face == "sync" else acalls
    graph = chain(lib, Words, {"a": call}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())


@program
async def hand_built(lib: Any, run: Run) -> None:
    """A hand-built graph tells of its nodes and of each of their steps."""
    watch, config = watched(tags=["t"])

    def double(x: int) -> int:
        return x * 2

    steps = RunnableLambda(lambda x: x + 1, name="one") | RunnableLambda(
        lambda x: x + 1, name="two"
    )
    first = lib.NodeBuilder().subscribe_only("a").do(steps).do(double).write_to("b")
    graph = lib.Pregel(
        nodes={
            "first": first,
            "second": lib.NodeBuilder().subscribe_only("b").do(double).write_to("c"),
        },
        channels={name: lib.LastValue(int) for name in "abc"},
        input_channels="a",
        output_channels="c",
    )

    await run.invoke(graph, 1, config)
    run.note("told", watch.take())
    await run.invoke(graph, 1)


@program
async def bound_config_of_a_subgraph(lib: Any, run: Run) -> None:
    """Tags and metadata of the call, of the graph and of the graph in it."""
    watch, config = watched(
        tags=["call"], metadata={"c": 1}, configurable={"thread_id": "5", "z": 1}
    )

    def seen(state: Any, config: RunnableConfig) -> Any:
        run.note("tags", config.get("tags"))
        run.note("metadata", config["metadata"])
        return {"xs": ["i"]}

    inner = chain(lib, Words, {"i": seen}).with_config(tags=["inner"], metadata={"i": 1})
    graph = chain(lib, Words, {"a": inner}).with_config(tags=["outer"], metadata={"o": 1})

    await run.invoke(graph, {"xs": []}, config)
    run.note("told", watch.take())
    await run.invoke(graph, {"xs": []}, {"tags": ["call"]})


@program
async def trace_policies(lib: Any, run: Run) -> None:
    """Tracers record what a policy makes of a node's input and output; other handlers see all."""
    watch, tree = Watch(), Tree()

    def fails(value: Any) -> Any:
        raise ValueError("no")

    size = lib.TracePolicy(process_inputs=lambda v: {"size": len(v["xs"])}, process_outputs=str)
    broken = lib.TracePolicy(process_inputs=fails, process_outputs=fails)
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a"), trace_policy=size)
    builder.add_node("b", says("b"), trace_policy=broken)
    builder.add_edge(lib.START, "a").add_edge("a", "b")

    await run.invoke(builder.compile(), {"xs": ["in"]}, {"callbacks": [watch, tree]})
    run.note("told", watch.take())
    run.note("trees", tree.trees)


@program
async def config_around(lib: Any, run: Run) -> None:
    """get_config works in a Runnable outside any graph, and not outside both."""

    def shown(x: Any) -> Any:
        return lib.get_config().get("tags")

    run.note("in a Runnable", RunnableLambda(shown).invoke(1, {"tags": ["t"]}))
    run.attempt("outside", lambda: lib.get_config())
