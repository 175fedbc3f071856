"""What a node's function takes besides the state, found from its signature once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from anystep._planner import Task

Provider = Callable[["Task"], Any]


def _config(task: Task) -> Any:
    return task.config


def _writer(task: Task) -> Any:
    return task.run.scope.writer(task)


def _store(task: Task) -> Any:
    return task.run.scope.store


def _previous(task: Task) -> Any:
    return task.run.values.get("__previous__")


def _runtime(task: Task) -> Any:
    return task.runtime


def _error(task: Task) -> Any:
    return task.value


_PROVIDERS: Final[dict[str, tuple[str, Provider]]] = {
    "config": ("RunnableConfig", _config),
    "writer": ("StreamWriter", _writer),
    "store": ("Store", _store),
    "previous": ("", _previous),
    "runtime": ("", _runtime),
    "error": ("NodeError", _error),
}


Injections = tuple[tuple[str, Provider], ...]


def injections(function: Any) -> Injections:
    """The keyword arguments to provide, with how to get each.

    A parameter is provided by its name where it has no default, or where its
    annotation says that it is meant.
    """
    own: Any = function
    bound = 0
    if function.__class__ is not FunctionType and not isinstance(function, type):
        own = getattr(function, "__func__", type(function).__call__)
        bound = 1
    if not isinstance(own, FunctionType) or _says_otherwise(function) or _says_otherwise(own):
        return _from_signature(function)
    return _from_code(own, bound)


def _says_otherwise(function: Any) -> bool:
    """Whether a function's own parameters do not tell what it takes."""
    return hasattr(function, "__wrapped__") or hasattr(function, "__signature__")


def _from_code(function: FunctionType, bound: int) -> Injections:
    """The same from a function's code, a hundred times faster than its signature is made.

    `bound`: how many of its first parameters are given already.
    """
    code = function.__code__
    count = code.co_argcount
    names = code.co_varnames
    end = count + code.co_kwonlyargcount
    start = min(bound + 1, count)  # behind the state, whatever it is called
    if _PROVIDERS.keys().isdisjoint(names[start:end]):
        return ()
    annotations = function.__annotations__
    defaults = count - len(function.__defaults__ or ())  # where those with a default begin
    keyword_defaults = function.__kwdefaults__ or {}
    found: list[tuple[str, Provider]] = []
    for place in range(max(start, code.co_posonlyargcount), end):
        name = names[place]
        if name in _PROVIDERS:
            needed = place < defaults if place < count else name not in keyword_defaults
            if needed or _is_meant(name, annotations):
                found.append((name, _PROVIDERS[name][1]))
    return tuple(found)


def _from_signature(function: Any) -> Injections:
    from inspect import Parameter, signature

    try:
        parameters = list(signature(function).parameters.values())
    except (TypeError, ValueError):  # built in: no signature, and nothing to inject
        return ()
    annotations = {p.name: p.annotation for p in parameters if p.annotation is not p.empty}
    found: list[tuple[str, Provider]] = []
    for index, parameter in enumerate(parameters):
        name, kind = parameter.name, parameter.kind
        if kind is Parameter.POSITIONAL_OR_KEYWORD:
            offered = index > 0  # the state comes first, whatever it is called
        else:
            offered = kind is Parameter.KEYWORD_ONLY
        if not offered or name not in _PROVIDERS:
            continue
        if parameter.default is Parameter.empty or _is_meant(name, annotations):
            found.append((name, _PROVIDERS[name][1]))
    return tuple(found)


def _is_meant(name: str, annotations: Mapping[str, Any]) -> bool:
    """Whether a parameter with a default is to be provided nevertheless."""
    wanted = _PROVIDERS[name][0]
    if not wanted or name not in annotations:
        return True
    annotation = annotations[name]
    if wanted in str(annotation):
        return True
    from anystep.types import StreamWriter  # an alias, which cannot say its name

    return bool(wanted == "StreamWriter" and annotation == StreamWriter)


def is_async(function: Any) -> bool:
    """Whether calling `function` gives a coroutine."""
    code = getattr(function, "__code__", None)
    if code is not None:
        return bool(code.co_flags & 0x80)  # CO_COROUTINE
    from functools import partial

    if isinstance(function, partial):
        return is_async(function.func)
    inner = getattr(function, "__func__", None) or type(function).__call__
    return bool(getattr(getattr(inner, "__code__", None), "co_flags", 0) & 0x80)
