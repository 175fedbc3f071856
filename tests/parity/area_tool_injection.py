"""What tools are given besides the model's arguments, and what stands around their calls."""
# pyright: basic, reportAttributeAccessIssue=false, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportTypedDictNotRequiredAccess=false
# mypy: disable-error-code="arg-type, call-arg, misc, untyped-decorator, var-annotated, type-arg, valid-type, name-defined, union-attr, index"

import dataclasses
from typing import Annotated, Any, NotRequired

from langchain_core.messages import AnyMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from ._chat import calls
from ._oracle import Run, program
from .area_prebuilt import given, graph


def _schemas(lib: Any) -> list[tuple[str, Any]]:
    class Typed(TypedDict):
        messages: Annotated[list, lib.add_messages]
        foo: str
        bar: NotRequired[int]

    class Modelled(BaseModel):
        messages: Annotated[list, lib.add_messages]
        foo: str = "model"
        bar: int | None = None

    @dataclasses.dataclass
    class Data:
        messages: Annotated[list, lib.add_messages]
        foo: str = "data"
        bar: int | None = None

    return [("typed", Typed), ("model", Modelled), ("data", Data)]


def _state_tools(lib: Any) -> list[Any]:
    @tool
    def whole(x: int, state: Annotated[Any, lib.InjectedState]) -> str:
        """All of it."""
        found = state if isinstance(state, dict) else vars(state)
        return f"{type(state).__name__} {sorted(found)}"

    @tool
    def instance(x: int, state: Annotated[dict, lib.InjectedState()]) -> str:
        """All of it, by an instance."""
        return f"{type(state).__name__}"

    @tool
    def part(x: int, foo: Annotated[str, lib.InjectedState("foo")]) -> str:
        """A part."""
        return f"{x} {foo}"

    @tool
    def optional(x: int, bar: Annotated[int | None, lib.InjectedState("bar")] = None) -> str:
        """A part that may be missing."""
        return f"{x} {bar}"

    @tool
    def older(x: int, state: Annotated[dict, lib.InjectedState] | None = None) -> str:
        """A mark inside an option."""
        return f"{x} {type(state).__name__}"

    @tool
    def missing(x: int, no: Annotated[str, lib.InjectedState("no")]) -> str:
        """What is not there."""
        return f"{x} {no}"

    @tool
    def two(
        x: int,
        foo: Annotated[str, lib.InjectedState("foo")],
        talk: Annotated[list[AnyMessage], lib.InjectedState("messages")],
        state: Annotated[Any, lib.InjectedState],
    ) -> str:
        """Two parts and all of it."""
        return f"{foo} {len(talk)} {state is not None}"

    class Arguments(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        x: int = Field(description="x")
        foo: Annotated[str, lib.InjectedState("foo")]

    @tool(args_schema=Arguments)
    def schema(x: int, foo: str) -> str:
        """Marks in the schema."""
        return f"{x} {foo}"

    class Class(BaseTool):
        name: str = "class_tool"
        description: str = "A tool as a class."
        args_schema: Any = Arguments

        def _run(self, x: int, foo: str) -> str:
            return f"class {x} {foo}"

    return [whole, instance, part, optional, older, missing, two, schema, Class()]


@program
async def states(lib: Any, run: Run) -> None:
    """The state or parts of it, whatever its schema is; what models forge is dropped."""
    tools = _state_tools(lib)
    names = [one.name for one in tools]
    for label, schema in _schemas(lib):
        run.note("schema", label)
        for name in names:
            app = graph(lib, lib.ToolNode(tools), schema)
            await run.invoke(app, given((name, {"x": 1}), foo="F"))
            await run.invoke(app, given((name, {"x": 1, "foo": "evil", "state": 1}), foo="F"))
            await run.invoke(app, given((name, {"x": "bad"}), foo="F"))
    for name in names:
        app = graph(lib, lib.ToolNode(tools), Annotated[list, lib.add_messages])
        await run.invoke(app, [calls((name, {"x": 1}))])
    schemas = {one.name: one.tool_call_schema.model_json_schema() for one in tools}
    run.note("shown", {name: sorted(found["properties"]) for name, found in schemas.items()})


@program
async def calls_with_state(lib: Any, run: Run) -> None:
    """A Send carries a call, with the state around it or without."""
    tools = _state_tools(lib)
    _, schema = _schemas(lib)[0]
    call = {"name": "part", "args": {"x": 1}, "id": "c", "type": "tool_call"}
    with_state = {"__type": "tool_call_with_context", "tool_call": call, "state": {"foo": "sent"}}
    for sent in ([call], with_state, [call, {**call, "id": "d"}]):
        builder = lib.StateGraph(schema).add_node("tools", lib.ToolNode(tools))
        builder.add_conditional_edges(
            lib.START, lambda s, t=sent: [lib.Send("tools", t)], ["tools"]
        )
        await run.invoke(builder.compile(), {"messages": [], "foo": "F"})


@program
async def stores(lib: Any, run: Run) -> None:
    """The graph's store; an error where it has none."""

    @tool
    def look(x: int, store: Annotated[Any, lib.InjectedStore()]) -> str:
        """Look something up."""
        return f"{x} {store.get(('a',), 'k').value}"

    @tool
    def look2(x: int, store: Annotated[lib.BaseStore, lib.InjectedStore]) -> str:
        """Look something up."""
        store.put(("a",), "new", {"x": x})
        return f"{x} {len(store.search(('a',)))}"

    store = lib.InMemoryStore()
    store.put(("a",), "k", {"v": 1})
    for name in ("look", "look2"):
        for options in ({"store": store}, {}):
            for handler in (True, False):
                node = lib.ToolNode([look, look2], handle_tool_errors=handler)
                await run.invoke(graph(lib, node, **options), given((name, {"x": 1})))


@program
async def runtimes(lib: Any, run: Run) -> None:
    """All a tool may know of its run; the name or the annotation asks for it."""

    class Context(TypedDict):
        user: str

    def shown(runtime: Any) -> str:
        found = runtime.state if isinstance(runtime.state, dict) else vars(runtime.state)
        told = [sorted(found), runtime.context, runtime.tool_call_id, runtime.store is None]
        info = runtime.execution_info
        about = [info.node_attempt, info.thread_id, runtime.server_info]
        config = runtime.config["configurable"].get("mine")
        runtime.stream_writer(f"written {runtime.tool_call_id}")
        return f"{told} {about} {config} {[t.name for t in runtime.tools]}"

    @tool
    def typed(x: int, runtime: lib.ToolRuntime) -> str:
        """By its type."""
        return shown(runtime)

    @tool
    def generic(x: int, rt: lib.ToolRuntime[Context, dict]) -> str:
        """By its type, under another name."""
        return shown(rt)

    @tool
    def named(x: int, runtime: Any) -> str:
        """By its name."""
        return shown(runtime)

    @tool
    async def later(x: int, runtime: lib.ToolRuntime) -> str:
        """In a coroutine."""
        return shown(runtime)

    @tool
    def configured(x: int, config: RunnableConfig) -> str:
        """The config."""
        return str(config["configurable"].get("mine"))

    @tool
    def hidden(x: int, secret: Annotated[str, InjectedToolArg] = "default") -> str:
        """An argument that models must not give."""
        return f"{x} {secret}"

    tools = [typed, generic, named, configured, hidden]
    names = [one.name for one in tools]
    if run.face == "async":
        tools.append(later)
        names.append("later")
    app = graph(
        lib, lib.ToolNode(tools), checkpointer=lib.InMemorySaver(), store=lib.InMemoryStore()
    )
    for name in names:
        config = {"configurable": {"thread_id": name, "mine": 7}}
        wanted = given((name, {"x": 1, "runtime": "forged", "secret": "forged"}))
        await run.stream(
            app, wanted, config, stream_mode=["custom", "updates"], context={"user": "u"}
        )
    shown_to = {
        one.name: sorted(one.tool_call_schema.model_json_schema()["properties"]) for one in tools
    }
    run.note("shown", {k: v for k, v in shown_to.items() if k != "named"})


@program
async def marked_twice(lib: Any, run: Run) -> None:
    """An argument has one mark of a kind."""

    @tool
    def bad(x: Annotated[str, lib.InjectedState("a"), lib.InjectedState("b")]) -> str:
        """Two states."""
        return x

    run.attempt("state", lambda: lib.ToolNode([bad]))
