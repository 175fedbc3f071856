"""What the code that runs in a task sees of its run: config, runtime, writer; made when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anystep._constants import CONF
from anystep.runtime import ExecutionInfo, Runtime

from ._config import Config, shown_metadata
from ._stream import Stream, namespace, tellers

if TYPE_CHECKING:
    from anystep._langchain._trace import Trace
    from anystep._planner import Task

#: Carries the task in its own config, for nested calls made from another context.
TASK_KEY = "__pregel_task"
#: What LangGraph's nodes find in their config, and libraries that keep data in the state use: the
#: state, and writes before they have returned.
READ_KEY: Final = "__pregel_read"
SEND_KEY: Final = "__pregel_send"
_RESERVED = frozenset({"thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map"})


class TaskScope:
    """The part of a `Scope` that tasks see."""

    config: Config
    parent: Task | None
    context: Any
    store: Any
    control: Any
    thread_id: str
    streams: Sequence[Stream]
    mapped: Mapping[str, str] | None
    trace: Trace | None

    @property
    def ns(self) -> str:
        """Where this run's checkpoints are: the path of tasks that lead to it."""
        raise NotImplementedError

    @ns.setter
    def ns(self, value: str) -> None:
        raise NotImplementedError

    def task_config(self, task: Task) -> Config:
        """The config that code running in a task has."""
        return self.plain_config(task) if self.trace is None else self.trace.config_of(task)

    def plain_config(self, task: Task) -> Config:
        """The config of one task: the run's, with where the task stands in it."""
        config, run, node = self.config, task.run, task.node
        if self.trace is None:
            tags, metadata = config.get("tags") or (), shown_metadata(config)
        else:  # as the callbacks have them: what is around the run included
            around = self.trace.config
            tags, metadata = around.get("tags") or (), dict(around["metadata"])
        metadata.update(
            langgraph_step=task.step,
            langgraph_node=node.name,
            langgraph_triggers=task.triggers,
            langgraph_path=_shown_path(task),
            langgraph_checkpoint_ns=task.ns,
        )
        metadata.update(node.metadata or {})
        configurable = {
            **(config.get(CONF) or {}),
            "checkpoint_id": None,
            "checkpoint_ns": task.ns,
            "checkpoint_map": {**self.parents(), run.ns: run.checkpoint_id},
            TASK_KEY: task,
            READ_KEY: partial(_read, task),
            SEND_KEY: task.write,
        }
        shown = {**config, "callbacks": config.get("callbacks"), "metadata": metadata}
        shown.pop("run_name", None)  # the graph's own
        shown.pop("run_id", None)
        if tags or node.tags:
            shown["tags"] = [*tags, *node.tags]
        shown[CONF] = configurable
        return shown

    def parents(self) -> dict[str, str]:
        """The checkpoint of each run around this one, by namespace."""
        if self.parent is None:
            return dict(self.mapped or ())
        run = self.parent.run
        return {**run.scope.parents(), run.ns: run.checkpoint_id}

    def task_runtime(self, task: Task) -> Runtime[Any]:
        run = task.run
        run_id = self.config.get("run_id")
        return Runtime(
            context=self.context,
            store=self.store,
            stream_writer=self.writer(task),
            heartbeat=lambda: task.signal(heartbeat=True),
            previous=run.values.get("__previous__"),
            execution_info=ExecutionInfo(
                checkpoint_id=run.checkpoint_id,
                checkpoint_ns=task.ns,
                task_id=task.id,
                thread_id=self.thread_id or None,
                run_id=None if run_id is None else str(run_id),
                node_attempt=task.attempt,
            ),
            control=self.control,
        )

    def writer(self, task: Task) -> Any:
        """What `get_stream_writer` gives: posts to the `custom` stream."""
        tell = tellers(self.streams, "custom", namespace(self.ns)) if self.streams else None
        if tell is None:
            return _write_nothing if task.progress is None else lambda _: task.signal()

        def write(chunk: Any) -> None:
            task.signal()
            tell(chunk)

        return write

    def push_message(self, task: Task, message: Any) -> None:
        """Tell a message that a node has pushed, before the node has returned."""
        from ._messages import tell

        task.signal()
        tell([s for s in self.streams if "messages" in s.modes], task, message)

    def shown_metadata(self, task: Task) -> dict[str, Any]:
        """The user's own metadata and tags, as the `tasks` stream shows them."""
        config, node = self.config, task.node
        metadata: dict[str, Any] = {}
        if config.get("metadata"):
            metadata = {
                key: value
                for key, value in config["metadata"].items()
                if key not in _RESERVED and not key.startswith("langgraph_")
            }
        if node.metadata:
            metadata.update(node.metadata)
        if node.tags or config.get("tags"):
            metadata["tags"] = [*(config.get("tags") or ()), *node.tags]
        return metadata


def _shown_path(task: Task) -> tuple[Any, ...]:
    """A task's path; an error handler's is under that of the task it stands in for."""
    if task.failed is None:
        return task.path
    return (*task.failed.path[:3], "node_error_handler", False)


def _write_nothing(_: Any) -> None:
    pass


def _read(task: Task, select: str | Sequence[str], fresh: bool = False) -> Any:
    """One channel's value, None where it has none; a dict of those that have, for several names.

    `fresh`: with what the task itself has written so far.
    """
    run = task.run
    values = run.values
    if fresh:
        values = run.fresh(task)
        task.fresh = None  # the node has yet to return: this is not what the step comes to
    if isinstance(select, str):
        return values.get(select)
    return {name: values[name] for name in select if name in values}
