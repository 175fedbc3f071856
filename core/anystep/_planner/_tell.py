"""The payloads of the values, updates, tasks and checkpoints streams.

Shapes are LangGraph's. Each function builds one payload; nothing here decides when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import ERROR, INTERRUPT, RETURN
from anystep._records import Interrupt

if TYPE_CHECKING:
    from ._policy import Policy
    from ._run import Run
    from ._task import Pairs, Task


def is_plain(task: Task) -> bool:
    """Whether all that a task wrote is one dict."""
    return task.update.__class__ is dict and task.extra is None and task.restored is None


def tell_done(policy: Policy, task: Task, interrupts: Sequence[Interrupt] = ()) -> None:
    """Tell whoever listens that a task has run: what it wrote, raised or asked."""
    if task.node.hidden:
        return
    program = task.run.program
    if task.error is None:
        if policy.tell_messages is not None:
            policy.tell_messages(task)
        if policy.tell_updates is not None:
            policy.tell_updates(updates_payload(task, program.shown, cached=task.cached))
    if policy.tell_results is not None:
        policy.tell_results(result_payload(task, program.stream_set, interrupts))


def updates_payload(task: Task, keys: str | frozenset[str], cached: bool = False) -> dict[str, Any]:
    """`{node: {channel: value}}`: None where nothing shown was written, a list of
    single-key dicts where a channel was written more than once."""
    update = task.update
    if (  # `is_plain`, in every streamed superstep
        update.__class__ is dict
        and task.extra is None
        and task.restored is None
        and not isinstance(keys, str)
        and keys.issuperset(update)
    ):
        return {task.node.name: update.copy() or None}
    payload: dict[str, Any] = {task.name: _shown(task, keys)}
    if cached:
        payload["__metadata__"] = {"cached": True}
    return payload


def _shown(task: Task, keys: str | frozenset[str]) -> Any:
    if is_plain(task) and not isinstance(keys, str):
        return {k: v for k, v in task.update.items() if k in keys} or None
    pairs = task.pairs()
    for name, value in pairs:
        if name == RETURN:
            return value
    if isinstance(keys, str):
        values = [v for k, v in pairs if k == keys]
        return values[0] if len(values) == 1 else values or None
    shown = [(k, v) for k, v in pairs if k in keys]
    if len({k for k, _ in shown}) < len(shown):
        singles = [{k: v} for k, v in shown]
        return singles[0] if len(singles) == 1 else singles
    return dict(shown) or None


def task_payload(task: Task) -> dict[str, Any]:
    """A task that is about to run."""
    payload: dict[str, Any] = {
        "id": task.id,
        "name": task.node.name,
        "input": task.input,
        "triggers": task.triggers,
    }
    metadata = task.run.scope.shown_metadata(task)
    if metadata:
        payload["metadata"] = metadata
    return payload


def result_payload(
    task: Task, keys: frozenset[str], interrupts: Sequence[Interrupt] = ()
) -> dict[str, Any]:
    """A task that has run: what it wrote, raised or asked."""
    failed = task.error is not None and not interrupts
    if failed or interrupts:
        result: dict[str, Any] = {}
    elif is_plain(task) and keys.issuperset(task.update):
        result = task.update.copy()
    else:
        result = results(task.pairs(), keys | {RETURN})
    return {
        "id": task.id,
        "name": task.node.name,
        "error": task.error if failed else None,
        "result": result,
        "interrupts": [interrupt_payload(i) for i in interrupts] if interrupts else [],
    }


def interrupt_payload(interrupt: Interrupt) -> dict[str, Any]:
    return {
        "value": interrupt.value,
        "id": interrupt.id,
        "response_schema": interrupt.response_schema,
    }


def results(pairs: Pairs, keys: frozenset[str]) -> dict[str, Any]:
    """Writes by channel; several to one channel become `{"$writes": [...]}`."""
    result: dict[str, Any] = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if name not in keys:
            continue
        if name not in result:
            result[name] = value
        elif name in repeated:
            result[name]["$writes"].append(value)
        else:
            repeated.add(name)
            result[name] = {"$writes": [result[name], value]}
    return result


def checkpoint_payload(run: Run, tasks: Sequence[Task], stored: dict[str, Pairs]) -> dict[str, Any]:
    """The checkpoint the coming tasks start from, as the `checkpoints` stream has it."""
    scope = run.scope
    return {
        "config": scope.checkpoint_config(run, run.checkpoint_id),
        "parent_config": scope.parent_checkpoint_config(run),
        "values": run.output(run.program.stream_keys),
        "metadata": scope.checkpoint_metadata(run),
        "next": [task.name for task in tasks],
        "tasks": [_checkpoint_task(run, task, stored.get(task.id, [])) for task in tasks],
    }


def _checkpoint_task(run: Run, task: Task, pairs: Pairs) -> dict[str, Any]:
    keys = run.program.output_keys
    shown = frozenset((keys,) if isinstance(keys, str) else keys)
    payload: dict[str, Any] = {"id": task.id, "name": task.name}
    error = next((v for k, v in pairs if k == ERROR), None)
    state = run.scope.subgraph_config(task)
    if error is not None:
        return {**payload, "error": error, "state": state}
    result = results(pairs, shown)
    if result:
        payload["result"] = result
    asked = [i for k, v in pairs if k == INTERRUPT for i in v]
    payload["interrupts"] = tuple(interrupt_payload(i) for i in asked)
    payload["state"] = state
    return payload


def with_interrupts(output: Any, interrupts: Sequence[Interrupt]) -> Any:
    """The `values` payload of a run that stops to ask."""
    if isinstance(output, dict):
        return {**output, INTERRUPT: tuple(interrupts)}
    return {INTERRUPT: tuple(interrupts)}
