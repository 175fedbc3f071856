"""`ValidationNode`: which arguments are answered with what."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false
# mypy: disable-error-code="arg-type, call-arg, misc, untyped-decorator, var-annotated"

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import StructuredTool, Tool, tool
from pydantic import BaseModel, field_validator
from pydantic.v1 import BaseModel as OldModel

from ._chat import calls
from ._oracle import Run, program


class Select(BaseModel):
    """A number and a text."""

    a: int
    b: str = "x"

    @field_validator("a")
    def small(cls, value: int) -> int:
        """Refuse large numbers."""
        if value > 9:
            raise ValueError("too large")
        return value


class Old(OldModel):
    """A model of pydantic's first version."""

    a: int


@tool
def add(a: int, b: int = 2) -> int:
    """Add."""
    return a + b


def function(a: int, *, b: list[str]) -> str:
    """A function."""
    return str(a)


SCHEMAS: list[Any] = [Select, Old, add, function]
WANTED = [
    calls(("Select", {"a": 1})),
    calls(("Select", {"a": "1", "c": 3}), ("add", {"a": "7"}), ("function", {"a": 1, "b": ["c"]})),
    calls(("Select", {"a": 10}), ("add", {"b": 1}), ("function", {"a": "x"})),
    calls(("Old", {"a": 1}), ("Old", {"a": "x"}), ("Old", {})),
    calls(("nope", {})),
    AIMessage("no calls"),
]


@program
async def answers(lib: Any, run: Run) -> None:
    """Arguments as their schema has them, or what is wrong."""
    node = lib.ValidationNode(SCHEMAS)
    run.note("names", sorted(node.schemas_by_name))
    run.note("name", (node.name, lib.ValidationNode([], name="v", tags=["t"]).tags))
    for message in WANTED:
        await run.invoke(node, [HumanMessage("x"), message])
        await run.invoke(node, {"messages": [message], "other": 1})
    for given in ({"messages": []}, {}, [HumanMessage("x")], {"messages": [HumanMessage("x")]}):
        await run.invoke(node, given)


@program
async def own_words(lib: Any, run: Run) -> None:
    """What is wrong is said by a function, which gets the schema."""

    def says(error: BaseException, call: Any, schema: Any) -> str:
        return f"{type(error).__name__} {call['name']} {schema.__name__}"

    node = lib.ValidationNode(SCHEMAS, format_error=says)
    await run.invoke(node, [WANTED[2]])


@program
async def in_a_graph(lib: Any, run: Run) -> None:
    """Named by itself, and asked with the state."""
    builder = lib.StateGraph(lib.MessagesState).add_node(lib.ValidationNode(SCHEMAS, name="check"))
    graph = builder.add_edge(lib.START, "check").compile()
    for message in WANTED[:3]:
        await run.stream(graph, {"messages": [message]}, stream_mode="updates")


@program
async def refused(lib: Any, run: Run) -> None:
    """What is no schema."""

    def text(x: str) -> str:
        return x

    loose = StructuredTool.from_function(text, description="d", args_schema={"type": "object"})
    for schema in (1, int, "add", loose, Tool("t", text, "d")):
        run.attempt(
            f"{schema!r:.20}", lambda s=schema: sorted(lib.ValidationNode([s]).schemas_by_name)
        )
