"""What a model is told when a tool call fails, and which failures it is told of."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from anystep.tools import ToolException

UNKNOWN_TOOL: Final = "Error: {requested_tool} is not a valid tool, try one of [{available_tools}]."
FAILED_CALL: Final = "Error: {error}\n Please fix your mistakes."
BAD_ARGUMENTS: Final = (
    "Error invoking tool '{tool_name}' with kwargs {tool_kwargs} with error:\n {error}\n "
    "Please fix the error and try again."
)

Handler = bool | str | Callable[..., str] | type[Exception] | tuple[type[Exception], ...]


class ToolInvocationError(ToolException):
    """Arguments that a tool cannot take.

    `message` is what the model is told, `source` the error of the tool's own check,
    `filtered_errors` its findings without what was injected: dicts with `loc` and `msg`.
    """

    def __init__(
        self,
        tool_name: str,
        source: Exception,
        tool_kwargs: dict[str, Any],
        filtered_errors: Sequence[Any] | None = None,
    ) -> None:
        if filtered_errors is None:
            shown = str(source)
        else:
            shown = "\n".join(
                f"{'.'.join(str(part) for part in error.get('loc', ()))}: "
                f"{error.get('msg', 'Unknown error')}"
                for error in filtered_errors
            )
        self.message = BAD_ARGUMENTS.format(
            tool_name=tool_name, tool_kwargs=tool_kwargs, error=shown
        )
        self.tool_name = tool_name
        self.tool_kwargs = tool_kwargs
        self.source = source
        self.filtered_errors = filtered_errors
        super().__init__(self.message)


@cache
def _with_base(base: type[Any]) -> type[Any]:
    name = ToolInvocationError.__name__
    return type(name, (ToolInvocationError, base), {"__module__": "anystep.prebuilt.tool_node"})


def invocation_error() -> type[ToolInvocationError]:
    """`ToolInvocationError`, a `ToolException` of LangChain's too where its tools are loaded."""
    module = sys.modules.get("langchain_core.tools.base")
    return ToolInvocationError if module is None else _with_base(module.ToolException)


def only_bad_arguments(error: Exception) -> str:
    """The default: models are told of their own mistakes, other errors are raised."""
    if isinstance(error, ToolInvocationError):
        return error.message
    raise error


def told(error: Exception, handler: Any) -> str:
    """What a model is told of an error that is handled.

    Raises: `ValueError` for a handler that is none; what the handler raises.
    """
    if isinstance(handler, str):
        return handler
    if isinstance(handler, (bool, tuple)) or _is_error_class(handler):
        return FAILED_CALL.format(error=repr(error))
    if callable(handler):
        made: Any = handler
        text: str = made(error)
        return text
    raise ValueError(
        "Got unexpected type of `handle_tool_error`. Expected bool, str or callable. "
        f"Received: {handler}"
    )


def handled_types(handler: Any) -> tuple[type[Exception], ...]:
    """Which errors a handler is for."""
    if _is_error_class(handler):
        return (handler,)
    if isinstance(handler, tuple):
        return handler
    if callable(handler):
        return _annotated_types(handler)
    return (Exception,) if handler else ()


def _is_error_class(handler: Any) -> bool:
    return isinstance(handler, type) and issubclass(handler, Exception)


def _annotated_types(handler: Callable[..., Any]) -> tuple[type[Exception], ...]:
    """The errors that a handler's first parameter is annotated with; all, without one.

    Raises: `ValueError` for an annotation that is no error.
    """
    from inspect import signature

    parameters = list(signature(handler).parameters.values())
    if parameters and parameters[0].name in ("self", "cls") and len(parameters) == 2:
        parameters = parameters[1:]
    if not parameters:
        return (Exception,)
    target: Any = handler if hasattr(handler, "__code__") else type(handler).__call__
    target = getattr(handler, "__func__", target)
    hint = get_type_hints(target).get(parameters[0].name)
    if hint is None:
        return (Exception,)
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if all(_is_error_class(option) for option in options):
        return tuple(options)
    if len(options) > 1:
        raise ValueError(
            "All types in the error handler error annotation must be Exception types. For "
            "example, `def custom_handler(e: Union[ValueError, TypeError])`. "
            f"Got '{parameters[0].annotation}' instead."
        )
    raise ValueError(
        "Arbitrary types are not supported in the error handler signature. Please annotate the "
        "error with either a specific Exception type or a union of Exception types. For example, "
        "`def custom_handler(e: ValueError)` or `def custom_handler(e: Union[ValueError, "
        f"TypeError])`. Got '{hint}' instead."
    )
