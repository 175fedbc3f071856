"""Functions around the calls of tools, questions that tools ask, and routing to tools."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false
# mypy: disable-error-code="arg-type, call-arg, misc, untyped-decorator, var-annotated, type-arg, valid-type, name-defined, union-attr, index"

from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from ._chat import ToolModel, calls
from ._oracle import Run, program, thread
from .area_prebuilt import add, given, graph, plain


def _wrappers(lib: Any) -> dict[str, Callable[[Any, Any], Any]]:
    def through(request: Any, execute: Any) -> Any:
        return execute(request)

    def changed(request: Any, execute: Any) -> Any:
        args = {**request.tool_call["args"], "b": 100}
        return execute(request.override(tool_call={**request.tool_call, "args": args}))

    def marked(request: Any, execute: Any) -> Any:
        answer = execute(request)
        answer.content += "!"
        return answer

    def twice(request: Any, execute: Any) -> Any:
        execute(request)
        return execute(request)

    def instead(request: Any, execute: Any) -> Any:
        tool_name = getattr(request.tool, "name", None)
        return ToolMessage(f"instead of {tool_name}", tool_call_id=request.tool_call["id"], id="i")

    def commands(request: Any, execute: Any) -> Any:
        answer = execute(request)
        return lib.Command(update={"messages": [answer]}, goto="__end__")

    def fails(request: Any, execute: Any) -> Any:
        raise KeyError("wrapper")

    def retries(request: Any, execute: Any) -> Any:
        try:
            return execute(request)
        except ValueError:
            args = {**request.tool_call["args"], "a": 5}
            return execute(request.override(tool_call={**request.tool_call, "args": args}))

    def other_tool(request: Any, execute: Any) -> Any:
        return execute(request.override(tool=_swapped))

    def other_state(request: Any, execute: Any) -> Any:
        state, runtime = request.state, request.runtime
        shown = (sorted(state), runtime.tool_call_id, runtime.state is state)
        answer = execute(request)
        answer.content = f"{answer.content} {shown}"
        return answer

    def returns_text(request: Any, execute: Any) -> Any:
        return "text"

    found = (
        through, changed, marked, twice, instead, commands, fails, retries, other_tool,
        other_state, returns_text,
    )  # fmt: skip
    return {function.__name__: function for function in found}


@tool("add")
def _swapped(a: Any, b: Any = None) -> str:
    """Stand in for another tool."""
    return f"swapped {a}"


def _awaited(wrapper: Any) -> Any:
    """The same wrapper as a coroutine function."""

    async def wrapped(request: Any, execute: Any) -> Any:
        kept: list[Any] = []

        async def first(changed: Any) -> Any:
            kept.append(await execute(changed))
            return kept[-1]

        if wrapper.__name__ in ("fails", "instead", "returns_text"):
            return wrapper(request, execute)
        if wrapper.__name__ == "retries":
            try:
                return await execute(request)
            except ValueError:
                args = {**request.tool_call["args"], "a": 5}
                call = {**request.tool_call, "args": args}
                return await execute(request.override(tool_call=call))
        await first(request)
        return wrapper(request, lambda changed: kept[-1])

    return wrapped


@program
async def wrappers(lib: Any, run: Run) -> None:
    """They change calls and answers, stand in for them, try again, or fail."""
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("add", {"a": 1, "b": 2}),
        ("add", {"a": 0, "b": 2}),
        ("add", {"a": "x"}),
        ("nope", {"a": 1}),
    ]
    for name, wrapper in _wrappers(lib).items():
        run.note("wrapper", name)
        for handler in (False, True, "told", ValueError, lambda e: f"fn {e}"):
            node = lib.ToolNode([add], handle_tool_errors=handler, wrap_tool_call=wrapper)
            for call in wanted:
                await run.invoke(graph(lib, node), given(call))
        node = lib.ToolNode([add], wrap_tool_call=wrapper)
        await run.invoke(graph(lib, node), given(*wanted[:2]))


@program(faces=("async",))
async def async_wrappers(lib: Any, run: Run) -> None:
    """Coroutine functions around calls, with or without a plain one beside them."""
    sync = _wrappers(lib)
    for name, wrapper in sync.items():
        run.note("wrapper", name)
        for options in ({}, {"wrap_tool_call": sync["fails"]}):
            for handler in (False, True):
                node = lib.ToolNode(
                    [add], handle_tool_errors=handler, awrap_tool_call=_awaited(wrapper), **options
                )
                for args in ({"a": 1, "b": 2}, {"a": 0, "b": 2}):
                    await run.invoke(graph(lib, node), given(("add", args)))


@program(parallel=True)
async def questions(lib: Any, run: Run) -> None:
    """Tools that stop to ask, one or two at once, inside wrappers and handlers."""

    @tool
    def asks(x: int) -> str:
        """Ask."""
        return f"{x} got {lib.interrupt(f'ok {x}?')}"

    @tool
    def asks_twice(x: int) -> str:
        """Ask twice."""
        return f"{lib.interrupt('first')} {lib.interrupt('second')}"

    for options in (
        {},
        {"handle_tool_errors": True},
        {"wrap_tool_call": lambda request, execute: execute(request), "handle_tool_errors": True},
    ):
        node = lib.ToolNode([asks, asks_twice, plain], **options)
        for wanted in (
            [("asks", {"x": 1})],
            [("asks_twice", {"x": 1})],
            [("plain", {"x": 1}), ("asks", {"x": 2})],
        ):
            app = graph(lib, node, checkpointer=lib.InMemorySaver())
            await run.invoke(app, given(*wanted), thread())
            await run.invoke(app, lib.Command(resume="yes"), thread())
            await run.invoke(app, lib.Command(resume="no"), thread())


@program
async def routing(lib: Any, run: Run) -> None:
    """`tools_condition` leads to the tools if the last message calls some."""

    class Model(BaseModel):
        messages: list[Any] = []

    calling, silent = calls(("add", {"a": 1, "b": 2})), AIMessage("x")
    for state in (
        [calling],
        [calling, HumanMessage("x")],
        {"messages": [silent]},
        {"messages": [calling]},
        Model(messages=[calling]),
        {"messages": []},
        {"other": [calling]},
        Model(),
    ):
        run.attempt("condition", lambda s=state: lib.tools_condition(s))
    run.attempt("key", lambda: lib.tools_condition({"talk": [calling]}, "talk"))
    run.attempt("keyword", lambda: lib.tools_condition({"talk": [calling]}, messages_key="talk"))
    model = ToolModel(calls(("add", {"a": 1, "b": 2})), "three")

    def ask(state: Any) -> Any:
        return {"messages": [model.invoke(state["messages"])]}

    builder = lib.StateGraph(lib.MessagesState).add_node("model", ask)
    builder.add_node(lib.ToolNode([add])).add_edge(lib.START, "model").add_edge("tools", "model")
    app = builder.add_conditional_edges("model", lib.tools_condition).compile()
    await run.stream(app, {"messages": [HumanMessage("x", id="h")]}, stream_mode="updates")
    await run.stream(app, {"messages": [HumanMessage("x", id="h")]}, stream_mode="tasks")
    run.note("drawn", app.get_graph().draw_mermaid())


@program
async def outside_graphs(lib: Any, run: Run) -> None:
    """A node on its own, with a runtime given by hand."""
    message = calls(("add", {"a": 1, "b": 2}))
    config = {"configurable": {"__pregel_runtime": lib.Runtime(context="c", store=None)}}
    for value in ({"messages": [message]}, [message], message.tool_calls):
        await run.invoke(lib.ToolNode([add]), value, config)
