"""A channel whose value lives for one step."""

from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep.channels.base import SingleValue, Value
from anystep.errors import InvalidUpdateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ("EphemeralValue",)


class EphemeralValue(SingleValue[Value], Generic[Value]):
    """The value of the step before; a step without writes clears it.

    With `guard` a second write in one step is an error, without it the last one counts.
    """

    __slots__ = ("guard",)
    guard: bool

    def __init__(self, typ: Any, guard: bool = True) -> None:
        super().__init__(typ)
        self.guard = guard

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EphemeralValue) and other.guard == self.guard

    def _empty(self) -> "Self":
        twin = type(self)(self.typ, self.guard)
        twin.key = self.key
        return twin

    def update(self, values: "Sequence[Value]") -> bool:
        """Take the write, or forget the value. Raises InvalidUpdateError for two, if guarded."""
        if not values:
            if self.value is MISSING:
                return False
            self.value = MISSING
            return True
        if self.guard and len(values) != 1:
            raise InvalidUpdateError(
                f"At key '{self.key}': EphemeralValue(guard=True) can receive only one value per "
                "step. Use guard=False if you want to store any one of multiple values."
            )
        self.value = values[-1]
        return True
