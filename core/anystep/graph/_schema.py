"""From a state schema to channels: one per key, chosen by the key's annotation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import (
    Annotated,
    Any,
    Final,
    NotRequired,
    Required,
    get_args,
    get_origin,
    get_type_hints,
)

from anystep._constants import ROOT
from anystep.channels.base import BaseChannel
from anystep.channels.binop import BinaryOperatorAggregate
from anystep.channels.last_value import LastValue

#: How the functions of two arguments in `operator` are written, `add` above all.
_OF_OPERATORS: Final = "($module, a, b, /)"

Channels = dict[str, BaseChannel[Any, Any, Any]]


def channels_of(schema: Any) -> tuple[Channels, dict[str, Any], dict[str, Any]]:
    """The channels, managed values and type hints of a schema.

    A schema without annotations is a state that is one value: the key `__root__`.

    Raises: `ValueError` for a reducer that does not take two arguments; `NameError`
    for an annotation that cannot be resolved.
    """
    if not hasattr(schema, "__annotations__"):
        return {ROOT: _channel(ROOT, schema)}, {}, {}
    hints = get_type_hints(schema, include_extras=True)
    channels: Channels = {}
    managed: dict[str, Any] = {}
    for name, hint in hints.items():
        if name == "__slots__":
            continue
        manager = _managed(hint)
        if manager is not None:
            managed[name] = manager
        else:
            channels[name] = _channel(name, hint)
    return channels, managed, hints


def _managed(hint: Any) -> Any:
    hint = _unwrapped(hint)
    if get_origin(hint) is Annotated:
        for item in get_args(hint)[1:]:
            if _is_managed(item):
                return item
    return hint if _is_managed(hint) else None


def _is_managed(hint: Any) -> bool:
    """Whether a hint is a managed value, asked without importing what that is."""
    managed = sys.modules.get("anystep.managed.base")
    return managed is not None and bool(managed.is_managed_value(hint))


def _unwrapped(hint: Any) -> Any:
    """Without Required, NotRequired and ReadOnly around it."""
    while get_origin(hint) in (Required, NotRequired) or (
        getattr(get_origin(hint), "_name", None) == "ReadOnly"
    ):
        hint = get_args(hint)[0]
    return hint


def _channel(name: str, hint: Any) -> BaseChannel[Any, Any, Any]:
    hint = _unwrapped(hint)
    channel: BaseChannel[Any, Any, Any] | None = None
    if get_origin(hint) is Annotated:
        inner, *extras = get_args(hint)
        for item in extras:
            if isinstance(item, BaseChannel):
                delta: Any = item
                if hasattr(delta, "snapshot_frequency"):  # it starts empty: as what is annotated
                    often = delta.snapshot_frequency
                    channel = type(delta)(delta.reducer, inner, snapshot_frequency=often)
                    break
                # A channel in an annotation is shared by every schema that uses it.
                channel = item.copy() if item.key not in ("", name) else item
                break
            if isinstance(item, type) and issubclass(item, BaseChannel):
                channel = item(inner)
                break
        else:
            if callable(extras[-1]) and not isinstance(extras[-1], type):
                _check_reducer(extras[-1])
                channel = BinaryOperatorAggregate(hint, extras[-1])
            elif callable(extras[-1]):
                channel = _class_reducer(hint, extras[-1])
    if channel is None:
        channel = LastValue(hint)
    channel.key = name
    return channel


def _class_reducer(hint: Any, reducer: Any) -> BaseChannel[Any, Any, Any]:
    _check_reducer(reducer)
    return BinaryOperatorAggregate(hint, reducer)


def _check_reducer(reducer: Callable[..., Any]) -> None:
    code = getattr(reducer, "__code__", None)
    defaults = getattr(reducer, "__defaults__", None)
    if code is not None and code.co_argcount == 2 and not defaults:
        return
    if getattr(reducer, "__text_signature__", None) == _OF_OPERATORS:
        return
    from inspect import Parameter, signature  # 6 ms, for what is not known at sight

    shape = signature(reducer)
    positional = sum(
        p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        for p in shape.parameters.values()
    )
    if positional != 2:
        raise ValueError(f"Invalid reducer signature. Expected (a, b) -> c. Got {shape}")


def is_coerced(schema: Any) -> bool:
    """Whether nodes get an instance of `schema`: a dataclass or a pydantic model."""
    return isinstance(schema, type) and (
        hasattr(schema, "__dataclass_fields__") or is_pydantic(schema)
    )


def is_pydantic(schema: Any) -> bool:
    """Whether `schema` is a pydantic model, asked without importing pydantic."""
    pydantic = sys.modules.get("pydantic")
    return (
        pydantic is not None and isinstance(schema, type) and issubclass(schema, pydantic.BaseModel)
    )
