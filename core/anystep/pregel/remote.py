"""A graph that runs on a server, used as if it ran here.

    remote = RemoteGraph("agent", url="https://graphs.example")
    remote.invoke({"messages": ["hello"]}, {"configurable": {"thread_id": thread_id}})

The server speaks LangGraph Platform's API. `client` and `sync_client` may be LangGraph SDK
clients, or anything with their `assistants`, `threads` and `runs`; with a `url` alone they are
made here, and need the extra `anystep[remote]`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

from anystep.types import GraphOutput

from . import _remote as wire
from ._config import merge
from ._remote import RemoteException
from ._runnable import RunnableFace, count_as_runnables
from .protocol import PregelProtocol

if TYPE_CHECKING:
    from anystep.draw import DrawableGraph
    from anystep.types import StateSnapshot
    from anystep.typing import RunnableConfig

__all__ = ("RemoteException", "RemoteGraph")

RemoteException.__module__ = __name__  # where users import it from

_Headers = dict[str, str]


class RemoteGraph(RunnableFace, PregelProtocol[Any, Any, Any, Any]):
    """The graph `assistant_id` of a server: a graph's name, or an assistant's id.

    `api_key` defaults to LANGGRAPH_API_KEY, LANGSMITH_API_KEY or LANGCHAIN_API_KEY of the
    environment and travels in the header `x-api-key` alone. `headers` are sent with every
    request. `name` is what the graph is called as a node. With `distributed_tracing` the
    headers of the LangSmith run around a call are sent, too.

    It may be a node of another graph: its questions stop that graph, its events are told in
    that graph's streams.
    """

    def __init__(
        self,
        assistant_id: str,
        /,
        *,
        url: str | None = None,
        api_key: str | None = None,
        headers: _Headers | None = None,
        client: Any = None,
        sync_client: Any = None,
        config: RunnableConfig | None = None,
        name: str | None = None,
        distributed_tracing: bool = False,
    ) -> None:
        self.assistant_id = assistant_id
        self.name: str = assistant_id if name is None else name
        self.config = config
        self.distributed_tracing = distributed_tracing
        if url is not None and (client is None or sync_client is None):
            from ._remote_client import AsyncClient, Client, Server

            server = Server(url, api_key, headers)
            client = AsyncClient(server) if client is None else client
            sync_client = Client(server) if sync_client is None else sync_client
        self.client = client
        self.sync_client = sync_client
        count_as_runnables(RemoteGraph)

    def _async(self) -> Any:
        if self.client is None:
            raise ValueError(
                "Async client is not initialized: please provide `url` or `client` when "
                "initializing `RemoteGraph`."
            )
        return self.client

    def _sync(self) -> Any:
        if self.sync_client is None:
            raise ValueError(
                "Sync client is not initialized: please provide `url` or `sync_client` when "
                "initializing `RemoteGraph`."
            )
        return self.sync_client

    # -- what it is ----------------------------------------------------------------------

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """What the graph is called as a node, if no other name is given."""
        return f"{name or self.name}{suffix or ''}"

    def copy(self, update: dict[str, Any]) -> Self:
        """A copy with some of the constructor's arguments changed."""
        attributes = {**self.__dict__, **update}
        return type(self)(attributes.pop("assistant_id"), **attributes)

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """A copy with `config` bound to it."""
        return self.copy({"config": merge(self.config, config, kwargs)})

    def get_graph(
        self,
        config: RunnableConfig | None = None,
        *,
        xray: int | bool = False,
        headers: _Headers | None = None,
        params: Any = None,
    ) -> DrawableGraph:
        """The graph as a picture can be made of it; `xray` opens subgraphs, to a depth."""
        graph = self._sync().assistants.get_graph(
            assistant_id=self.assistant_id, xray=xray, headers=headers, params=params
        )
        return wire.drawable_of(graph)

    async def aget_graph(
        self,
        config: RunnableConfig | None = None,
        *,
        xray: int | bool = False,
        headers: _Headers | None = None,
        params: Any = None,
    ) -> DrawableGraph:
        """`get_graph`, awaiting the server."""
        graph = await self._async().assistants.get_graph(
            assistant_id=self.assistant_id, xray=xray, headers=headers, params=params
        )
        return wire.drawable_of(graph)

    # -- threads -------------------------------------------------------------------------

    def get_state(
        self,
        config: RunnableConfig,
        *,
        subgraphs: bool = False,
        headers: _Headers | None = None,
        params: Any = None,
    ) -> StateSnapshot:
        """Where a thread is. Raises: `ValueError` without a thread, and what the client raises."""
        threads = self._sync().threads
        return wire.snapshot_of(
            threads.get_state(**self._state(config, subgraphs, headers, params))
        )

    async def aget_state(
        self,
        config: RunnableConfig,
        *,
        subgraphs: bool = False,
        headers: _Headers | None = None,
        params: Any = None,
    ) -> StateSnapshot:
        """`get_state`, awaiting the server."""
        threads = self._async().threads
        return wire.snapshot_of(
            await threads.get_state(**self._state(config, subgraphs, headers, params))
        )

    def _state(
        self, config: Any, subgraphs: bool, headers: _Headers | None, params: Any
    ) -> dict[str, Any]:
        merged = wire.merged(self.config, config)
        return {
            "thread_id": wire.thread_of(merged),
            "checkpoint": wire.address(merged),
            "subgraphs": subgraphs,
            "headers": headers,
            "params": params,
        }

    def get_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
        headers: _Headers | None = None,
        params: Any = None,
    ) -> Iterator[StateSnapshot]:
        """Where a thread has been, newest first: ten states, or `limit`."""
        history = self._sync().threads.get_history
        for state in history(**self._history(config, filter, before, limit, headers, params)):
            yield wire.snapshot_of(state)

    async def aget_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
        headers: _Headers | None = None,
        params: Any = None,
    ) -> AsyncIterator[StateSnapshot]:
        """`get_state_history`, awaiting the server."""
        history = self._async().threads.get_history
        request = self._history(config, filter, before, limit, headers, params)
        for state in await history(**request):
            yield wire.snapshot_of(state)

    def _history(
        self, config: Any, filter: Any, before: Any, limit: int | None, headers: Any, params: Any
    ) -> dict[str, Any]:
        merged = wire.merged(self.config, config)
        return {
            "thread_id": wire.thread_of(merged),
            "limit": limit or 10,
            "before": wire.address(before),
            "metadata": filter,
            "checkpoint": wire.address(merged),
            "headers": headers,
            "params": params,
        }

    def update_state(
        self,
        config: RunnableConfig,
        values: Any,
        as_node: str | None = None,
        *,
        headers: _Headers | None = None,
        params: Any = None,
    ) -> RunnableConfig:
        """Edit a thread as if a node had; the config that addresses the new checkpoint."""
        update = self._sync().threads.update_state
        response = update(**self._update(config, values, as_node, headers, params))
        return wire.config_of(response["checkpoint"])  # type: ignore[no-any-return]

    async def aupdate_state(
        self,
        config: RunnableConfig,
        values: Any,
        as_node: str | None = None,
        *,
        headers: _Headers | None = None,
        params: Any = None,
    ) -> RunnableConfig:
        """`update_state`, awaiting the server."""
        update = self._async().threads.update_state
        response = await update(**self._update(config, values, as_node, headers, params))
        return wire.config_of(response["checkpoint"])  # type: ignore[no-any-return]

    def _update(
        self, config: Any, values: Any, as_node: str | None, headers: Any, params: Any
    ) -> dict[str, Any]:
        merged = wire.merged(self.config, config)
        return {
            "thread_id": wire.thread_of(merged),
            "values": values,
            "as_node": as_node,
            "checkpoint": wire.address(merged),
            "headers": headers,
            "params": params,
        }

    def bulk_update_state(self, config: RunnableConfig, updates: Any) -> RunnableConfig:
        """Raises: `NotImplementedError`: the API edits one step at a time."""
        raise NotImplementedError("A RemoteGraph edits one step at a time: use update_state")

    async def abulk_update_state(self, config: RunnableConfig, updates: Any) -> RunnableConfig:
        """Raises: `NotImplementedError`: the API edits one step at a time."""
        raise NotImplementedError("A RemoteGraph edits one step at a time: use aupdate_state")

    # -- running -------------------------------------------------------------------------

    def stream(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        stream_mode: Any = None,
        subgraphs: bool = False,
        version: str = "v1",
        **options: Any,
    ) -> Iterator[Any]:
        """Run, yielding events as they come. Modes and shapes are those of `Pregel.stream`.

        Other options are `context`, `interrupt_before`, `interrupt_after`, `headers` and
        `params`; what is left goes to the client's `runs.stream`.

        Raises: `RemoteException` when the remote run fails.
        """
        listening = wire.Listening(stream_mode, config, subgraphs=subgraphs, version=version)
        runs = self._sync().runs
        for chunk in runs.stream(**self._run(input, config, listening, options)):
            item = listening.read(chunk)
            if item is not wire.SKIP:
                yield item

    async def astream(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        stream_mode: Any = None,
        subgraphs: bool = False,
        version: str = "v1",
        **options: Any,
    ) -> AsyncIterator[Any]:
        """`stream`, awaiting the server."""
        listening = wire.Listening(stream_mode, config, subgraphs=subgraphs, version=version)
        runs = self._async().runs
        async for chunk in runs.stream(**self._run(input, config, listening, options)):
            item = listening.read(chunk)
            if item is not wire.SKIP:
                yield item

    def _run(
        self, given: Any, config: Any, listening: wire.Listening, options: dict[str, Any]
    ) -> dict[str, Any]:
        sent = wire.sanitized(wire.merged(self.config, config))
        command = wire.command_of(given)
        headers = options.pop("headers", None)
        return {
            "thread_id": sent["configurable"].pop("thread_id", None),
            "assistant_id": self.assistant_id,
            "input": given if command is None else None,
            "command": command,
            "config": sent,
            "context": options.pop("context", None),
            "stream_mode": listening.modes,
            "interrupt_before": options.pop("interrupt_before", None),
            "interrupt_after": options.pop("interrupt_after", None),
            "stream_subgraphs": listening.subgraphs,
            "if_not_exists": "create",
            "headers": wire.tracing(headers) if self.distributed_tracing else headers,
            "params": options.pop("params", None),
            **options,
        }

    def stream_events(
        self, input: Any, config: RunnableConfig | None = None, *, version: str = "v2", **kw: Any
    ) -> Any:
        """With `version="v3"`: a run on the server to read, begun by its `with` block.

        `metadata` and `headers` go to the server.

        Raises: `NotImplementedError` for other versions, for options that a server has not,
        and for a client that cannot stream threads, as the one made of a `url` cannot.
        """
        from ._remote_run_stream import RemoteGraphRunStream

        thread, sent = self._thread_stream(self._sync, config, version, kw)
        return RemoteGraphRunStream(self._sync(), thread, input, sent, kw.get("metadata"))

    async def astream_events(
        self, input: Any, config: RunnableConfig | None = None, *, version: str = "v2", **kw: Any
    ) -> Any:
        """`stream_events`, awaited: a run whose `async with` block begins it."""
        from ._remote_run_stream import AsyncRemoteGraphRunStream

        thread, sent = self._thread_stream(self._async, config, version, kw)
        return AsyncRemoteGraphRunStream(self._async(), thread, input, sent, kw.get("metadata"))

    def _thread_stream(
        self, client_of: Callable[[], Any], config: Any, version: str, options: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """The SDK's stream of a thread, and the config to begin its run with."""
        if version != "v3":
            raise NotImplementedError(
                f"RemoteGraph has no events of version {version!r}: use stream() or astream(), "
                "or version='v3'"
            )
        given = {name for name, value in options.items() if value}
        unknown = sorted(given - {"metadata", "headers"})
        if unknown:
            raise NotImplementedError(
                "RemoteGraph.stream_events(version='v3') does not support "
                + ", ".join(f"`{name}=`" for name in unknown)
            )
        threads = client_of().threads
        if not hasattr(threads, "stream") or threads is client_of().runs:
            raise NotImplementedError(
                "Reading a remote run needs a client of langgraph-sdk: pass client= or sync_client="
            )
        sent = wire.sanitized(wire.merged(self.config, config))
        thread_id = sent["configurable"].pop("thread_id", None)
        headers = options.get("headers")
        headers = wire.tracing(headers) if self.distributed_tracing else headers
        thread = threads.stream(
            thread_id=thread_id, assistant_id=self.assistant_id, headers=headers
        )
        return thread, sent

    def invoke(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: str = "v1",
        **options: Any,
    ) -> Any:
        """Run to the end, and return the last state; None, with a warning, if none came.

        Raises: `RemoteException` when the remote run fails.
        """
        last = wire.SKIP
        for state in self.stream(input, config, stream_mode="values", version=version, **options):
            last = state
        return _output(last, version)

    async def ainvoke(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: str = "v1",
        **options: Any,
    ) -> Any:
        """`invoke`, awaiting the server."""
        last = wire.SKIP
        events = self.astream(input, config, stream_mode="values", version=version, **options)
        async for state in events:
            last = state
        return _output(last, version)

    def batch(self, inputs: Sequence[Any], config: Any = None, **kwargs: Any) -> list[Any]:
        """`invoke` for each input, in turn. `config` is one for all or a list."""
        configs = config if isinstance(config, list) else [config] * len(inputs)
        return [self.invoke(given, c, **kwargs) for given, c in zip(inputs, configs, strict=True)]

    async def abatch(self, inputs: Sequence[Any], config: Any = None, **kwargs: Any) -> list[Any]:
        """`ainvoke` for each input, side by side."""
        import asyncio

        configs = config if isinstance(config, list) else [config] * len(inputs)
        runs = (self.ainvoke(g, c, **kwargs) for g, c in zip(inputs, configs, strict=True))
        return list(await asyncio.gather(*runs))


def _output(last: Any, version: str) -> Any:
    if last is wire.SKIP:
        import logging

        logging.getLogger(__name__).warning("No events received from remote graph")
        return None
    if version == "v2":
        return GraphOutput(value=last["data"], interrupts=tuple(last.get("interrupts", ())))
    return last
