"""Managed values are computed from the task's step and the run's limit."""

from __future__ import annotations

from typing import get_args

import pytest

from anystep.managed import IsLastStep, RemainingSteps
from anystep.managed.base import ManagedValue, is_managed_value

pytestmark = pytest.mark.host


class Task:
    """The two numbers a managed value reads."""

    def __init__(self, step: int, stop: int) -> None:
        self.step = step
        self.stop = stop


@pytest.mark.parametrize(
    ("step", "last", "remaining"), [(1, False, 3), (3, True, 1), (4, False, 0)]
)
def test_steps_are_counted_to_the_limit(step: int, last: bool, remaining: int) -> None:
    """The step before `stop` is the last one."""
    task = Task(step, 4)

    assert get_args(IsLastStep)[1].get(task) is last
    assert get_args(RemainingSteps)[1].get(task) == remaining


def test_a_managed_value_is_known_by_its_class() -> None:
    """Not an instance, and not any other annotation."""

    class Mine(ManagedValue[str]):
        @staticmethod
        def get(scratchpad: object) -> str:
            return "mine"

    assert is_managed_value(Mine)
    assert not is_managed_value(Mine())
    assert not is_managed_value(int)
    assert not is_managed_value("IsLastStep")
