"""Saving through a saver: our own by change, anybody else's by whole checkpoint.

Chosen once, before the loop. Each operation is one call to the saver; a driver makes
the call, or awaits it, in the order the planner gave.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from anystep._constants import CONF

if TYPE_CHECKING:
    from anystep._planner import SaveWrites
    from anystep._records import Commit

Call = tuple[str, tuple[Any, ...]]


class Port:
    """Turns the planner's saves into calls on one saver."""

    __slots__ = (
        "config",
        "foreign",
        "known",
        "native",
        "ns",
        "place",
        "saver",
        "staged",
        "thread_id",
        "with_paths",
    )

    def __init__(
        self,
        saver: Any,
        config: dict[str, Any],
        thread_id: str,
        ns: str,
        asynchronous: bool | None = None,  # None: either face may be called
        patient: bool = False,  # whether what is saved may be on its way when the run goes on
    ) -> None:
        self.saver = saver
        self.config = config  # the caller's, which foreign savers may read keys from
        self.thread_id = thread_id
        self.ns = ns
        self.native = bool(getattr(saver, "native", False))
        self.staged = patient and self.native and bool(getattr(saver, "stages", False))
        # Whether it writes with a serializer that knows LangGraph's records, not ours.
        serde = type(getattr(saver, "serde", None)).__module__
        self.foreign = not self.native and not serde.startswith("anystep.")
        self.with_paths = self.native or takes_paths(saver, asynchronous)
        self.place: dict[str, Any] | None = None  # what says where the thread is, once asked for
        self.known: dict[str, Any] = {}  # versions a foreign saver has already

    def commit(self, commit: Commit) -> Call:
        """The call that stores one superstep's change."""
        if self.native:
            return "stage" if self.staged else "commit", (commit,)
        config = self.address(commit.parent_id)
        metadata = {
            "source": commit.source,
            "step": commit.step,
            "parents": commit.parents,
            **commit.metadata,
        }
        changed = {k: v for k, v in commit.versions.items() if self.known.get(k) != v}
        self.known = dict(commit.versions)
        return "put", (config, checkpoint_of(commit, self.foreign), metadata, changed)

    def writes(self, save: SaveWrites) -> Call:
        """The call that stores what one task wrote."""
        config = self.address(save.checkpoint_id)
        pairs = save.pairs
        if self.staged:
            return "stage_writes", (config, pairs, save.task_id, save.path)
        if self.foreign:
            from ._foreign import outward

            pairs = [(name, outward(name, value)) for name, value in pairs]
        call = (config, pairs, save.task_id)
        return "put_writes", (*call, save.path) if self.with_paths else call

    def address(self, checkpoint_id: str | None) -> dict[str, Any]:
        """The config that names a checkpoint of this run's thread and namespace."""
        if self.place is None:
            self.place = {
                **{k: v for k, v in self.config.get(CONF, {}).items() if not k.startswith("__")},
                "thread_id": self.thread_id,
                "checkpoint_ns": self.ns,
            }
            self.place.pop("checkpoint_id", None)
            self.place.pop("checkpoint_map", None)
        configurable = self.place.copy()
        if checkpoint_id is not None:
            configurable["checkpoint_id"] = checkpoint_id
        return {**self.config, CONF: configurable}


def takes_paths(saver: Any, asynchronous: bool | None) -> bool:
    """Whether a saver's `put_writes` takes a task's path: old ones do not."""
    from inspect import signature

    faces = ("put_writes", "aput_writes")
    names = faces if asynchronous is None else faces[asynchronous : asynchronous + 1]
    return all("task_path" in signature(getattr(saver, name)).parameters for name in names)


def checkpoint_of(commit: Commit, foreign: bool) -> dict[str, Any]:
    """A full commit in LangGraph's checkpoint shape (`v` 4), in its records for a foreign saver."""
    values = commit.values
    if foreign:
        from ._foreign import outward

        values = {k: outward(k, v) for k, v in values.items()}
    return {
        "v": 4,
        "id": commit.id,
        "ts": timestamp(commit.ts),
        "channel_values": dict(values),
        "channel_versions": commit.versions,
        "versions_seen": commit.seen,
        "updated_channels": None if commit.updated is None else list(commit.updated),
    }


def timestamp(ns: int) -> str:
    """Nanoseconds since the epoch as ISO 8601 in UTC, to the microsecond."""
    seconds, micros = divmod(ns // 1000, 1_000_000)
    text = _second(seconds)
    return f"{text}.{micros:06d}+00:00" if micros else f"{text}+00:00"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    """A second since the epoch, without the zone: the same for hundreds of checkpoints."""
    from datetime import datetime, timedelta

    return (datetime(1970, 1, 1) + timedelta(seconds=seconds)).isoformat()
