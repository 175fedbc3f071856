"""Whether a failed task is tried again, and after how long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from anystep.errors import GraphBubbleUp

if TYPE_CHECKING:
    from ._task import Task


def retry_delay(
    task: Task, error: BaseException, default: Sequence[Any], scope: Any
) -> float | None:
    """Seconds to wait before the next attempt, or None to give up.

    The first policy that matches the error decides. After attempt n the wait is
    `min(max_interval, initial_interval * backoff_factor ** (n - 1))`, plus up to a
    second of jitter so that many failing tasks do not come back together.
    """
    if isinstance(error, GraphBubbleUp) or not isinstance(error, Exception):
        return None
    policies = task.node.retry or default
    for policy in policies:
        if not _matches(policy.retry_on, error):
            continue
        if task.attempt >= policy.max_attempts:
            return None
        delay = min(
            policy.max_interval,
            policy.initial_interval * policy.backoff_factor ** (task.attempt - 1),
        )
        return float(delay + scope.jitter()) if policy.jitter else float(delay)
    return None


def _matches(retry_on: Any, error: Exception) -> bool:
    if isinstance(retry_on, type):
        return isinstance(error, retry_on)
    if isinstance(retry_on, Sequence):
        return isinstance(error, tuple(retry_on))
    return bool(retry_on(error))
