"""What a function's annotations say about its place in a graph."""

from __future__ import annotations

from types import FunctionType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from anystep._records import Command

Said = tuple[Any, Any]
"""The class with annotated fields that a function's first parameter is to be; what it returns."""

Known = dict[Any, Said]
"""What annotations were found to say: by the names they are resolved among, and their texts."""


def name_of(action: Any, default: str | None = None) -> str:
    """The name a node or branch gets when none is given.

    Raises: `ValueError` where there is none.
    """
    get_name = getattr(action, "get_name", None)
    if get_name is not None:
        name = get_name()
    else:
        name = getattr(action, "__name__", None)
        if name is None:
            name = default or type(action).__name__
    if name == "<lambda>" and default is not None:
        return default
    if not isinstance(name, str) or not name:
        raise ValueError(f"Node name must be provided if action is {action!r}")
    return name


def said_by(action: Any, known: Known) -> Said:
    """What the annotations of an action say.

    Resolving them takes longer than all else about a node, and graphs may have very many.
    Classes need none of it, and what texts say among the names of a module is kept in `known`.
    """
    if action.__class__ is not FunctionType:
        return (None, None) if hasattr(action, "invoke") else _resolved(action)
    annotations = action.__annotations__
    if not annotations:
        return None, None
    code = action.__code__
    first = code.co_varnames[0] if code.co_argcount else ""
    for hint in annotations.values():
        if not isinstance(hint, type) and hint is not None:
            break
    else:
        reads = annotations.get(first)
        if reads is not None or not hasattr(action, "__wrapped__"):
            return _with_fields(reads), annotations.get("return")
    if str not in map(type, annotations.values()) or hasattr(action, "__wrapped__"):
        return _resolved(action)
    key = id(action.__globals__), first, *annotations.items()
    try:
        found = known.get(key)
    except TypeError:  # an annotation that has no hash
        return _resolved(action)
    if found is None:
        found = known[key] = _resolved(action)
    return found


def _resolved(action: Any) -> Said:
    function = _function(action)
    if function is None or not function.__annotations__:
        return None, None
    annotations = function.__annotations__
    if not all(map(_is_plain, annotations.values())):
        try:
            annotations = get_type_hints(function)
        except (NameError, TypeError):  # names that only a type checker imports
            return None, None
    returns = annotations.get("return")
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None or code.co_argcount == 0:
        return None, returns
    names = code.co_varnames[: code.co_argcount]
    is_method = hasattr(action, "__self__") or not hasattr(action, "__code__")
    first = names[1] if is_method and len(names) > 1 else names[0]
    return _with_fields(annotations.get(first)), returns


def _function(action: Any) -> Any:
    """Where the annotations of an action are; None if it has none."""
    if hasattr(action, "__annotations__") and not isinstance(action, type):
        return action
    call = type(action).__call__ if callable(action) else None
    return call if getattr(call, "__annotations__", None) else None


def _is_plain(hint: Any) -> bool:
    """Whether a hint says what it means: no text in it, and nothing around it."""
    if hint is None or hint is Any or hint is ... or isinstance(hint, type):
        return True
    if hasattr(hint, "__metadata__"):  # Annotated
        return False
    origin = getattr(hint, "__origin__", None)
    if origin is Literal:
        return True
    known = isinstance(origin, type) or origin is Union or isinstance(hint, UnionType)
    return known and all(map(_is_plain, getattr(hint, "__args__", ())))


def _with_fields(schema: Any) -> Any:
    """A class with annotated fields; None for anything else."""
    found = isinstance(schema, type) and getattr(schema, "__annotations__", None)
    return schema if found else None


def leads_of(returns: Any) -> tuple[str, ...]:
    """Node names in what a node returns: `Command[Literal["a", "b"]]`, alone or in a union."""
    if returns is None or isinstance(returns, type):
        return ()
    parts = get_args(returns) if get_origin(returns) in (Union, UnionType) else (returns,)
    for part in parts:
        if get_origin(part) is Command:
            for inner in get_args(part):
                if get_origin(inner) is Literal:
                    return tuple(get_args(inner))
    return ()


def literals_of(returns: Any) -> tuple[Any, ...]:
    """What a router returns, where it is a `Literal`."""
    return tuple(get_args(returns)) if get_origin(returns) is Literal else ()
