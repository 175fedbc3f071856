"""All channel classes in one place, for the package to give when asked."""

from anystep.channels.any_value import AnyValue
from anystep.channels.base import BaseChannel
from anystep.channels.binop import BinaryOperatorAggregate
from anystep.channels.delta import DeltaChannel
from anystep.channels.ephemeral_value import EphemeralValue
from anystep.channels.last_value import LastValue, LastValueAfterFinish
from anystep.channels.named_barrier_value import NamedBarrierValue, NamedBarrierValueAfterFinish
from anystep.channels.ring_buffer import RingBuffer
from anystep.channels.topic import Topic
from anystep.channels.untracked_value import UntrackedValue

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
