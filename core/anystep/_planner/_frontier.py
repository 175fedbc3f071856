"""What runs next: where finished tasks lead, by edges, joins, Sends and channels that trigger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import START, TASKS

from ._program import UNKNOWN

if TYPE_CHECKING:
    from anystep._records import Send
    from anystep.channels.base import BaseChannel

    from ._program import Node, Program
    from ._task import Task


class Frontier:
    """The part of a `Run` that follows edges."""

    __slots__ = (
        "arrived",
        "barriers",
        "complete",
        "deferred",
        "given",
        "objects",
        "postponed",
        "program",
        "pulls",
        "ready",
        "sends",
        "values",
    )

    program: Program
    values: dict[str, Any]
    objects: dict[str, BaseChannel[Any, Any, Any]]
    given: Any
    barriers: dict[int, set[str]]
    arrived: list[int]
    complete: list[int]
    pulls: Sequence[int]
    ready: Sequence[int]
    sends: Sequence[Send]
    postponed: Sequence[int]
    deferred: dict[int, None]

    def mirror(self, name: str, channel: BaseChannel[Any, Any, Any]) -> None:
        """Keep `values` true for a channel object that has changed."""
        raise NotImplementedError

    def advance(self, tasks: Sequence[Task], written: Sequence[str]) -> None:
        """Set what runs next from where the tasks lead and what they wrote."""
        program = self.program
        nodes = program.nodes
        self.arrived.clear()
        if START not in written:
            self.given = UNKNOWN
        postponed: list[int] = []
        pulls: dict[int, None] = {}
        sends: list[Send] = []
        ready: list[int] = []
        followed: Node | None = None  # Sends are many tasks of one node: its edges count once
        for task in tasks:
            node = task.node
            if task.sends:
                sends.extend(task.sends)
            if task.restored is not None:
                self._follow_restored(task, pulls, sends, ready, postponed)
            elif node is not followed and task.parent is None:
                followed = node
                for index in node.targets:
                    pulls[index] = None
                if not node.simple:
                    postponed.extend(node.deferred)
                    for join in node.joins:
                        self.arrive(join, node.name, ready)
            if node.reliefs and task.restored is None and task.parent is None:
                for join, name in task.waived():
                    self.arrive(join, name, ready)
            for index in task.goto:
                if nodes[index].defer:
                    postponed.append(index)
                else:
                    pulls[index] = None
        self.postponed = postponed
        self.deferred.update(dict.fromkeys(postponed))
        if program.subscribers:
            if self.objects:
                self._consume(tasks, written)
            for name in written:
                if name in self.values or name == START:
                    ready.extend(program.subscribers.get(name, ()))
        self.pulls = tuple(pulls)
        self.sends = sends
        self.ready = ready
        if not pulls and not ready and not sends:  # a Send in flight holds them back
            self.finish()

    def forget_due(self) -> None:
        """Nothing of what was due will run."""
        self.pulls = self.sends = self.ready = ()

    def arrive(self, join_index: int, name: str, ready: list[int]) -> None:
        """Note an arrival at a barrier; it opens when the last name is there."""
        join = self.program.joins[join_index]
        there = self.barriers.setdefault(join_index, set())
        if name in there:
            return
        there.add(name)
        self.arrived.append(join_index)
        if len(there) == len(join.names):
            if join.defer:
                self.complete.append(join_index)
            else:
                ready.append(join.target)

    def open_joins(self, tasks: Iterable[Task]) -> list[int]:
        """Reset the barriers that the tasks about to be applied went through."""
        opened: list[int] = []
        if self.barriers:
            pulled = [task.failed or task for task in tasks]
            ran = {task.node.index for task in pulled if task.push is None}
            for index, there in list(self.barriers.items()):
                join = self.program.joins[index]
                if join.target in ran and len(there) == len(join.names):
                    if join.defer and index in self.complete:
                        continue
                    del self.barriers[index]
                    opened.append(index)
        return opened

    def finish(self) -> None:
        """Nothing is left to run: what waited for that is next."""
        joins = self.program.joins
        ready = [*self.deferred, *(joins[index].target for index in self.complete)]
        self.arrived += self.complete
        self.deferred.clear()
        self.complete.clear()
        for name, channel in self.objects.items():
            if channel.finish():
                self.mirror(name, channel)
                if channel.is_available():
                    ready.extend(self.program.subscribers.get(name, ()))
        self.ready = sorted(set(ready))

    def _consume(self, tasks: Sequence[Task], written: Sequence[str]) -> None:
        """Tell the channels that triggered these tasks that they were read."""
        for name in {t for task in tasks for t in task.triggers}:
            channel = self.objects.get(name)
            if channel is not None and name not in written and channel.consume():
                self.mirror(name, channel)

    def _follow_restored(
        self,
        task: Task,
        pulls: dict[int, None],
        sends: list[Send],
        ready: list[int],
        postponed: list[int],
    ) -> None:
        """Follow edges that a stored task took, by their channels' names."""
        program = self.program
        for name, value in task.restored or ():
            index = program.node_at(name)
            if index is not None:
                if program.nodes[index].defer:
                    postponed.append(index)
                else:
                    pulls[index] = None
            elif name in program.by_join:
                self.arrive(program.by_join[name], value, ready)
            elif name == TASKS:
                sends.append(value)


__all__ = ["Frontier"]
