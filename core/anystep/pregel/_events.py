"""`stream_events` and `astream_events`: a run as an object with projections, read by its caller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, overload

from anystep._constants import CONF
from anystep.config import current_task

from ._runnable import RunnableFace, langchain_events
from ._scope import TASK_KEY
from ._stream import namespace

if TYPE_CHECKING:
    from anystep.stream import AsyncGraphRunStream, GraphRunStream, StreamTransformer
    from anystep.stream._mux import StreamMux
    from anystep.typing import RunnableConfig

    Factory = Callable[[tuple[str, ...]], StreamTransformer]

#: Asks for messages in content blocks, and for none from tools.
MESSAGES_V3 = "__pregel_stream_messages_v2"


class _Streams(Protocol):
    stream_transformers: tuple[Factory, ...]

    def stream(self, input: Any, config: Any, **options: Any) -> Iterator[Any]: ...
    def astream(self, input: Any, config: Any, **options: Any) -> AsyncIterator[Any]: ...


class RunStreams(RunnableFace):
    """The part of a compiled graph that makes runs to read."""

    #: What `compile(transformers=...)` gave: factories that every run has.
    stream_transformers: tuple[Factory, ...] = ()

    @overload
    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v3"],
        transformers: Sequence[Factory] | None = None,
        **kwargs: Any,
    ) -> GraphRunStream: ...
    @overload
    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v1", "v2"] = "v2",
        transformers: Sequence[Factory] | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]: ...
    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: str = "v2",
        transformers: Sequence[Factory] | None = None,
        **kwargs: Any,
    ) -> Any:
        """With `version="v3"`: a run to read, `anystep.stream.GraphRunStream`.

        Nothing runs before somebody reads. `transformers` are classes, or functions of a
        scope, that make projections of their own beside the built-in ones. Other keyword
        arguments are those of `stream`.

        Raises: `TypeError` for `stream_mode` or `subgraphs`, which the transformers decide,
        and for a transformer that is an instance; `RuntimeError` for one that needs the
        async face; `NotImplementedError` for other versions.
        """
        if version != "v3":
            raise NotImplementedError(
                f"stream_events(version={version!r}) does not exist: use version='v3', "
                "or astream_events for LangChain's events."
            )
        return stream_v3(cast(_Streams, self), input, config, transformers, kwargs)

    @overload
    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v3"],
        transformers: Sequence[Factory] | None = None,
        **kwargs: Any,
    ) -> Awaitable[AsyncGraphRunStream]: ...
    @overload
    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v1", "v2"] = "v2",
        transformers: Sequence[Factory] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]: ...
    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: str = "v2",
        transformers: Sequence[Factory] | None = None,
        **kwargs: Any,
    ) -> Any:
        """With `version="v3"`, awaited: a run to read, `anystep.stream.AsyncGraphRunStream`.

        As `stream_events`. With "v1" or "v2": LangChain's events of the graph, its nodes and
        what runs in them; that needs langchain_core.
        """
        if version != "v3":
            if transformers is not None:
                kwargs["transformers"] = transformers
            return langchain_events(self, input, config, version, kwargs)
        return astream_v3(cast(_Streams, self), input, config, transformers, kwargs)


def stream_v3(
    graph: _Streams, input: Any, config: Any, transformers: Any, options: dict[str, Any]
) -> GraphRunStream:
    """A sync run of `graph` to read."""
    from anystep.stream import GraphRunStream

    mux = _mux(graph, config, transformers, options, asynchronous=False)
    events = graph.stream(input, _asking(config), **_options(mux, options))
    return GraphRunStream(iter(events), mux)


async def astream_v3(
    graph: _Streams, input: Any, config: Any, transformers: Any, options: dict[str, Any]
) -> AsyncGraphRunStream:
    """An async run of `graph` to read."""
    from anystep.stream import AsyncGraphRunStream

    mux = _mux(graph, config, transformers, options, asynchronous=True)
    events = graph.astream(input, _asking(config), **_options(mux, options))
    return AsyncGraphRunStream(aiter(events), mux)


def _mux(
    graph: _Streams, config: Any, transformers: Any, options: Any, *, asynchronous: bool
) -> StreamMux:
    taken = [name for name in ("stream_mode", "subgraphs") if name in options]
    if taken:
        raise TypeError(
            "stream_events(version='v3') / astream_events(version='v3') do not accept "
            f"{', '.join(taken)}: the transformers say which modes there are, and subgraphs "
            "are always told."
        )
    from anystep.stream._mux import StreamMux
    from anystep.stream.transformers import (
        LifecycleTransformer,
        MessagesTransformer,
        SubgraphTransformer,
        ValuesTransformer,
    )

    return StreamMux(
        factories=[
            ValuesTransformer,
            MessagesTransformer,
            LifecycleTransformer,
            SubgraphTransformer,
            *_factories(graph.stream_transformers),
            *_factories(transformers or ()),
        ],
        scope=_scope(config),
        is_async=asynchronous,
    )


def _factories(given: Sequence[Any]) -> list[Factory]:
    from anystep.stream import StreamTransformer

    for one in given:
        if isinstance(one, StreamTransformer) or not callable(one):
            kind = "pre-built instance " if isinstance(one, StreamTransformer) else ""
            raise TypeError(
                "stream_events(version='v3') transformers must be scope-aware callables, got "
                f"{kind}{type(one).__name__}. Pass the transformer class or a factory like "
                "`lambda scope: MyTransformer(scope, ...)`."
            )
    return list(given)


def _scope(config: Any) -> tuple[str, ...]:
    """The namespace that a run started here and now will have."""
    own = (config or {}).get(CONF) or {}
    task = own.get(TASK_KEY) or current_task.get()
    if task is None or (own.get("thread_id") is not None and TASK_KEY not in own):
        return namespace(own.get("checkpoint_ns") or "")
    ns: str = task.ns
    return namespace(f"{ns}|{task.subgraphs}" if task.subgraphs else ns)


def _asking(config: Any) -> dict[str, Any]:
    configurable = (config or {}).get(CONF) or {}
    return {**(config or {}), CONF: {**configurable, MESSAGES_V3: True}}


def _options(mux: StreamMux, options: dict[str, Any]) -> dict[str, Any]:
    modes = mux.required_stream_modes
    return {**options, "stream_mode": modes, "subgraphs": True, "version": "v2"}
