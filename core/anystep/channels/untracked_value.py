"""A channel that lasts as long as the run and is never saved."""

from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep.channels.base import SingleValue, Value
from anystep.errors import InvalidUpdateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ("UntrackedValue",)


class UntrackedValue(SingleValue[Value], Generic[Value]):
    """The last value written, for this run only: for connections, locks and other live things.

    With `guard` a second write in one step is an error, without it the last one counts.
    """

    __slots__ = ("guard",)
    guard: bool

    def __init__(self, typ: Any, guard: bool = True) -> None:
        super().__init__(typ)
        self.guard = guard

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntrackedValue) and other.guard == self.guard

    def _empty(self) -> "Self":
        twin = type(self)(self.typ, self.guard)
        twin.key = self.key
        return twin

    def checkpoint(self) -> Any:
        """`MISSING`, always."""
        return MISSING

    def from_checkpoint(self, checkpoint: Any) -> "Self":
        """An empty channel of the same kind."""
        return self._empty()

    def update(self, values: "Sequence[Value]") -> bool:
        """Take the write, if any. Raises InvalidUpdateError for two, if guarded."""
        if not values:
            return False
        if self.guard and len(values) != 1:
            raise InvalidUpdateError(
                f"At key '{self.key}': UntrackedValue(guard=True) can receive only one value per "
                "step. Use guard=False if you want to store any one of multiple values."
            )
        self.value = values[-1]
        return True
