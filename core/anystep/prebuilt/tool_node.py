"""`ToolNode` runs the tools that a model asks for; `tools_condition` leads there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from anystep._async_library import gather
from anystep._langchain import register
from anystep.errors import GraphBubbleUp, is_invalid_resume
from anystep.tools import Tool, ToolArgumentError, tool

from ._injection import Injected, as_seen_here, injected_of
from ._injection import ToolRuntime as _ToolRuntime
from ._tool_answers import content_of as msg_content_output
from ._tool_answers import normal, together
from ._tool_calls import (
    AsyncToolCallWrapper,
    InputType,
    ToolCall,
    ToolCallRequest,
    ToolCallWithContext,
    ToolCallWrapper,
    answer,
    calls_in,
    state_in,
)
from ._tool_errors import (
    BAD_ARGUMENTS as TOOL_INVOCATION_ERROR_TEMPLATE,
)
from ._tool_errors import (
    FAILED_CALL as TOOL_CALL_ERROR_TEMPLATE,
)
from ._tool_errors import (
    UNKNOWN_TOOL as INVALID_TOOL_NAME_ERROR_TEMPLATE,
)
from ._tool_errors import (
    Handler,
    handled_types,
    invocation_error,
    only_bad_arguments,
    told,
)

if TYPE_CHECKING:
    from ._injection import InjectedState, InjectedStore, ToolRuntime
    from ._tool_errors import ToolInvocationError

__all__ = [
    "INVALID_TOOL_NAME_ERROR_TEMPLATE",
    "TOOL_CALL_ERROR_TEMPLATE",
    "TOOL_INVOCATION_ERROR_TEMPLATE",
    "AsyncToolCallWrapper",
    "InjectedState",
    "InjectedStore",
    "ToolCallRequest",
    "ToolCallWithContext",
    "ToolCallWrapper",
    "ToolInvocationError",
    "ToolNode",
    "ToolRuntime",
    "msg_content_output",
    "tools_condition",
]


def __getattr__(name: str) -> Any:
    """Classes that derive from LangChain's too where its tools are loaded."""
    if name in ("InjectedState", "InjectedStore", "ToolRuntime"):
        from . import _injection

        return as_seen_here(getattr(_injection, name))
    if name in ("ContextT", "StateT"):
        from . import _injection

        return getattr(_injection, name)
    if name == "ToolInvocationError":
        return invocation_error()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class ToolNode:
    """A node that runs the tools a model has called, side by side.

    Its input is a state with messages under `messages_key`, a list of messages, or a list of tool
    calls; the last message of a model counts. It returns tool messages in the shape of the input,
    and commands of tools as they are.

    * `tools`: tools, or functions that are made tools: LangChain's where the application uses
      its tools, `anystep.tools.Tool` elsewhere.
    * `handle_tool_errors`: which errors become messages for the model: True all; a text, for all;
      error classes, those; a function, those that its parameter is annotated with, and it makes the
      text. The default tells models of arguments that do not fit, and raises everything else.
    * `wrap_tool_call(request, execute)` stands around each call, `awrap_tool_call` on the
      asynchronous face; it may change the request, call `execute` several times or not at all.
    """

    def __init__(
        self,
        tools: Sequence[Any],
        *,
        name: str = "tools",
        tags: list[str] | None = None,
        handle_tool_errors: Handler = only_bad_arguments,
        messages_key: str = "messages",
        wrap_tool_call: ToolCallWrapper | None = None,
        awrap_tool_call: AsyncToolCallWrapper | None = None,
    ) -> None:
        self.name = name
        self.tags = tags
        self.handle_tool_errors = handle_tool_errors
        self.messages_key = messages_key
        self.wrap_tool_call = wrap_tool_call
        self.awrap_tool_call = awrap_tool_call
        self._tools: dict[str, Any] = {}
        self._injected: dict[str, Injected] = {}
        for given in tools:
            made = _as_tool(given)
            self._tools[made.name] = made
            self._injected[made.name] = injected_of(made)
        register(ToolNode)

    @property
    def tools_by_name(self) -> dict[str, Any]:
        """The tools by name."""
        return self._tools

    @property
    def __name__(self) -> str:  # what a graph calls the node if it is given no name
        return self.name

    # -- running -------------------------------------------------------------------------

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Run the tools. Raises what a tool raises, unless it is handled."""
        shape, requests = self._requests(input, config, kwargs)
        return together(
            _in_turn_or_beside(lambda r: self._run(r, shape), requests, config),
            shape,
            self.messages_key,
        )

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """`invoke`, awaiting the tools."""
        shape, requests = self._requests(input, config, kwargs)
        answers = await gather([self._arun(request, shape) for request in requests])
        return together(answers, shape, self.messages_key)

    def _requests(
        self, given: Any, config: Any, options: dict[str, Any]
    ) -> tuple[InputType, list[ToolCallRequest]]:
        calls, shape = calls_in(given, self.messages_key)
        state = state_in(given)
        runtime = _runtime(config, options)
        requests: list[ToolCallRequest] = []
        for call in calls:
            known = as_seen_here(_ToolRuntime)(
                state=state,
                tool_call_id=call["id"],
                config=config or {},
                context=runtime.context,
                store=options.get("store") or runtime.store,
                stream_writer=runtime.stream_writer,
                tools=list(self._tools.values()),
                execution_info=getattr(runtime, "execution_info", None),
                server_info=getattr(runtime, "server_info", None),
            )
            requests.append(ToolCallRequest(call, self._tools.get(call["name"]), state, known))
        return shape, requests

    def _run(self, request: ToolCallRequest, shape: InputType) -> Any:
        if self.wrap_tool_call is None:
            return self._execute(request, shape)
        try:
            return self.wrap_tool_call(request, lambda changed: self._execute(changed, shape))
        except GraphBubbleUp:
            raise
        except Exception as error:  # noqa: BLE001  raised again unless it is handled
            return self._wrapper_failed(request, error)

    async def _arun(self, request: ToolCallRequest, shape: InputType) -> Any:
        if self.wrap_tool_call is None and self.awrap_tool_call is None:
            return await self._aexecute(request, shape)

        async def execute(changed: ToolCallRequest) -> Any:
            return await self._aexecute(changed, shape)

        try:
            if self.awrap_tool_call is not None:
                return await self.awrap_tool_call(request, execute)
            assert self.wrap_tool_call is not None
            return self.wrap_tool_call(request, lambda changed: self._execute(changed, shape))
        except GraphBubbleUp:
            raise
        except Exception as error:  # noqa: BLE001  raised again unless it is handled
            return self._wrapper_failed(request, error)

    def _execute(self, request: ToolCallRequest, shape: InputType) -> Any:
        refused = self._refused(request)
        if refused is not None:
            return refused
        given = self._arguments(request)  # what cannot be injected is no mistake of the model's
        try:
            try:
                response = request.tool.invoke(given, request.runtime.config)
            except ValueError as error:
                raise self._bad_arguments(request, error) from error
            return normal(response, request.tool_call, shape, self.messages_key)
        except GraphBubbleUp:
            raise
        except Exception as error:  # noqa: BLE001  raised again unless it is handled
            return self._failed(request, error)

    async def _aexecute(self, request: ToolCallRequest, shape: InputType) -> Any:
        refused = self._refused(request)
        if refused is not None:
            return refused
        given = self._arguments(request)
        try:
            try:
                response = await request.tool.ainvoke(given, request.runtime.config)
            except ValueError as error:
                raise self._bad_arguments(request, error) from error
            return normal(response, request.tool_call, shape, self.messages_key)
        except GraphBubbleUp:
            raise
        except Exception as error:  # noqa: BLE001  raised again unless it is handled
            return self._failed(request, error)

    # -- what goes wrong -----------------------------------------------------------------

    def _refused(self, request: ToolCallRequest) -> Any:
        """What a model is told that calls a tool that is not there; None for one that is."""
        if request.tool is not None:
            return None
        call = request.tool_call
        if call["name"] in self._tools:
            raise TypeError(f"Tool {call['name']} is not registered with ToolNode")
        text = INVALID_TOOL_NAME_ERROR_TEMPLATE.format(
            requested_tool=call["name"], available_tools=", ".join(self._tools)
        )
        return answer(call, text, failed=True)

    def _bad_arguments(self, request: ToolCallRequest, error: ValueError) -> Exception:
        """The error of a tool's own check as `ToolInvocationError`; another one as it is."""
        if is_invalid_resume(error):
            return error
        call = request.tool_call
        injected = self._injected.get(call["name"])
        if isinstance(error, ToolArgumentError):
            findings = [{"loc": tuple(w.split(".")), "msg": what} for w, what in error.problems]
        elif _is_validation_error(error):
            listed: Any = error
            findings = _without_injected(listed.errors(), injected)
        else:
            return error
        return invocation_error()(call["name"], error, call["args"], findings)

    def _failed(self, request: ToolCallRequest, error: Exception) -> Any:
        handler = self.handle_tool_errors
        if is_invalid_resume(error) or not handler:
            raise error
        if not isinstance(error, handled_types(handler)):
            raise error
        return answer(request.tool_call, told(error, handler), failed=True)

    def _wrapper_failed(self, request: ToolCallRequest, error: Exception) -> Any:
        if not self.handle_tool_errors or is_invalid_resume(error):
            raise error
        return answer(request.tool_call, told(error, self.handle_tool_errors), failed=True)

    # -- injection -------------------------------------------------------------------------

    def _arguments(self, request: ToolCallRequest) -> ToolCall:
        """The call with what is injected; what a model gave for such arguments is dropped."""
        call, runtime = request.tool_call, request.runtime
        injected = self._injected.get(call["name"]) or injected_of(request.tool)
        found: dict[str, Any] = {}
        if injected.state:
            found = _state_arguments(injected, runtime.state, call, self.messages_key)
        if injected.store:
            if runtime.store is None:
                raise ValueError(
                    "Cannot inject store into tools with InjectedStore annotations - please "
                    "compile your graph with a store."
                )
            found[injected.store] = runtime.store
        if injected.runtime:
            found[injected.runtime] = runtime
        kept = {k: v for k, v in call["args"].items() if k not in injected.hidden}
        return {**call, "args": {**kept, **found}, "type": "tool_call"}


