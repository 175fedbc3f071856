"""What the `tools` stream is told of our own tools: that they begin, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from anystep.config import current_task


def begin(name: str, given: Mapping[str, Any], call_id: str | None) -> Any:
    """Tell that a tool begins; what then tells the rest of it. None where nobody listens."""
    task = current_task.get()
    if task is None:
        return None
    streams = [stream for stream in task.run.scope.streams if "tools" in stream.modes]
    if not streams:
        return None
    from anystep._langchain._tools import ToolCall

    ns = tuple(task.run.ns.split("|")) if task.run.ns else ()
    told = ToolCall(streams, ns, call_id or _new_id(task.run.scope.host))
    told.begin(name, dict(given))
    return told


def _new_id(host: Any) -> str:
    from anystep._ids import uuid4

    return uuid4(host.random_bytes(16))


def writer() -> Callable[[Any], None] | None:
    """What takes a part of the output of the tool that runs here; None where nobody listens."""
    from anystep._langchain._tools import writer as found

    return found.get()
