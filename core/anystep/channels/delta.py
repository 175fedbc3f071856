"""A channel of which savers keep the writes, and only now and then the whole value."""

from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep._records import DeltaSnapshot
from anystep.channels._overwrite import overwrite_value, step_overwrite
from anystep.channels._reducer import concrete_type, same_reducer
from anystep.channels.base import SingleValue, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

__all__ = ("DeltaChannel",)


class DeltaChannel(SingleValue[Value], Generic[Value]):
    """A value merged by a batch reducer, `reducer(value, [write, ...])`, and saved as writes.

    The reducer must not care how writes are batched: `reducer(reducer(v, xs), ys)` equals
    `reducer(v, xs + ys)`. Then the value can be rebuilt from the writes that the checkpoints
    since the last snapshot hold. A snapshot is due after `snapshot_frequency` updates. `typ`
    defaults to the annotated type. Raises ValueError for a frequency below one.
    """

    __slots__ = ("reducer", "snapshot_frequency")
    reducer: "Callable[[Any, list[Any]], Any]"
    snapshot_frequency: int

    def __init__(
        self,
        reducer: "Callable[[Any, list[Any]], Any]",
        typ: type[Value] | None = None,
        *,
        snapshot_frequency: int = 100,
    ) -> None:
        if snapshot_frequency <= 0:
            raise ValueError(f"snapshot_frequency must be a positive int, got {snapshot_frequency}")
        super().__init__(list if typ is None else concrete_type(typ))
        self.reducer = reducer
        self.snapshot_frequency = snapshot_frequency

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DeltaChannel)
            and self.snapshot_frequency == other.snapshot_frequency
            and same_reducer(self.reducer, other.reducer)
        )

    def _empty(self) -> "Self":
        twin = type(self)(self.reducer, self.typ, snapshot_frequency=self.snapshot_frequency)
        twin.key = self.key
        return twin

    def copy(self) -> "Self":
        """A channel of the same kind with a shallow copy of the value."""
        twin = self._empty()
        twin.value = _shallow(self.value)
        return twin

    def checkpoint(self) -> Any:
        """`MISSING`, always: whether a snapshot is due is for the engine to say."""
        return MISSING

    def from_checkpoint(self, checkpoint: Any) -> "Self":
        """A channel of the same kind: a snapshot's value, a plain value, or empty to replay into."""
        twin = self._empty()
        if checkpoint is MISSING:
            twin.value = self.typ()
        elif isinstance(checkpoint, DeltaSnapshot):
            twin.value = checkpoint.value
        else:
            twin.value = checkpoint
        return twin

    def replay_writes(self, writes: "Sequence[tuple[str, str, Any]]") -> None:
        """Apply saved writes, (task id, channel, value), oldest first; an `Overwrite` starts over."""
        if not writes:
            return
        values = [value for _, _, value in writes]
        base = self.value
        start = 0
        for position, write in enumerate(values, 1):
            value = overwrite_value(write)
            if value is not MISSING:
                base, start = self._fresh(value), position
        rest = values[start:]
        self.value = self.reducer(base, rest) if rest else base

    def update(self, values: "Sequence[Any]") -> bool:
        """Merge the writes. Raises InvalidUpdateError if more than one is an `Overwrite`."""
        if not values:
            return False
        overwritten = step_overwrite(values)
        if overwritten is not MISSING:
            self.value = self._fresh(overwritten)
        else:
            base = self.typ() if self.value is MISSING else self.value
            self.value = self.reducer(base, list(values))
        return True

    def _fresh(self, value: Any) -> Any:
        return self.typ() if value is None else _shallow(value)


def _shallow(value: Any) -> Any:
    import copy

    return copy.copy(value)
