"""A channel that lasts as long as the run and is never saved."""

from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep.channels.base import GuardedValue, Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ("UntrackedValue",)


class UntrackedValue(GuardedValue[Value], Generic[Value]):
    """The last value written, for this run only: for connections, locks and other live things.

    With `guard` a second write in one step is an error, without it the last one counts.
    """

    __slots__ = ()
    transient = True

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
        return self._take(values)
