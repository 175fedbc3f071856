"""The walk that rebuilds delta channels from the writes of a checkpoint's ancestors."""

from collections.abc import Sequence

from anystep.checkpoint.base._shapes import (
    CheckpointTuple,
    DeltaChannelHistory,
    PendingWrite,
)
from anystep.typing import RunnableConfig


class HistoryWalk:
    """Collects, per channel, the writes down to the nearest ancestor that stores its value.

    The owner loads the checkpoint `wanted` names, gives it to `take`, and goes on until
    `wanted` is None: one loop for the sync and the async saver.
    """

    def __init__(self, start: RunnableConfig | None, channels: Sequence[str]) -> None:
        self.wanted = start if channels else None
        self._newest_first: dict[str, list[PendingWrite]] = {c: [] for c in channels}
        self._found: dict[str, DeltaChannelHistory] = {}

    def take(self, ancestor: CheckpointTuple | None) -> None:
        """Use the checkpoint `wanted` named, or None where there is none."""
        if ancestor is None:
            self.wanted = None
            return
        missing = self._newest_first.keys() - self._found.keys()
        for write in reversed(ancestor.pending_writes or ()):
            if write[1] in missing:
                self._newest_first[write[1]].append(write)
        values = ancestor.checkpoint["channel_values"]
        for channel in missing & values.keys():
            self._found[channel] = {
                "writes": self._newest_first[channel][::-1],
                "seed": values[channel],
            }
        done = len(self._found) == len(self._newest_first)
        self.wanted = None if done else ancestor.parent_config

    def result(self) -> dict[str, DeltaChannelHistory]:
        """The history of every channel asked for."""
        return {
            channel: self._found.get(channel, {"writes": writes[::-1]})
            for channel, writes in self._newest_first.items()
        }
