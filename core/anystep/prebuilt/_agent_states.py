"""The states of agents: as TypedDicts, and as pydantic's models where pydantic is there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Final, NotRequired, TypedDict

from anystep._langchain import has_messages, module
from anystep.graph.message import add_messages
from anystep.managed import RemainingSteps
from anystep.messages import BaseMessage

from ._deprecated import Deprecated, marked

_IN_FAVOR: Final = "{} has been deprecated in favor of AgentState in `langchain.agents`."
_WITH_RESPONSE: Final = "AgentStateWithStructuredResponse"

StructuredResponse = Any
"""What a model with structured output gives: a dict, or an object of the schema."""


@marked(
    "AgentState has been moved to `langchain.agents`. Please update your import to "
    "`from langchain.agents import AgentState`."
)
class AgentState(TypedDict):
    """The state of the agent."""

    messages: Annotated[Sequence[BaseMessage], add_messages]
    remaining_steps: NotRequired[RemainingSteps]


@marked(_IN_FAVOR.format(_WITH_RESPONSE))
class AgentStateWithStructuredResponse(AgentState):
    """The state of the agent with a structured response."""

    structured_response: StructuredResponse


def pydantic_state(name: str) -> Any:
    """The state of that name as a model of pydantic's, with the messages that are in use.

    Raises: `ImportError` without pydantic.
    """
    try:
        plain, with_response = _models(has_messages())
    except ImportError as error:
        raise ImportError(f"{name} needs pydantic: pip install pydantic") from error
    return plain if name == "AgentStatePydantic" else with_response


@cache
def _models(theirs: bool) -> tuple[Any, Any]:
    import pydantic

    make: Any = pydantic.create_model
    message: Any = module("messages").BaseMessage if theirs else BaseMessage
    plain = make(
        "AgentStatePydantic",
        __base__=(Deprecated, pydantic.BaseModel),
        __module__="anystep.prebuilt.chat_agent_executor",
        __doc__="The state of the agent.",
        messages=(Annotated[Sequence[message], add_messages], ...),
        remaining_steps=(RemainingSteps, 25),
    )
    with_response = make(
        f"{_WITH_RESPONSE}Pydantic",
        __base__=plain,
        __module__="anystep.prebuilt.chat_agent_executor",
        __doc__="The state of the agent with a structured response.",
        structured_response=(dict | pydantic.BaseModel, ...),
    )
    for model in (plain, with_response):
        model.__deprecated__ = _IN_FAVOR.format(model.__name__)
    return plain, with_response
