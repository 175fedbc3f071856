"""LangChain's chat models as the models of agents: prompts before them, tools bound to them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from . import module
from ._messages import whole_messages


def prompted(
    name: str,
    make: Callable[[Any, Any], Any],
    amake: Callable[[Any, Any], Coroutine[Any, Any, Any]],
    model: Any,
) -> Any:
    """A sequence: a step that makes messages of a state and a config, then the model."""

    def ask(state: Any, config: Any) -> Any:
        return _theirs(make(state, config))

    async def aask(state: Any, config: Any) -> Any:
        return _theirs(await amake(state, config))

    return function(name, ask, aask) | model


def function(
    name: str, call: Callable[..., Any], acall: Callable[..., Coroutine[Any, Any, Any]]
) -> Any:
    """Both faces of a function as a Runnable of that name, of which callbacks are told."""
    return module("runnables.base").RunnableLambda(call, acall, name=name)


def _theirs(asked: Any) -> Any:
    """What a model is asked, without messages that LangChain's models do not know."""
    if isinstance(asked, list) and any(hasattr(item, "wire_fields") for item in asked):
        return whole_messages(asked)
    return asked


def _step(model: Any) -> Any:
    """The chat model of a sequence, bound or not; anything else as it is."""
    base, models = module("runnables.base"), module("language_models")
    if not isinstance(model, base.RunnableSequence):
        return model
    kinds = (base.RunnableBinding, models.BaseChatModel)
    return next((step for step in model.steps if isinstance(step, kinds)), model)


def wants_tools(model: Any, tools: Sequence[Any], builtin: int) -> bool:
    """Whether tools have yet to be bound to a model; `builtin` counts those that are dicts.

    Raises: `ValueError` for a model with other tools than these bound to it.
    """
    model = _step(model)
    if not isinstance(model, module("runnables.base").RunnableBinding):
        return True
    if "tools" not in model.kwargs:
        return True
    bound = model.kwargs["tools"]
    if len(tools) != len(bound) - builtin:
        raise ValueError(
            "Number of tools in the model.bind_tools() and tools passed to create_react_agent must "
            f"match Got {len(tools)} tools, expected {len(bound) - builtin}"
        )
    names = {_name_of(tool) for tool in bound}
    missing = {tool.name for tool in tools} - names
    if missing:
        raise ValueError(f"Missing tools '{missing}' in the model.bind_tools()")
    return False


def _name_of(tool: dict[str, Any]) -> Any:
    """A bound tool's name: in OpenAI's form, in Anthropic's, or none."""
    if tool.get("type") == "function":
        return tool["function"]["name"]
    return tool.get("name") or None


def chat_model(model: Any) -> Any:
    """The chat model itself, without what is bound to it or runs before it.

    Raises: `TypeError` where there is none.
    """
    model = _step(model)
    if isinstance(model, module("runnables.base").RunnableBinding):
        model = model.bound
    if not isinstance(model, module("language_models").BaseChatModel):
        raise TypeError(
            "Expected `model` to be a ChatModel or RunnableBinding (e.g. model.bind_tools(...)), "
            f"got {type(model)}"
        )
    return model
