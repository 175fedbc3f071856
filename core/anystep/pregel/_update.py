"""Editing a thread: writing values to it as if one of its nodes had returned them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import CONF, END, INPUT, INTERRUPT, NULL_TASK_ID, START
from anystep._planner import Run, Task, restore_ledger
from anystep.config import current_task
from anystep.errors import CheckpointNotFoundError, InvalidUpdateError
from anystep.types import StateUpdate

from ._launch import next_integer
from ._port import Port
from ._snapshot import Status, apply_stored, run_at, stored_pairs

if TYPE_CHECKING:
    from ._drive import Conversation
    from ._scope import Scope
    from ._threads import Threads

Config = dict[str, Any]


class Editor:
    """One superstep of updates to one thread."""

    __slots__ = ("graph", "loaded", "port", "run", "scope", "stored")

    def __init__(self, graph: Threads, scope: Scope, loaded: Any) -> None:
        self.graph = graph
        self.scope = scope
        self.loaded = loaded
        self.port = Port(scope.saver, scope.config, scope.thread_id, scope.ns)
        self.run = run_at(graph, scope, loaded)
        ledger = self.run.ledger
        assert ledger is not None
        saver = scope.saver
        if self.port.native:
            ledger.next_version = next_integer
        else:
            ledger.next_version = lambda newest: saver.get_next_version(newest, None)
        self.stored = stored_pairs(loaded) if loaded is not None else {}
        if loaded is not None:
            restore_ledger(ledger, loaded.checkpoint)
            ledger.parents = dict(loaded.metadata.get("parents", {}))
            self.port.known = dict(loaded.checkpoint["channel_versions"])
        else:
            self.run.step = 0

    # -- the kinds of update -------------------------------------------------------

    def clear(self) -> Conversation[Config]:
        """(None, END): drop what is due, keeping what finished tasks wrote."""
        run = self.run
        tasks = run.prepare(read=False)
        apply_stored(run, tasks, self.stored, finished=False)
        for task in tasks:
            task.restored = Status(self.stored.get(task.id, [])).output
        self._apply(tasks)
        run.pulls = run.ready = run.sends = ()
        run.deferred.clear()
        return (yield from self._save("update"))

    def give(self, values: Any) -> Conversation[Config]:
        """As node `__input__`: as if the graph had been called with `values`."""
        from anystep._planner import input_pairs

        pairs = list(input_pairs(self.run.program.input_channels, values))
        if not pairs:
            raise InvalidUpdateError(
                f"Received no input writes for {self.run.program.input_channels}"
            )
        if self.loaded is None:
            self.run.step = -1
        run = self.run
        due = (run.pulls, run.sends)
        self._apply([run.caller(pairs)], ends=False)
        run.pulls = tuple(dict.fromkeys([*due[0], *run.pulls]))
        run.sends = [*due[1], *run.sends]
        return (yield from self._save("input"))

    def copy(self, values: Any) -> Conversation[Config]:
        """As node `__copy__`: fork the checkpoint, then apply updates to the fork."""
        if self.loaded is None:
            raise InvalidUpdateError("Cannot copy a non-existent checkpoint")
        parent = self.loaded.parent_config
        ledger = self.run.ledger
        assert ledger is not None
        ledger.saved_id = parent[CONF]["checkpoint_id"] if parent else None
        config = yield from self._save("fork")
        if isinstance(values, list) and values:
            updates: list[StateUpdate] = []
            for item in values:
                if not isinstance(item, Sequence) or isinstance(item, str):
                    raise InvalidUpdateError(f"Invalid update item: {item} when copying checkpoint")
                updates.append(StateUpdate(*item[:2]))
            return (yield from update_thread(self.graph, config, updates))
        return config

    def write(self, updates: Sequence[StateUpdate]) -> Conversation[Config]:
        """As ordinary nodes: run their writers and routers on the values."""
        run = self.run
        ledger = run.ledger
        assert ledger is not None
        due: dict[str, list[str]] = {}
        waiting = run.prepare(read=False) if self.loaded is not None else []
        for task in waiting:
            due.setdefault(task.name, []).append(task.id)
        tasks: list[Task] = []
        for index, update in enumerate(updates):
            node = run.program.nodes[self._node_of(update, len(updates))]
            task = Task(run, node, run.step, None)
            task.edit = index
            known = due.get(node.name)
            if update.task_id is not None:
                task.rename(update.task_id)
            elif known:
                task.rename(known.pop(0))
            yield (_Writer(task), "write", (update.values,))
            tasks.append(task)
        if self.loaded is not None:
            for task in tasks:
                save = (self.port.address(self.loaded.checkpoint["id"]), task.pairs(), task.id)
                # What the due task has written by itself stays: writes are kept once.
                if task.pairs() and not Status(self.stored.get(task.id, [])).output:
                    yield (self.scope.saver, "put_writes", (*save, ""))
        if self.scope.policy is None or not self.scope.policy.keep_pending:
            self._apply(tasks)
            return (yield from self._save("update"))
        edited = {task.id for task in tasks}
        kept = [task for task in waiting if task.id not in edited]
        self._apply(tasks, beside=kept)
        config = yield from self._save("update")
        yield from self._carry_over(kept, config)
        return config

    def _carry_over(self, kept: list[Task], config: Config) -> Conversation[None]:
        """Store what due tasks have written, with the checkpoint they are due at now."""
        now: dict[str, list[Task]] = {}
        for task in self.run.prepare(read=False):
            now.setdefault(task.name, []).append(task)
        for task in kept:
            pairs = Status(self.stored.get(task.id, [])).output
            same = now.get(task.name)
            if same:
                twin = same.pop(0)
                if pairs:
                    yield (self.scope.saver, "put_writes", (config, pairs, twin.id, ""))

    def _node_of(self, update: StateUpdate, count: int) -> int:
        name = update.as_node
        if name is None:
            if count > 1:
                raise InvalidUpdateError("as_node is required when applying multiple updates")
            assert self.run.ledger is not None
            name = self._inferred(self.run.ledger.seen)
        if name is None:
            raise InvalidUpdateError("Ambiguous update, specify as_node")
        index = self.run.program.by_name.get(name)
        if index is None:
            raise InvalidUpdateError(f"Node {name} does not exist")
        return index

    def _inferred(self, seen: Mapping[str, Mapping[str, Any]]) -> str | None:
        """The node that ran last, if only one did."""
        program = self.run.program
        if len(program.nodes) == 1:
            return program.nodes[0].name
        last = sorted(
            (version, node)
            for node, versions in seen.items()
            if node in program.by_name
            for version in versions.values()
        )
        if not last and not any(v for vs in seen.values() for v in vs.values()):
            return START if START in program.by_name else None
        if len(last) == 1 or (last and last[-1][0] != last[-2][0]):
            return last[-1][1]
        return None

    # -- closing the superstep --------------------------------------------------------

    def _apply(self, tasks: list[Task], ends: bool = True, beside: Sequence[Task] = ()) -> None:
        """Apply updates; `ends`: they end the superstep that was due, but for the tasks
        `beside` them, which stay due."""
        run = self.run
        ledger = run.ledger
        assert ledger is not None
        had_sends = bool(run.sends)
        used = ledger.before(run, [t for t in tasks if t.edit is None and t.node.index >= 0])
        pulls = [task.node.index for task in beside if task.push is None]
        pulls = [index for index in run.pulls if index in pulls]
        sends = [run.sends[task.push] for task in beside if task.push is not None]
        if ends:  # what was due is not led to any more
            used += [run.program.nodes[i].branch or "" for i in run.pulls if i not in pulls]
        for task in tasks:
            if task.edit is not None:
                ledger.saw(task.name, (INTERRUPT,))
        waiting = run.ready  # deferred nodes and joins stay due: no edit reads them
        written = run.apply(tasks)
        run.advance(tasks, written)
        if beside:
            run.pulls = tuple(dict.fromkeys([*pulls, *run.pulls]))
            run.sends = [*sends, *run.sends]
        if ends:
            run.ready = sorted({*waiting, *run.ready})
        ledger.after(run, [name for name in used if name in ledger.versions], written, had_sends)

    def _save(self, source: str) -> Conversation[Config]:
        run, scope = self.run, self.scope
        ledger = run.ledger
        assert ledger is not None
        ledger.source = source
        ledger.parent_id = ledger.saved_id
        ledger.metadata = scope.commit_metadata()
        used = None if self.loaded is None else (self.loaded.metadata or {}).get("usage")
        if used is not None:
            ledger.metadata["usage"] = used  # `_guard.USAGE`: what limits have counted
        run.known_id = None
        run.step += 1
        method, args = self.port.commit(ledger.commit(run, full=True))
        yield (scope.saver, method, args)
        config = scope.checkpoint_config(run, run.checkpoint_id)
        assert config is not None
        if ledger.parents:
            where = {**ledger.parents, run.ns: run.checkpoint_id}
            config[CONF]["checkpoint_map"] = where
        return config


class _Writer:
    """Runs a node's writers and routers for a task that never ran, sync or async."""

    __slots__ = ("asynchronous", "sync", "task")

    def __init__(self, task: Task) -> None:
        self.task = task
        if task.node.writers is None:
            raise InvalidUpdateError(f"Node {task.node.name} has no writers")
        self.sync, self.asynchronous = task.node.writers()

    def write(self, values: Any) -> None:
        token = current_task.set(self.task)
        try:
            self.sync(self.task, values)
        finally:
            current_task.reset(token)

    async def awrite(self, values: Any) -> None:
        token = current_task.set(self.task)
        try:
            await self.asynchronous(self.task, values)
        finally:
            current_task.reset(token)


