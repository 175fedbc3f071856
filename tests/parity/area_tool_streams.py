"""What tools tell while they run: the `tools` stream, and `run.tool_calls`."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false
# mypy: disable-error-code="arg-type, call-arg, misc, untyped-decorator, var-annotated, type-arg, valid-type, name-defined"

from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool

from ._chat import ToolModel, calls
from ._oracle import Run, program, thread


def _tools(lib: Any) -> list[Any]:
    @tool
    def counts(n: int, runtime: lib.ToolRuntime) -> str:
        """Count."""
        for i in range(n):
            runtime.emit_output_delta(i)
        if n == 0:
            raise ValueError("nothing to count")
        return f"counted {n}"

    @tool
    async def later(n: int, runtime: lib.ToolRuntime) -> str:
        """Count later."""
        runtime.emit_output_delta({"n": n})
        return f"later {n}"

    @tool
    def asks(n: int, runtime: lib.ToolRuntime) -> str:
        """Ask."""
        runtime.emit_output_delta("before")
        return f"got {lib.interrupt('sure?')}"

    @tool
    def outer(n: int, config: RunnableConfig) -> str:
        """Call another tool."""
        return str(silent.invoke({"n": n}, {**config, "tags": ["nostream"]}))

    @tool
    def silent(n: int) -> int:
        """Be quiet."""
        return n

    return [counts, later, asks, outer, silent]


def _graph(lib: Any, **options: Any) -> Any:
    node = lib.ToolNode(_tools(lib), handle_tool_errors=True)
    builder = lib.StateGraph(lib.MessagesState).add_node("tools", node)
    return builder.add_edge(lib.START, "tools").compile(**options)


def _given(*wanted: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"messages": [HumanMessage("x", id="h"), calls(*wanted)]}


@program
async def events(lib: Any, run: Run) -> None:
    """Each call begins, tells parts of its output, and ends or fails."""
    graph = _graph(lib)
    for wanted in (
        ("counts", {"n": 2}),
        ("counts", {"n": 0}),
        ("counts", {"n": "x"}),
        ("nope", {}),
        ("outer", {"n": 1}),
        *([("later", {"n": 1})] if run.face == "async" else []),
    ):
        await run.stream(graph, _given(wanted), stream_mode="tools")
        await run.invoke(graph, _given(wanted))
    wanted = ("counts", {"n": 1})
    for version in ("v1", "v2"):
        await run.stream(graph, _given(wanted), stream_mode=["tools"], version=version)
    above = lib.StateGraph(lib.MessagesState).add_node("sub", graph).add_edge(lib.START, "sub")
    for subgraphs in (False, True):
        await run.stream(
            above.compile(), _given(wanted), stream_mode=["tools"], subgraphs=subgraphs
        )


@program
async def a_subgraph_that_is_read(lib: Any, run: Run) -> None:
    """A node that streams a graph itself sees that graph's tools."""
    graph = _graph(lib)

    def reads(state: Any) -> Any:
        given = _given(("counts", {"n": 1}))
        run.note("inside", list(graph.stream(given, stream_mode="tools")))

    async def areads(state: Any) -> Any:
        given = _given(("counts", {"n": 1}))
        run.note("inside", [e async for e in graph.astream(given, stream_mode="tools")])

    builder = lib.StateGraph(lib.MessagesState)
    builder.add_node("r", reads if run.face == "sync" else areads).add_edge(lib.START, "r")
    for subgraphs in (False, True):
        await run.stream(builder.compile(), {}, stream_mode=["tools"], subgraphs=subgraphs)


@program
async def questions(lib: Any, run: Run) -> None:
    """A tool that stops to ask has not failed; it begins again."""
    graph = _graph(lib, checkpointer=lib.InMemorySaver())
    await run.stream(graph, _given(("asks", {"n": 1})), thread(), stream_mode=["tools", "updates"])
    resume = lib.Command(resume="yes")
    await run.stream(graph, resume, thread(), stream_mode=["tools", "updates"])


@program
async def agents(lib: Any, run: Run) -> None:
    """An agent's tools are told beside what its model says."""
    for version in ("v1", "v2"):
        model = ToolModel(calls(("counts", {"n": 2})), "two")
        agent = lib.create_react_agent(model, _tools(lib), version=version)
        given = {"messages": [HumanMessage("x", id="h")]}
        await run.stream(agent, given, stream_mode=["tools", "updates"])


@program
async def projected(lib: Any, run: Run) -> None:
    """`run.tool_calls` has a stream for each call, with its parts and its end."""
    for below in (False, True):
        for wanted in ([("counts", {"n": 2})], [("counts", {"n": 0})], [("counts", {"n": "x"})]):
            graph = _graph(lib)
            if below:
                builder = lib.StateGraph(lib.MessagesState).add_node("sub", graph)
                graph = builder.add_edge(lib.START, "sub").compile()
            options = {"version": "v3", "transformers": [lib.ToolCallTransformer]}
            if run.face == "sync":
                stream = graph.stream_events(_given(*wanted), **options)
                for call in stream.tool_calls:
                    run.note("begun", (repr(call), call.input))
                    run.note("parts", list(call))
                    run.note("ended", (call.output, call.error, call.completed, repr(call)))
                run.attempt("twice", lambda c=stream: list(c.tool_calls))
            else:
                stream = await graph.astream_events(_given(*wanted), **options)
                async for call in stream.tool_calls:
                    run.note("begun", (repr(call), call.input))
                    run.note("parts", [part async for part in call.output_deltas])
                    run.note("ended", (call.output, call.error, call.completed, repr(call)))
            run.note("extensions", sorted(stream.extensions))


@program
async def compiled_in(lib: Any, run: Run) -> None:
    """A graph may be compiled with it; calls that the run fails under fail with it."""
    node = lib.ToolNode(_tools(lib), handle_tool_errors=False)
    builder = lib.StateGraph(lib.MessagesState).add_node("tools", node)
    graph = builder.add_edge(lib.START, "tools").compile(transformers=[lib.ToolCallTransformer])
    if run.face == "sync":
        stream = graph.stream_events(_given(("counts", {"n": 0})), version="v3")
        seen = []
        try:
            seen.extend(stream.tool_calls)
        except ValueError as error:
            run.note("raised", error)
        run.note("seen", [(repr(c), c.error) for c in seen])
