"""What an agent asks its model: the messages that its prompt makes of the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from anystep.messages import SystemMessage
from anystep.pregel._inject import injections, is_async

from ._tool_calls import is_kind, kind_of

PROMPT_NAME: Final = "Prompt"


def state_value(state: Any, key: str, default: Any = None) -> Any:
    """The value of a key of a state: a dict, or an object with attributes."""
    return state.get(key, default) if isinstance(state, dict) else getattr(state, key, default)


class Prompt:
    """A prompt as a function of the state and the config, whatever it was given as.

    Text and system messages go before the state's messages; a function or a Runnable makes what
    the model gets of the whole state. A function may take what nodes may, besides the state.

    Raises: `ValueError` for anything else.
    """

    __slots__ = ("_function", "_inject", "is_async", "runnable")

    def __init__(self, prompt: Any) -> None:
        self.runnable: Any = None  # what has an `invoke` of its own
        self.is_async = False
        self._inject: Any = ()
        if prompt is None:
            self._function: Callable[..., Any] = lambda state: state_value(state, "messages")
        elif isinstance(prompt, str) or is_kind(prompt, SystemMessage):
            self._function = lambda state: _after(prompt, state_value(state, "messages"))
        elif callable(prompt):
            self._function = prompt
            self.is_async = is_async(prompt)
            self._inject = injections(prompt)
        elif hasattr(prompt, "invoke"):
            self.runnable = prompt
        else:
            raise ValueError(f"Got unexpected type for `prompt`: {type(prompt)}")

    def __call__(self, state: Any, config: Any = None) -> Any:
        """What the model is asked.

        Raises: `TypeError` for a coroutine function; what the prompt's function raises.
        """
        if self.runnable is not None:
            return self.runnable.invoke(state, config)
        if self.is_async:
            raise TypeError(
                f'No synchronous function provided to "{PROMPT_NAME}".\nEither initialize with a '
                "synchronous function or invoke via the async API (ainvoke, astream, etc.)"
            )
        return self._function(state, **self._extra(config))

    async def acall(self, state: Any, config: Any = None) -> Any:
        """What the model is asked, from the async face."""
        if self.runnable is not None:
            return await self.runnable.ainvoke(state, config)
        made = self._function(state, **self._extra(config))
        return await made if self.is_async else made

    def _extra(self, config: Any) -> dict[str, Any]:
        if not self._inject:
            return {}
        from anystep.config import current_task

        task = current_task.get()
        if task is None:
            raise RuntimeError("A prompt that takes more than the state needs a graph around it")
        extra = {name: provide(task) for name, provide in self._inject}
        if "config" in extra and config is not None:
            extra["config"] = config
        return extra


def _after(first: Any, messages: Any) -> list[Any]:
    """Messages after a system message: one of the kind that they are of, if it is text."""
    if isinstance(first, str):
        first = system_message(first, messages)
    whole: list[Any] = [first] + messages  # anything but a list is refused
    return whole


def system_message(text: str, messages: Any) -> Any:
    """A system message of the kind that `messages` are of."""
    like = messages[0] if messages and hasattr(messages[0], "content") else None
    return kind_of(like, SystemMessage)(content=text)
