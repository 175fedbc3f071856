"""A channel that merges writes with a reducer."""

from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep._records import DeltaSnapshot
from anystep.channels._overwrite import step_overwrite
from anystep.channels._reducer import concrete_type, fold_of, same_reducer
from anystep.channels.base import SingleValue, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

__all__ = ("BinaryOperatorAggregate",)


class BinaryOperatorAggregate(SingleValue[Value], Generic[Value]):
    """The value so far and each write, merged by `operator(value, write)` in task order.

    Starts as `typ()` where that works, else as the first write. An `Overwrite` takes the place of
    the value and of every other write of its step.
    """

    __slots__ = ("operator",)
    operator: "Callable[[Any, Any], Any]"

    def __init__(self, typ: Any, operator: "Callable[[Any, Any], Any]") -> None:
        super().__init__(typ)
        self.operator = operator
        try:
            self.value = concrete_type(typ)()
        except Exception:  # noqa: BLE001 - whatever a user's class says, it has no empty value
            self.value = MISSING

    def __eq__(self, other: object) -> bool:
        reducer = getattr(other, "operator", None)
        return isinstance(other, BinaryOperatorAggregate) and same_reducer(self.operator, reducer)

    def _empty(self) -> "Self":
        twin = type(self)(self.typ, self.operator)
        twin.key = self.key
        return twin

    def from_checkpoint(self, checkpoint: Any) -> "Self":
        """A channel of the same kind that holds `checkpoint`."""
        # A thread saved while this key was a DeltaChannel holds snapshots.
        if isinstance(checkpoint, DeltaSnapshot):
            checkpoint = checkpoint.value
        return super().from_checkpoint(checkpoint)

    def update(self, values: "Sequence[Value]") -> bool:
        """Merge the writes. Raises InvalidUpdateError if more than one is an `Overwrite`."""
        if not values:
            return False
        overwritten = step_overwrite(values)
        if overwritten is not MISSING:
            self.value = overwritten
            return True
        value: Any = self.value
        if value is MISSING:
            value, values = values[0], values[1:]
        if len(values) > 1 and (fold := fold_of(self.operator)):
            value = fold(value, values)
        else:
            for write in values:
                value = self.operator(value, write)
        self.value = value
        return True
