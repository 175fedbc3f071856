"""Several channels of a sync run, read as one."""
# The parts of one package; transformers written for LangGraph use these names, too.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .stream_channel import StreamChannel

if TYPE_CHECKING:
    from ._mux import StreamMux


def interleaved(mux: StreamMux, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """`(name, item)` of the named channels, in the order in which they were pushed."""
    channels: dict[str, StreamChannel[Any]] = {}
    try:
        for name in names:
            channels[name] = _taken(name, mux.extensions[name])
        left = dict(channels)
        while left:
            waiting = [(c._items[0][0], name) for name, c in left.items() if c._items]
            if waiting:
                name = min(waiting)[1]
                yield name, left[name]._items.popleft()[1]
                continue
            left = {name: c for name, c in left.items() if not c._is_over()}
            pumped = bool(left) and mux._pump_fn is not None and mux._pump_fn()
            if left and not pumped and not any(c._items or c._closed for c in left.values()):
                return
    finally:
        for channel in channels.values():
            channel._subscribed = False


def _taken(name: str, channel: Any) -> StreamChannel[Any]:
    """A projection, taken for reading."""
    if not isinstance(channel, StreamChannel):
        raise TypeError(
            "interleave() requires StreamChannel projections, "
            f"got {type(channel).__name__} for {name!r}"
        )
    if channel._is_async:
        raise TypeError(
            f"StreamChannel {name!r} is bound to async mode: "
            "sync interleave() cannot consume async channels."
        )
    if channel._subscribed:
        raise RuntimeError(
            f"StreamChannel {name!r} already has a subscriber; use .tee(n) for fan-out."
        )
    channel._subscribe(asynchronous=False)
    return channel
