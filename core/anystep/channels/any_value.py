"""A channel for values that are expected to be equal."""

from typing import TYPE_CHECKING, Generic

from anystep._record import MISSING
from anystep.channels.base import SingleValue, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("AnyValue",)


class AnyValue(SingleValue[Value], Generic[Value]):
    """Any one of the values written in the last step; a step without writes clears it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnyValue)

    def update(self, values: "Sequence[Value]") -> bool:
        """Take the last write, or forget the value if there is none."""
        if values:
            self.value = values[-1]
            return True
        if self.value is MISSING:
            return False
        self.value = MISSING
        return True
