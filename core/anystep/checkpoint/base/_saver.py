"""The interface of a checkpoint saver."""

import copy
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, cast

from anystep.checkpoint.base._history import HistoryWalk
from anystep.checkpoint.base._shapes import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    V,
)
from anystep.checkpoint.serde.base import SerializerProtocol, maybe_add_typed_methods
from anystep.typing import RunnableConfig

if TYPE_CHECKING:
    import builtins
    from typing import Self


#: What a subclass of a native saver overrides when it wants a say in how things are stored.
_STORING = frozenset({"put", "aput", "put_writes", "aput_writes", "get_next_version"})

#: What it overrides when it wants a say in when.
_COMMITTING = _STORING | {"commit", "acommit"}


class _DefaultSerde:
    """LangGraph's serializer, which savers written for LangGraph expect; made when asked for."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: SerializerProtocol | None = None

    def __get__(self, saver: object, owner: type) -> SerializerProtocol:
        if self._made is None:
            from anystep.checkpoint.serde.jsonplus import JsonPlusSerializer

            self._made = JsonPlusSerializer()
        return self._made


class BaseCheckpointSaver(Generic[V]):
    """Stores the checkpoints of threads. Subclass it to keep them somewhere else.

    A config addresses a checkpoint: `configurable` holds `thread_id`, `checkpoint_ns` (the
    subgraph, "" for the root graph) and `checkpoint_id` (left out: the latest). Each method has
    an `a` twin; implement the colour your storage has. What is not implemented raises
    NotImplementedError.

    A *native* saver also stores the engine's own records, through `commit` or `acommit`
    (see `anystep.checkpoint.memory`); `sync` and `asynchronous` say which colours work. A
    subclass of one that overrides `put`, `put_writes` or their twins, but not `commit`, is given
    whole checkpoints instead: what it overrides is called.

    A native saver may also *stage*: `stage` and `stage_writes` encode what `commit` and
    `put_writes` would store and have it stored soon, in the order in which it came; `settle`
    waits until all that was staged of a thread is stored, or raises why it is not. Each has an
    `a` twin. Runs that need not wait for every commit use them, where the host has threads or the
    saver needs none to store what was staged (`stages_alone`).
    """

    serde: SerializerProtocol = cast(Any, _DefaultSerde())
    native: ClassVar[bool] = False
    stages: bool = False
    stages_alone: ClassVar[bool] = False
    sync: ClassVar[bool] = True
    asynchronous: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__
        if cls.native and not _STORING.isdisjoint(own) and "native" not in own:
            cls.native = "commit" in own or "acommit" in own
        if cls.stages and not _COMMITTING.isdisjoint(own) and "stages" not in own:
            cls.stages = False

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        self.serde = maybe_add_typed_methods(serde or type(self).serde)

    @property
    def config_specs(self) -> "builtins.list[Any]":
        """The config fields this saver reads besides the usual ones."""
        return []

    def get(self, config: RunnableConfig) -> Checkpoint | None:
        """The checkpoint `config` addresses, or None."""
        found = self.get_tuple(config)
        return found.checkpoint if found else None

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint `config` addresses with all that is known about it, or None."""
        raise NotImplementedError

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, newest first.

        A config without `checkpoint_ns` means all namespaces of the thread, None all threads.
        `filter` compares metadata, `before` asks for smaller ids, `limit` for at most so many.
        """
        raise NotImplementedError

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint on top of the one `config` addresses; its own address.

        `new_versions` names the channels that changed.
        """
        raise NotImplementedError

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store a task's writes with the checkpoint it ran on.

        An ordinary write is stored once per task and position, a special one (see
        `WRITES_IDX_MAP`) overwrites its predecessor.
        """
        raise NotImplementedError

    def delete_thread(self, thread_id: str) -> None:
        """Forget everything about a thread."""
        raise NotImplementedError

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Forget the checkpoints, and their writes, that these runs made."""
        raise NotImplementedError

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Store all checkpoints and writes of one thread under another thread as well."""
        raise NotImplementedError

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Forget history: keep the latest checkpoint of each namespace, or nothing ("delete")."""
        raise NotImplementedError

    async def aget(self, config: RunnableConfig) -> Checkpoint | None:
        """As `get`."""
        found = await self.aget_tuple(config)
        return found.checkpoint if found else None

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """As `get_tuple`."""
        raise NotImplementedError

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """As `list`."""
        raise NotImplementedError
        yield  # makes this an async generator, as callers expect

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """As `put`."""
        raise NotImplementedError

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """As `put_writes`."""
        raise NotImplementedError

    async def adelete_thread(self, thread_id: str) -> None:
        """As `delete_thread`."""
        raise NotImplementedError

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """As `delete_for_runs`."""
        raise NotImplementedError

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """As `copy_thread`."""
        raise NotImplementedError

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """As `prune`."""
        raise NotImplementedError

    def task_paths(self, config: RunnableConfig) -> dict[str, str]:
        """The paths of the tasks whose writes are pending on a checkpoint, by task id.

        Not LangGraph's: what `pending_writes` leaves out, for those who copy them.
        """
        return {}

    async def atask_paths(self, config: RunnableConfig) -> dict[str, str]:
        """As `task_paths`."""
        return {}

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """The writes each channel got since an ancestor of `config` last stored its value.

        Follows the parents of the addressed checkpoint, whose own pending writes do not count.
        """
        target = self.get_tuple(config) if channels else None
        walk = HistoryWalk(target and target.parent_config, channels)
        while walk.wanted is not None:
            walk.take(self.get_tuple(walk.wanted))
        return walk.result()

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """As `get_delta_channel_history`."""
        target = await self.aget_tuple(config) if channels else None
        walk = HistoryWalk(target and target.parent_config, channels)
        while walk.wanted is not None:
            walk.take(await self.aget_tuple(walk.wanted))
        return walk.result()

    def get_next_version(self, current: V | None, channel: None) -> V:
        """The version after `current`; `channel` is not used any more.

        Counts integers. A saver with string versions overrides this.
        """
        version: Any = current
        if isinstance(version, str):
            raise NotImplementedError
        return cast("V", 1 if version is None else version + 1)

    def with_allowlist(self, extra_allowlist: Collection[tuple[str, ...]]) -> "Self":
        """This saver, its serializer also allowed to load the classes named.

        Names are `(module, class)`. The clone shares this saver's storage.
        """
        serde = allow(self.serde, extra_allowlist)
        if serde is self.serde:
            return self
        clone = copy.copy(self)
        clone.serde = maybe_add_typed_methods(serde)
        return clone


def allow(serde: SerializerProtocol, names: Collection[tuple[str, ...]]) -> SerializerProtocol:
    """`serde` with a longer allow-list, or itself if it has none."""
    extend = getattr(serde, "with_allowlist", None) or getattr(
        serde, "with_msgpack_allowlist", None
    )
    if extend is not None:
        extended: SerializerProtocol = extend(names)
        return extended
    import logging

    logging.getLogger(__name__).warning(
        "Serializer %s does not support msgpack allowlist. Strict msgpack deserialization will"
        " not be enforced.",
        type(serde).__name__,
    )
    return serde
