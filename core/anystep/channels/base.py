"""What every channel can do.

A channel holds one key of a graph's state between supersteps. After each step the engine gives
it that step's writes (`update`); nodes read it (`get`); a saver stores its `checkpoint`.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from anystep._record import MISSING
from anystep.errors import EmptyChannelError, InvalidUpdateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ("BaseChannel", "GuardedValue", "SingleValue")

Value = TypeVar("Value")
Update = TypeVar("Update")
Checkpoint = TypeVar("Checkpoint")


class BaseChannel(ABC, Generic[Value, Update, Checkpoint]):
    """One key of the state: `typ` is its value's type, `key` its name in the graph.

    `checkpoint` gives `MISSING` for a channel that has nothing to store, and `from_checkpoint`
    accepts it. The containers a channel itself makes (a topic's list, a barrier's set) are copied
    in both, so that what was saved never changes with the channel.
    """

    __slots__ = ("key", "typ")
    transient: ClassVar[bool] = False  # whether no saver is to see what is written to it
    key: str
    typ: Any

    def __init__(self, typ: Any, key: str = "") -> None:
        self.typ = typ
        self.key = key

    @property
    @abstractmethod
    def ValueType(self) -> Any:
        """The type of the value that is read."""

    @property
    @abstractmethod
    def UpdateType(self) -> Any:
        """The type of one write."""

    def copy(self) -> "Self":
        """A channel of the same kind and content."""
        return self.from_checkpoint(self.checkpoint())

    def checkpoint(self) -> Checkpoint | Any:
        """What a saver has to keep, or `MISSING`."""
        try:
            return self.get()
        except EmptyChannelError:
            return MISSING

    @abstractmethod
    def from_checkpoint(self, checkpoint: Checkpoint | Any) -> "Self":
        """A channel of the same kind with the content of `checkpoint`; empty for `MISSING`."""

    @abstractmethod
    def get(self) -> Value:
        """The current value. Raises EmptyChannelError if there is none."""

    def is_available(self) -> bool:
        """Whether `get` would give a value."""
        try:
            self.get()
        except EmptyChannelError:
            return False
        return True

    @abstractmethod
    def update(self, values: "Sequence[Update]") -> bool:
        """Take one step's writes, in task order; say whether anything changed.

        Called with no writes as well, after a step in which others wrote. Raises
        InvalidUpdateError for writes it cannot take.
        """

    def consume(self) -> bool:
        """A node that this channel triggered ran; say whether that changed anything."""
        return False

    def finish(self) -> bool:
        """The run is about to end; say whether that made anything available."""
        return False


class SingleValue(BaseChannel[Value, Value, Value]):
    """What the channels with one `value` share: `MISSING` while there is none."""

    __slots__ = ("value",)
    value: Any

    def __init__(self, typ: Any, key: str = "") -> None:
        self.typ = typ
        self.key = key
        self.value = MISSING

    @property
    def ValueType(self) -> Any:
        """The declared type."""
        return self.typ

    @property
    def UpdateType(self) -> Any:
        """The declared type."""
        return self.typ

    def _empty(self) -> "Self":
        return type(self)(self.typ, self.key)

    def copy(self) -> "Self":
        """A channel of the same kind with the same value."""
        twin = self._empty()
        twin.value = self.value
        return twin

    def checkpoint(self) -> Any:
        """The value, or `MISSING`."""
        return self.value

    def from_checkpoint(self, checkpoint: Any) -> "Self":
        """A channel of the same kind that holds `checkpoint`."""
        twin = self._empty()
        if checkpoint is not MISSING:
            twin.value = checkpoint
        return twin

    def get(self) -> Value:
        """The value. Raises EmptyChannelError if there is none."""
        if self.value is MISSING:
            raise EmptyChannelError
        value: Value = self.value
        return value

    def is_available(self) -> bool:
        """Whether there is a value."""
        return self.value is not MISSING


class GuardedValue(SingleValue[Value]):
    """A single value that, with `guard`, takes one write a step; without it the last one counts."""

    __slots__ = ("guard",)
    guard: bool

    def __init__(self, typ: Any, guard: bool = True) -> None:
        super().__init__(typ)
        self.guard = guard

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and other.guard == self.guard

    def _empty(self) -> "Self":
        twin = type(self)(self.typ, self.guard)
        twin.key = self.key
        return twin

    def _take(self, values: "Sequence[Value]") -> bool:
        if self.guard and len(values) != 1:
            raise InvalidUpdateError(
                f"At key '{self.key}': {type(self).__name__}(guard=True) can receive only one "
                "value per step. Use guard=False if you want to store any one of multiple values."
            )
        self.value = values[-1]
        return True
