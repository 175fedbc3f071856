"""What the graph tells, as protocol events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep.host import current_host

if TYPE_CHECKING:
    from ._types import EventParams, ProtocolEvent


def convert_to_protocol_event(part: Any) -> ProtocolEvent:
    """A v2 stream part (`type`, `ns`, `data`, for values also `interrupts`) as an event."""
    params: EventParams = {
        "namespace": list(part["ns"]),
        "timestamp": now_ms(),
        "data": part["data"],
    }
    if "interrupts" in part:
        params["interrupts"] = part["interrupts"]
    return {"type": "event", "method": part["type"], "params": params}


def now_ms() -> int:
    """Milliseconds since the epoch, by the host's clock."""
    return current_host().now_ns() // 1_000_000
