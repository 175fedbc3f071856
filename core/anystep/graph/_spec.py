"""What a builder knows of one node, or of one conditional edge, before it is compiled."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any


class NodeSpec:
    """One node as the builder keeps it. Defaults live on the class: most have no more."""

    described = False  # whether it has
    ends: tuple[str, ...] | dict[str, str] = ()  # drawn targets of commands
    defer = False
    metadata: Mapping[str, Any] | None = None
    retry_policy: Any = None
    cache_policy: Any = None
    timeout: Any = None
    trace_policy: Any = None
    handler: str | None = None
    fallback: Any = None
    circuit_breaker: Any = None
    is_error_handler = False

    def __init__(self, action: Any, input_schema: Any) -> None:
        self.action = action
        self.input_schema = input_schema

    def describe(self, **options: Any) -> None:
        """Store what is said of the node besides: of these, the ones that say something."""
        self.described = True
        for name, value in options.items():
            if value:
                setattr(self, name, value)


class Branch:
    """One conditional edge as the builder keeps it."""

    __slots__ = ("ends", "input_schema", "path")

    def __init__(
        self, path: Any, ends: dict[Hashable, str] | None, input_schema: Any = None
    ) -> None:
        self.path = path
        self.ends = ends  # what the path returns -> node; None: it returns node names
        self.input_schema = input_schema
