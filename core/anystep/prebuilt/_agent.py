"""What the nodes and routers of an agent do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from anystep._constants import END
from anystep._records import Send
from anystep.errors import ErrorCode, create_error_message
from anystep.messages import AIMessage, ToolMessage

from ._models import Models
from ._prompt import state_value, system_message
from ._tool_calls import WITH_CONTEXT, is_kind, kind_of

RESPONSE: Final = "generate_structured_response"
POST_HOOK: Final = "post_model_hook"
_GIVE_UP: Final = "Sorry, need more steps to process this request."
_NOT_HERE: Final = (
    "Async model callable provided but agent invoked synchronously. "
    "Use agent.ainvoke() or agent.astream(), or provide a sync model callable."
)


class Agent(NamedTuple):
    """What an agent is made of, as far as its nodes and routers ask."""

    models: Models
    name: str | None
    version: str
    entrypoint: str
    response_format: Any
    trimmed: bool  # a hook may say which messages the model gets
    checked: bool  # a hook runs after the model
    direct: frozenset[str]  # the tools whose results end the agent

    # -- nodes ---------------------------------------------------------------------------

    def call_model(self, state: Any, config: Any) -> Any:
        """Ask the model. Raises: `RuntimeError` for one that only coroutines can choose."""
        if self.models.is_async:
            raise RuntimeError(_NOT_HERE)
        state = self._asked(state)
        response = self.models.get(state, _runtime()).invoke(state, config)
        return self._answer(state, response)

    async def acall_model(self, state: Any, config: Any) -> Any:
        """`call_model`, awaiting the model."""
        state = self._asked(state)
        model = await self.models.aget(state, _runtime())
        return self._answer(state, await model.ainvoke(state, config))

    def respond(self, state: Any, config: Any) -> Any:
        """Ask the model once more, for data. Raises: as `call_model` does."""
        if self.models.is_async:
            raise RuntimeError(_NOT_HERE)
        model = self.models.get(state, _runtime())
        messages, schema = self._talk(state)
        return {"structured_response": model.structured(schema).invoke(messages, config)}

    async def arespond(self, state: Any, config: Any) -> Any:
        """`respond`, awaiting the model."""
        model = await self.models.aget(state, _runtime())
        messages, schema = self._talk(state)
        return {"structured_response": await model.structured(schema).ainvoke(messages, config)}

    # -- routers, named as the graph shows them -------------------------------------------------------------------------

    def should_continue(self, state: Any) -> Any:
        """To the tools that the model has called; elsewhere when it has called none."""
        last = state_value(state, "messages")[-1]
        if not is_kind(last, AIMessage) or not last.tool_calls:
            return POST_HOOK if self.checked else self._end()
        if self.version == "v1":
            return "tools"
        if self.checked:
            return POST_HOOK
        return [_send(call, state) for call in last.tool_calls]

    def post_model_hook_router(self, state: Any) -> Any:
        """To the tools that have not answered yet; back to the model when others have."""
        messages = state_value(state, "messages")
        answered = {m.tool_call_id for m in messages if is_kind(m, ToolMessage)}
        last = next(m for m in reversed(messages) if is_kind(m, AIMessage))
        pending = [call for call in last.tool_calls if call["id"] not in answered]
        if pending:
            return [_send(call, state) for call in pending]
        return self.entrypoint if is_kind(messages[-1], ToolMessage) else self._end()

    def route_tool_responses(self, state: Any) -> str:
        """To the end if a tool has run whose result is the agent's, else to the model."""
        message: Any = None
        for message in reversed(state_value(state, "messages")):
            if not is_kind(message, ToolMessage):
                break
            if message.name in self.direct:
                return END
        # Side by side with others, such a tool may have run in another task.
        calls = message.tool_calls if is_kind(message, AIMessage) else ()
        return END if any(call["name"] in self.direct for call in calls) else self.entrypoint

    # -- what they share -----------------------------------------------------------------

    def _end(self) -> str:
        return RESPONSE if self.response_format is not None else END

    def _asked(self, state: Any) -> Any:
        """The state with the messages that the model is to get.

        Raises: `ValueError` where there are none, or tools have been called without an answer.
        """
        messages = state_value(state, "messages")
        keys = "'messages' key"
        if self.trimmed:
            messages = state_value(state, "llm_input_messages") or messages
            keys = "'llm_input_messages' or 'messages' key"
        if messages is None:
            raise ValueError(f"Expected input to call_model to have {keys}, but got {state}")
        validate_chat_history(messages)
        if isinstance(state, dict):
            return {**state, "messages": messages}
        state.messages = messages
        return state

    def _talk(self, state: Any) -> tuple[Any, Any]:
        messages, schema = state_value(state, "messages"), self.response_format
        if isinstance(schema, tuple):
            prompt, schema = schema
            messages = [system_message(prompt, messages), *messages]
        return messages, schema

    def _answer(self, state: Any, response: Any) -> dict[str, Any]:
        if not hasattr(response, "content"):
            raise TypeError(f"Expected the model to return a message, got {type(response)}")
        response.name = self.name
        if self._must_end(state, response):
            cls = kind_of(response, AIMessage)
            response = cls(id=response.id, content=_GIVE_UP)
        return {"messages": [response]}

    def _must_end(self, state: Any, response: Any) -> bool:
        """Whether no steps are left for the tools that a model has called."""
        steps = state_value(state, "remaining_steps")
        if steps is None or not is_kind(response, AIMessage):
            return False
        calls = response.tool_calls
        if steps < 1 and all(call["name"] in self.direct for call in calls):
            return True
        return bool(steps < 2 and calls)


def _runtime() -> Any:
    from anystep.config import current_task

    task = current_task.get()
    return None if task is None else task.runtime


def _send(call: Any, state: Any) -> Send:
    return Send("tools", {"__type": WITH_CONTEXT, "tool_call": call, "state": state})


def validate_chat_history(messages: Sequence[Any]) -> None:
    """Raise `ValueError` for calls of tools that no message answers."""
    calls = [call for m in messages if is_kind(m, AIMessage) for call in m.tool_calls]
    answered = {m.tool_call_id for m in messages if is_kind(m, ToolMessage)}
    open_calls = [call for call in calls if call["id"] not in answered]
    if not open_calls:
        return
    raise ValueError(
        create_error_message(
            message="Found AIMessages with tool_calls that do not have a corresponding ToolMessage."
            f" Here are the first few of those tool calls: {open_calls[:3]}.\n\n"
            "Every tool call (LLM requesting to call a tool) in the message history MUST have a "
            "corresponding ToolMessage (result of a tool invocation to return to the LLM) - this "
            "is required by most LLM providers.",
            error_code=ErrorCode.INVALID_CHAT_HISTORY,
        )
    )
