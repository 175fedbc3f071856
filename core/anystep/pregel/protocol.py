"""What every graph can do, wherever it runs: here (`Pregel`) or elsewhere (`RemoteGraph`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar

from .main import Pregel

if TYPE_CHECKING:
    from anystep.draw import DrawableGraph
    from anystep.types import StateSnapshot, StateUpdate
    from anystep.typing import RunnableConfig

__all__ = ("PregelProtocol", "StreamProtocol")

StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")
InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")

_StreamChunk: TypeAlias = tuple[tuple[str, ...], str, Any]


class PregelProtocol(ABC, Generic[StateT, ContextT, InputT, OutputT]):
    """A graph: it runs, streams, and knows its threads. Every `Pregel` is one.

    The methods mean what they mean there; those with an `a` in front are awaited.
    """

    @abstractmethod
    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """A copy with `config` bound to it."""
        ...

    @abstractmethod
    def get_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False
    ) -> DrawableGraph:
        """The graph to draw."""
        ...

    @abstractmethod
    async def aget_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False
    ) -> DrawableGraph:
        """`get_graph`, awaited."""
        ...

    @abstractmethod
    def get_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """Where a thread is."""
        ...

    @abstractmethod
    async def aget_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """`get_state`, awaited."""
        ...

    @abstractmethod
    def get_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """Where a thread has been, newest first."""
        ...

    @abstractmethod
    def aget_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """`get_state_history`, awaited."""
        ...

    @abstractmethod
    def bulk_update_state(
        self, config: RunnableConfig, updates: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """Several edits of a thread, superstep by superstep."""
        ...

    @abstractmethod
    async def abulk_update_state(
        self, config: RunnableConfig, updates: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """`bulk_update_state`, awaited."""
        ...

    @abstractmethod
    def update_state(
        self,
        config: RunnableConfig,
        values: dict[str, Any] | Any | None,
        as_node: str | None = None,
    ) -> RunnableConfig:
        """Edit a thread as if a node had."""
        ...

    @abstractmethod
    async def aupdate_state(
        self,
        config: RunnableConfig,
        values: dict[str, Any] | Any | None,
        as_node: str | None = None,
    ) -> RunnableConfig:
        """`update_state`, awaited."""
        ...

    @abstractmethod
    def stream(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> Iterator[dict[str, Any] | Any]:
        """Run, yielding events."""
        ...

    @abstractmethod
    def astream(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> AsyncIterator[dict[str, Any] | Any]:
        """`stream`, awaited."""
        ...

    @abstractmethod
    def invoke(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> dict[str, Any] | Any:
        """Run to the end."""
        ...

    @abstractmethod
    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> dict[str, Any] | Any:
        """`invoke`, awaited."""
        ...


PregelProtocol.register(Pregel)


class StreamProtocol:
    """Where a run's events go: called with `(namespace, mode, payload)`, for these modes."""

    __slots__ = ("__call__", "modes")

    modes: set[str]
    __call__: Callable[[_StreamChunk], None]

    def __init__(self, __call__: Callable[[_StreamChunk], None], modes: set[str]) -> None:
        self.__call__ = __call__
        self.modes = modes
