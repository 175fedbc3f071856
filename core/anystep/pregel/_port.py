"""Saving through a saver: our own by change, anybody else's by whole checkpoint.

Chosen once, before the loop. Each operation is one call to the saver; a driver makes
the call, or awaits it, in the order the planner gave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep._constants import CONF

from ._foreign import outward

if TYPE_CHECKING:
    from anystep._planner import SaveWrites
    from anystep._records import Commit

Call = tuple[str, tuple[Any, ...]]


class Port:
    """Turns the planner's saves into calls on one saver."""

    __slots__ = ("config", "known", "native", "ns", "saver", "thread_id")

    def __init__(self, saver: Any, config: dict[str, Any], thread_id: str, ns: str) -> None:
        self.saver = saver
        self.config = config  # the caller's, which foreign savers may read keys from
        self.thread_id = thread_id
        self.ns = ns
        self.native = bool(getattr(saver, "native", False))
        self.known: dict[str, Any] = {}  # versions a foreign saver has already

    def commit(self, commit: Commit) -> Call:
        """The call that stores one superstep's change."""
        if self.native:
            return "commit", (commit,)
        config = self.address(commit.parent_id)
        metadata = {
            "source": commit.source,
            "step": commit.step,
            "parents": commit.parents,
            **commit.metadata,
        }
        changed = {k: v for k, v in commit.versions.items() if self.known.get(k) != v}
        self.known = dict(commit.versions)
        return "put", (config, checkpoint_of(commit), metadata, changed)

    def writes(self, save: SaveWrites) -> Call:
        """The call that stores what one task wrote."""
        config = self.address(save.checkpoint_id)
        pairs = save.pairs
        if not self.native:
            pairs = [(name, outward(name, value)) for name, value in pairs]
        return "put_writes", (config, pairs, save.task_id, save.path)

    def address(self, checkpoint_id: str | None) -> dict[str, Any]:
        """The config that names a checkpoint of this run's thread and namespace."""
        configurable = {
            **{k: v for k, v in self.config.get(CONF, {}).items() if not k.startswith("__")},
            "thread_id": self.thread_id,
            "checkpoint_ns": self.ns,
        }
        configurable.pop("checkpoint_id", None)
        configurable.pop("checkpoint_map", None)
        if checkpoint_id is not None:
            configurable["checkpoint_id"] = checkpoint_id
        return {**self.config, CONF: configurable}


def checkpoint_of(commit: Commit) -> dict[str, Any]:
    """A full commit in LangGraph's checkpoint shape (`v` 4)."""
    return {
        "v": 4,
        "id": commit.id,
        "ts": timestamp(commit.ts),
        "channel_values": {k: outward(k, v) for k, v in commit.values.items()},
        "channel_versions": commit.versions,
        "versions_seen": commit.seen,
        "updated_channels": None if commit.updated is None else list(commit.updated),
    }


def timestamp(ns: int) -> str:
    """Nanoseconds since the epoch as ISO 8601 in UTC, to the microsecond."""
    from datetime import UTC, datetime, timedelta

    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (epoch + timedelta(microseconds=ns // 1000)).isoformat()
