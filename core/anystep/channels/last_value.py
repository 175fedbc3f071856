"""Channels that keep the last value written to them."""

from typing import TYPE_CHECKING, Any, Generic

from anystep._record import MISSING
from anystep.channels.base import SingleValue, Value
from anystep.errors import EmptyChannelError, ErrorCode, InvalidUpdateError, create_error_message

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("LastValue", "LastValueAfterFinish")


class LastValue(SingleValue[Value], Generic[Value]):
    """The last value written. One write per step: two in one step have no order, so are an error."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LastValue)

    def update(self, values: "Sequence[Value]") -> bool:
        """Take the write, if any. Raises InvalidUpdateError for more than one."""
        if not values:
            return False
        if len(values) != 1:
            code = ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE
            message = (
                f"At key '{self.key}': Can receive only one value per step. "
                "Use an Annotated key to handle multiple values."
            )
            raise InvalidUpdateError(
                create_error_message(message=message, error_code=code), code=code
            )
        self.value = values[0]
        return True


class LastValueAfterFinish(SingleValue[Value], Generic[Value]):
    """The last value written, readable once the run would otherwise end; reading uses it up.

    The trigger of a deferred node.
    """

    __slots__ = ("finished",)
    finished: bool

    def __init__(self, typ: Any, key: str = "") -> None:
        super().__init__(typ, key)
        self.finished = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LastValueAfterFinish)

    def copy(self) -> "LastValueAfterFinish[Value]":
        """A channel of the same kind and state."""
        return self.from_checkpoint(self.checkpoint())

    def checkpoint(self) -> Any:
        """(value, whether it may be read), or `MISSING`."""
        return MISSING if self.value is MISSING else (self.value, self.finished)

    def from_checkpoint(self, checkpoint: Any) -> "LastValueAfterFinish[Value]":
        """A channel of the same kind in the state of `checkpoint`."""
        twin = self._empty()
        if checkpoint is not MISSING:
            twin.value, twin.finished = checkpoint
        return twin

    def update(self, values: "Sequence[Value]") -> bool:
        """Take the last write; it waits for the run to finish again."""
        if not values:
            return False
        self.finished = False
        self.value = values[-1]
        return True

    def consume(self) -> bool:
        """The deferred node ran: forget the value."""
        if not self.finished:
            return False
        self.finished = False
        self.value = MISSING
        return True

    def finish(self) -> bool:
        """Let the value be read."""
        if self.finished or self.value is MISSING:
            return False
        self.finished = True
        return True

    def get(self) -> Value:
        """The value. Raises EmptyChannelError before the run would end."""
        if not self.is_available():
            raise EmptyChannelError
        value: Value = self.value
        return value

    def is_available(self) -> bool:
        """Whether there is a value and the run would otherwise end."""
        return self.finished and self.value is not MISSING
