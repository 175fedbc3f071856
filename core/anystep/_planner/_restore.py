"""A run as a checkpoint left it: the way back from stored channels to live state.

The checkpoint has LangGraph's shape, whoever wrote it: targets are channels named
`branch:to:X`, joins are sets of names, Sends wait in a channel of their own, and a
node is due when a trigger's version is newer than the one the node has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import INTERRUPT, TASKS

from ._program import BRANCH_TO, GIVEN, OBJECT

if TYPE_CHECKING:
    from ._ledger import Ledger
    from ._run import Run

Checkpoint = Mapping[str, Any]


def restore(run: Run, checkpoint: Checkpoint, step: int) -> None:
    """Fill `run`, which is fresh, with the state of `checkpoint` taken at `step`."""
    program = run.program
    values: Mapping[str, Any] = checkpoint["channel_values"]
    run.known_id = checkpoint["id"]
    run.step = step + 1
    for name, value in values.items():
        op = program.ops.get(name, TASKS)
        if op is GIVEN:
            run.given = value
        elif op is OBJECT:
            run.objects[name] = channel = program.channels[name].from_checkpoint(value)
            channel.key = name
            run.mirror(name, channel)
        elif op is not TASKS:
            run.values[name] = value
        elif name == TASKS:
            run.sends = tuple(value)
    _restore_targets(run, checkpoint)


def _restore_targets(run: Run, checkpoint: Checkpoint) -> None:
    program = run.program
    values = checkpoint["channel_values"]
    pulls: list[int] = []
    ready: list[int] = []
    led_to = {index: name for name in values if (index := program.node_at(name)) is not None}
    for index in sorted(led_to):
        node, name = program.nodes[index], led_to[index]
        if node.defer and not _finished(values[name]):
            run.deferred[index] = None
        elif _is_due(checkpoint, node.name, name):
            (ready if node.defer else pulls).append(index)
    for name, index in program.by_join.items():
        if name in values:
            _restore_join(run, checkpoint, name, index, ready)
    for name, indexes in program.subscribers.items():
        if name in values:
            ready.extend(i for i in indexes if _is_due(checkpoint, program.nodes[i].name, name))
    run.pulls = pulls
    run.ready = ready


def _restore_join(
    run: Run, checkpoint: Checkpoint, name: str, index: int, ready: list[int]
) -> None:
    join = run.program.joins[index]
    stored = checkpoint["channel_values"][name]
    there = set(stored[0] if join.defer else stored)
    run.barriers[index] = there
    if there >= join.names:
        if join.defer and not stored[1]:
            run.complete.append(index)
        elif _is_due(checkpoint, run.program.nodes[join.target].name, name):
            ready.append(join.target)


def _finished(stored: Any) -> bool:
    return isinstance(stored, Sequence) and len(stored) == 2 and bool(stored[1])


def _is_due(checkpoint: Checkpoint, node: str, channel: str) -> bool:
    """LangGraph's planning rule for one trigger channel that holds a value."""
    version = checkpoint["channel_versions"].get(channel)
    if version is None:
        return False
    seen = checkpoint["versions_seen"].get(node, {}).get(channel)
    return seen is None or bool(version > seen)


def restore_ledger(ledger: Ledger, checkpoint: Checkpoint) -> None:
    """Go on counting where the checkpoint stopped."""
    ledger.versions = dict(checkpoint["channel_versions"])
    ledger.high = max(ledger.versions.values()) if ledger.versions else None
    ledger.seen = {k: dict(v) for k, v in checkpoint["versions_seen"].items()}
    ledger.saved_id = checkpoint["id"]


def moved_since_breakpoint(checkpoint: Checkpoint) -> bool:
    """Whether any channel is newer than what breakpoints have seen of it."""
    seen = checkpoint["versions_seen"].get(INTERRUPT, {})
    return any(
        name not in seen or version > seen[name]
        for name, version in checkpoint["channel_versions"].items()
    )


def branch_channel(name: str) -> str:
    """The channel that makes node `name` run next."""
    return BRANCH_TO + name
