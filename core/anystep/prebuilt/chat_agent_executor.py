"""`create_react_agent`: a graph in which a model calls tools until it has an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from ._agent import Agent
from ._agent_graph import PRE_HOOK, Plan, build
from ._agent_states import AgentState, AgentStateWithStructuredResponse, pydantic_state
from ._deprecated import deprecated
from ._models import Models
from ._prompt import Prompt as _Prompt
from .tool_node import ToolNode

if TYPE_CHECKING:
    from pydantic import BaseModel

    from anystep.graph.state import CompiledStateGraph
    from anystep.store.base import BaseStore

    class AgentStatePydantic(BaseModel):
        """The state of the agent, as a model of pydantic's."""

        messages: Sequence[Any]
        remaining_steps: int = 25

    class AgentStateWithStructuredResponsePydantic(AgentStatePydantic):
        """The state of the agent with a structured response, as a model of pydantic's."""

        structured_response: Any


# Without pydantic's models: `import *` asks for all of this, and pydantic may be absent.
__all__ = [
    "AgentState",
    "AgentStateWithStructuredResponse",
    "Prompt",
    "StateSchemaType",
    "StructuredResponseSchema",
    "create_react_agent",
    "create_tool_calling_executor",
]

StructuredResponseSchema = dict[str, Any] | type[Any]
StateSchemaType = type[Any]
Prompt = str | Callable[..., Any] | Any  # or a system message, or a Runnable

_PYDANTIC: Final = ("AgentStatePydantic", "AgentStateWithStructuredResponsePydantic")


def __getattr__(name: str) -> Any:
    """The states that are models of pydantic's. Raises: `ImportError` without pydantic."""
    if name in _PYDANTIC:
        return pydantic_state(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@deprecated(
    "create_react_agent has been moved to `langchain.agents`. Please update your import to "
    "`from langchain.agents import create_agent`."
)
def create_react_agent(
    model: Any,
    tools: Sequence[Any] | ToolNode,
    *,
    prompt: Prompt | None = None,
    response_format: StructuredResponseSchema | tuple[str, StructuredResponseSchema] | None = None,
    pre_model_hook: Any = None,
    post_model_hook: Any = None,
    state_schema: StateSchemaType | None = None,
    context_schema: type[Any] | None = None,
    checkpointer: Any = None,
    store: BaseStore | None = None,
    interrupt_before: list[str] | None = None,
    interrupt_after: list[str] | None = None,
    debug: bool = False,
    version: Literal["v1", "v2"] = "v2",
    name: str | None = None,
    **deprecated_kwargs: Any,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """An agent: a graph that asks a model and runs the tools it calls, until it calls none.

    * `model`: a chat model, LangChain's or any object with `invoke`, `ainvoke` and, for tools,
      `bind_tools`; a name such as "openai:gpt-5", which needs the package langchain; or a function
      of state and runtime, sync or async, that returns a model with its tools bound.
    * `tools`: functions, tools, dicts for tools of the model's vendor, or a `ToolNode`. Without
      any the agent is one call of the model.
    * `prompt`: text or a system message to put first, or a function of the state, or a Runnable,
      that makes all the model gets.
    * `response_format`: a schema, or (prompt, schema), of data that the model is asked for at the
      end; it is under "structured_response". Needs a model with `with_structured_output`.
    * `pre_model_hook`: a node before the model; what it returns as "llm_input_messages" is what the
      model gets instead of "messages". `post_model_hook`: a node after the model, version "v2".
    * `state_schema`: has "messages" and "remaining_steps", and "structured_response" if that is
      asked for. With less than two remaining steps an agent says that it needs more.
    * `version`: "v2" gives each tool call a task of its own, "v1" one task all of a message.

    The other parameters are those of `StateGraph.compile`.

    Raises: `ValueError` for a schema without these keys, a prompt that is none, or tools that are
    not the model's; `TypeError` for what is no model; `ImportError` for a name without langchain.
    """
    if "config_schema" in deprecated_kwargs:
        context_schema = _old_context(deprecated_kwargs.pop("config_schema"), context_schema)
    if deprecated_kwargs:
        raise TypeError(
            f"create_react_agent() got unexpected keyword arguments: {deprecated_kwargs}"
        )
    if version not in ("v1", "v2"):
        raise ValueError(f"Invalid version {version}. Supported versions are 'v1' and 'v2'.")
    if state_schema is not None:
        _check_schema(state_schema, response_format is not None)
    elif response_format is not None:
        state_schema = AgentStateWithStructuredResponse
    node, builtin = _tools_node(tools)
    known = list(node.tools_by_name.values())
    agent = Agent(
        models=Models(model, _Prompt(prompt), known, builtin),
        name=name,
        version=version,
        entrypoint="agent" if pre_model_hook is None else PRE_HOOK,
        response_format=response_format,
        trimmed=pre_model_hook is not None,
        checked=post_model_hook is not None,
        direct=frozenset(tool.name for tool in known if tool.return_direct),
    )
    plan = Plan(
        state_schema=state_schema or AgentState,
        context_schema=context_schema,
        tool_node=node if known else None,
        pre_hook=pre_model_hook,
        post_hook=post_model_hook,
    )
    return build(agent, plan).compile(
        checkpointer=checkpointer,
        store=store,
        interrupt_before=interrupt_before,
        interrupt_after=interrupt_after,
        debug=debug,
        name=name,
    )


create_tool_calling_executor = create_react_agent


def _should_bind_tools(  # pyright: ignore[reportUnusedFunction]
    model: Any, tools: Sequence[Any], num_builtin: int = 0
) -> bool:
    """Whether a model of LangChain's has yet to be given its tools; langgraph_supervisor asks.

    Raises: `ValueError` for a model with other tools than these bound to it.
    """
    from anystep._langchain._chat import wants_tools

    return wants_tools(model, tools, num_builtin)


def _old_context(given: Any, context_schema: Any) -> Any:
    """`config_schema=` was the name of `context_schema=`, which counts for more."""
    import warnings

    from anystep.warnings import LangGraphDeprecatedSinceV10

    warnings.warn(
        LangGraphDeprecatedSinceV10(
            "`config_schema` is deprecated and will be removed. Please use `context_schema` "
            "instead."
        ),
        stacklevel=4,  # past the decorator, to whoever calls create_react_agent
    )
    return given if context_schema is None else context_schema


def _check_schema(schema: Any, with_response: bool) -> None:
    from typing import get_type_hints

    wanted = {"messages", "remaining_steps"}
    if with_response:
        wanted.add("structured_response")
    missing = wanted - set(get_type_hints(schema))
    if missing:
        raise ValueError(f"Missing required key(s) {missing} in state_schema")


def _tools_node(tools: Any) -> tuple[ToolNode, list[Any]]:
    """The node that runs the tools, and the tools that are the model's vendor's own."""
    if isinstance(tools, ToolNode):
        return tools, []
    builtin = [tool for tool in tools if isinstance(tool, dict)]
    return ToolNode([tool for tool in tools if not isinstance(tool, dict)]), builtin
