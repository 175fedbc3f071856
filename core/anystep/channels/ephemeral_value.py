"""A channel whose value lives for one step."""

from typing import TYPE_CHECKING, Generic

from anystep._record import MISSING
from anystep.channels.base import GuardedValue, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("EphemeralValue",)


class EphemeralValue(GuardedValue[Value], Generic[Value]):
    """The value of the step before; a step without writes clears it.

    With `guard` a second write in one step is an error, without it the last one counts.
    """

    __slots__ = ()

    def update(self, values: "Sequence[Value]") -> bool:
        """Take the write, or forget the value. Raises InvalidUpdateError for two, if guarded."""
        if not values:
            if self.value is MISSING:
                return False
            self.value = MISSING
            return True
        return self._take(values)
