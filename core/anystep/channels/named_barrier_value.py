"""Channels that wait for all of a set of names: joins."""

from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep.channels.base import BaseChannel, Value
from anystep.errors import EmptyChannelError, InvalidUpdateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ("NamedBarrierValue", "NamedBarrierValueAfterFinish")


class _Barrier(BaseChannel[Value, Value, Any], Generic[Value]):
    """The names waited for, and those `seen` so far."""

    __slots__ = ("names", "seen")
    names: set[Value]
    seen: set[Value]

    def __init__(self, typ: Any, names: set[Value]) -> None:
        super().__init__(typ)
        self.names = names
        self.seen = set()

    @property
    def ValueType(self) -> Any:
        """The declared type."""
        return self.typ

    @property
    def UpdateType(self) -> Any:
        """The declared type."""
        return self.typ

    def _has_names_of(self, other: object) -> bool:
        names: object = getattr(other, "names", None)
        return self.names == names

    def _holding(self, seen: set[Value]) -> "Self":
        twin = type(self)(self.typ, self.names)
        twin.key = self.key
        twin.seen = set(seen)
        return twin

    def update(self, values: "Sequence[Value]") -> bool:
        """Note the names. Raises InvalidUpdateError for one that is not waited for."""
        before = len(self.seen)
        for value in values:
            if value not in self.names:
                raise InvalidUpdateError(f"At key '{self.key}': Value {value} not in {self.names}")
            self.seen.add(value)
        return len(self.seen) != before

    def get(self) -> Any:
        """None. Raises EmptyChannelError while it is closed."""
        if not self.is_available():
            raise EmptyChannelError


class NamedBarrierValue(_Barrier[Value], Generic[Value]):
    """Available, with the value None, once each of `names` was written; then it starts over."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self._has_names_of(other) and isinstance(other, NamedBarrierValue)

    def copy(self) -> "Self":
        """A barrier of the same kind and state."""
        return self._holding(self.seen)

    def checkpoint(self) -> Any:
        """A copy of the names seen."""
        return self.seen.copy()

    def from_checkpoint(self, checkpoint: Any) -> "Self":
        """A barrier of the same kind that has seen the names of `checkpoint`."""
        return self._holding(set() if checkpoint is MISSING else checkpoint)

    def is_available(self) -> bool:
        """Whether every name was seen."""
        return self.seen == self.names

    def consume(self) -> bool:
        """The joined node ran: wait for every name anew."""
        if self.seen != self.names:
            return False
        self.seen = set()
        return True


class NamedBarrierValueAfterFinish(_Barrier[Value], Generic[Value]):
    """A `NamedBarrierValue` that opens only once the run would otherwise end.

    The join before a deferred node.
    """

    __slots__ = ("finished",)
    finished: bool

    def __init__(self, typ: Any, names: set[Value]) -> None:
        super().__init__(typ, names)
        self.finished = False

    def __eq__(self, other: object) -> bool:
        return self._has_names_of(other) and isinstance(other, NamedBarrierValueAfterFinish)

    def copy(self) -> "Self":
        """A barrier of the same kind and state."""
        return self.from_checkpoint((self.seen, self.finished))

    def checkpoint(self) -> Any:
        """(a copy of the names seen, whether it is open)."""
        return (self.seen.copy(), self.finished)

    def from_checkpoint(self, checkpoint: Any) -> "Self":
        """A barrier of the same kind in the state of `checkpoint`."""
        if checkpoint is MISSING:
            return self._holding(set())
        twin = self._holding(checkpoint[0])
        twin.finished = checkpoint[1]
        return twin

    def is_available(self) -> bool:
        """Whether every name was seen and the run would otherwise end."""
        return self.finished and self.seen == self.names

    def consume(self) -> bool:
        """The joined node ran: wait for every name anew."""
        if not self.is_available():
            return False
        self.finished = False
        self.seen = set()
        return True

    def finish(self) -> bool:
        """Open, if every name was seen."""
        if self.finished or self.seen != self.names:
            return False
        self.finished = True
        return True
