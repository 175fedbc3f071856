"""Channels: how one key of a graph's state takes the writes of a step.

The classes are imported when one is first asked for here: a graph needs two or three of the
twelve, and the engine imports those from their own modules.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anystep.channels._every import (
        AnyValue,
        BaseChannel,
        BinaryOperatorAggregate,
        DeltaChannel,
        EphemeralValue,
        LastValue,
        LastValueAfterFinish,
        NamedBarrierValue,
        NamedBarrierValueAfterFinish,
        RingBuffer,
        Topic,
        UntrackedValue,
    )

__all__ = (
    "AnyValue",
    "BaseChannel",
    "BinaryOperatorAggregate",
    "DeltaChannel",
    "EphemeralValue",
    "LastValue",
    "LastValueAfterFinish",
    "NamedBarrierValue",
    "NamedBarrierValueAfterFinish",
    "RingBuffer",
    "Topic",
    "UntrackedValue",
)


def __getattr__(name: str) -> Any:
    """A channel class; the first request brings them all."""
    if name in __all__:
        from anystep.channels import _every

        value = globals()[name] = getattr(_every, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
