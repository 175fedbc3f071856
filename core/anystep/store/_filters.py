"""Filter keys as LangGraph's SQLite classes take them: names, or names joined by dots."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)


def check_keys(keys: Iterable[str]) -> None:
    """Raise ValueError for a key with other characters: LangGraph would put it into its SQL."""
    for key in keys:
        if not _NAME.fullmatch(key):
            raise ValueError(
                f"Invalid filter key: '{key}'. Filter keys must contain only alphanumeric"
                " characters, underscores, dots, and hyphens."
            )


def look_up(values: Mapping[str, Any], key: str) -> Any:
    """The value of that key; of `b` within that of `a` for "a.b"; None if there is none."""
    if key in values or "." not in key:
        return values.get(key)
    found: Any = values
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
