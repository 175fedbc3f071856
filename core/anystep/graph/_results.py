"""What a node may return, and what each kind of result means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from anystep._annotated import annotated_keys, object_update
from anystep._constants import ROOT
from anystep._planner import Task
from anystep._records import Command, Send
from anystep.errors import (
    ErrorCode,
    InvalidUpdateError,
    ParentCommand,
    create_error_message,
)

from ._routes import goto_all

Pairs = list[tuple[str, Any]]


def take(task: Task, result: Any) -> None:
    """Leave a node's result in its task: the update, and where commands lead.

    Dicts and None never come here; whoever calls a node handles those.

    Raises: `InvalidUpdateError` for a result that means nothing; `ParentCommand` for a
    command to the graph around this one.
    """
    if result is None:
        return
    if isinstance(result, dict):
        task.update = result
        return
    program = task.run.program
    if isinstance(result, Send):
        goto_all(task, [result], program.targets)
        return
    commands = _commands(result)
    pairs = _pairs(task, result)
    task.update = dict(pairs) if len({k for k, _ in pairs}) == len(pairs) else pairs
    for command in commands:
        if command.graph == Command.PARENT:
            raise ParentCommand(command)
        goto = command.goto
        if goto:
            targets = [goto] if isinstance(goto, (Send, str)) else list(goto)
            goto_all(task, targets, program.targets)


def take_root(task: Task, result: Any) -> None:
    """`take` for a state that is one value: anything but a command is that value."""
    commands = _commands(result)
    if not commands:
        if isinstance(result, Send):
            goto_all(task, [result], task.run.program.targets)
        elif result is not None:
            task.update = {ROOT: result}
        return
    take(task, result)


def _commands(result: Any) -> list[Command[Any]]:
    if isinstance(result, Command):
        return [result]
    if isinstance(result, (list, tuple)):
        return [item for item in result if isinstance(item, Command)]
    return []


def _pairs(task: Task, result: Any) -> Pairs:
    ops = task.run.program.ops
    if isinstance(result, dict):
        return [(k, v) for k, v in result.items() if k in ops]
    if isinstance(result, Command):
        if result.graph == Command.PARENT:
            return []
        update = result._update_as_tuples()  # pyright: ignore[reportPrivateUsage]  # LangGraph's name
        if task.run.scope.strict:
            refuse_unknown_keys(task, [k for k, _ in update])
        return [(k, v) for k, v in update if k in ops]
    if isinstance(result, (list, tuple)) and _commands(result):
        pairs: Pairs = []
        for item in result:
            if item is not None:
                pairs.extend(_root_or(task, item))
        return pairs
    kind: Any = type(result)
    if annotated_keys(kind):
        return object_update(result, list(ops))
    error = InvalidUpdateError(
        create_error_message(
            message=f"Expected dict, got {result}",
            error_code=ErrorCode.INVALID_GRAPH_NODE_RETURN_VALUE,
        )
    )
    error.add_note(
        f"Node {task.name!r} returned a {kind.__name__}: return a dict of state keys, a Command, "
        "or None."
    )
    raise error


def refuse_unknown_keys(task: Task, keys: Iterable[str]) -> None:
    """Raises: `InvalidUpdateError` for a key that the state does not have."""
    ops = task.run.program.ops
    unknown = [key for key in keys if key not in ops]
    if unknown:
        known = ", ".join(repr(key) for key in ops if not key.startswith("__"))
        raise InvalidUpdateError(
            f"Node {task.name!r} wrote {', '.join(map(repr, unknown))}, which the state does not "
            f"have; its keys are {known}. Add it to the state's schema, or do not return it."
        )


def _root_or(task: Task, item: Any) -> Sequence[tuple[str, Any]]:
    if ROOT in task.run.program.ops and not isinstance(item, Command):
        return [(ROOT, item)]
    return _pairs(task, item)
