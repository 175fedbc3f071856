"""Names and protocols that saved data and the code around it agree on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from anystep._constants import ERROR, INTERRUPT, RESUME, SCHEDULED, TASKS

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "ERROR",
    "INTERRUPT",
    "RESUME",
    "SCHEDULED",
    "TASKS",
    "ChannelProtocol",
    "SendProtocol",
    "Update",
    "Value",
]

Value = TypeVar("Value", covariant=True)  # noqa: PLC0105  LangGraph's name
Update = TypeVar("Update", contravariant=True)  # noqa: PLC0105  the same

C = TypeVar("C")


class ChannelProtocol(Protocol[Value, Update, C]):
    """**Protocol:** a channel, as far as checkpoint code needs to know it."""

    @property
    def ValueType(self) -> Any:
        """The type of the value the channel holds."""

    @property
    def UpdateType(self) -> Any:
        """The type of a write to the channel."""

    def checkpoint(self) -> C | None:
        """What to save. Raises EmptyChannelError if the channel holds nothing."""

    def from_checkpoint(self, checkpoint: C | None) -> "Self":
        """A channel of this kind that holds what was saved."""
        ...

    def update(self, values: Sequence[Update]) -> bool:
        """Take one superstep's writes; whether that changed the channel."""
        ...

    def get(self) -> Value:
        """The value. Raises EmptyChannelError if the channel holds nothing."""
        ...

    def consume(self) -> bool:
        """Note that a subscriber has read the value; whether that changed the channel."""
        ...


@runtime_checkable
class SendProtocol(Protocol):
    """**Protocol:** a packet for one node, whoever's class it is."""

    node: str
    arg: Any
