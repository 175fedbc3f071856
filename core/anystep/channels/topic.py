"""A channel that collects what is written to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep.channels.base import BaseChannel, Value
from anystep.errors import EmptyChannelError

if TYPE_CHECKING:
    from typing import Self

__all__ = ("Topic",)


class Topic(BaseChannel[Sequence[Value], Value | list[Value], list[Value]], Generic[Value]):
    """All values written, in order; a written list counts as its items.

    With `accumulate` they pile up, without it each step starts anew.
    """

    __slots__ = ("accumulate", "values")
    accumulate: bool
    values: list[Value]

    def __init__(self, typ: Any, accumulate: bool = False) -> None:
        super().__init__(typ)
        self.accumulate = accumulate
        self.values = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Topic) and other.accumulate == self.accumulate

    @property
    def ValueType(self) -> Any:
        """A sequence of the declared type."""
        return Sequence[self.typ]  # type: ignore[name-defined]

    @property
    def UpdateType(self) -> Any:
        """The declared type, or a list of it."""
        return self.typ | list[self.typ]  # type: ignore[name-defined]

    def _holding(self, values: list[Value]) -> "Self":
        twin = type(self)(self.typ, self.accumulate)
        twin.key = self.key
        twin.values = values
        return twin

    def copy(self) -> "Self":
        """A topic of the same kind with the same values."""
        return self._holding(self.values.copy())

    def checkpoint(self) -> list[Value]:
        """A copy of the values."""
        return self.values.copy()

    def from_checkpoint(self, checkpoint: Any) -> "Self":
        """A topic of the same kind with the values of `checkpoint`."""
        if checkpoint is MISSING:
            return self._holding([])
        values: list[Value] = checkpoint
        old: tuple[Any, list[Value]] = checkpoint
        if isinstance(checkpoint, tuple):  # LangGraph once stored (seen, values)
            values = old[1]
        return self._holding(values.copy())

    def update(self, values: Sequence[Value | list[Value]]) -> bool:
        """Take the writes, after dropping the last step's unless accumulating."""
        changed = False
        if not self.accumulate and self.values:
            changed = True
            self.values = []
        value: Any
        for value in values:
            if isinstance(value, list):
                before = len(self.values)
                self.values += value
                changed = changed or len(self.values) > before
            else:
                self.values.append(value)
                changed = True
        return changed

    def get(self) -> Sequence[Value]:
        """A copy of the values. Raises EmptyChannelError if there are none."""
        if not self.values:
            raise EmptyChannelError
        return self.values.copy()

    def is_available(self) -> bool:
        """Whether there are any values."""
        return bool(self.values)
