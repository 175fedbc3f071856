"""State keys whose value the engine computes."""

from anystep.managed.is_last_step import IsLastStep, RemainingSteps

__all__ = ("IsLastStep", "RemainingSteps")
