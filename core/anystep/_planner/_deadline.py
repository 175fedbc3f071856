"""A superstep that may take only so long."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from ._collect import collect
from ._commands import CancelTasks, Sleep, Timer
from ._program import Node
from ._task import Task

if TYPE_CHECKING:
    from ._collect import Superstep


def collect_within(step: Superstep, seconds: float) -> Generator[Any, Any, None]:
    """`collect`, or `TimeoutError` when tasks are still running after `seconds`.

    What has finished by then is stored, so it does not run again.
    """
    clock = Task(step.run, Node(-1, "__step__"), step.run.step, None)
    ticking = True
    inner: Any = collect(step)
    commands: Any = [*next(inner), Sleep(clock, seconds)]
    try:
        while True:
            if ticking and not step.pending:  # nobody is left to wait for
                ticking = False
                commands = [*commands, CancelTasks([clock])]
            event = yield commands
            if event.__class__ is Timer and event.task is clock:
                ticking = False
                if step.pending:
                    step.failure = step.failure or TimeoutError("Timed out")
                commands = step.stop_others()
            else:
                commands = inner.send(None if event is clock else event)
    except GeneratorExit:
        raise
    except BaseException as end:
        if ticking:  # its timer is taken back, or rings this moment
            yield [CancelTasks([clock])]
        if not isinstance(end, StopIteration):
            raise


__all__ = ["collect_within"]
