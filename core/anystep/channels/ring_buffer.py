"""A channel that keeps the last few of what is written to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep.channels.base import BaseChannel, Value
from anystep.errors import EmptyChannelError

if TYPE_CHECKING:
    from typing import Self

__all__ = ("RingBuffer",)


class RingBuffer(BaseChannel[Sequence[Value], Value | list[Value], list[Value]], Generic[Value]):
    """The last `capacity` values written, in order; a written list counts as its items.

    `Annotated[list[str], RingBuffer(str, 20)]` in a state keeps twenty, however long the run. A
    thread that was saved with a larger capacity loses its oldest when it goes on. Not in
    LangGraph.

    Raises: `ValueError` for a capacity below 1.
    """

    __slots__ = ("capacity", "values")
    capacity: int
    values: list[Value]

    def __init__(self, typ: Any, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"RingBuffer(capacity=...) must be 1 or more: {capacity!r}")
        super().__init__(typ)
        self.capacity = capacity
        self.values = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RingBuffer) and other.capacity == self.capacity

    @property
    def ValueType(self) -> Any:
        """A sequence of the declared type."""
        return Sequence[self.typ]  # type: ignore[name-defined]

    @property
    def UpdateType(self) -> Any:
        """The declared type, or a list of it."""
        return self.typ | list[self.typ]  # type: ignore[name-defined]

    def from_checkpoint(self, checkpoint: Any) -> "Self":
        """A buffer of the same capacity with the newest values of `checkpoint`."""
        twin = type(self)(self.typ, self.capacity)
        twin.key = self.key
        if checkpoint is not MISSING:
            twin.values = checkpoint[-self.capacity :]
        return twin

    def update(self, values: Sequence[Value | list[Value]]) -> bool:
        """Take the writes, and let go of what is too old."""
        written: list[Value] = []
        for value in values:
            if isinstance(value, list):
                written += value
            else:
                written.append(value)
        if written:
            self.values = [*self.values, *written][-self.capacity :]
        return bool(written)

    def get(self) -> Sequence[Value]:
        """A copy of the values. Raises EmptyChannelError if there are none."""
        if not self.values:
            raise EmptyChannelError
        return self.values.copy()
