"""Tools that return commands, and wrappers around the calls of tools."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false
# mypy: disable-error-code="arg-type, call-arg, misc, untyped-decorator, var-annotated, type-arg, valid-type, name-defined, union-attr, index"

from typing import Annotated, Any

from langchain_core.messages import HumanMessage, RemoveMessage, ToolMessage
from langchain_core.tools import tool
from typing_extensions import TypedDict

from ._chat import ToolModel, calls
from ._oracle import Run, program
from .area_prebuilt import given, plain


def _schema(lib: Any) -> Any:
    class State(TypedDict):
        messages: Annotated[list, lib.add_messages]
        foo: Annotated[list, lambda a, b: a + b]

    return State


def _commands(lib: Any, call_id: str = "c0") -> dict[str, Any]:
    """What tools may return, by name."""
    done = ToolMessage("done", tool_call_id=call_id, id="t")
    other = ToolMessage("other", tool_call_id="other", id="o")
    command, parent = lib.Command, lib.Command.PARENT
    remove = RemoveMessage(id=lib.REMOVE_ALL_MESSAGES)
    return {
        "update": command(update={"foo": ["u"], "messages": [done]}),
        "update_goto": command(update={"messages": [done]}, goto="p"),
        "as_dict": command(
            update={"messages": [{"role": "tool", "content": "d", "tool_call_id": call_id}]}
        ),
        "no_message": command(update={"foo": ["u"]}),
        "no_update": command(goto="p"),
        "wrong_id": command(update={"messages": [other]}),
        "two": command(update={"messages": [done, other]}),
        "removes": command(update={"messages": [remove]}),
        "removes_more": command(update={"messages": [remove, done]}),
        "as_list": command(update=[done]),
        "parent": command(graph=parent, goto="p"),
        "parent_sends": command(graph=parent, goto=[lib.Send("p", {"foo": ["s"]})]),
        "parent_send": command(graph=parent, goto=lib.Send("p", {"foo": ["s"]})),
        "parent_update": command(graph=parent, goto="p", update={"foo": ["u"], "messages": [done]}),
        "parent_no_message": command(graph=parent, goto="p", update={"foo": ["u"]}),
        "goto_sends": command(
            update={"messages": [done]}, goto=[lib.Send("p", {"foo": ["s"]}), "q"]
        ),
        "list_both": [command(update={"foo": ["l"]}), done],
        "list_commands": [command(update={"foo": ["l"]}), command(update={"messages": [done]})],
        "list_none": [command(update={"foo": ["l"]})],
        "list_two": [done, command(update={"messages": [done]})],
        "list_mixed": [done, "text"],
        "list_messages": [done],
        "message": ToolMessage("own", tool_call_id=call_id, id="m", artifact={"a": 1}),
        "message_wrong_id": other,
        "message_content": ToolMessage({"x": 1}.__repr__(), tool_call_id=call_id),
        "resume": command(resume="x"),
    }


def _tool(name: str, result: Any) -> Any:
    @tool(name)
    def returns(x: int) -> Any:
        """Return something."""
        return result

    return returns


def _graph(lib: Any, node: Any, schema: Any = None) -> Any:
    """The node in a graph of its own, beside two nodes to go to."""
    builder = lib.StateGraph(schema or _schema(lib)).add_node("tools", node)
    root = schema is not None
    for name in "pq":
        builder.add_node(name, lambda s, n=name: [] if root else {"foo": [n, sorted(s)]})
    return builder.add_edge(lib.START, "tools").compile()


@program
async def returned(lib: Any, run: Run) -> None:
    """A command updates, goes on, goes up; without an answer to the call it is refused."""
    for name, result in _commands(lib).items():
        run.note("case", name)
        for handler in (None, True):
            options = {} if handler is None else {"handle_tool_errors": handler}
            node = lib.ToolNode([_tool(name, result)], **options)
            await run.invoke(_graph(lib, node), given((name, {"x": 1}), foo=["in"]))


@program
async def returned_to_lists(lib: Any, run: Run) -> None:
    """The same where the state is a list of messages."""
    root = Annotated[list, lib.add_messages]
    for name, result in _commands(lib).items():
        node = lib.ToolNode([_tool(name, result)])
        run.note("case", name)
        await run.invoke(_graph(lib, node, root), [calls((name, {"x": 1}))])


@program(parallel=True)
async def beside_others(lib: Any, run: Run) -> None:
    """Commands and messages of one step; what goes up is one command."""
    first, second = _commands(lib), _commands(lib, "c1")
    for names in (
        ("update", "plain"),
        ("plain", "update"),
        ("update", "two"),
        ("parent_sends", "parent_sends"),
        ("parent_sends", "plain"),
        ("list_both", "update"),
    ):
        tools = [
            plain if name == "plain" else _tool(f"{name}{place}", results[name])
            for place, (name, results) in enumerate(zip(names, (first, second), strict=True))
        ]
        wanted = [
            (name if name == "plain" else f"{name}{place}", {"x": 1})
            for place, name in enumerate(names)
        ]
        unique = {getattr(t, "name", "plain"): t for t in tools}
        node = lib.ToolNode(list(unique.values()))
        below = _graph(lib, node)
        builder = lib.StateGraph(_schema(lib)).add_node("below", below)
        builder.add_node("p", lambda s: {"foo": ["outer", s.get("foo")]})
        await run.invoke(below, given(*wanted, foo=["in"]))
        await run.invoke(builder.add_edge(lib.START, "below").compile(), given(*wanted, foo=["in"]))


@program
async def in_agents(lib: Any, run: Run) -> None:
    """Agents whose tools return commands."""

    class State(lib.AgentState):
        foo: str

    for name in ("update", "no_message", "parent", "removes", "list_both", "goto_sends"):
        for version in ("v1", "v2"):
            result = _commands(lib)[name]
            if name == "update":
                result.update["foo"] = "text"
            model = ToolModel(calls((name, {"x": 1})), "end")
            agent = lib.create_react_agent(
                model, [_tool(name, result)], version=version, state_schema=State
            )
            await run.invoke(agent, {"messages": [HumanMessage("x", id="h")], "foo": "in"})
