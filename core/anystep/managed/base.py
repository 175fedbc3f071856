"""What a managed value is: a state key nobody writes, read from the engine's own numbers."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from typing import TypeGuard

__all__ = (
    "ManagedValue",
    "ManagedValueMapping",
    "ManagedValueSpec",
    "Scratchpad",
    "is_managed_value",
)

V = TypeVar("V")


class Scratchpad(Protocol):
    """**Protocol:** what a managed value may ask of the running task."""

    @property
    def step(self) -> int:
        """The number of this superstep."""
        ...

    @property
    def stop(self) -> int:
        """The number of the superstep that will not be run any more."""
        ...


class ManagedValue(ABC, Generic[V]):
    """Base class; annotate a key with a subclass: `Annotated[int, MyValue]`."""

    @staticmethod
    @abstractmethod
    def get(scratchpad: Scratchpad) -> V:
        """The value for the task that `scratchpad` belongs to."""


ManagedValueSpec = type[ManagedValue[Any]]
"""A managed value as a schema names it: the class."""

ManagedValueMapping = dict[str, ManagedValueSpec]
"""The managed values of a graph by key."""


def is_managed_value(value: Any) -> "TypeGuard[ManagedValueSpec]":
    """Whether an annotation is a managed value's class."""
    return isinstance(value, type) and issubclass(value, ManagedValue)
