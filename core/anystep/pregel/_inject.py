"""What a node's function takes besides the state, found from its signature once."""

from __future__ import annotations

from collections.abc import Callable
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


def injections(function: Any) -> tuple[tuple[str, Provider], ...]:
    """The keyword arguments to provide, with how to get each.

    A parameter is provided by its name where it has no default, or where its
    annotation says that it is meant.
    """
    code = getattr(function, "__code__", None)
    if code is not None and not _is_wrapper(function):  # no need for `inspect`
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if len(names) <= 1 or _PROVIDERS.keys().isdisjoint(names[1:]):
            return ()
    from inspect import Parameter, signature

    try:
        parameters = list(signature(function).parameters.values())
    except (TypeError, ValueError):  # built in: no signature, and nothing to inject
        return ()
    found: list[tuple[str, Provider]] = []
    for index, parameter in enumerate(parameters):
        known = _PROVIDERS.get(parameter.name)
        if known is None or parameter.kind in (
            Parameter.POSITIONAL_ONLY,
            Parameter.VAR_KEYWORD,
            Parameter.VAR_POSITIONAL,
        ):
            continue
        if index == 0 and parameter.kind is not Parameter.KEYWORD_ONLY:
            continue  # the state, whatever it is called
        wanted, provide = known
        annotation = parameter.annotation
        meant = annotation is Parameter.empty or not wanted or _says(annotation, wanted)
        if meant or parameter.default is Parameter.empty:
            found.append((parameter.name, provide))
    return tuple(found)


def _says(annotation: Any, wanted: str) -> bool:
    """Whether an annotation names the type, or is an alias that cannot say its name."""
    if wanted in str(annotation):
        return True
    from anystep.types import StreamWriter

    return bool(wanted == "StreamWriter" and annotation == StreamWriter)


def _is_wrapper(function: Any) -> bool:
    """Whether a function's own parameters do not tell what it takes."""
    starred = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
    return bool(function.__code__.co_flags & starred) or hasattr(function, "__wrapped__")


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
