"""Reading delta channels from threads that LangGraph wrote: their values are in the writes.

LangGraph stores a `DeltaChannel` as a snapshot now and then, and otherwise not at all: what
tasks wrote since then is still there. The engine itself stores whole values.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from anystep._record import MISSING
from anystep._records import DeltaSnapshot, Overwrite
from anystep.channels.delta import DeltaChannel
from anystep.checkpoint.base import BaseCheckpointSaver

if TYPE_CHECKING:
    from anystep._planner import Program


def reading_deltas(saver: Any, program: Program) -> Any:
    """`saver`, or what reads through it, if it is a foreign one and there are delta channels."""
    if not program.objects or saver is None or getattr(saver, "native", False):
        return saver
    channels = {name: program.channels[name] for name in program.objects}
    deltas = {name: c for name, c in channels.items() if isinstance(c, DeltaChannel)}
    return DeltaReader(saver, deltas) if deltas else saver


class DeltaReader:
    """A saver whose checkpoints come with the values of delta channels, as all others do."""

    def __init__(self, saver: Any, channels: Mapping[str, DeltaChannel[Any]]) -> None:
        self.saver = saver
        self.channels = channels

    def __getattr__(self, name: str) -> Any:
        return getattr(self.saver, name)

    def get_tuple(self, config: Any) -> Any:
        """The saver's `get_tuple`, completed."""
        return self._filled(self.saver.get_tuple(config))

    async def aget_tuple(self, config: Any) -> Any:
        """As `get_tuple`, awaiting the saver."""
        return await self._afilled(await self.saver.aget_tuple(config))

    def list(self, config: Any, **options: Any) -> Iterator[Any]:
        """The saver's `list`, completed."""
        # All at once: a saver may hold a lock while it lists, and is asked for more here.
        for found in [*self.saver.list(config, **options)]:
            yield self._filled(found)

    async def alist(self, config: Any, **options: Any) -> AsyncIterator[Any]:
        """As `list`, awaiting the saver."""
        for found in [found async for found in self.saver.alist(config, **options)]:
            yield await self._afilled(found)

    def _filled(self, found: Any) -> Any:
        names = self._missing(found)
        return self._completed(found, self._walk("")(found.config, names) if names else {})

    async def _afilled(self, found: Any) -> Any:
        names = self._missing(found)
        return self._completed(found, await self._walk("a")(found.config, names) if names else {})

    def _walk(self, face: str) -> Callable[[Any, Sequence[str]], Any]:
        """What asks the saver for the history of channels; our own way if it has none."""
        name = face + "get_delta_channel_history"
        walk = getattr(self.saver, name, None) or partial(
            getattr(BaseCheckpointSaver, name), self.saver
        )
        return lambda config, channels: walk(config=config, channels=channels)

    def _missing(self, found: Any) -> Sequence[str]:
        """The channels that were written, and whose value the checkpoint does not have."""
        if found is None:
            return []
        values, versions = (found.checkpoint[k] for k in ("channel_values", "channel_versions"))
        return [name for name in self.channels if name in versions and name not in values]

    def _completed(self, found: Any, histories: Mapping[str, Any]) -> Any:
        if found is None:
            return None
        values = {**found.checkpoint["channel_values"]}
        for name in values.keys() & self.channels.keys():
            values[name] = _opened(values[name])
        for name, history in histories.items():
            seed = _opened(history.get("seed", MISSING))
            channel = self.channels[name].from_checkpoint(seed)
            channel.replay_writes(
                [(task, key, _ours(write)) for task, key, write in history["writes"]]
            )
            values[name] = channel.get()
        return found._replace(checkpoint={**found.checkpoint, "channel_values": values})


def _opened(value: Any) -> Any:
    """What a snapshot holds, LangGraph's or ours; anything else as it is."""
    theirs = getattr(sys.modules.get("langgraph.checkpoint.serde.types"), "_DeltaSnapshot", None)
    if isinstance(value, DeltaSnapshot) or (theirs is not None and isinstance(value, theirs)):
        return value.value
    return value


def _ours(write: Any) -> Any:
    """LangGraph's `Overwrite` as ours."""
    theirs = getattr(sys.modules.get("langgraph.types"), "Overwrite", None)
    return Overwrite(write.value) if theirs is not None and isinstance(write, theirs) else write
