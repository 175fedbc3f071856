"""`ToolNode`: inputs, answers, errors, what is injected, what stands around a call."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false
# mypy: disable-error-code="arg-type, call-arg, misc, untyped-decorator, var-annotated, type-arg, valid-type, name-defined, union-attr, index"

from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import BaseTool, InjectedToolCallId, ToolException, tool
from pydantic import BaseModel

from ._chat import calls
from ._oracle import Run, program


@tool
def add(a: int, b: int) -> int:
    """Add."""
    if a == 0:
        raise ValueError("zero")
    if a == -1:
        raise ToolException("minus")
    return a + b


@tool(response_format="content_and_artifact")
def art(n: int) -> Any:
    """Make an artifact."""
    return f"made {n}", {"n": n}


@tool
def data(n: int) -> Any:
    """Return anything."""
    found: list[Any] = [
        {"n": n, "x": ["ä"]},
        ["a", "b"],
        [{"type": "text", "text": "block"}],
        [{"type": "other", "x": 1}],
        None,
        3.5,
        {1, 2},
        ("a", 1),
        object,
        "",
    ]
    return found[n]


@tool
async def late(n: int) -> str:
    """Be late."""
    return f"late {n}"


@tool
def own_id(x: int, tool_call_id: Annotated[str, InjectedToolCallId]) -> str:
    """Tell its id."""
    return f"{x} {tool_call_id}"


def plain(x: int) -> str:
    """A plain function."""
    return f"plain {x}"


class Classic(BaseTool):
    """A tool as a class."""

    name: str = "classic"
    description: str = "Classic."

    def _run(self, x: int) -> str:
        return f"classic {x}"


@tool
def careful(a: int) -> str:
    """Handle its own errors."""
    raise ToolException("told by the tool")


careful.handle_tool_error = True
TOOLS: list[Any] = [add, art, data, late, own_id, plain, Classic(), careful]


def graph(lib: Any, node: Any, schema: Any = None, **options: Any) -> Any:
    """A graph that is nothing but the node."""
    builder = lib.StateGraph(schema or lib.MessagesState).add_node("tools", node)
    return builder.add_edge(lib.START, "tools").compile(**options)


def given(*wanted: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """An input that calls tools."""
    return {"messages": [HumanMessage("x", id="h"), calls(*wanted)], **more}


@program(parallel=True)
async def answers(lib: Any, run: Run) -> None:
    """What tools return becomes messages, in the order of the calls."""
    node = lib.ToolNode(TOOLS)
    run.note("node", (node.name, sorted(node.tools_by_name)))
    for wanted in (
        [("add", {"a": 1, "b": 2})],
        [("add", {"a": 1, "b": 2}), ("plain", {"x": 1}), ("art", {"n": 1})],
        *([("data", {"n": n})] for n in range(10)),
        [("own_id", {"x": 1, "tool_call_id": "forged"})],
        [("classic", {"x": 1})],
        [("careful", {"a": 1})],
        [("nope", {}), ("add", {"a": 1, "b": 1})],
        [("late", {"n": 1})],
        [("add", {"a": 1, "b": 2, "c": 3})],
        [],
    ):
        await run.invoke(graph(lib, node), given(*wanted))


@program(parallel=True)
async def inputs(lib: Any, run: Run) -> None:
    """A state, a list of messages, or calls; under another key; as a model."""

    class Other(TypedDict):
        talk: Annotated[list, lib.add_messages]

    class Model(BaseModel):
        messages: Annotated[list, lib.add_messages]

    message = calls(("add", {"a": 1, "b": 2}))
    node = lib.ToolNode([add])
    await run.invoke(graph(lib, lib.ToolNode([add], messages_key="talk"), Other), {"talk": message})
    await run.invoke(graph(lib, lib.ToolNode([add]), Model), {"messages": [message]})
    await run.invoke(graph(lib, node, Annotated[list, lib.add_messages]), [message])
    for state in (
        {"messages": [HumanMessage("x", id="1")]},
        {"messages": []},
        {"messages": [message, HumanMessage("after", id="2")]},
        {"messages": [message, AIMessage("no calls", id="3")]},
    ):
        await run.invoke(graph(lib, node), state)

    def spread(state: Any) -> Any:
        return [lib.Send("tools", [c]) for c in state["messages"][-1].tool_calls]

    builder = lib.StateGraph(lib.MessagesState).add_node("tools", node)
    builder.add_conditional_edges(lib.START, spread, ["tools"])
    await run.invoke(builder.compile(), given(("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})))


@program
async def errors(lib: Any, run: Run) -> None:
    """Which errors become messages, and in what words."""

    def by_class(e: ValueError) -> str:
        return f"VE {e}"

    def by_union(e: TypeError | KeyError) -> str:
        return "TE"

    def by_pipe(e: TypeError | ValueError) -> str:
        return "pipe"

    def by_nothing(e: Any) -> str:
        return "any"

    def by_invocation(e: lib.ToolInvocationError) -> str:
        return f"{e.tool_name} {e.tool_kwargs} {e.message}"

    def by_int(e: int) -> str:
        return "no"

    def raises(e: Exception) -> str:
        raise RuntimeError("handler")

    class Handler:
        def method(self, e: ValueError) -> str:
            return "method"

    handlers: list[Any] = [
        True, False, "told", "", ValueError, TypeError, (ValueError, TypeError), (), (KeyError,),
        lambda e: f"lambda {e}", by_class, by_union, by_pipe, by_nothing, by_invocation, by_int,
        raises, Handler().method, None, 1,
    ]  # fmt: skip
    for handler in handlers:
        made: list[Any] = []
        run.attempt(
            "made", lambda h=handler, m=made: m.append(lib.ToolNode([add], handle_tool_errors=h))
        )
        for node in made:
            for args in ({"a": 0, "b": 1}, {"a": -1, "b": 1}, {"a": "x"}, {}):
                await run.invoke(graph(lib, node), given(("add", args)))
    for args in ({"a": 0, "b": 1}, {"a": -1, "b": 1}, {"a": "x"}, {}):
        await run.invoke(graph(lib, lib.ToolNode([add])), given(("add", args)))
