"""A tool: a function with a name, a description and a schema of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, overload

from anystep.messages import ToolMessage

from ._arguments import Problem, ToolArgumentError, checked, schema_of
from ._injected import InjectedToolArg, InjectedToolCallId, marks
from ._told import begin

ResponseFormat = Literal["content", "content_and_artifact"]


class ToolException(Exception):
    """What a tool may raise to say that it could not do what it was asked."""


class Parameter(NamedTuple):
    """One parameter of a tool's function."""

    annotation: Any
    default: Any
    required: bool
    hidden: bool  # from models: somebody else gives it


class Tool:
    """A function that a model may ask for. `tool` makes one.

    * `name`, `description`: what models are told; from the function, unless given.
    * `schema`: the JSON schema of the arguments, without those that are injected.
    * `return_direct`: an agent ends with this tool's result.
    * `response_format`: with "content_and_artifact" the function returns both, as a pair.

    `invoke` takes the arguments as a dict and returns what the function returns; given a tool call
    (`{"type": "tool_call", "name": ..., "args": ..., "id": ...}`) it returns a `ToolMessage`.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        description: str | None = None,
        return_direct: bool = False,
        response_format: ResponseFormat = "content",
    ) -> None:
        from inspect import cleandoc, iscoroutinefunction

        self.function = function
        own: str = getattr(function, "__name__", type(function).__name__)
        self.name = name or own
        self.description = description or cleandoc(function.__doc__ or "")
        self.return_direct = return_direct
        self.response_format: ResponseFormat = response_format
        self.is_async = iscoroutinefunction(function)
        self.parameters = _parameters(function)
        if not self.description:
            raise ValueError(
                f"Tool {self.name!r} needs a description: give its function a docstring, "
                "or pass description="
            )

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of what a model may give."""
        shown = {name: p for name, p in self.parameters.items() if not p.hidden}
        properties: dict[str, Any] = {}
        for name, parameter in shown.items():
            described = schema_of(parameter.annotation)
            if not parameter.required:
                described = {**described, "default": parameter.default}
            properties[name] = described
        required = [name for name, p in shown.items() if p.required]
        return {"type": "object", "properties": properties, "required": required}

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """`given` checked and coerced as the function's annotations say.

        Raises: `ToolArgumentError` that lists all that is wrong.
        """
        problems: list[Problem] = []
        found: dict[str, Any] = {}
        for name, value in given.items():
            parameter = self.parameters.get(name)
            if parameter is None:
                problems.append((name, "is no argument of this tool"))
            elif parameter.hidden:
                found[name] = value
            else:
                found[name] = checked(parameter.annotation, value, name, problems)
        for name, parameter in self.parameters.items():
            if parameter.required and name not in given:
                problems.append((name, "Field required"))
        if problems:
            raise ToolArgumentError(self.name, problems)
        return found

    def invoke(self, input: Mapping[str, Any], config: Any = None, **kwargs: Any) -> Any:
        """Call the function.

        Raises: `ToolArgumentError`; `TypeError` for a coroutine function; what the function does.
        """
        if self.is_async:
            raise TypeError(
                f"Tool {self.name!r} is a coroutine function: use ainvoke, or a sync function"
            )
        given, call_id = _called(self, input, config)
        told = self._begin(given, call_id)
        try:
            answer = self._answer(self.function(**self.arguments(given)), call_id)
        except BaseException as error:
            if told is not None:
                told.fail(error)
            raise
        if told is not None:
            told.end(answer)
        return answer

    async def ainvoke(self, input: Mapping[str, Any], config: Any = None, **kwargs: Any) -> Any:
        """`invoke`, awaiting a coroutine function."""
        if not self.is_async:
            return self.invoke(input, config)
        given, call_id = _called(self, input, config)
        told = self._begin(given, call_id)
        try:
            answer = self._answer(await self.function(**self.arguments(given)), call_id)
        except BaseException as error:
            if told is not None:
                told.fail(error)
            raise
        if told is not None:
            told.end(answer)
        return answer

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function itself."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Tool({self.name!r})"

    def _begin(self, given: Mapping[str, Any], call_id: str | None) -> Any:
        hidden = {name for name, parameter in self.parameters.items() if parameter.hidden}
        return begin(self.name, {k: v for k, v in given.items() if k not in hidden}, call_id)

    def _answer(self, result: Any, call_id: str | None) -> Any:
        artifact = None
        if self.response_format == "content_and_artifact":
            if not isinstance(result, tuple) or len(result) != 2:
                raise TypeError(
                    f"Tool {self.name!r} with response_format='content_and_artifact' has to return "
                    f"a pair (content, artifact), got {result!r}"
                )
            result, artifact = result
        if call_id is None or _is_answer(result):
            return result
        return ToolMessage(
            content=_text(result), name=self.name, tool_call_id=call_id, artifact=artifact
        )


def _is_answer(result: Any) -> bool:
    """Whether a result says everything itself: commands and messages, alone or in a list."""
    from anystep._records import Command

    if isinstance(result, list):
        return bool(result) and all(_is_answer(item) for item in result)
    return isinstance(result, (Command, ToolMessage))


def _text(result: Any) -> Any:
    """What a message can hold: text, a list of content blocks, or JSON of anything else."""
    if isinstance(result, str):
        return result
    if isinstance(result, list) and all(isinstance(b, dict) and "type" in b for b in result):
        return result
    import json

    try:
        return json.dumps(result, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(result)


def _called(tool: Tool, input: Mapping[str, Any], config: Any) -> tuple[dict[str, Any], str | None]:
    """The arguments of a plain call or of a tool call, with what can be injected here."""
    is_call = input.get("type") == "tool_call"
    given = dict(input["args"] if is_call else input)
    call_id = input.get("id") if is_call else None
    for name, parameter in tool.parameters.items():
        if not parameter.hidden or name in given:
            continue
        if marks(parameter.annotation, InjectedToolCallId):
            given[name] = call_id
        elif name == "config":
            given[name] = config or {}
    return given, call_id


def _parameters(function: Callable[..., Any]) -> dict[str, Parameter]:
    from inspect import Parameter as Declared
    from inspect import signature
    from typing import get_type_hints

    target = function if hasattr(function, "__code__") else type(function).__call__
    hints = get_type_hints(target, include_extras=True)
    found: dict[str, Parameter] = {}
    for name, declared in signature(function).parameters.items():
        if declared.kind in (Declared.VAR_POSITIONAL, Declared.VAR_KEYWORD):
            continue
        annotation = hints.get(name, Any)
        hidden = bool(marks(annotation, InjectedToolArg)) or name in ("config", "runtime")
        required = declared.default is Declared.empty
        default = None if required else declared.default
        found[name] = Parameter(annotation, default, required, hidden)
    return found


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...
@overload
def tool(
    name: str | None = None,
    /,
    *,
    description: str | None = None,
    return_direct: bool = False,
    response_format: ResponseFormat = "content",
) -> Callable[[Callable[..., Any]], Tool]: ...
def tool(
    function: Any = None,
    /,
    *,
    description: str | None = None,
    return_direct: bool = False,
    response_format: ResponseFormat = "content",
) -> Any:
    """Make a function a `Tool`: `@tool`, `@tool("name")` or `@tool(return_direct=True)`.

    Raises: `ValueError` for a function without a docstring where no description is given.
    """
    if callable(function):
        return Tool(function)

    def make(given: Callable[..., Any]) -> Tool:
        return Tool(
            given,
            name=function,
            description=description,
            return_direct=return_direct,
            response_format=response_format,
        )

    return make
