"""Configs as LangChain has them: the ambient one, and merging callbacks into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from . import module

Config = dict[str, Any]

_KEYS: Final = frozenset(
    {
        "tags",
        "metadata",
        "callbacks",
        "run_name",
        "max_concurrency",
        "recursion_limit",
        "configurable",
        "run_id",
    }
)
_COORDINATES: Final = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")
_SHOWN: Final = (
    "thread_id",
    "checkpoint_id",
    "checkpoint_ns",
    "task_id",
    "run_id",
    "assistant_id",
    "graph_id",
)


class LazyConfig(Mapping[str, Any]):
    """The config of a running task, built when somebody looks: most nodes never do."""

    __slots__ = ("_build", "_config")

    def __init__(self, build: Callable[[], Config]) -> None:
        self._build = build
        self._config: Config | None = None

    @property
    def config(self) -> Config:
        """The config itself, the same dict whenever one asks."""
        if self._config is None:
            self._config = self._build()
        return self._config

    def copy(self) -> Config:
        """A dict of its own for somebody who adds to it."""
        return self.config.copy()

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: str) -> Any:
        return self.config[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.config)

    def __len__(self) -> int:
        return len(self.config)


def variable() -> Any:
    """The context variable in which LangChain's objects find the config of what runs them."""
    return module("runnables.config").var_child_runnable_config


def ambient() -> Mapping[str, Any]:
    """The config of the Runnable or node that runs here; empty outside."""
    found: Mapping[str, Any] | None = variable().get()
    return found or {}


def ensure(*configs: Mapping[str, Any] | None) -> Config:
    """The ambient config with `configs` over it, as a run's callbacks have to see it.

    Tags are joined, `metadata` and `configurable` merged key by key; a config with a thread
    of its own shuts out the ambient `configurable`. Coordinates are copied to the metadata.
    """
    around = ambient()
    merged: Config = {k: _copied(v) for k, v in around.items() if not _is_empty(v)}
    inherited = frozenset(merged.get("tags") or ())
    given = [config for config in configs if config]
    if any(_has_coordinates(config) for config in given):
        merged.pop("configurable", None)
    for config in given:
        for key, value in config.items():
            if key in _KEYS and not _is_empty(value):
                merged[key] = _merged(key, merged.get(key), value, inherited)
    metadata = merged.setdefault("metadata", {})
    configurable = merged.get("configurable") or {}
    for key in _SHOWN:
        if key not in metadata and configurable.get(key):
            metadata[key] = configurable[key]
    return merged


def _has_coordinates(config: Mapping[str, Any]) -> bool:
    configurable = config.get("configurable") or {}
    return any(not _is_empty(configurable.get(key)) for key in _COORDINATES)


def _merged(key: str, known: Any, value: Any, inherited: frozenset[str]) -> Any:
    if key == "tags":
        return [*(known or ()), *(tag for tag in value if tag not in inherited)]
    if key in ("metadata", "configurable"):
        return {**(known or {}), **value}
    if key == "callbacks":
        return merge_callbacks(known, value)
    return value


def merge_callbacks(first: Any, second: Any) -> Any:
    """Two `callbacks` as one: each None, a list of handlers, or a manager.

    Raises: `NotImplementedError` for anything else.
    """
    if first is None or second is None or first is second:
        return _copied(first if second is None else second)
    lists = isinstance(first, list), isinstance(second, list)
    if lists == (True, True):
        return first + second
    manager: Any = module("callbacks.base").BaseCallbackManager
    if any(
        not is_list and not isinstance(c, manager)
        for is_list, c in zip(lists, (first, second), strict=True)
    ):
        raise NotImplementedError(f"Unsupported callback types: {type(first)}, {type(second)}")
    if lists == (False, False):
        return first.merge(second)
    joined = (second if lists[0] else first).copy()
    for handler in first if lists[0] else second:
        joined.add_handler(handler, inherit=True)
    return joined


def _copied(value: Any) -> Any:
    copy = getattr(value, "copy", None)
    if isinstance(value, Mapping):
        return dict(value)
    return value if copy is None else copy()


def _is_empty(value: Any) -> bool:
    return value is None or isinstance(value, (list, tuple, dict)) and not value
