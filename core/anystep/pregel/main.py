"""The compiled graph's public face: run it, stream it, read and edit its threads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar, overload

from anystep._constants import CONF, INTERRUPT
from anystep._langchain import register
from anystep._planner import Program
from anystep.types import GraphOutput, ensure_valid_checkpointer

from ._config import Config, merge
from ._described import Described
from ._events import MESSAGES_V3, RunStreams
from ._launch import Launch, launch
from ._scope import TASK_KEY
from ._stream import Stream, streams_for
from ._threads import Threads

if TYPE_CHECKING:
    from typing import Self, Unpack

    from anystep._policies import CachePolicy, RetryPolicy
    from anystep._records import Command
    from anystep._run_policy import RunPolicy
    from anystep.cache.base import BaseCache
    from anystep.channels.base import BaseChannel
    from anystep.draw import DrawableGraph
    from anystep.managed.base import ManagedValueSpec
    from anystep.runtime import RunControl
    from anystep.store.base import BaseStore
    from anystep.typing import RunnableConfig

    from ._node import NodeBuilder, PregelNode

StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")
InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


class RunOptions(TypedDict, total=False):
    """What `invoke` takes besides input, config, context and version."""

    stream_mode: Any
    print_mode: Any
    output_keys: str | Sequence[str] | None
    interrupt_before: Any
    interrupt_after: Any
    durability: Any
    control: RunControl | None
    debug: bool | None


class Pregel(RunStreams, Threads, Described, Generic[StateT, ContextT, InputT, OutputT]):
    """A graph that can run. `StateGraph.compile` makes one; `NodeBuilder` and channels another.

    Running: `invoke`, `stream`, `batch` and, with an `a` in front, their async forms.
    Threads: `get_state`, `get_state_history`, `update_state`, `bulk_update_state`.
    """

    # As in `StateGraph`: a subscript may leave out the parameters that have a default.
    @classmethod
    def __class_getitem__(cls, _: Any) -> type[Self]:
        return cls

    def __init__(
        self,
        *,
        nodes: Mapping[str, PregelNode | NodeBuilder] | None = None,
        channels: Mapping[str, BaseChannel[Any, Any, Any] | ManagedValueSpec] | None = None,
        auto_validate: bool = True,
        stream_mode: Any = "values",
        stream_eager: bool = False,
        output_channels: str | Sequence[str] = (),
        stream_channels: str | Sequence[str] | None = None,
        interrupt_after_nodes: Any = (),
        interrupt_before_nodes: Any = (),
        input_channels: str | Sequence[str] = (),
        step_timeout: float | None = None,
        debug: bool | None = None,
        checkpointer: Any = None,
        store: BaseStore | None = None,
        cache: BaseCache[Any] | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] = (),
        cache_policy: CachePolicy[Any] | None = None,
        context_schema: type[Any] | None = None,
        config: Config | None = None,
        trigger_to_nodes: Mapping[str, Sequence[str]] | None = None,
        node_error_handler_map: Mapping[str, str] | None = None,
        name: str = "LangGraph",
        stream_transformers: Sequence[Any] | None = None,
        policy: RunPolicy | None = None,
        strict: bool = False,
        program: Program | None = None,
    ) -> None:
        """Make a graph of nodes that subscribe to channels.

        `input_channels` get a run's input: one channel its value, several the keys of a dict.
        `output_channels` are what `invoke` returns, `stream_channels` what streams and snapshots
        show (all, by default). `step_timeout` limits a superstep, in seconds. `retry_policy` and
        `cache_policy` are for nodes without their own; `node_error_handler_map` says which node takes
        another one's errors. `trigger_to_nodes` is worked out anyway.
        `program` is what `StateGraph` compiles instead of nodes and channels.

        Raises: `ValueError` for a channel or node that is not there, or has a reserved name;
        `TypeError` for a node that is none.
        """
        self._nodes: dict[str, PregelNode] | None = None
        if program is None:
            from ._assemble import assemble

            program, self._nodes = assemble(
                nodes or {},
                channels or {},
                input_channels=input_channels,
                output_channels=output_channels,
                stream_channels=stream_channels,
                cache_policy=cache_policy,
                handlers=node_error_handler_map or {},
            )
        self.program = program
        self.stream_eager = stream_eager
        self.step_timeout = step_timeout
        self.cache_policy = cache_policy
        self.stream_transformers = tuple(stream_transformers or ())
        self.checkpointer = ensure_valid_checkpointer(checkpointer)
        self.store = store
        self.cache = cache
        self.interrupt_before_nodes = interrupt_before_nodes
        self.interrupt_after_nodes = interrupt_after_nodes
        self.stream_mode = stream_mode
        single = hasattr(retry_policy, "max_attempts")
        self.retry_policy: Any = (retry_policy,) if single else retry_policy
        self.context_schema = context_schema
        self.config: Config | None = config
        self.name = name
        self.debug = bool(debug)
        self.policy = policy
        self.strict = strict
        register(Pregel)
        if self._nodes is not None and auto_validate:
            self.validate()

    # -- what it is ------------------------------------------------------------------

    @property
    def nodes(self) -> dict[str, Any]:
        """The nodes by name, `__start__` included. Each can be run by itself, with `invoke`."""
        if self._nodes is None:
            from ._assemble import seen_alone

            self._nodes = {node.name: seen_alone(node) for node in self.program.nodes}
        return self._nodes

    @property
    def channels(self) -> dict[str, Any]:
        """The channels by name, as they are before a run."""
        return self.program.channels

    def validate(self) -> Self:
        """Check that all channels and nodes that are named are there.

        Raises: `ValueError` that names what is not, and where it is named.
        """
        from ._assemble import check

        check(
            self.nodes,
            {**self.program.channels, **self.program.managed},
            input_channels=self.program.input_channels,
            output_channels=self.program.output_keys,
            stream_channels=self.program.stream_keys,
            stops=(self.interrupt_after_nodes, self.interrupt_before_nodes),
        )
        return self

    @property
    def input_channels(self) -> str | Sequence[str]:
        """Where a run's input is written."""
        return self.program.input_channels

    @property
    def output_channels(self) -> str | Sequence[str]:
        """What a run's output is read from."""
        return self.program.output_keys

    @property
    def stream_channels(self) -> str | Sequence[str]:
        """`stream_channels_asis` under its constructor's name."""
        return self.program.stream_keys

    @property
    def stream_channels_list(self) -> Sequence[str]:
        """`stream_channels_asis` as a list."""
        keys = self.program.stream_keys
        return [keys] if isinstance(keys, str) else keys

    def coerce_context(self, context: Any) -> Any:
        """`context` as the graph's context schema, where that is a class with fields."""
        schema = self.context_schema
        if not isinstance(context, dict) or schema is None or _is_plain_mapping(schema):
            return context
        return schema(**context)

    @property
    def coerce_output(self) -> Any:
        """Makes an instance of the output schema of a state dict; None: dicts stay."""
        return None

    def program_for(self, output_keys: str | Sequence[str]) -> Program:
        """The program with other output keys, for one call. Raises ValueError for unknown ones."""
        import copy

        if output_keys == self.program.output_keys:
            return self.program
        for key in (output_keys,) if isinstance(output_keys, str) else output_keys:
            if key not in self.program.channels:
                raise ValueError(f"Key {key} not in channels")
        program = copy.copy(self.program)
        program.show(output_keys)
        return program

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """A copy with `config` bound to it."""
        return self.copy({"config": merge(self.config, config, kwargs)})

    def copy(self, update: Mapping[str, Any] | None = None) -> Any:
        """A copy with some attributes changed."""
        import copy

        twin = copy.copy(self)
        for name, value in (update or {}).items():
            setattr(twin, name, value)
        return twin

    def clear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """Forget cached results: of these nodes, or of all."""
        if self.cache is not None:
            self.cache.clear(self._cache_spaces(nodes))

    async def aclear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """`clear_cache`, awaiting the cache."""
        if self.cache is not None:
            await self.cache.aclear(self._cache_spaces(nodes))

    def _cache_spaces(self, nodes: Sequence[str] | None) -> list[tuple[str, ...]]:
        chosen = None if nodes is None else frozenset(nodes)
        return [n.cache_space for n in self.program.nodes if chosen is None or n.name in chosen]

    # -- running -------------------------------------------------------------------------

    @overload
    def invoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        version: Literal["v1"] = "v1",
        **options: Unpack[RunOptions],
    ) -> OutputT: ...
    @overload
    def invoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        version: Literal["v2"],
        **options: Unpack[RunOptions],
    ) -> GraphOutput[OutputT]: ...
    def invoke(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: Any = "values",
        print_mode: Any = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        durability: Any = None,
        control: RunControl | None = None,
        version: str = "v1",
        **kwargs: Any,
    ) -> Any:
        """Run to the end, or to the first question, and return the output.

        A run that stops to ask returns its output with the questions under
        `__interrupt__`. With another `stream_mode` than values: the list of all events.

        Raises: what a node raised; `GraphRecursionError`; `EmptyInputError`;
        `InvalidUpdateError`.
        """
        if kwargs or self.debug:
            print_mode = _printed(print_mode, kwargs.pop("debug", None), self.debug)
        if kwargs or durability is not None:
            durability = _durability(durability, kwargs)
        if stream_mode != "values":
            options: dict[str, Any] = {
                "context": context,
                "interrupt_before": interrupt_before,
                "interrupt_after": interrupt_after,
                "durability": durability,
                "control": control,
                "output_keys": output_keys or self.program.output_keys,
                "print_mode": print_mode,
            }
            return list(
                self.stream(input, config, stream_mode=stream_mode, version=version, **options)
            )
        started = launch(
            self,
            input,
            config,
            stream=None,
            asynchronous=False,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            durability=durability,
            control=control,
            output_keys=output_keys,
            print_mode=print_mode,
        )
        events = started.events()
        try:
            while True:
                next(events)
        except StopIteration as end:
            interrupts = end.value
        return _result(self, started, interrupts, version)

    @overload
    async def ainvoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        version: Literal["v1"] = "v1",
        **options: Unpack[RunOptions],
    ) -> OutputT: ...
    @overload
    async def ainvoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        version: Literal["v2"],
        **options: Unpack[RunOptions],
    ) -> GraphOutput[OutputT]: ...
    async def ainvoke(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: Any = "values",
        print_mode: Any = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        durability: Any = None,
        control: RunControl | None = None,
        version: str = "v1",
        **kwargs: Any,
    ) -> Any:
        """`invoke`, awaiting the nodes and the saver."""
        if kwargs or self.debug:
            print_mode = _printed(print_mode, kwargs.pop("debug", None), self.debug)
        if kwargs or durability is not None:
            durability = _durability(durability, kwargs)
        if stream_mode != "values":
            options: dict[str, Any] = {
                "context": context,
                "interrupt_before": interrupt_before,
                "interrupt_after": interrupt_after,
                "durability": durability,
                "control": control,
                "output_keys": output_keys or self.program.output_keys,
                "print_mode": print_mode,
            }
            stream = self.astream(
                input, config, stream_mode=stream_mode, version=version, **options
            )
            return [chunk async for chunk in stream]
        started = launch(
            self,
            input,
            config,
            stream=None,
            asynchronous=True,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            durability=durability,
            control=control,
            output_keys=output_keys,
            print_mode=print_mode,
        )
        async for _ in started.aevents():
            pass
        return _result(self, started, started.driver.result, version)

    def stream(
        self,
        input: InputT | Any,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: Any = None,
        print_mode: Any = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        durability: Any = None,
        control: RunControl | None = None,
        subgraphs: bool = False,
        debug: bool | None = None,
        version: str = "v1",
        **kwargs: Any,
    ) -> Iterator[dict[str, Any] | Any]:
        """Run, yielding events as they happen.

        `stream_mode` is one of values, updates, custom, messages, tasks, checkpoints
        and debug, or a list of them, and then events come as `(mode, payload)`. With
        `subgraphs` events come with their namespace in front. `version="v2"` yields
        dicts that say what they are.

        Closing the iterator early ends the run after the tasks that are under way.
        """
        stream = self._stream(stream_mode, config, subgraphs, version)
        started = launch(
            self,
            input,
            config,
            stream=stream,
            asynchronous=False,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            durability=_durability(durability, kwargs),
            control=control,
            output_keys=output_keys or self.program.stream_keys,
            print_mode=_printed(print_mode, debug, self.debug),
        )
        yield from started.events()

    async def astream(
        self,
        input: InputT | Any,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: Any = None,
        print_mode: Any = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        durability: Any = None,
        control: RunControl | None = None,
        subgraphs: bool = False,
        debug: bool | None = None,
        version: str = "v1",
        **kwargs: Any,
    ) -> AsyncIterator[dict[str, Any] | Any]:
        """`stream`, awaiting the nodes and the saver.

        Closing the iterator early cancels the tasks that are under way.
        """
        stream = self._stream(stream_mode, config, subgraphs, version)
        started = launch(
            self,
            input,
            config,
            stream=stream,
            asynchronous=True,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            durability=_durability(durability, kwargs),
            control=control,
            output_keys=output_keys or self.program.stream_keys,
            print_mode=_printed(print_mode, debug, self.debug),
        )
        events = started.aevents()
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()

    def _stream(self, mode: Any, config: Any, subgraphs: bool, version: str) -> Stream:
        if mode is None:
            mode = "values" if TASK_KEY in ((config or {}).get(CONF) or {}) else self.stream_mode
        modes, listed = streams_for(mode)
        stream = Stream(modes, listed=listed, subgraphs=subgraphs, version=version)
        stream.coerce = self.coerce_output
        stream.blocks = MESSAGES_V3 in ((config or {}).get(CONF) or {})
        return stream

    def batch(
        self,
        inputs: Sequence[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """`invoke` for each input, side by side where the host has threads; results in order.

        `config` is one for all or a list; `max_concurrency` in it limits the runs at a time. With
        `return_exceptions` what a run raises stands in its place, otherwise the first is raised.
        """
        from ._batch import batch

        return batch(self, inputs, config, return_exceptions, kwargs)

    async def abatch(
        self,
        inputs: Sequence[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """`batch`, with `ainvoke`."""
        from ._batch import abatch

        return await abatch(self, inputs, config, return_exceptions, kwargs)

    def get_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False
    ) -> DrawableGraph:
        """The graph as a picture can be made of it; `xray` opens so many levels of subgraphs."""
        from ._draw import draw_channels

        return draw_channels(self, xray)

    async def aget_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False
    ) -> DrawableGraph:
        """`get_graph`; nothing is awaited."""
        return self.get_graph(config, xray=xray)


def _result(
    graph: Pregel[Any, Any, Any, Any], started: Launch, interrupts: Sequence[Any], version: str
) -> Any:
    output = started.output
    if version == "v2":
        coerce = graph.coerce_output
        if coerce is not None and isinstance(output, dict):
            output = coerce(output)
        return GraphOutput(value=output, interrupts=tuple(interrupts))
    if not interrupts:
        return output
    if isinstance(output, dict):
        return {**output, INTERRUPT: list(interrupts)}
    return {INTERRUPT: list(interrupts)}


def _durability(durability: Any, kwargs: dict[str, Any]) -> Any:
    """The durability asked for, under its old name too.

    Raises: `TypeError` for arguments nobody knows.
    """
    during = kwargs.pop("checkpoint_during", None)
    if kwargs:
        raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(kwargs))}")
    if during is not None:
        import warnings

        from anystep.warnings import LangGraphDeprecatedSinceV10

        warnings.warn(
            LangGraphDeprecatedSinceV10(
                "`checkpoint_during` is deprecated and will be removed. Please use `durability`."
            ),
            stacklevel=3,
        )
        return "async" if during else "exit"
    if durability not in (None, "sync", "async", "exit"):
        raise ValueError(f"durability must be 'sync', 'async' or 'exit', got {durability!r}")
    return durability


def _printed(modes: Any, debug: bool | None, default: bool) -> Any:
    """What to print: what was asked for, and for `debug` updates and values."""
    if debug or (debug is None and default):
        return ["updates", "values"]
    return modes


def _is_plain_mapping(schema: Any) -> bool:
    return isinstance(schema, type) and issubclass(schema, dict)


def __getattr__(name: str) -> Any:
    """`NodeBuilder`, when somebody asks: most programs never do."""
    if name == "NodeBuilder":
        from ._node import NodeBuilder

        return NodeBuilder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["NodeBuilder", "Pregel", "RunOptions"]
