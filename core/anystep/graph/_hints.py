"""What a function's annotations say about its place in a graph."""

from __future__ import annotations

from types import FunctionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from anystep._records import Command

#: What annotations were found to say: by the names they are resolved among, and their texts.
Known = dict[Any, tuple[Any, tuple[str, ...]]]


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


def _function(action: Any) -> Any:
    """Where the annotations of an action are; None if it has none."""
    if hasattr(action, "__annotations__") and not isinstance(action, type):
        return action
    call = type(action).__call__ if callable(action) else None
    return call if getattr(call, "__annotations__", None) else None


def _hints(action: Any) -> dict[str, Any]:
    function = _function(action)
    if function is None or not function.__annotations__:
        return {}
    try:
        return get_type_hints(function)
    except (NameError, TypeError):  # names that only a type checker imports
        return {}


def reads_and_leads(action: Any, known: Known) -> tuple[Any, tuple[str, ...]]:
    """`input_schema_of` and `targets_of` at once, for graphs of very many nodes.

    Resolving annotations takes longer than all else about a node. Classes need none, and
    what texts say among the names of one module is kept in `known`.
    """
    if action.__class__ is not FunctionType or hasattr(action, "__wrapped__"):
        return input_schema_of(action), targets_of(action)
    annotations = action.__annotations__
    if not annotations:
        return None, ()
    names = action.__code__.co_varnames[: action.__code__.co_argcount]
    texts = False
    for hint in annotations.values():
        if hint.__class__ is str:
            texts = True
        elif hint is not None and not isinstance(hint, type):
            return input_schema_of(action), targets_of(action)
    if not texts:
        schema = annotations.get(names[0]) if names else None
        return (schema if getattr(schema, "__annotations__", None) else None), ()
    key = id(action.__globals__), names[:1], *annotations.items()
    found = known.get(key)
    if found is None:
        found = known[key] = input_schema_of(action), targets_of(action)
    return found


def input_schema_of(action: Any) -> Any:
    """The class its first parameter is annotated with, if it has annotated fields."""
    if not getattr(action, "__annotations__", True) or hasattr(action, "invoke"):
        return None
    hints = _hints(action)
    if not hints:
        return None
    function = _function(action)
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None or code.co_argcount == 0:
        return None
    names = code.co_varnames[: code.co_argcount]
    is_method = hasattr(action, "__self__") or not hasattr(action, "__code__")
    first = names[1] if is_method and len(names) > 1 else names[0]
    schema = hints.get(first)
    if isinstance(schema, type) and getattr(schema, "__annotations__", None):
        return schema
    return None


def targets_of(action: Any, plain: bool = False) -> tuple[str, ...]:
    """Node names in a return annotation: `Command[Literal["a", "b"]]`, or for a router
    (`plain`) `Literal["a", "b"]`."""
    if not getattr(action, "__annotations__", True):
        return ()
    hint = _hints(action).get("return")
    if hint is None:
        return ()
    if not plain:
        for part in _parts(hint):
            if get_origin(part) is Command or part is Command:
                for inner in get_args(part):
                    if get_origin(inner) is Literal:
                        return tuple(get_args(inner))
        return ()
    if get_origin(hint) is Literal:
        return tuple(get_args(hint))
    return ()


def _parts(hint: Any) -> tuple[Any, ...]:
    """The members of a union, or the hint itself."""
    from types import UnionType
    from typing import Union

    if get_origin(hint) in (Union, UnionType):
        return get_args(hint)
    return (hint,)
