"""Merging the configs a run is given: bound to the graph, ambient, and of the call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anystep._constants import CONF

Config = dict[str, Any]

DEFAULT_RECURSION_LIMIT: Final = 10007
_KEYS: Final = frozenset(
    {
        "tags",
        "metadata",
        "callbacks",
        "run_name",
        "max_concurrency",
        "recursion_limit",
        CONF,
        "run_id",
    }
)
#: Coordinates that are copied from `configurable` to what callbacks and savers see.
_SHOWN: Final = (
    "thread_id",
    "checkpoint_id",
    "checkpoint_ns",
    "task_id",
    "run_id",
    "assistant_id",
    "graph_id",
)
_COORDINATES: Final = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")


def merge(*configs: Mapping[str, Any] | None) -> Config:
    """One config of several: tags are joined, `metadata` and `configurable` merged key
    by key, anything else is taken from the last that sets it."""
    merged: Config = {}
    for config in configs:
        for key, value in (config or {}).items():
            if value is None:
                continue
            known = merged.get(key)
            if known is None or key not in ("tags", "metadata", CONF, "callbacks"):
                merged[key] = _copied(value)
            elif key == "tags":
                merged[key] = [*known, *(t for t in value if t not in known)]
            elif key == "callbacks":
                merged[key] = _joined_callbacks(known, value)
            else:
                merged[key] = {**known, **value}
    return merged


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, (dict, list)) else value


def _joined_callbacks(first: Any, second: Any) -> Any:
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    return second


def inherited(ambient: Mapping[str, Any], call: Mapping[str, Any] | None) -> Config:
    """What a nested call takes over from the run around it.

    A call with coordinates of its own addresses another thread, so then nothing of
    the ambient `configurable` applies.
    """
    own = (call or {}).get(CONF) or {}
    if any(own.get(key) is not None for key in _COORDINATES[:1]):
        return {k: v for k, v in ambient.items() if k != CONF}
    return dict(ambient)


def shown_metadata(config: Config) -> dict[str, Any]:
    """`metadata`, with the coordinates and the plain values of `configurable` in it."""
    metadata: dict[str, Any] = dict(config.get("metadata") or {})
    configurable = config.get(CONF) or {}
    for key in _SHOWN:
        value = configurable.get(key)
        if value and key not in metadata:
            metadata[key] = value
    return metadata


def check(config: Any) -> Mapping[str, Any]:
    """`config` if it is one.

    Raises: `TypeError` for something that is no mapping; `ValueError` for a recursion
    limit or a concurrency below 1.
    """
    if config.__class__ is not dict and not isinstance(config, Mapping):
        raise TypeError(
            f"config must be a dict such as {{'configurable': {{...}}}}, "
            f"got {type(config).__name__}"
        )
    limit = config.get("recursion_limit")
    if limit is not None and limit < 1:
        raise ValueError("recursion_limit must be at least 1")
    concurrency = config.get("max_concurrency")
    if concurrency is not None and concurrency < 1:
        raise ValueError(
            f"max_concurrency must be at least 1, got {concurrency!r}; leave it out for no limit"
        )
    return config


def saved_metadata(config: Config) -> dict[str, Any]:
    """The part of a config that a checkpoint keeps: plain values the user set.

    Coordinates and the engine's own keys are stored elsewhere or not at all, and a
    key that looks like a secret of the engine (`__...`) never is.
    """
    kept: dict[str, Any] = {}
    for source in (config.get("metadata") or {}, config.get(CONF) or {}):
        for key, value in source.items():
            if key in kept or key in _COORDINATES or key.startswith(("__", "langgraph_")):
                continue
            if isinstance(value, str):
                kept[key] = value.replace("\0", "")  # PostgreSQL text has no NUL
            elif isinstance(value, (int, float, bool)):
                kept[key] = value
    if config.get("run_id") is not None:
        kept["run_id"] = str(config["run_id"])
    return kept


def durability_of(durability: Any, kwargs: dict[str, Any]) -> Any:
    """The durability asked for, under its old name too.

    Raises: `TypeError` for arguments nobody knows.
    """
    during = kwargs.pop("checkpoint_during", None)
    if kwargs:
        raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(kwargs))}")
    if during is not None:
        import warnings

        from anystep.warnings import LangGraphDeprecatedSinceV10

        warnings.warn(
            LangGraphDeprecatedSinceV10(
                "`checkpoint_during` is deprecated and will be removed. Please use `durability`."
            ),
            stacklevel=3,
        )
        return "async" if during else "exit"
    if durability not in (None, "sync", "async", "exit"):
        raise ValueError(f"durability must be 'sync', 'async' or 'exit', got {durability!r}")
    return durability


def printed_modes(modes: Any, debug: bool | None, default: bool) -> Any:
    """What to print: what was asked for, and for `debug` updates and values."""
    if debug or (debug is None and default):
        return ["updates", "values"]
    return modes
