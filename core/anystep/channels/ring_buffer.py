"""A channel that keeps the last few of what is written to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic

from anystep.channels.base import Value
from anystep.channels.topic import Topic

if TYPE_CHECKING:
    from typing import Self

__all__ = ("RingBuffer",)


class RingBuffer(Topic[Value], Generic[Value]):
    """The last `capacity` values written, in order; a written list counts as its items.

    `Annotated[list[str], RingBuffer(str, 20)]` in a state keeps twenty, however long the run. A
    thread that was saved with a larger capacity loses its oldest when it goes on. Not in
    LangGraph.

    Raises: `ValueError` for a capacity below 1.
    """

    __slots__ = ("capacity",)
    capacity: int

    def __init__(self, typ: Any, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"RingBuffer(capacity=...) must be 1 or more: {capacity!r}")
        super().__init__(typ, accumulate=True)
        self.capacity = capacity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RingBuffer) and other.capacity == self.capacity

    def _holding(self, values: list[Value]) -> "Self":
        twin = type(self)(self.typ, self.capacity)
        twin.key = self.key
        twin.values = values[-self.capacity :]
        return twin

    def update(self, values: Sequence[Value | list[Value]]) -> bool:
        """Take the writes, and let go of what is too old."""
        changed = super().update(values)
        del self.values[: -self.capacity]
        return changed
