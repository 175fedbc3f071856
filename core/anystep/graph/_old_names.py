"""Parameters under the names they had, each with its warning."""

from __future__ import annotations

from typing import Any


def old_schemas(kwargs: dict[str, Any], context: Any, given: Any, shown: Any) -> tuple[Any, ...]:
    """`config_schema=`, `input=` and `output=` were names of StateGraph's schemas.

    A value under the new name counts for more. Returns context, input and output schema.
    Raises: `TypeError` for other keywords.
    """
    from anystep.warnings import LangGraphDeprecatedSinceV05, LangGraphDeprecatedSinceV10

    found = {"context_schema": context, "input_schema": given, "output_schema": shown}
    for old, new, kind in (
        ("config_schema", "context_schema", LangGraphDeprecatedSinceV10),
        ("input", "input_schema", LangGraphDeprecatedSinceV05),
        ("output", "output_schema", LangGraphDeprecatedSinceV05),
    ):
        if old in kwargs:
            _warn(old, new, kind)
            value = kwargs.pop(old)
            if found[new] is None:
                found[new] = value
    refuse(kwargs)
    return tuple(found.values())


def old_node_names(kwargs: dict[str, Any], retry: Any, schema: Any) -> tuple[Any, Any]:
    """`retry=` and `input=` were names of a node's `retry_policy=` and `input_schema=`.

    Raises: `TypeError` for other keywords.
    """
    from anystep.warnings import LangGraphDeprecatedSinceV05

    for old, new in (("retry", "retry_policy"), ("input", "input_schema")):
        if old in kwargs:
            _warn(old, new, LangGraphDeprecatedSinceV05)
    retry = kwargs.pop("retry", retry)
    schema = kwargs.pop("input", schema)
    refuse(kwargs)
    return retry, schema


def refuse(kwargs: dict[str, Any]) -> None:
    """Raise `TypeError` for keywords that nobody knows."""
    if kwargs:
        raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(kwargs))}")


def _warn(old: str, new: str, kind: Any) -> None:
    import warnings

    message = f"`{old}` is deprecated and will be removed. Please use `{new}` instead."
    warnings.warn(kind(message), stacklevel=4)


__all__ = ["old_node_names", "old_schemas", "refuse"]
