"""The compiled graph's public face: run it, stream it, read and edit its threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._planner import Program

from ._config import Config, merge
from ._runnable import count_as_runnables
from ._running import ContextT, InputT, OutputT, Running, StateT

if TYPE_CHECKING:
    from typing import Self

    from anystep._policies import CachePolicy, RetryPolicy
    from anystep._run_policy import RunPolicy
    from anystep.cache.base import BaseCache
    from anystep.channels.base import BaseChannel
    from anystep.draw import DrawableGraph
    from anystep.managed.base import ManagedValueSpec
    from anystep.store.base import BaseStore
    from anystep.typing import RunnableConfig

    from ._node import NodeBuilder, PregelNode
    from ._options import RunOptions


class Pregel(Running[StateT, ContextT, InputT, OutputT]):
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
        if checkpointer is not None:
            from anystep.types import ensure_valid_checkpointer

            ensure_valid_checkpointer(checkpointer)
        self.checkpointer: Any = checkpointer
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
        count_as_runnables(Pregel)
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


def __getattr__(name: str) -> Any:
    """`NodeBuilder` and `RunOptions`, when somebody asks: most programs never do."""
    if name == "NodeBuilder":
        from ._node import NodeBuilder

        return NodeBuilder
    if name == "RunOptions":
        from ._options import RunOptions

        return RunOptions
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["NodeBuilder", "Pregel", "RunOptions"]
