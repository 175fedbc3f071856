"""Ids and names of nodes: which ids were generated, and what a node is called."""

from __future__ import annotations

from typing import Any

__all__ = ["is_uuid", "leaf", "prefix_of", "readable_name"]


def is_uuid(text: str) -> bool:
    """Whether `text` reads as a UUID: 32 hexadecimal digits, hyphens and braces aside."""
    digits = text.replace("urn:", "").replace("uuid:", "").strip("{}").replace("-", "")
    if len(digits) != 32:
        return False
    try:
        int(digits, 16)
    except ValueError:
        return False
    return True


def readable_name(id_: str, data: Any) -> str:
    """The id of a node, or the name of what runs in it when its id was generated."""
    if not is_uuid(id_) or data is None:
        return id_
    get_name = getattr(data, "get_name", None)
    if callable(get_name):
        name = str(get_name())
    else:
        name = str(getattr(data, "__name__", type(data).__name__))
    return name.removeprefix("Runnable")


def leaf(id_: str) -> str:
    """The part of an id behind its last colon."""
    return id_.rsplit(":", 1)[-1]


def prefix_of(id_: str) -> str:
    """The part of an id before its last colon: the subgraph it is in, "" for the root."""
    return id_.rpartition(":")[0]
