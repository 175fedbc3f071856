"""Where a run stands: what its config says, and what it takes over from the run around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anystep._constants import CONF
from anystep._langchain import is_active
from anystep._planner import Task
from anystep.config import current_task

from ._config import Config, check, inherited, merge
from ._scope import TASK_KEY, Scope
from ._stream import Stream
from ._task_scope import READ_KEY, SEND_KEY

if TYPE_CHECKING:
    from ._threads import Threads

#: What says where a task is, which another run's config must not.
_OF_THE_CALLER = frozenset(
    {"checkpoint_id", "checkpoint_ns", "checkpoint_map", TASK_KEY, READ_KEY, SEND_KEY}
)


def scope_for(graph: Threads, config: Any, *, standalone: bool) -> Scope:
    """The scope of a run of `graph`, inside the current task if there is one.

    `standalone` scopes (reading or editing a thread) never nest.
    """
    call: Mapping[str, Any] = {} if config is None else check(config)
    own = call.get(CONF)
    around: Task | None = None
    if not standalone:
        around = current_task.get()
        if own:
            around = own.get(TASK_KEY) or around
            if own.get("thread_id") is not None and TASK_KEY not in own:
                around = None
    if around is not None:
        return _nested(graph, call, around)
    if not standalone and is_active(call):
        from ._tracing import config_in_runnable

        merged = config_in_runnable(graph.config, call)
        if merged is not None:
            return Scope(merged, None)
    scope = Scope(merge(graph.config, call) if graph.config else {**call}, None)
    if own and not standalone and own.get("checkpoint_map"):
        mapped: Mapping[str, str] = own["checkpoint_map"]
        scope.mapped, scope.addressed = mapped, mapped.get("")
    return scope


def _nested(graph: Threads, call: Mapping[str, Any], parent: Task) -> Scope:
    """The scope of a run inside the task `parent`."""
    ambient = inherited(parent.run.scope.config, None)
    given = _without_coordinates(call) if call else None
    merged = merge(ambient, graph.config, given) if (graph.config or given) else ambient
    scope = Scope(merged, parent, own_memory=graph.checkpointer is True)
    scope.thread_id = parent.run.scope.thread_id
    if parent.run.resuming or parent.attempt > 1:
        scope.resuming = True
    scope.replay = parent.run.scope.replay
    if scope.replay is not None and parent.attempt == 1:
        scope.resuming = None  # it takes its input again, on top of what it had
    mapped = parent.run.scope.mapped
    if mapped:
        scope.mapped = mapped
        if scope.ns in mapped:
            scope.addressed = mapped[scope.ns]
            scope.resuming = parent.run.resuming or None
    return scope


def _without_coordinates(call: Any) -> Config:
    """A nested call's config, without what says where the calling task is."""
    configurable = {k: v for k, v in (call.get(CONF) or {}).items() if k not in _OF_THE_CALLER}
    kept = {k: v for k, v in call.items() if k not in (CONF, "run_name", "metadata")}
    metadata = call.get("metadata")
    if metadata:
        kept["metadata"] = {k: v for k, v in metadata.items() if not k.startswith("langgraph_")}
    if configurable:
        kept[CONF] = configurable
    return kept


def saver_for(graph: Threads, scope: Scope) -> Any:
    """Which saver a run uses: a subgraph takes the one of the run around it.

    Raises: `RuntimeError` for `checkpointer=True` on a graph that is no subgraph.
    """
    saver = graph.checkpointer
    if saver is False:
        return None
    if scope.parent is not None:
        return scope.parent.run.scope.saver
    configurable = scope.config.get(CONF)
    if configurable and configurable.get("__pregel_checkpointer") is not None:
        return configurable["__pregel_checkpointer"]
    if saver is True:
        raise RuntimeError("checkpointer=True cannot be used for root graphs.")
    return saver


def inherit(scope: Scope, outer: Scope) -> list[Stream]:
    """Take over what the run around this one has and this one has not; its streams."""
    if scope.store is None:
        scope.store = outer.store
    if scope.cache is None:
        scope.cache = outer.cache
    if scope.control is None:
        scope.control = outer.control
    scope.durability = outer.durability
    return [s for s in outer.streams if s.subgraphs]
