"""`run.subgraphs`: a run of its own for each subgraph, fed from the run around it."""
# The parts of one package; transformers written for LangGraph use these names, too.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import Any

from ._lifecycle import Namespace, SubgraphStatus, _TasksLifecycleBase, ending_of
from ._mux import StreamMux
from ._types import ProtocolEvent
from .run_stream import AsyncSubgraphRunStream, SubgraphRunStream
from .stream_channel import StreamChannel

Handle = SubgraphRunStream | AsyncSubgraphRunStream


class SubgraphTransformer(_TasksLifecycleBase):
    """`run.subgraphs`: the subgraphs right below the run, as they begin.

    Each has projections like a run's, `subgraphs` of its own among them. Read them when you
    are given the subgraph: what happens before somebody reads is not kept.
    """

    _native = True
    supports_sync = True

    def __init__(self, scope: Namespace = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[Handle] = StreamChannel()
        self._handles: dict[Namespace, Handle] = {}
        self._mux: StreamMux | None = None

    def init(self) -> dict[str, Any]:
        """The projection: `subgraphs`."""
        return {"subgraphs": self._log}

    def _on_register(self, mux: Any) -> None:
        self._mux = mux

    def _should_track(self, ns: Namespace) -> bool:
        depth = len(self.scope)
        return len(ns) == depth + 1 and ns[:depth] == self.scope

    def _on_started(
        self, ns: Namespace, graph_name: str | None, trigger_call_id: str | None
    ) -> None:
        if self._mux is None or self._mux._factories is None:
            return  # no transformers can be made for it
        mux = self._mux._make_child(ns)
        kind = AsyncSubgraphRunStream if mux.is_async else SubgraphRunStream
        handle = kind(mux, path=ns, graph_name=graph_name, trigger_call_id=trigger_call_id)
        self._handles[ns] = handle
        self._log.push(handle)

    # -- events --------------------------------------------------------------------------

    def process(self, event: ProtocolEvent) -> bool:
        """Follow the subgraphs, and show them what is theirs."""
        keep = super().process(event)
        handle = self._handle_for(event)
        if handle is not None:
            handle._observe_event(event)
            handle._mux.push(event)
        return keep

    async def aprocess(self, event: ProtocolEvent) -> bool:
        """`process`, awaiting the transformers of the subgraphs."""
        keep = event["method"] != "tasks"
        if not keep:
            for child, status, error in self._follow(event):
                handle = self._end(child, status, error)
                if handle is not None:
                    await _aclose(handle, status)
        handle = self._handle_for(event)
        if handle is not None:
            handle._observe_event(event)
            await handle._mux.apush(event)
        return keep

    def _handle_for(self, event: ProtocolEvent) -> Handle | None:
        depth = len(self.scope) + 1
        ns = event["params"]["namespace"]
        handle = self._handles.get(tuple(ns[:depth])) if len(ns) >= depth else None
        return None if handle is None or handle._mux._events._closed else handle

    # -- the end -------------------------------------------------------------------------

    def _end(self, ns: Namespace, status: SubgraphStatus, error: str | None) -> Handle | None:
        """Say how a subgraph ended; the handle if its end is news."""
        handle = self._handles.get(ns)
        if handle is None or handle._seen_terminal:
            return None
        handle.status = status
        handle.error = error if handle.error is None else handle.error
        handle._seen_terminal = True
        return None if handle._mux._events._closed else handle

    def _on_terminal(self, ns: Namespace, status: SubgraphStatus, error: str | None) -> None:
        handle = self._end(ns, status, error)
        if handle is not None:
            if status == "failed":
                handle._mux.fail(_failure(handle))
            else:
                handle._mux.close()

    def finalize(self) -> None:
        """Every subgraph that is open has completed. Raises: their transformers' first error."""
        self._open.clear()
        first: BaseException | None = None
        for ns in self._handles:
            try:
                self._on_terminal(ns, "completed", None)
            except BaseException as error:
                first = first or error
        if first is not None:
            raise first

    async def afinalize(self) -> None:
        """`finalize`, awaiting the transformers of the subgraphs."""
        self._open.clear()
        first: BaseException | None = None
        for ns in self._handles:
            handle = self._end(ns, "completed", None)
            try:
                if handle is not None:
                    await _aclose(handle, "completed")
            except BaseException as error:
                first = first or error
        if first is not None:
            raise first

    def fail(self, err: BaseException) -> None:
        """Every subgraph that is open fails with the run."""
        self._open.clear()
        for ns, handle in self._handles.items():
            self._end(ns, *ending_of(err))
            if not handle._mux._events._closed:
                handle._mux.fail(err)

    async def afail(self, err: BaseException) -> None:
        """`fail`, awaiting the transformers of the subgraphs."""
        self._open.clear()
        for ns, handle in self._handles.items():
            self._end(ns, *ending_of(err))
            if not handle._mux._events._closed:
                await handle._mux.afail(err)


async def _aclose(handle: Handle, status: SubgraphStatus) -> None:
    if status == "failed":
        await handle._mux.afail(_failure(handle))
    else:
        await handle._mux.aclose()


def _failure(handle: Handle) -> RuntimeError:
    return RuntimeError(handle.error or "Subgraph failed")
