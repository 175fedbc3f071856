"""What a tool gets besides the model's arguments: state, store, runtime.

The classes that mark such arguments derive from LangChain's where the application has imported
its tools, so that LangChain hides them from models as well.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from anystep._record import Record
from anystep.tools import InjectedToolArg, Tool
from anystep.tools._injected import marks

if TYPE_CHECKING:
    from anystep.runtime import ExecutionInfo
    from anystep.store.base import BaseStore

_HOME = "anystep.prebuilt.tool_node"  # where these classes are public

ContextT = TypeVar("ContextT")
StateT = TypeVar("StateT")


class InjectedState(InjectedToolArg):
    """Marks an argument that gets the graph's state, or the key `field` of it.

    `Annotated[dict, InjectedState]`, `Annotated[list, InjectedState("messages")]`.
    """

    def __init__(self, field: str | None = None) -> None:
        self.field = field


class InjectedStore(InjectedToolArg):
    """Marks an argument that gets the graph's store: `Annotated[BaseStore, InjectedStore()]`."""


class ToolRuntime(InjectedToolArg, Record, Generic[ContextT, StateT]):
    """What a tool may know of its run. A parameter of this type, or named `runtime`, gets one.

    `state` and `context` of the graph, the node's `config`, `stream_writer` for the custom
    stream, the `tool_call_id`, the `store`, all `tools` of the node, and `execution_info`.
    """

    def __init__(
        self,
        state: StateT,
        context: ContextT,
        config: Any,
        stream_writer: Callable[[Any], None],
        tool_call_id: str | None,
        store: BaseStore | None,
        tools: list[Any] | None = None,
        execution_info: ExecutionInfo | None = None,
        server_info: Any = None,
    ) -> None:
        self.state = state
        self.context = context
        self.config = config
        self.stream_writer = stream_writer
        self.tool_call_id = tool_call_id
        self.store = store
        self.tools: list[Any] = [] if tools is None else tools
        self.execution_info = execution_info
        self.server_info = server_info

    def emit_output_delta(self, delta: Any) -> None:
        """Tell the `tools` stream a part of the output before the tool has returned."""
        from anystep.tools._told import writer

        tell = writer()
        if tell is not None:
            tell(delta)


for _cls in (InjectedState, InjectedStore, ToolRuntime):
    _cls.__module__ = _HOME


@cache
def _with_langchains(cls: Any, base: Any) -> type[Any]:
    """`cls` as a subclass of LangChain's `base` too, under its own name."""
    from types import new_class

    body = {"__doc__": cls.__doc__, "__module__": cls.__module__, "__qualname__": cls.__qualname__}
    parameters: Any = getattr(cls, "__parameters__", ())
    bases = (cls[parameters] if parameters else cls, base)  # what is generic stays so
    return new_class(cls.__name__, bases, exec_body=lambda namespace: namespace.update(body))


def as_seen_here(cls: type[Any]) -> type[Any]:
    """A class of this module, made one of LangChain's too where its tools are loaded."""
    module = sys.modules.get("langchain_core.tools.base")
    if module is None:
        return cls
    direct = cls is ToolRuntime and hasattr(module, "_DirectlyInjectedToolArg")
    name = "_DirectlyInjectedToolArg" if direct else "InjectedToolArg"
    make: Any = _with_langchains  # for mypy a class object is not hashable
    made: type[Any] = make(cls, getattr(module, name))
    return made


class Injected(NamedTuple):
    """Which arguments of a tool get what."""

    state: dict[str, str | None]  # argument -> key of the state, None: all of it
    optional: frozenset[str]  # of these, the ones that may be missing in the state
    store: str | None
    runtime: str | None
    hidden: frozenset[str]  # whatever models must not give


def injected_of(tool: Any) -> Injected:
    """The arguments of a tool that are injected.

    Raises: `ValueError` for an argument that is marked twice.
    """
    hints, optional_args = _hints(tool)
    state: dict[str, str | None] = {}
    optional: set[str] = set()
    store = runtime = None
    hidden: set[str] = set()
    for name, annotation in hints.items():
        if _is_hidden(annotation):
            hidden.add(name)
        if name == "runtime" or marks(annotation, ToolRuntime):
            runtime = name
        found = _single(name, annotation, InjectedState)
        if found is not None:
            field = found.field if isinstance(found, InjectedState) else None
            state[name] = field or None
            if field and name in optional_args:
                optional.add(name)
        if _single(name, annotation, InjectedStore) is not None:
            store = name
    return Injected(state, frozenset(optional), store, runtime, frozenset(hidden))


def _single(name: str, annotation: Any, kind: type[Any]) -> Any:
    found = marks(annotation, kind)
    if len(found) > 1:
        raise ValueError(
            f"A tool argument should not be annotated with {kind.__name__} more than once. "
            f"Found: {found}"
        )
    return found[0] if found else None


def _is_hidden(annotation: Any) -> bool:
    if marks(annotation, InjectedToolArg):
        return True
    module = sys.modules.get("langchain_core.tools.base")
    return module is not None and bool(marks(annotation, module.InjectedToolArg))


def _hints(tool: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """A tool's arguments with their annotations, and the names of those with a default."""
    if isinstance(tool, Tool):
        parameters = tool.parameters
        with_default = frozenset(name for name, p in parameters.items() if not p.required)
        return {name: p.annotation for name, p in parameters.items()}, with_default
    from typing import get_type_hints

    function = getattr(tool, "func", None) or getattr(tool, "coroutine", None)
    hints = dict(get_type_hints(function, include_extras=True)) if function else {}
    hints.pop("return", None)
    model = tool.get_input_schema()
    optional: set[str] = set()
    for name, field in getattr(model, "model_fields", {}).items():
        declared = _declared(model, name)
        hints[name] = hints.get(name, field.annotation) if declared is None else declared
        if not field.is_required():
            optional.add(name)
    return hints, frozenset(optional)


def _declared(model: Any, name: str) -> Any:
    """A field's annotation with its marks, as some base class of the model declares it."""
    from typing import get_type_hints

    for base in model.__mro__:
        if name in vars(base).get("__annotations__", {}):
            try:
                return get_type_hints(base, include_extras=True).get(name)
            except NameError:
                return vars(base)["__annotations__"][name]
    return None
