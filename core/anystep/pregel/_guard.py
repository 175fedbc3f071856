"""Holds a run to its graph's policy: looked at before a superstep and at its end.

Only a run whose graph has limits has a guard; the planner asks it in two places, both
between supersteps, so that a run it stops stands at a whole checkpoint and can go on.
What was used is kept in the checkpoints' metadata under `usage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from anystep._run_policy import Budget, RunPolicy, Usage
from anystep.errors import (
    BudgetExceededError,
    DeadlineError,
    GraphInterrupt,
    NodeVisitError,
    StateLimitError,
)

from ._scope import USAGE

if TYPE_CHECKING:
    from anystep._planner import Run, Task

    from ._scope import Scope

_UNITS: Final = {"steps": "steps", "seconds": "s", "tokens": "tokens", "cost": "of cost"}


class Guard:
    """Counts what one run uses, on top of what its thread has used since its last input."""

    __slots__ = (
        "began",
        "cost",
        "counted",
        "decided",
        "outer",
        "policy",
        "scope",
        "seconds",
        "steps",
        "tokens",
        "visits",
    )

    def __init__(self, policy: RunPolicy, scope: Scope, outer: Guard | None) -> None:
        self.policy = policy
        self.scope = scope
        self.outer = outer
        self.began = scope.host.monotonic()
        self.counted = self.began  # until when the time is in `seconds`
        self.steps = 0
        self.seconds = 0.0
        self.tokens = 0
        self.cost = 0.0
        self.visits: dict[str, int] = {}
        self.decided: str | None = None  # what the budget says, since the last superstep

    # -- counting ----------------------------------------------------------------

    @property
    def usage(self) -> Usage:
        """What has been used up to now."""
        return Usage(
            steps=self.steps,
            seconds=self.seconds,
            tokens=self.tokens,
            cost=self.cost,
            visits=dict(self.visits),
        )

    def report(self, tokens: int, cost: float) -> None:
        """Count what a node has used, here and in the runs around this one."""
        self.tokens += tokens
        self.cost += cost
        if self.outer is not None:
            self.outer.report(tokens, cost)

    def adopt(self, run: Run, metadata: Any) -> None:
        """Go on counting where the thread stopped."""
        stored = (metadata or {}).get(USAGE)
        if not isinstance(stored, dict):
            return
        self.steps = stored.get("steps", 0)
        self.seconds = stored.get("seconds", 0.0)
        self.tokens = stored.get("tokens", 0)
        self.cost = stored.get("cost", 0.0)
        self.visits = dict(stored.get("visits") or {})
        budget = self.policy.budget
        if budget is not None and stored.get("paused"):
            self.steps, self.seconds, self.tokens, self.cost = 0, 0.0, 0, 0.0
        self.note(run)

    def _clock(self) -> float:
        now = self.scope.host.monotonic()
        self.seconds += now - self.counted
        self.counted = now
        return now

    # -- what the planner asks ------------------------------------------------------

    def before(self, run: Run, tasks: Sequence[Task]) -> None:
        """May these tasks run?

        Raises: `RunLimitError` of the kind of limit that was reached; `GraphInterrupt`
        where a budget says to pause.
        """
        policy = self.policy
        self._check_time(self._clock())
        self._check_budget(run)
        if policy.max_parallel is not None and len(tasks) > policy.max_parallel:
            raise StateLimitError(
                f"Superstep {run.step} would run {len(tasks)} tasks at once, "
                f"{_names(tasks)} among them; max_parallel is {policy.max_parallel}. Send less at "
                "a time, or raise the limit.",
                usage=self.usage,
            )
        if policy.max_visits is not None:
            self._check_visits(tasks)

    def refusal(self, run: Run, tasks: Sequence[Task]) -> StateLimitError | None:
        """Why the writes of the last of these finished tasks may not be applied with the
        others'; None where they may."""
        limit = self.policy.max_state_bytes
        size = 0 if limit is None else _size_after(run, tasks)
        if limit is None or size <= limit:
            return None
        return StateLimitError(
            f"After node {tasks[-1].name!r} the state would take {size} bytes; max_state_bytes is "
            f"{limit}. Its writes were not applied: make it write less, or raise the limit.",
            usage=self.usage,
        )

    def close(self, run: Run, tasks: Sequence[Task]) -> None:
        """A superstep is about to be applied: it counts."""
        self.steps += not all(task.node.hidden for task in tasks)
        for task in tasks:
            if not task.node.hidden:
                self.visits[task.name] = self.visits.get(task.name, 0) + 1
        self._clock()
        budget = self.policy.budget
        if budget is not None and budget.spent(self.usage) is not None:
            self.decided = _action(budget, self.usage)
        self.note(run)

    def note(self, run: Run) -> None:
        """Have the next checkpoint say what was used."""
        ledger = run.ledger
        if ledger is not None and self.policy is not _NO_LIMITS:
            usage: dict[str, Any] = {
                "steps": self.steps,
                "seconds": round(self.seconds, 6),
                "tokens": self.tokens,
                "cost": self.cost,
                "visits": dict(self.visits),
            }
            if self.decided == "pause":
                usage["paused"] = True
            ledger.metadata = {**ledger.metadata, USAGE: usage}

    # -- the limits -----------------------------------------------------------------

    def _check_time(self, now: float) -> None:
        deadline = self.policy.deadline
        if deadline is not None and now - self.began >= deadline:
            raise DeadlineError(
                f"The run has taken {now - self.began:.3f} s, its deadline is {deadline:g} s. "
                "Everything up to here is saved: go on with input None.",
                usage=self.usage,
            )
        if self.outer is not None:
            self.outer._check_time(self.outer._clock())

    def _check_budget(self, run: Run) -> None:
        budget = self.policy.budget
        spent = None if budget is None else budget.spent(self.usage)
        if budget is not None and spent is not None:
            action, self.decided = self.decided or _action(budget, self.usage), None
            if action == "pause" and self.scope.parent is None:
                run.halted = "interrupt_before"
                raise GraphInterrupt()
            if action != "continue":
                raise BudgetExceededError(
                    f"The budget of {getattr(budget, spent):g} {_UNITS[spent]} is used up "
                    f"({getattr(self.usage, spent):g}). Everything up to here is saved: raise "
                    "the budget and go on with input None.",
                    usage=self.usage,
                )
        if self.outer is not None:
            self.outer._check_budget(run)

    def _check_visits(self, tasks: Sequence[Task]) -> None:
        coming: dict[str, int] = {}
        for task in tasks:
            coming[task.name] = coming.get(task.name, 0) + 1
        for name, count in coming.items():
            limit = self.policy.visits_of(name)
            made = self.visits.get(name, 0)
            if limit is not None and made + count > limit:
                raise NodeVisitError(
                    f"Node {name!r} has run {made} of {limit} times (max_visits) and is due "
                    f"{count} more. Everything up to here is saved: raise the limit, or edit the "
                    "state so that it goes elsewhere.",
                    usage=self.usage,
                )


