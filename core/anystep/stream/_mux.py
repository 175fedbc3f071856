"""Where the events of a run meet its transformers.

One mux per run, and one per subgraph that somebody may look into. An event goes through all
transformers in order, then into the run's own event channel unless one of them kept it back.
"""
# The parts of one package; transformers written for LangGraph use these names, too.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ._convert import now_ms
from ._types import ProtocolEvent, StreamTransformer, scheduled, transformer_requires_async
from .stream_channel import StreamChannel

if TYPE_CHECKING:
    import asyncio

#: Makes the transformer of one scope; transformer classes are such functions.
TransformerFactory = Callable[[tuple[str, ...]], StreamTransformer]


class StreamMux:
    """Sends events through transformers.

    `factories` make one transformer for this scope and for each subgraph's below it;
    `transformers` are there already, and serve this scope alone. `extensions` holds all
    projections by name, `native_keys` the names that are attributes of the run, too.

    Raises: `RuntimeError` for an async transformer on the sync face, `ValueError` for two
    projections of one name, `TypeError` for an `init()` that returns no dict.
    """

    def __init__(
        self,
        transformers: Sequence[StreamTransformer] | None = None,
        *,
        is_async: bool = False,
        factories: Sequence[TransformerFactory] | None = None,
        scope: tuple[str, ...] = (),
        _assign_seq: bool = True,
    ) -> None:
        self.is_async = is_async
        self.scope = scope
        self.extensions: dict[str, Any] = {}
        self.native_keys: set[str] = set()
        self._assign_seq = _assign_seq  # the root's; a subgraph shares the root's events
        self._seq = 0
        self._push_seq = 0
        self._transformers: list[StreamTransformer] = []
        self._by_key: dict[str, StreamTransformer] = {}
        self._channels: list[StreamChannel[Any]] = []
        self._events: StreamChannel[ProtocolEvent] = StreamChannel()
        self._events._bind(is_async=is_async)
        self._events._bind_mux(self)
        self._factories = None if factories is None else list(factories)
        self._pump_fn: Callable[[], bool] | None = None
        self._apump_fn: Callable[[], Awaitable[bool]] | None = None
        for transformer in _early_first(make(scope) for make in factories or ()):
            self._register(transformer)
        for transformer in _early_first(transformers or ()):
            self._register(transformer)

    @property
    def required_stream_modes(self) -> list[str]:
        """What the graph has to tell for all the transformers, sorted."""
        return sorted(
            {
                mode
                for one in self._transformers
                for mode in getattr(one, "required_stream_modes", ())
            }
        )

    def transformer_by_key(self, key: str) -> StreamTransformer | None:
        """Whose projection `key` is."""
        return self._by_key.get(key)

    def _register(self, transformer: StreamTransformer) -> None:
        owner = type(transformer).__name__
        if not self.is_async and transformer_requires_async(transformer):
            raise RuntimeError(
                f"{owner} requires an async run: it overrides aprocess/afinalize/afail or sets "
                "requires_async=True. Use astream_events(), not stream_events()."
            )
        projection: Any = transformer.init()
        if not isinstance(projection, dict):
            raise TypeError(
                f"StreamTransformer.init() must return a dict, got {type(projection).__name__}"
            )
        taken = ", ".join(
            f"{key!r} (owned by {type(self._by_key[key]).__name__})"
            for key in sorted(set(projection) & set(self._by_key))
        )
        if taken:
            raise ValueError(
                f"Transformer {owner} returned projection keys that conflict with "
                f"already-registered keys: {taken}"
            )
        native = bool(getattr(transformer, "_native", False))
        for value in projection.values():
            if isinstance(value, StreamChannel):
                self._adopt(value, native)
        self._transformers.append(transformer)
        self.extensions.update(projection)
        self._by_key.update(dict.fromkeys(projection, transformer))
        if native:
            self.native_keys.update(projection)
        transformer._on_register(self)

    def _adopt(self, channel: StreamChannel[Any], native: bool) -> None:
        channel._bind(is_async=self.is_async)
        channel._bind_mux(self)
        self._channels.append(channel)
        if channel.name is not None:
            method = channel.name if native else f"custom:{channel.name}"
            channel._wire(lambda item: self._forward(method, item))

    # -- the pump ------------------------------------------------------------------------

    def bind_pump(self, fn: Callable[[], bool]) -> None:
        """Let every reader advance the run through `fn`; subgraphs inherit it."""
        self._pump_fn = fn
        for channel in (self._events, *self._channels):
            channel._request_more = fn
        self._tell_transformers("_bind_pump", fn)

    def bind_apump(self, fn: Callable[[], Awaitable[bool]]) -> None:
        """`bind_pump`, for the async face."""
        self._apump_fn = fn
        for channel in (self._events, *self._channels):
            channel._arequest_more = fn
        self._tell_transformers("_bind_apump", fn)

    def _tell_transformers(self, method: str, fn: Any) -> None:
        for transformer in self._transformers:
            bind = getattr(transformer, method, None)
            if bind is not None:
                bind(fn)

    def _make_child(self, scope: tuple[str, ...]) -> StreamMux:
        """A mux for a subgraph, with new transformers and this one's pump.

        Raises: `RuntimeError` where there are no factories to make them.
        """
        if self._factories is None:
            raise RuntimeError(
                "StreamMux._make_child requires the mux to be constructed with `factories=`: "
                "transformers that are there already serve one scope."
            )
        child = StreamMux(
            factories=self._factories, is_async=self.is_async, scope=scope, _assign_seq=False
        )
        if self._pump_fn is not None:
            child.bind_pump(self._pump_fn)
        if self._apump_fn is not None:
            child.bind_apump(self._apump_fn)
        return child

    # -- events --------------------------------------------------------------------------

    def push(self, event: ProtocolEvent) -> None:
        """Show one event to every transformer, then to whoever reads the run."""
        keep = True
        for transformer in self._transformers:
            if not transformer.process(event):
                keep = False
        if keep:
            self._show(event)

    async def apush(self, event: ProtocolEvent) -> None:
        """`push`, awaiting each transformer before the next sees the event."""
        keep = True
        for transformer in self._transformers:
            if not await transformer.aprocess(event):
                keep = False
        if keep:
            self._show(event)

    def _show(self, event: ProtocolEvent) -> None:
        if self._assign_seq:
            self._seq += 1
            event["seq"] = self._seq
        self._events.push(event)

    def _forward(self, method: str, item: Any) -> None:
        """Show a named channel's item in the run's events; no transformer sees it."""
        self._show(
            {
                "type": "event",
                "method": method,
                "params": {"namespace": [], "timestamp": now_ms(), "data": item},
            }
        )

    def _next_push_seq(self) -> int:
        self._push_seq += 1
        return self._push_seq

    # -- the end -------------------------------------------------------------------------

    def close(self) -> None:
        """The run is over: finalize the transformers and close the channels.

        Raises: the first error of a transformer, when everything has been closed.
        """
        first: BaseException | None = None
        for transformer in self._transformers:
            try:
                transformer.finalize()
            except BaseException as error:
                first = first or error
        self._close_channels(first)

    async def aclose(self) -> None:
        """`close`, after all that the transformers have scheduled.

        Raises: what a scheduled coroutine raised, and then nothing is finalized: fail
        the mux with it. Else as `close`.
        """
        import asyncio

        pending = self._pending()
        for result in await asyncio.gather(*pending, return_exceptions=True) if pending else ():
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result
        first: BaseException | None = None
        for transformer in self._transformers:
            try:
                await transformer.afinalize()
            except BaseException as error:
                first = first or error
        self._close_channels(first)

    def _close_channels(self, first: BaseException | None) -> None:
        for channel in self._channels:
            if not channel._closed:
                channel.close()
        self._events.close()
        if first is not None:
            raise first

    def fail(self, err: BaseException) -> None:
        """The run has failed: tell the transformers, and the readers of every channel."""
        for transformer in self._transformers:
            try:
                transformer.fail(err)
            except BaseException as error:
                _second(err, error)
        self._fail_channels(err)

    async def afail(self, err: BaseException) -> None:
        """`fail`, after cancelling all that the transformers have scheduled."""
        import asyncio

        pending = self._pending()
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.gather(*pending, return_exceptions=True)
        for transformer in self._transformers:
            try:
                await transformer.afail(err)
            except BaseException as error:
                _second(err, error)
        self._fail_channels(err)

    def _fail_channels(self, err: BaseException) -> None:
        for channel in self._channels:
            if not channel._closed:
                channel.fail(err)
        if not self._events._closed:
            self._events.fail(err)

    def _pending(self) -> list[asyncio.Task[Any]]:
        return [task for one in self._transformers for task in scheduled(one)]


def _early_first(transformers: Iterable[StreamTransformer]) -> list[StreamTransformer]:
    """Those that want to be before the built-in ones, then the rest, each in its order."""
    return sorted(transformers, key=lambda one: not getattr(one, "before_builtins", False))


def _second(first: BaseException, error: BaseException) -> None:
    """Keep a transformer's failure to fail as a note: the run's own error is the news."""
    first.add_note(f"While telling a stream transformer of this: {error!r}")
