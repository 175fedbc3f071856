"""The model of an agent: LangChain's or one of our own, fixed or chosen at each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anystep._langchain import is_runnable
from anystep.pregel._inject import is_async
from anystep.tools import Tool

from ._prompt import PROMPT_NAME, Prompt


class Models:
    """What model an agent asks, with its prompt before it.

    * `model`: an object with `invoke` and `ainvoke`, the name of one for LangChain's
      `init_chat_model`, or a function of state and runtime that returns one.
    * `tools`: what is bound to a fixed model; `builtin`: tools that are dicts, the vendor's own.

    Raises: `ImportError` for a name without langchain; `TypeError` for what is no model.
    """

    __slots__ = ("_chosen", "_given", "_prompt", "is_async")

    def __init__(
        self, model: Any, prompt: Prompt, tools: Sequence[Any], builtin: Sequence[Any]
    ) -> None:
        self._prompt = prompt
        choosing = not isinstance(model, str) and not hasattr(model, "invoke") and callable(model)
        self._chosen: Any = model if choosing else None
        self.is_async = choosing and is_async(model)
        self._given: Any = None
        if not choosing:
            model = _by_name(model) if isinstance(model, str) else model
            self._given = self._with_prompt(_with_tools(model, tools, builtin))

    def get(self, state: Any, runtime: Any) -> Any:
        """The model to ask now: something with `invoke`, `ainvoke` and `structured`."""
        if self._chosen is None:
            return self._given
        return self._with_prompt(self._chosen(state, runtime))

    async def aget(self, state: Any, runtime: Any) -> Any:
        """`get`, for a model that a coroutine function chooses as well."""
        if not self.is_async:
            return self.get(state, runtime)
        return self._with_prompt(await self._chosen(state, runtime))

    def _with_prompt(self, model: Any) -> Any:
        if is_runnable(model):
            return _Theirs(model, self._prompt)
        for method in ("invoke", "ainvoke"):
            if not hasattr(model, method):
                raise TypeError(
                    f"Expected a model with `invoke` and `ainvoke`, a function that returns one, "
                    f"or a name such as 'openai:gpt-5'; got {type(model)} without `{method}`"
                )
        return _Ours(model, self._prompt)


class _Ours:
    """A model that is none of LangChain's, behind its prompt."""

    __slots__ = ("_model", "_prompt")

    def __init__(self, model: Any, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def invoke(self, state: Any, config: Any) -> Any:
        return self._model.invoke(_messages(self._prompt(state, config)), config)

    async def ainvoke(self, state: Any, config: Any) -> Any:
        asked = _messages(await self._prompt.acall(state, config))
        return await self._model.ainvoke(asked, config)

    def structured(self, schema: Any) -> Any:
        """The model that answers with data of a schema.

        Raises: `TypeError` for a model that cannot.
        """
        if not hasattr(self._model, "with_structured_output"):
            raise TypeError(
                "`response_format` needs a model with `with_structured_output`, which "
                f"{type(self._model)} has not"
            )
        return self._model.with_structured_output(schema)


class _Theirs:
    """A Runnable of LangChain's behind its prompt, as the one sequence that callbacks see."""

    __slots__ = ("ainvoke", "invoke", "structured")

    def __init__(self, model: Any, prompt: Prompt) -> None:
        from anystep._langchain import _chat

        if prompt.runnable is not None and is_runnable(prompt.runnable):
            sequence = prompt.runnable | model
        else:
            sequence = _chat.prompted(PROMPT_NAME, prompt, prompt.acall, model)
        self.invoke = sequence.invoke
        self.ainvoke = sequence.ainvoke
        self.structured = lambda schema: _chat.chat_model(sequence).with_structured_output(schema)


def _messages(asked: Any) -> Any:
    """What a prompt has made; of a prompt value of LangChain's, its messages."""
    to_messages = getattr(asked, "to_messages", None)
    return asked if to_messages is None else to_messages()


def _by_name(name: str) -> Any:
    from importlib import import_module

    try:
        models: Any = import_module("langchain.chat_models")
    except ImportError as error:
        raise ImportError(
            "Please install langchain (`pip install langchain`) to use "
            "'<provider>:<model>' string syntax for `model` parameter."
        ) from error
    return models.init_chat_model(name)


def _with_tools(model: Any, tools: Sequence[Any], builtin: Sequence[Any]) -> Any:
    if is_runnable(model):
        from anystep._langchain._chat import wants_tools

        if not wants_tools(model, tools, len(builtin)):
            return model
    if not tools and not builtin:
        return model
    if not hasattr(model, "bind_tools") and not is_runnable(model):
        raise TypeError(f"Tools need a model with `bind_tools`, which {type(model)} has not")
    if is_runnable(model):
        tools = [_described(tool) if isinstance(tool, Tool) else tool for tool in tools]
    return model.bind_tools([*tools, *builtin])


def _described(tool: Tool) -> dict[str, Any]:
    """A tool of ours as LangChain's models take tools that are not LangChain's."""
    described = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": described}
