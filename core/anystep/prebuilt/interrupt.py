"""What agent inboxes exchange with a run: questions to a human, and the answers."""

from __future__ import annotations

from typing import Any, Final, Literal, TypedDict

from ._deprecated import marked

__all__ = ["ActionRequest", "HumanInterrupt", "HumanInterruptConfig", "HumanResponse"]

_MOVED: Final = (
    "{0} has been moved to `langchain.agents.interrupt`. Please update your import to "
    "`from langchain.agents.interrupt import {0}`."
)


@marked(_MOVED.format("HumanInterruptConfig"))
class HumanInterruptConfig(TypedDict):
    """What a human may do about a request: skip it, answer in words, change it, accept it."""

    allow_ignore: bool
    allow_respond: bool
    allow_edit: bool
    allow_accept: bool


@marked(_MOVED.format("ActionRequest"))
class ActionRequest(TypedDict):
    """An action that is asked for: its name or kind, and its arguments."""

    action: str
    args: dict[str, Any]


@marked(_MOVED.format("HumanInterrupt"))
class HumanInterrupt(TypedDict):
    """A question to a human: `interrupt([HumanInterrupt(...)])` returns a list of answers."""

    action_request: ActionRequest
    config: HumanInterruptConfig
    description: str | None


class HumanResponse(TypedDict):
    """A human's answer. `args`: text for a response, an action for an edit, else None."""

    type: Literal["accept", "ignore", "response", "edit"]
    args: None | str | ActionRequest
