"""`ValidationNode` checks the arguments of tool calls without running the tools."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from anystep._langchain import has_messages, module, register
from anystep.messages import AIMessage, ToolMessage
from anystep.tools import Tool, ToolArgumentError

from ._deprecated import Deprecated
from ._tool_calls import ToolCall, is_kind, kind_of

__all__ = ["ValidationNode"]


def _told(error: BaseException, call: ToolCall, schema: Any) -> str:
    return f"{error!r}\n\nRespond after fixing all validation errors."


class ValidationNode(Deprecated):
    """A node that checks the tool calls in the last message, and answers each.

    An answer holds the arguments as JSON, as their schema has them; or, with
    `additional_kwargs={"is_error": True}`, what `format_error(error, call, schema)` says is wrong.

    `schemas`: models of pydantic's, tools, or functions. The input is a state with "messages", or a
    list of messages.

    Raises: `ValueError` for a schema that is none, or an input that ends with no model's message.
    """

    __deprecated__ = (
        "ValidationNode is deprecated. Please use `create_agent` from `langchain.agents` with "
        "custom tool error handling."
    )

    def __init__(
        self,
        schemas: Sequence[Any],
        *,
        format_error: Callable[[BaseException, ToolCall, Any], str] | None = None,
        name: str = "validation",
        tags: list[str] | None = None,
    ) -> None:
        self.name = name
        self.tags = tags
        self._format_error = format_error or _told
        self.schemas_by_name: dict[str, Any] = dict(_named(schema) for schema in schemas)
        register(ValidationNode)

    @property
    def __name__(self) -> str:  # what a graph calls the node if it is given no name
        return self.name

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Check the calls. Raises: `KeyError` for a call of what is not among the schemas."""
        if isinstance(input, list):
            return self._answers(input)
        messages = (
            input.get("messages")
            if isinstance(input, dict)
            else getattr(input, "messages", None)  # a model or a dataclass
        )
        if not messages:
            raise ValueError("No message found in input")
        return {"messages": self._answers(messages)}

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """`invoke`, which awaits nothing."""
        return self.invoke(input, config)

    def _answers(self, messages: Sequence[Any]) -> list[Any]:
        last = messages[-1]
        if not is_kind(last, AIMessage):
            raise ValueError("Last message is not an AIMessage")
        return [self._answer(call) for call in last.tool_calls]

    def _answer(self, call: ToolCall) -> Any:
        cls: Any = kind_of(None, ToolMessage)
        schema = self.schemas_by_name[call["name"]]
        known = {"name": call["name"], "tool_call_id": call["id"]}
        try:
            return cls(content=_json(schema, call["args"]), **known)
        except _findings() as error:
            text = self._format_error(error, call, schema)
            return cls(content=text, additional_kwargs={"is_error": True}, **known)


def _json(schema: Any, given: Any) -> str:
    """Arguments as a schema has them."""
    if isinstance(schema, Tool):
        import json

        return json.dumps(schema.arguments(given), ensure_ascii=False, default=str)
    if hasattr(schema, "model_validate"):
        return str(schema.model_validate(given).model_dump_json())
    return str(schema.validate(given).json())


def _findings() -> tuple[type[Exception], ...]:
    """The errors that say that arguments do not fit."""
    kinds: list[Any] = [ToolArgumentError]
    for name in ("pydantic", "pydantic.v1"):
        loaded = sys.modules.get(name)
        if loaded is not None:
            kinds.append(loaded.ValidationError)
    return tuple(kinds)


def _named(schema: Any) -> tuple[str, Any]:
    """A schema with the name that models call it by."""
    if isinstance(schema, Tool):
        return schema.name, schema
    tools = sys.modules.get("langchain_core.tools")
    if tools is not None and isinstance(schema, tools.BaseTool):
        return schema.name, _of_tool(schema)
    if _is_model(schema):
        return schema.__name__, schema
    if callable(schema):
        name: str = getattr(schema, "__name__", type(schema).__name__)
        if has_messages():
            return name, module("tools").create_schema_from_function("Validation", schema)
        return name, Tool(schema, name=name, description=schema.__doc__ or name)
    raise ValueError(
        "Unsupported input to ValidationNode. Expected BaseModel, tool or function. "
        f"Got: {type(schema)}."
    )


def _of_tool(tool: Any) -> Any:
    if tool.args_schema is None:
        raise ValueError(f"Tool {tool.name} does not have an args_schema defined.")
    if not _is_model(tool.args_schema):
        raise ValueError(
            "Validation node only works with tools that have a pydantic BaseModel args_schema. "
            f"Got {tool.name} with args_schema: {tool.args_schema}."
        )
    return tool.args_schema


def _is_model(schema: Any) -> bool:
    for name in ("pydantic", "pydantic.v1"):
        loaded = sys.modules.get(name)
        if loaded is not None and isinstance(schema, type) and issubclass(schema, loaded.BaseModel):
            return True
    return False
