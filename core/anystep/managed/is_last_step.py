"""How near a run is to its recursion limit, for nodes that want to end in good order."""

from typing import Annotated

from anystep.managed.base import ManagedValue, Scratchpad

__all__ = ("IsLastStep", "IsLastStepManager", "RemainingSteps", "RemainingStepsManager")


class IsLastStepManager(ManagedValue[bool]):
    """Whether this is the last superstep the limit allows."""

    @staticmethod
    def get(scratchpad: Scratchpad) -> bool:
        """True in the step before `stop`."""
        return scratchpad.step == scratchpad.stop - 1


IsLastStep = Annotated[bool, IsLastStepManager]
"""Annotate a state key with it: True in the last superstep the recursion limit allows."""


class RemainingStepsManager(ManagedValue[int]):
    """How many supersteps the limit allows, this one included."""

    @staticmethod
    def get(scratchpad: Scratchpad) -> int:
        """The steps from this one to `stop`."""
        return scratchpad.stop - scratchpad.step


RemainingSteps = Annotated[int, RemainingStepsManager]
"""Annotate a state key with it: the supersteps the recursion limit allows, this one included."""