def _as_tool(given: Any) -> Any:
    """A tool as it is; a function as a tool of LangChain's where its tools are in use, or ours."""
    if isinstance(given, Tool) or (hasattr(given, "invoke") and hasattr(given, "name")):
        return given
    theirs = sys.modules.get("langchain_core.tools")
    return tool(given) if theirs is None else theirs.tool(given)


def _state_arguments(
    injected: Injected, state: Any, call: ToolCall, messages_key: str
) -> dict[str, Any]:
    if isinstance(state, list):
        fields = list(injected.state.values())
        if fields[0] is not None and fields != [messages_key]:
            named = ", ".join(field for field in fields if field)
            also = f" State should contain fields {named}." if named else ""
            raise ValueError(
                f"Invalid input to ToolNode. Tool {call['name']} requires graph state dict as "
                f"input.{also}"
            )
        state = {messages_key: state}
    found: dict[str, Any] = {}
    for argument, field in injected.state.items():
        if not field:
            found[argument] = state
        elif isinstance(state, dict):
            if field in state:
                found[argument] = state[field]
            elif argument not in injected.optional:
                raise KeyError(field)
        elif hasattr(state, field):
            found[argument] = getattr(state, field)
        elif argument not in injected.optional:
            raise AttributeError(field)
    return found


