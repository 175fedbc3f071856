"""The whole of a run, as one generator: begin, then superstep after superstep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._begin import begin
from ._commands import Notify
from ._steps import supersteps

if TYPE_CHECKING:
    from ._policy import Policy
    from ._run import Run
    from ._steps import Steps


def plan(run: Run, policy: Policy, given: Any) -> Steps:
    """Plan a run that is given an input, a command or None.

    Yields tasks and commands and is sent events (see `_commands`). Returns the
    questions a root run stopped to ask; raises what the run fails with.
    """
    stored = yield from begin(run, policy, given)
    run.scope.remember(stored)
    if policy.notify and run.resuming:
        yield [Notify("pending", run.checkpoint_id)]
    return (yield from supersteps(run, policy, stored))
