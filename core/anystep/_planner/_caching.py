"""Results of earlier runs: nodes with a cache policy do not run twice on one input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import RETURN

from ._commands import Command, SaveCached

if TYPE_CHECKING:
    from ._task import Task


def take_cached(tasks: Sequence[Task], found: Mapping[Any, Any] | None) -> None:
    """Give tasks the writes that an earlier run on the same input made."""
    for task in tasks:
        pairs = (found or {}).get(task.cache_key)
        if pairs is not None:
            task.restored = [(name, value) for name, value in pairs]
            task.done = task.cached = True


def cache_command(task: Task) -> list[Command]:
    """Keep what a task has just done, if its node says so."""
    policy = task.node.cache
    if policy is None or task.cached or task.run.scope.cache is None:
        return []
    pairs = task.pairs() if task.parent is None else [(RETURN, task.value)]
    return [SaveCached(task.cache_key, pairs, policy.ttl)]
