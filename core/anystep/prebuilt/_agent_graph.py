"""The graph of an agent: its nodes by LangGraph's names, and the ways between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from anystep._constants import END
from anystep._langchain import is_active
from anystep.graph import StateGraph

from ._agent import POST_HOOK, RESPONSE, Agent

PRE_HOOK = "pre_model_hook"


class Plan(NamedTuple):
    """What an agent's graph has besides the agent itself."""

    state_schema: Any
    context_schema: Any
    tool_node: Any  # None: no tools, no loop
    pre_hook: Any
    post_hook: Any


def build(agent: Agent, plan: Plan) -> StateGraph[Any, Any, Any, Any]:
    """The agent's graph, not yet compiled."""
    graph: Any = StateGraph(plan.state_schema, plan.context_schema)
    model = _node("call_model", agent.call_model, agent.acall_model)
    graph.add_node("agent", model, input_schema=_input_schema(plan))
    if plan.tool_node is not None:
        graph.add_node("tools", plan.tool_node)
    if plan.pre_hook is not None:
        graph.add_node(PRE_HOOK, plan.pre_hook)
        graph.add_edge(PRE_HOOK, "agent")
    graph.set_entry_point(agent.entrypoint)
    if plan.post_hook is not None:
        graph.add_node(POST_HOOK, plan.post_hook)
        graph.add_edge("agent", POST_HOOK)
    if agent.response_format is not None:
        respond = _node(RESPONSE, agent.respond, agent.arespond)
        graph.add_node(RESPONSE, respond)
    last = POST_HOOK if plan.post_hook is not None else "agent"
    if plan.tool_node is not None:
        _loop(graph, agent, last)
    elif agent.response_format is not None:
        graph.add_edge(last, RESPONSE)
    return graph  # type: ignore[no-any-return]


def _loop(graph: Any, agent: Agent, last: str) -> None:
    """The ways from the model to the tools and back; `last` decides where to go at the end."""
    end = END if agent.response_format is None else RESPONSE
    if last == POST_HOOK:
        paths = [agent.entrypoint, "tools", end]
        graph.add_conditional_edges(POST_HOOK, agent.post_model_hook_router, path_map=paths)
        graph.add_conditional_edges("agent", agent.should_continue, path_map=[POST_HOOK])
    else:
        graph.add_conditional_edges("agent", agent.should_continue, path_map=["tools", end])
    if agent.direct:
        paths = [agent.entrypoint, END]
        graph.add_conditional_edges("tools", agent.route_tool_responses, path_map=paths)
    else:
        graph.add_edge("tools", agent.entrypoint)


class _Node:
    """A node with both faces."""

    __slots__ = ("__name__", "ainvoke", "invoke")

    def __init__(self, name: str, call: Callable[..., Any], acall: Callable[..., Any]) -> None:
        self.__name__ = name
        self.invoke = call
        self.ainvoke = acall


def _node(name: str, call: Callable[..., Any], acall: Callable[..., Any]) -> Any:
    """A node with both faces; a Runnable of LangChain's where that is in use, for its callbacks."""
    if not is_active():
        return _Node(name, call, acall)
    from anystep._internal import _runnable

    made: Any = _runnable.RunnableCallable
    return made(call, acall, name=name)


def _input_schema(plan: Plan) -> Any:
    """What the model's node reads: with a hook before it, what that wants the model to get."""
    schema = plan.state_schema
    if plan.pre_hook is None:
        return schema
    name, key = "CallModelInputSchema", "llm_input_messages"
    if hasattr(schema, "model_fields"):
        import pydantic

        make: Any = pydantic.create_model  # overloads that know no names of fields in a dict
        return make(name, __base__=schema, **{key: (list[Any], ...)})
    return type(schema)(name, (schema,), {"__annotations__": {key: list[Any]}})
