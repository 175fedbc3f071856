"""Reading and editing the threads of a compiled graph, and of the graphs inside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import CONF

from ._drive import Conversation, adrive, drive
from ._nesting import saver_for, scope_for
from ._scope import without_task_ids

if TYPE_CHECKING:
    from anystep._planner import Program
    from anystep._run_policy import RunPolicy
    from anystep.types import StateSnapshot, StateUpdate
    from anystep.typing import RunnableConfig

    from ._scope import Scope
    from .main import Pregel

Config = dict[str, Any]


class Threads:
    """The part of `Pregel` that looks at threads without running them."""

    program: Program
    checkpointer: Any
    store: Any
    config: Config | None
    policy: RunPolicy | None
    strict: bool

    @property
    def stream_channels_asis(self) -> str | Sequence[str]:
        """What snapshots of a thread show."""
        return self.program.stream_keys

    # -- reading threads -----------------------------------------------------------------

    def get_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """The thread's newest state, or the one `checkpoint_id` names.

        Raises: `ValueError` without a saver or for an unknown subgraph.
        """
        return drive(self._state(config, subgraphs))

    async def aget_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """`get_state`, awaiting the saver."""
        return await adrive(self._state(config, subgraphs))

    def _state(self, config: Any, subgraphs: bool) -> Conversation[StateSnapshot]:
        graph: Threads = self._addressed(config)
        return (yield from graph._state_here(config, subgraphs, self.reading_scope(config)))

    def _state_here(
        self, config: Any, subgraphs: bool, scope: Scope
    ) -> Conversation[StateSnapshot]:
        own = config.get(CONF) or {}
        loaded = yield (scope.saver, "get_tuple", (scope.load_config(),))
        states: dict[str, Any] = {}
        if subgraphs and loaded is not None:
            flat = self._snapshot(scope, loaded, config)
            for task in flat.tasks:
                inner = self.program.nodes[self.program.by_name[task.name]].subgraph
                if inner is not None and task.state is not None:
                    where: Any = task.state
                    address: Config = {CONF: {**own, **where[CONF]}}
                    address[CONF].pop("checkpoint_id", None)
                    if inner.checkpointer is True:  # it remembers between its calls
                        ns = address[CONF]["checkpoint_ns"]
                        address[CONF]["checkpoint_ns"] = without_task_ids(ns)
                    inside = self.reading_scope(address, scope.saver)
                    states[task.id] = yield from inner._state_here(address, True, inside)
        live = own.get("checkpoint_id") is None
        return self._snapshot(scope, loaded, config, live=live, states=states)

    def _snapshot(
        self,
        scope: Scope,
        loaded: Any,
        config: Any,
        *,
        live: bool = False,
        states: dict[str, Any] | None = None,
    ) -> StateSnapshot:
        from ._snapshot import snapshot  # most programs look at no thread

        return snapshot(self, scope, loaded, config, live=live, states=states or {})

    def get_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """The thread's checkpoints, newest first."""
        graph, scope = self._addressed(config), self.reading_scope(config)
        address = scope.load_config()
        for loaded in scope.saver.list(address, filter=filter, before=before, limit=limit):
            yield graph._snapshot(self.reading_scope(config), loaded, config)

    async def aget_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """`get_state_history`, awaiting the saver."""
        graph, scope = self._addressed(config), self.reading_scope(config)
        address = scope.load_config()
        found = scope.saver.alist(address, filter=filter, before=before, limit=limit)
        async for loaded in found:
            yield graph._snapshot(self.reading_scope(config), loaded, config)

    # -- editing threads ---------------------------------------------------------------

    def update_state(
        self,
        config: RunnableConfig,
        values: Any,
        as_node: str | None = None,
        task_id: str | None = None,
    ) -> RunnableConfig:
        """Write `values` to the thread as if node `as_node` had returned them.

        Returns the config of the new checkpoint. Raises: `InvalidUpdateError`.
        """
        from anystep.types import StateUpdate

        return self.bulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])

    async def aupdate_state(
        self,
        config: RunnableConfig,
        values: Any,
        as_node: str | None = None,
        task_id: str | None = None,
    ) -> RunnableConfig:
        """`update_state`, awaiting the saver."""
        from anystep.types import StateUpdate

        return await self.abulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])

    def bulk_update_state(
        self, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """Write several supersteps of updates, one checkpoint each."""
        updated: RunnableConfig = drive(self._bulk_update(config, supersteps))
        return updated

    async def abulk_update_state(
        self, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """`bulk_update_state`, awaiting the saver."""
        updated: RunnableConfig = await adrive(self._bulk_update(config, supersteps))
        return updated

    def _bulk_update(
        self, config: Any, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> Conversation[Any]:
        self.reading_scope(config)
        if not supersteps:
            raise ValueError("No supersteps provided")
        from anystep.types import StateUpdate

        from ._update import update_thread  # most programs edit no thread

        graph = self._addressed(config, strict=True)
        if graph is not self:
            graph = graph.copy({"checkpointer": self.reading_scope(config).saver})
        for updates in supersteps:
            config = yield from update_thread(graph, config, [StateUpdate(*u) for u in updates])
        return config

    # -- subgraphs ---------------------------------------------------------------------

    def get_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> Iterator[tuple[str, Pregel[Any, Any, Any, Any]]]:
        """The graphs used as nodes, by node name; `recurse` goes into those as well."""
        for node in self.program.nodes:
            inner = node.subgraph
            if inner is None:
                continue
            if namespace is not None and not namespace.startswith(node.name):
                continue
            if namespace is None or namespace == node.name:
                yield node.name, inner
            if recurse:
                deeper = None if namespace is None else namespace[len(node.name) + 1 :]
                for name, graph in inner.get_subgraphs(namespace=deeper, recurse=True):
                    yield f"{node.name}|{name}", graph

    async def aget_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> AsyncIterator[tuple[str, Pregel[Any, Any, Any, Any]]]:
        """`get_subgraphs` as an async iterator."""
        for name, graph in self.get_subgraphs(namespace=namespace, recurse=recurse):
            yield name, graph

    def _addressed(self, config: Any, *, strict: bool = False) -> Any:
        """The graph whose checkpoints `config` addresses by `checkpoint_ns`.

        A namespace of no known subgraph may be that of one a tool has called: it is
        read with this graph's channels. `strict` refuses it: to write there with them
        would corrupt it.
        """
        ns: str = (config.get(CONF) or {}).get("checkpoint_ns") or ""
        graph: Any = self
        if not ns:
            return graph
        path = [part.split(":")[0] for part in ns.split("|") if not part.isdigit()]
        for name in path:
            index = graph.program.by_name.get(name)
            inner = None if index is None else graph.program.nodes[index].subgraph
            if inner is None:
                if strict:
                    raise ValueError(f"Subgraph {'|'.join(path)} not found")
                return self
            graph = inner
        return graph

    def reading_scope(self, config: Any, saver: Any = None) -> Scope:
        """The scope of somebody who reads or edits a thread without running it.

        A graph inside another one is given that one's `saver`.

        Raises: `ValueError` without a saver or a thread.
        """
        scope = scope_for(self, config, standalone=True)
        own = (config.get(CONF) or {}) if config else {}
        scope.ns = own.get("checkpoint_ns") or ""
        scope.saver = saver or saver_for(self, scope)
        if self.program.objects and scope.saver:
            from ._deltas import reading_deltas

            scope.saver = reading_deltas(scope.saver, self.program)
        scope.store = self.store
        scope.policy, scope.strict = self.policy, self.strict
        if not scope.saver:
            raise ValueError("No checkpointer set")
        if not scope.thread_id:
            raise ValueError(
                "Checkpointer requires one or more of the following 'configurable' keys: "
                "thread_id, checkpoint_ns, checkpoint_id"
            )
        return scope
