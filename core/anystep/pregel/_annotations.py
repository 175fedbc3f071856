"""The values at the top of a state, whatever kind of object holds them."""

from __future__ import annotations

from typing import Any

from anystep._annotated import annotated_keys


def state_values(state: Any) -> list[Any]:
    """The values of a dict, or of the annotated fields of an object."""
    if isinstance(state, dict):
        return list(state.values())
    kind: Any = type(state)
    return [getattr(state, key) for key in annotated_keys(kind) if hasattr(state, key)]