def update_thread(
    graph: Threads, config: Any, updates: Sequence[StateUpdate]
) -> Conversation[Config]:
    """Apply one superstep of updates; return the config of the new checkpoint."""
    if not updates:
        raise ValueError("No updates provided")
    scope = graph.reading_scope(config)
    loaded = yield (scope.saver, "get_tuple", (scope.load_config(),))
    if loaded is not None:
        loaded, _ = scope.migrate(loaded)
    elif scope.strict and scope.addressed is not None:
        raise CheckpointNotFoundError(
            f"Thread {scope.thread_id!r} has no checkpoint {scope.addressed!r} to write on."
        )
    editor = Editor(graph, scope, loaded)
    values, as_node = updates[0].values, updates[0].as_node
    special = as_node in (INPUT, "__copy__") or (values is None and as_node == END)
    if not special:
        return (yield from editor.write(updates))
    if len(updates) > 1:
        doing = {INPUT: "when updating as input", "__copy__": ""}.get(
            str(as_node), "when clearing state"
        )
        raise InvalidUpdateError(
            f"Cannot apply multiple updates {doing}"
            if doing
            else "Cannot copy checkpoint with multiple updates"
        )
    if as_node == INPUT:
        return (yield from editor.give(values))
    if as_node == "__copy__":
        return (yield from editor.copy(values))
    return (yield from editor.clear())


__all__ = ["NULL_TASK_ID", "Run", "update_thread"]
