"""Checkpoints in this process's memory: for tests, notebooks, and threads that may be lost."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from anystep._records import Commit
from anystep.checkpoint._lease import Held, check_epoch, next_lease
from anystep.checkpoint._memory_log import MemoryLog
from anystep.checkpoint._persistent import PersistentDict
from anystep.checkpoint._saver import LogSaver, Place
from anystep.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    SerializerProtocol,
    get_checkpoint_id,
    get_checkpoint_metadata,
    writes_sort_key,
)
from anystep.checkpoint.serde.msgpack import MsgpackSerializer

if TYPE_CHECKING:
    import builtins
    from types import TracebackType
    from typing import Self

    from anystep.typing import RunnableConfig

__all__ = [
    "WRITES_IDX_MAP",
    "BaseCheckpointSaver",
    "DeltaChannelHistory",
    "InMemorySaver",
    "MemorySaver",
    "PersistentDict",
    "get_checkpoint_id",
    "get_checkpoint_metadata",
    "writes_sort_key",
]


class InMemorySaver(LogSaver):
    """Keeps every checkpoint as bytes, as little of it as changed.

    What it is given is encoded before a call returns, and decoded anew for every reader: nothing
    a node or a caller does to an object later changes what was stored. `serde` encodes channel
    values; the default is a `MsgpackSerializer` that takes objects of any class it can take
    apart, because what it wrote is only read in this process.

    `factory` makes the mapping in which it is kept, such as a `PersistentDict` with a file's name;
    a context manager is entered, and left with the saver's `with` block.
    """

    def __init__(
        self,
        *,
        serde: SerializerProtocol | None = None,
        factory: Callable[[], Any] = defaultdict,
    ) -> None:
        super().__init__(serde=serde or MsgpackSerializer(learn=True))
        self.stack = ExitStack()
        kept: Any = {} if factory is defaultdict else factory()
        self._logs: dict[Place, MemoryLog] = kept
        self._leases: dict[str, Held] = {}
        if hasattr(kept, "__exit__"):
            self.stack.enter_context(kept)

    @property
    def storage(self) -> Mapping[str, Mapping[str, Mapping[str, CheckpointTuple]]]:
        """What is stored, read now: thread, namespace and checkpoint id to checkpoint."""
        found: dict[str, dict[str, dict[str, CheckpointTuple]]] = {}
        for thread_id, ns in self._places():
            spaces = found.setdefault(thread_id, {})
            config: Any = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ns}}
            ids = [(get_checkpoint_id(one.config) or "", one) for one in self.list(config)]
            spaces[ns] = dict(reversed(ids))
        return found

    def __enter__(self) -> "Self":
        self.stack.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: "TracebackType | None",
    ) -> bool | None:
        return self.stack.__exit__(exc_type, exc_value, traceback)

    async def __aenter__(self) -> "Self":
        self.stack.__enter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: "TracebackType | None",
    ) -> bool | None:
        return self.stack.__exit__(exc_type, exc_value, traceback)

    def commit(self, commit: Commit) -> None:
        """Store one superstep. Raises as `LogSaver.commit` does."""
        place = commit.place
        log = self._logs.get(place)
        if log is None:
            log = self._open(place)
        log.append(commit, self._codec)

    def _find(self, place: Place) -> MemoryLog | None:
        return self._logs.get(place)

    def _open(self, place: Place) -> MemoryLog:
        log = self._logs.get(place)
        if log is None:
            log = self._logs[place] = MemoryLog()
        return log

    def _places(self, thread_id: str | None = None) -> "builtins.list[Place]":
        if thread_id is not None:
            return [place for place in self._logs if place[0] == thread_id]
        threads = {place[0]: index for index, place in reversed([*enumerate(self._logs)])}
        return sorted(self._logs, key=lambda place: threads[place[0]])

    def _keep(self, place: Place, kept: "builtins.list[int]") -> None:
        log = self._logs.pop(place)
        if kept:
            self._logs[place] = MemoryLog()
            log.keep(kept, self._logs[place], self._codec)

    def _copy(self, place: Place, thread_id: str) -> None:
        self._logs[thread_id, place[1]] = self._logs[place].copy()

    def acquire_lease(self, thread_id: str, holder: str, now: int, seconds: float) -> int:
        """Take the lease of a thread at `now` (ns); its epoch.

        Raises LeaseError while somebody else has it.
        """
        held = self._leases.get(thread_id)
        lease = self._leases[thread_id] = next_lease(thread_id, held, holder, now, seconds)
        return lease.epoch

    def release_lease(self, thread_id: str, epoch: int) -> None:
        """Give a lease back; one that was taken over stays."""
        held = self._leases.get(thread_id)
        if held is not None and held.epoch == epoch:
            self._leases[thread_id] = Held(epoch, "", 0)

    def break_lease(self, thread_id: str) -> None:
        """Take the lease from whoever has it: his next write is refused."""
        held = self._leases.get(thread_id)
        if held is not None:
            self._leases[thread_id] = Held(held.epoch + 1, "", 0)

    @contextmanager
    def fenced(self, thread_id: str, epoch: int, holder: str, until: int) -> "Iterator[None]":
        """What is written in the body is written under this lease, renewed to `until` (ns).

        Raises LeaseError for a lease that somebody has taken over.
        """
        check_epoch(thread_id, self._leases.get(thread_id), epoch, holder)
        self._leases[thread_id] = Held(epoch, holder, until)
        yield

    async def acommit(self, commit: Commit) -> None:
        """As `commit`."""
        self.commit(commit)

    async def atask_paths(self, config: "RunnableConfig") -> dict[str, str]:
        """As `task_paths`."""
        return self.task_paths(config)

    async def aget_tuple(self, config: "RunnableConfig") -> CheckpointTuple | None:
        """As `get_tuple`."""
        return self.get_tuple(config)

    async def alist(
        self,
        config: "RunnableConfig | None",
        *,
        filter: dict[str, Any] | None = None,
        before: "RunnableConfig | None" = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """As `list`."""
        for found in self.list(config, filter=filter, before=before, limit=limit):
            yield found

    async def aput(
        self,
        config: "RunnableConfig",
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> "RunnableConfig":
        """As `put`."""
        return self.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: "RunnableConfig",
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """As `put_writes`."""
        self.put_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """As `delete_thread`."""
        self.delete_thread(thread_id)

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """As `delete_for_runs`."""
        self.delete_for_runs(run_ids)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """As `copy_thread`."""
        self.copy_thread(source_thread_id, target_thread_id)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """As `prune`."""
        self.prune(thread_ids, strategy=strategy)


MemorySaver = InMemorySaver