def _size_after(run: Run, tasks: Sequence[Task]) -> int:
    """The bytes of the encoded state, were the writes of these tasks applied."""
    from anystep.checkpoint.serde.msgpack import MsgpackSerializer

    run.take_back(tasks[-1])  # what its routers have seen is applied in part
    kept = run.values, run.objects, run.fading, run.given
    run.values = run.values.copy()
    run.objects = {name: channel.copy() for name, channel in run.objects.items()}
    run.fading = {**run.fading}
    try:
        run.apply([*tasks])
        return len(MsgpackSerializer(learn=True).dumps_typed(run.values)[1])
    finally:
        run.values, run.objects, run.fading, run.given = kept


def _action(budget: Budget, usage: Usage) -> str:
    decide = budget.on_exceeded
    return decide if isinstance(decide, str) else decide(usage)


def _names(tasks: Sequence[Task]) -> str:
    return ", ".join(dict.fromkeys(repr(task.name) for task in tasks))


def guard_for(policy: RunPolicy | None, scope: Scope) -> Guard | None:
    """The guard of a run; None where nothing limits it."""
    outer: Guard | None = None if scope.parent is None else scope.parent.run.scope.guard
    if policy is None or not policy.limits_runs:
        return None if outer is None else Guard(_NO_LIMITS, scope, outer)
    return Guard(policy, scope, outer)


_NO_LIMITS: Final = RunPolicy()
