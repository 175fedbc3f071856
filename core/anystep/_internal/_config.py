"""Configs with something changed."""

from __future__ import annotations

from typing import Any

from anystep._langchain import need


def patch_configurable(config: Any, patch: dict[str, Any]) -> dict[str, Any]:
    """A config with `patch` over its `configurable`; None counts as an empty one."""
    found = dict(config or {})
    found["configurable"] = {**(found.get("configurable") or {}), **patch}
    return found


def ensure_config(*configs: Any) -> dict[str, Any]:
    """The ambient config with `configs` over it.

    Raises: `ImportError` without langchain_core.
    """
    need("runnables.config", "ensure_config")
    from anystep._langchain._config import ensure

    return ensure(*configs)
