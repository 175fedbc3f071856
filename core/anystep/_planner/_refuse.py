"""Strict mode: what a run may not begin with. The default is as lenient as LangGraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep._constants import INTERRUPT, NULL_TASK_ID
from anystep._records import Command, Send
from anystep.errors import EmptyInputError, InvalidUpdateError, UnknownInterruptError

if TYPE_CHECKING:
    from ._run import Run
    from ._task import Pairs


def refuse(run: Run, given: Any, loaded: Any, stored: dict[str, Pairs]) -> None:
    """Refuse to begin where the caller and the thread disagree; nothing is stored then.

    Raises: `CheckpointNotFoundError` for an address that is not stored;
    `UnknownInterruptError` for an answer nobody waits for; `EmptyInputError` for a thread
    that has nothing to go on with; `InvalidUpdateError` for a target that does not exist.
    """
    scope = run.scope
    if scope.parent is not None:
        return
    if scope.addressed is not None and loaded is None:
        from anystep.errors import CheckpointNotFoundError

        raise CheckpointNotFoundError(
            f"Thread {scope.thread_id!r} has no checkpoint {scope.addressed!r}: take one from "
            "get_state_history, or leave checkpoint_id out to go on from the newest."
        )
    if isinstance(given, Command):
        _refuse_command(run, given, stored)
    elif given is None and loaded is not None and not (run.pulls or run.sends or run.ready):
        raise EmptyInputError(
            f"Thread {scope.thread_id!r} is finished: there is nothing to go on with. Give it an "
            "input, or address an older checkpoint by its checkpoint_id."
        )


def _refuse_command(run: Run, command: Command[Any], stored: dict[str, Pairs]) -> None:
    goto = command.goto
    targets = goto if isinstance(goto, (list, tuple)) else [goto] if goto else []
    for target in targets:
        name = target.node if isinstance(target, Send) else target
        if isinstance(name, str):
            check_target(run, name, "The caller's Command")
    if command.resume is None or run.ledger is None:
        return
    for task, pairs in stored.items():
        if task != NULL_TASK_ID and any(name == INTERRUPT for name, _ in pairs):
            return
    raise UnknownInterruptError(
        f"Thread {run.scope.thread_id!r} waits for no answer: Command(resume=...) has nothing to "
        "resume. Use input None to go on, or a new input to begin anew.",
        reason="not_pending",
    )


def check_target(run: Run, name: Any, who: str) -> None:
    """Raises: `InvalidUpdateError` where the graph has no node `name` to go to."""
    targets = run.program.targets
    if not isinstance(name, str) or (name not in targets and name != "__end__"):
        known = ", ".join(map(repr, sorted(n for n in targets if not n.startswith("__"))))
        raise InvalidUpdateError(
            f"{who} leads to {name!r}, which is no node of the graph; its nodes are {known}. "
            "Nothing was saved."
        )


__all__ = ["check_target", "refuse"]
