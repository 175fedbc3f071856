"""Who is told what: the listeners of a run, as its policy has them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ._messages import tell_result
from ._port import timestamp
from ._stream import namespace, tellers

if TYPE_CHECKING:
    from anystep._planner import Policy, Run

    from ._scope import Scope


def listen(policy: Policy, scope: Scope, run: Run) -> None:
    """Set whom to tell what."""
    streams = scope.streams
    ns = namespace(scope.ns)
    wanted: Collection[str] = {m for s in streams for m in s.modes}

    def tell(mode: str) -> Any:
        return tellers(streams, mode, ns) if mode in wanted else None

    tasks, results, checkpoints = tell("tasks"), tell("tasks"), tell("checkpoints")
    if "debug" in wanted:
        tasks = _with_debug(tasks, tell("debug"), run, "task")
        results = _with_debug(results, tell("debug"), run, "task_result")
        checkpoints = _with_debug(checkpoints, tell("debug"), run, "checkpoint")
    if "messages" in wanted:
        policy.tell_messages = lambda task: tell_result(streams, task)
    policy.tell_values = tell("values")
    policy.tell_updates = tell("updates")
    policy.tell_tasks = tasks
    policy.tell_results = results
    if run.ledger is not None:
        policy.tell_checkpoints = checkpoints


def _with_debug(plain: Any, debug: Any, run: Run, kind: str) -> Any:
    """Tell plain payloads and, wrapped, what `debug` shows of them."""

    def tell(payload: Any) -> None:
        if plain is not None:
            plain(payload)
        step = payload["metadata"]["step"] if kind == "checkpoint" else run.step
        debug(
            {
                "step": step,
                "timestamp": timestamp(run.scope.now_ns()),
                "type": kind,
                "payload": payload,
            }
        )

    return tell
