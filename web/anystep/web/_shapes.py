"""What a page is told of graphs, checkpoints and errors; `js/index.d.ts` has the types."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Collection
from types import FrameType
from typing import Any

from anystep.web._display import JSON, displayed

__all__ = ["described", "drawing", "snapshot"]


def drawing(graph: Any, *, xray: bool | int = False) -> JSON:
    """Nodes and edges."""
    drawn = graph.get_graph(xray=xray)
    return {
        "nodes": [{"id": key, "name": node.name} for key, node in drawn.nodes.items()],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "label": displayed(edge.data),
                "conditional": bool(edge.conditional),
            }
            for edge in drawn.edges
        ],
    }


def snapshot(thread: str, state: Any) -> JSON:
    """One checkpoint, from a `StateSnapshot`."""
    metadata = state.metadata or {}
    return {
        "thread": thread,
        "checkpoint": _checkpoint(state.config),
        "parent": _checkpoint(state.parent_config),
        "values": displayed(state.values),
        "next": list(state.next),
        "interrupts": [_interrupt(one) for one in state.interrupts],
        "tasks": [
            {
                "id": task.id,
                "name": task.name,
                "path": displayed(task.path),
                "error": None if task.error is None else str(task.error),
                "interrupts": [_interrupt(one) for one in task.interrupts],
                "result": displayed(task.result),
            }
            for task in state.tasks
        ],
        "step": displayed(metadata.get("step")),
        "source": displayed(metadata.get("source")),
        "metadata": displayed(metadata),
        "createdAt": state.created_at,
    }


def _checkpoint(config: Any) -> JSON:
    return displayed(((config or {}).get("configurable") or {}).get("checkpoint_id"))


def _interrupt(interrupt: Any) -> JSON:
    shown: dict[str, JSON] = {"id": interrupt.id, "value": displayed(interrupt.value)}
    if isinstance(interrupt.response_schema, dict):
        shown["schema"] = displayed(interrupt.response_schema)
    return shown


def described(error: BaseException, hidden: Collection[str]) -> JSON:
    """An error with its traceback, which begins with the first frame of a program.

    Where there is none, only the frames of the files `hidden` are left out.
    """
    kind = type(error)
    shown = traceback.TracebackException.from_exception(error)
    # How the session and the engine came to call a graph's code tells its author nothing.
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    begins = [at for at, frame in enumerate(frames) if _is_program(frame)]
    if begins:
        del shown.stack[: begins[0]]
    shown.stack[:] = [frame for frame in shown.stack if frame.filename not in hidden]
    return {
        "type": kind.__qualname__,
        "module": kind.__module__,
        "code": displayed(getattr(error, "code", None)),
        "message": str(error),
        "traceback": "".join(shown.format(chain=False)),
    }


def _is_program(frame: FrameType) -> bool:
    """Neither ours nor the standard library's, by which we call some nodes."""
    package, *_ = str(frame.f_globals.get("__name__", "")).split(".")
    return package != "anystep" and package not in sys.stdlib_module_names
