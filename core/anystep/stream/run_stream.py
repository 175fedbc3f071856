"""A run that is being read: projections, events, output; reading drives it.

Nothing runs in the background. Whoever reads a projection that has nothing yet pulls the
next event out of the graph and sends it through the mux; so does whoever asks for the
output.
"""
# The parts of one package; transformers written for LangGraph use these names, too.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from ._convert import convert_to_protocol_event
from ._interleave import interleaved

if TYPE_CHECKING:
    import asyncio

    from ._mux import StreamMux
    from ._types import ProtocolEvent
    from .chat_model import AsyncChatModelStream, ChatModelStream
    from .stream_channel import StreamChannel
    from .transformers import LifecyclePayload, SubgraphStatus

__all__ = [
    "AsyncGraphRunStream",
    "AsyncSubgraphRunStream",
    "GraphRunStream",
    "SubgraphRunStream",
]


class _Run:
    """What both faces of a run know."""

    # Projections of the built-in transformers: the first four are always there.
    values: StreamChannel[Any]
    lifecycle: StreamChannel[LifecyclePayload]
    updates: StreamChannel[dict[str, Any]]
    custom: StreamChannel[Any]
    checkpoints: StreamChannel[dict[str, Any]]
    debug: StreamChannel[dict[str, Any]]
    tasks: StreamChannel[dict[str, Any]]

    def __init__(self, mux: StreamMux) -> None:
        self._mux = mux
        self.extensions: Mapping[str, Any] = MappingProxyType(mux.extensions)
        self._scope_list = list(mux.scope)
        self._exhausted = False
        self._latest: Any = None
        self._interrupted = False
        self._interrupts: list[Any] = []
        for name in mux.native_keys:
            setattr(self, name, mux.extensions[name])

    def __getattr__(self, name: str) -> StreamChannel[Any]:
        """Asked for what no attribute is: say which projections there are."""
        mux = self.__dict__.get("_mux")
        there = ", ".join(sorted(mux.native_keys)) if mux is not None else ""
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r} "
            f"(registered projections: {there or 'none'})"
        )

    def _observe_event(self, event: ProtocolEvent) -> None:
        """Remember what the output of the run is so far."""
        params = event["params"]
        if event["method"] == "values" and params["namespace"] == self._scope_list:
            self._latest = params["data"]
            interrupts = params.get("interrupts", ())
            if interrupts:
                self._interrupted = True
                self._interrupts.extend(interrupts)

    def _raise_error(self) -> None:
        error = self._mux._events._error
        if error is not None:
            raise error


