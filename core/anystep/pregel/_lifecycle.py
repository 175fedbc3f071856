"""What `anystep.callbacks` handlers are told: that a run goes on, that it stops to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._stream import namespace

if TYPE_CHECKING:
    from anystep._planner import Notify

    from ._scope import Scope


def notifier(scope: Scope) -> Callable[[Notify], Any] | None:
    """A function that tells the run's callbacks; None where none of them listens.

    For an async run it is a coroutine function.
    """
    from anystep.callbacks import (
        GraphInterruptEvent,
        GraphResumeEvent,
        get_async_graph_callback_manager_for_config,
        get_sync_graph_callback_manager_for_config,
    )

    for_config = (
        get_async_graph_callback_manager_for_config
        if scope.asynchronous
        else get_sync_graph_callback_manager_for_config
    )
    config: Any = scope.config
    manager = for_config(config, run_id=_run_id(scope))
    if not manager.handlers:
        return None

    def notify(told: Notify) -> Any:
        where: Any = {
            "run_id": (scope.trace and scope.trace.run_id) or manager.run_id,
            "status": told.status,
            "checkpoint_id": told.checkpoint_id,
            "checkpoint_ns": namespace(scope.ns),
        }
        if told.interrupts is None:
            return manager.on_resume(GraphResumeEvent(**where))
        return manager.on_interrupt(GraphInterruptEvent(**where, interrupts=told.interrupts))

    return notify


def _run_id(scope: Scope) -> Any:
    """The run's id: the caller's for a root run, a new one for any other."""
    from uuid import UUID

    given = scope.config.get("run_id") if scope.parent is None else None
    if given is not None:
        return given if isinstance(given, UUID) else UUID(str(given))
    return UUID(bytes=scope.host.random_bytes(16), version=4)
