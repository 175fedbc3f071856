"""Limits on how long one attempt of an async node may take."""

from __future__ import annotations

import asyncio  # noqa: TID253  # imported by the async driver only
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from anystep.errors import NodeTimeoutError
from anystep.types import TimeoutPolicy

if TYPE_CHECKING:
    from anystep._planner import Task


async def within(
    limits: Any, task: Task, work: Coroutine[Any, Any, None], now: Callable[[], float]
) -> None:
    """Await `work` until it is done or one of the limits has passed.

    The idle limit starts again with every sign of progress (`task.progress`).

    Raises: `NodeTimeoutError`, which says which limit it was.
    """
    policy = TimeoutPolicy.coerce(limits)
    if policy is None:
        await work
        return
    run, idle = _seconds(policy.run_timeout), _seconds(policy.idle_timeout)
    loop = asyncio.get_running_loop()
    began, began_here = loop.time(), now()
    hard = None if run is None else began + run
    clock = asyncio.timeout_at(_first(hard, idle, began))
    try:
        async with clock:
            if idle is not None:

                def progress() -> None:
                    if not clock.expired():
                        clock.reschedule(_first(hard, idle, loop.time()))

                task.progress = progress
                task.only_heartbeats = policy.refresh_on == "heartbeat"
            await work
    except TimeoutError as error:
        if not clock.expired():
            raise  # the node's own
        kind = "run" if hard is not None and loop.time() >= hard else "idle"
        raise NodeTimeoutError(
            task.name,
            now() - began_here,
            kind=kind,  # type: ignore[arg-type]
            idle_timeout=idle,
            run_timeout=run,
        ) from error
    finally:
        task.progress = None


def _first(hard: float | None, idle: float | None, now: float) -> float:
    """The moment at which the first limit passes."""
    moments = [m for m in (hard, None if idle is None else now + idle) if m is not None]
    return min(moments)


def _seconds(limit: Any) -> float | None:
    return None if limit is None else float(limit)