class GraphRunStream(_Run):
    """A run on the sync face. `Pregel.stream_events(version="v3")` makes one.

    Iterate it for its events, or `values`, `messages`, `subgraphs`, `lifecycle` and what
    transformers add for one kind of thing; each can be read once. `output` is the final
    state. Leaving a `with` block ends the run.
    """

    messages: StreamChannel[ChatModelStream]
    subgraphs: StreamChannel[SubgraphRunStream]

    def __init__(
        self, graph_iter: Iterator[Any] | None, mux: StreamMux, *, wire_pump: bool = True
    ) -> None:
        super().__init__(mux)
        self._graph_iter = graph_iter
        if wire_pump:
            mux.bind_pump(self._pump_next)

    def _pump_next(self) -> bool:
        """Take one event out of the graph; False when there are no more."""
        if self._exhausted or self._graph_iter is None:
            return False
        try:
            event = convert_to_protocol_event(next(self._graph_iter))
            self._observe_event(event)
            self._mux.push(event)
        except StopIteration:
            self._exhausted = True
            self._mux.close()
            return False
        except Exception as error:
            self._exhausted = True
            self._mux.fail(error)
            return False
        return True

    def _finish(self) -> None:
        while self._pump_next():
            pass
        self._raise_error()

    def abort(self) -> None:
        """End the run early, after the tasks that are under way. Ending twice is fine."""
        if self._exhausted:
            return
        self._exhausted = True
        graph_iter, self._graph_iter = self._graph_iter, None
        close = getattr(graph_iter, "close", None)
        try:
            if close is not None:
                close()
        finally:
            self._mux.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()

    @property
    def output(self) -> Any:
        """The final state; drives the run to its end. Raises what the run failed with."""
        self._finish()
        return self._latest

    @property
    def interrupted(self) -> bool:
        """Whether the run stopped to ask; drives it to its end. Raises what it failed with."""
        self._finish()
        return self._interrupted

    @property
    def interrupts(self) -> list[Any]:
        """What the run stopped to ask; drives it to its end. Raises what it failed with."""
        self._finish()
        return self._interrupts

    def __iter__(self) -> Iterator[ProtocolEvent]:
        return iter(self._mux._events)

    def interleave(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Read several projections at once: `(name, item)` in the order of their coming.

        They can be read again, from there on, when the iterator is closed.

        Raises: `KeyError` for a name that is no projection, `TypeError` for a projection
        that is no channel or is of the async face, `RuntimeError` for one that is being read.
        """
        return interleaved(self._mux, names)


class AsyncGraphRunStream(_Run):
    """A run on the async face. `await Pregel.astream_events(version="v3")` makes one.

    As `GraphRunStream`, with `async for`, `await run.output()`, `async with`. Several
    readers may run at the same time; one of them at a time pulls, the others wait for what
    comes of it.
    """

    messages: StreamChannel[AsyncChatModelStream]
    subgraphs: StreamChannel[AsyncSubgraphRunStream]

    def __init__(
        self, graph_aiter: AsyncIterator[Any] | None, mux: StreamMux, *, wire_pump: bool = True
    ) -> None:
        super().__init__(mux)
        self._graph_aiter = graph_aiter
        self._pull: asyncio.Future[Any] | None = None  # the event being waited for
        self._waiters: list[asyncio.Future[None]] = []  # for the reader that pulls
        self._pumping = False
        self._aborting = False
        if wire_pump:
            mux.bind_apump(self._apump_next)

    async def _apump_next(self) -> bool:
        """Take one event out of the graph, or wait until another reader has.

        False when there are no more.
        """
        if self._exhausted or self._graph_aiter is None:
            return False
        if self._pumping:
            await self._someone_elses()
            return not self._exhausted
        self._pumping = True
        try:
            return await self._pump()
        finally:
            self._pumping = False
            self._wake()

    async def _someone_elses(self) -> None:
        import asyncio

        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _pump(self) -> bool:
        import asyncio

        assert self._graph_aiter is not None
        try:
            # A task of its own: `abort` has to be able to cancel it from outside.
            self._pull = asyncio.ensure_future(anext(self._graph_aiter))
            try:
                part = await self._pull
            except asyncio.CancelledError:
                if self._aborting:
                    self._exhausted = True
                    return False
                self._pull.cancel()
                raise
            finally:
                self._pull = None
            event = convert_to_protocol_event(part)
            self._observe_event(event)
            await self._mux.apush(event)
        except StopAsyncIteration:
            self._exhausted = True
            try:
                await self._mux.aclose()
            except Exception as error:
                if not self._mux._events._closed:  # something scheduled has failed
                    await self._mux.afail(error)
                raise
            return False
        except Exception as error:
            self._exhausted = True
            await self._mux.afail(error)
            return False
        return True

    async def _finish(self) -> None:
        while await self._apump_next():
            pass
        self._raise_error()

    async def abort(self) -> None:
        """End the run early: running nodes, subgraphs' too, are cancelled.

        Ending twice is fine.
        """
        if self._exhausted:
            return
        import asyncio

        self._exhausted = self._aborting = True
        graph_aiter, self._graph_aiter = self._graph_aiter, None
        pull = self._pull
        self._wake()
        if pull is not None and not pull.done():
            pull.cancel()
            await asyncio.wait([pull])
        close = getattr(graph_aiter, "aclose", None)
        try:
            if close is not None:
                await close()
        finally:
            await self._mux.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.abort()

    async def output(self) -> Any:
        """The final state; drives the run to its end. Raises what the run failed with."""
        await self._finish()
        return self._latest

    async def interrupted(self) -> bool:
        """Whether the run stopped to ask; drives it to its end. Raises what it failed with."""
        await self._finish()
        return self._interrupted

    async def interrupts(self) -> list[Any]:
        """What the run stopped to ask; drives it to its end. Raises what it failed with."""
        await self._finish()
        return self._interrupts

    def __aiter__(self) -> AsyncIterator[ProtocolEvent]:
        return aiter(self._mux._events)


class _Subgraph:
    """Where a subgraph's run is, and how it went so far.

    `path` is its namespace, `trigger_call_id` the id of the task that runs it, `error` the
    text of what it failed with.
    """

    path: tuple[str, ...]
    graph_name: str | None
    trigger_call_id: str | None
    status: SubgraphStatus
    error: str | None
    _seen_terminal: bool

    def _describe(
        self, path: tuple[str, ...], graph_name: str | None, trigger_call_id: str | None
    ) -> None:
        self.path = path
        self.graph_name = graph_name
        self.trigger_call_id = trigger_call_id
        self.status = "started"
        self.error = None
        self._seen_terminal = False


class SubgraphRunStream(GraphRunStream, _Subgraph):
    """A subgraph of a run, as `run.subgraphs` shows it; reading it drives the whole run."""

    def __init__(
        self,
        mux: StreamMux,
        *,
        path: tuple[str, ...],
        graph_name: str | None = None,
        trigger_call_id: str | None = None,
    ) -> None:
        self._parent_pump_fn: Callable[[], bool] | None = mux._pump_fn
        super().__init__(None, mux, wire_pump=False)
        self._describe(path, graph_name, trigger_call_id)

    def _pump_next(self) -> bool:
        if self._exhausted or self._seen_terminal or self._mux._events._closed:
            return False
        return self._parent_pump_fn is not None and self._parent_pump_fn()


class AsyncSubgraphRunStream(AsyncGraphRunStream, _Subgraph):
    """A subgraph of an async run; reading it drives the whole run."""

    def __init__(
        self,
        mux: StreamMux,
        *,
        path: tuple[str, ...],
        graph_name: str | None = None,
        trigger_call_id: str | None = None,
    ) -> None:
        self._parent_apump_fn: Callable[[], Awaitable[bool]] | None = mux._apump_fn
        super().__init__(None, mux, wire_pump=False)
        self._describe(path, graph_name, trigger_call_id)

    async def _apump_next(self) -> bool:
        if self._exhausted or self._seen_terminal or self._mux._events._closed:
            return False
        return self._parent_apump_fn is not None and await self._parent_apump_fn()