def _is_validation_error(error: Exception) -> bool:
    core = sys.modules.get("pydantic_core")
    return core is not None and isinstance(error, core.ValidationError)


def _without_injected(errors: list[Any], injected: Injected | None) -> list[Any]:
    """Findings about what the model gave, without the values of what was injected."""
    if injected is None:
        return errors
    names = {*injected.state, injected.store, injected.runtime}
    found: list[Any] = []
    for error in errors:
        if error["loc"] and error["loc"][0] not in names:
            shown = dict(error)
            if isinstance(shown.get("input"), dict):
                shown["input"] = {k: v for k, v in shown["input"].items() if k not in names}
            found.append(shown)
    return found


def _runtime(config: Any, options: dict[str, Any]) -> Any:
    """The runtime of the node that runs; an empty one outside a graph."""
    from anystep.config import current_task
    from anystep.runtime import Runtime

    given = options.get("runtime") or ((config or {}).get("configurable") or {}).get(
        "__pregel_runtime"
    )
    if given is not None:
        return given
    task = current_task.get()
    return Runtime() if task is None else task.runtime


def _in_turn_or_beside(
    run: Callable[[ToolCallRequest], Any], requests: list[ToolCallRequest], config: Any
) -> list[Any]:
    """Side by side in threads, in contexts of their own; in turn where there are none."""
    from anystep.host import current_host

    if len(requests) < 2 or not current_host().threads:
        return [run(request) for request in requests]
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    limit = (config or {}).get("max_concurrency")
    with ThreadPoolExecutor(max_workers=limit) as pool:
        runs = [pool.submit(copy_context().run, run, request) for request in requests]
        return [done.result() for done in runs]


def tools_condition(state: Any, messages_key: str = "messages") -> Literal["tools", "__end__"]:
    """A router: to "tools" if the last message calls any, else to the end.

    Raises: `ValueError` for a state without messages.
    """
    if isinstance(state, list):
        messages = state
    else:
        found = state.get(messages_key) if isinstance(state, dict) else None
        messages = found or getattr(state, messages_key, None) or []
    if not messages:
        raise ValueError(f"No messages found in input state to tool_edge: {state}")
    return "tools" if getattr(messages[-1], "tool_calls", None) else "__end__"
