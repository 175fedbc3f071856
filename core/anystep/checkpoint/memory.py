"""Checkpoints in this process's memory: for tests, notebooks, and threads that may be lost."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from anystep._records import Commit
from anystep.checkpoint._codec import codec_for
from anystep.checkpoint._log import Log
from anystep.checkpoint._put import commit_of
from anystep.checkpoint._view import View, address
from anystep.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    SerializerProtocol,
    get_checkpoint_id,
)
from anystep.checkpoint.serde.msgpack import MsgpackSerializer

if TYPE_CHECKING:
    import builtins
    from types import TracebackType
    from typing import Self

    from anystep.typing import RunnableConfig

__all__ = ["InMemorySaver", "MemorySaver"]


class InMemorySaver(BaseCheckpointSaver[int]):
    """Keeps every checkpoint as bytes, as little of it as changed.

    What it is given is encoded before a call returns, and decoded anew for every reader: nothing
    a node or a caller does to an object later changes what was stored. `serde` encodes channel
    values; the default is a `MsgpackSerializer` that takes objects of any class it can take
    apart, because what it wrote is only read in this process.
    """

    native: ClassVar[bool] = True

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde or MsgpackSerializer(learn=True))
        self._logs: dict[tuple[str, str], Log] = {}
        self._codec = codec_for(self.serde)

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        return None

    async def __aenter__(self) -> "Self":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        return None

    def with_allowlist(self, extra_allowlist: Collection[tuple[str, ...]]) -> "Self":
        """This saver, its serializer also allowed to load the classes named."""
        clone = super().with_allowlist(extra_allowlist)
        if clone is not self:
            clone._codec = codec_for(clone.serde)
        return clone

    # The engine's face

    def commit(self, commit: Commit) -> None:
        """Store one superstep.

        Raises KeyError if its parent is not stored and it is not complete, and what the
        serializer raises; nothing is stored then.
        """
        key = (commit.thread_id, commit.ns)
        log = self._logs.get(key)
        if log is None:
            log = self._logs[key] = Log()
        log.append(commit, self._codec)

    async def acommit(self, commit: Commit) -> None:
        """As `commit`."""
        self.commit(commit)

    # LangGraph's face

    def get_tuple(self, config: "RunnableConfig") -> CheckpointTuple | None:
        """The checkpoint `config` addresses with all that is known about it, or None."""
        thread_id, ns = _place(config)
        log = self._logs.get((thread_id, ns))
        if log is None:
            return None
        id = get_checkpoint_id(config)
        seq = log.index.get(id or log.latest)
        if seq is None:
            return None
        view = View(log, self._codec, thread_id, ns, seq)
        return view.as_tuple(config if id else None, keep=True)

    def task_paths(self, config: "RunnableConfig") -> dict[str, str]:
        """The paths of the tasks whose writes are pending on a checkpoint, by task id."""
        thread_id, ns = _place(config)
        log = self._logs.get((thread_id, ns))
        seq = log.index.get(get_checkpoint_id(config) or log.latest) if log else None
        if log is None or seq is None:
            return {}
        return View(log, self._codec, thread_id, ns, seq).task_paths()

    async def atask_paths(self, config: "RunnableConfig") -> dict[str, str]:
        """As `task_paths`."""
        return self.task_paths(config)

    def list(
        self,
        config: "RunnableConfig | None",
        *,
        filter: dict[str, Any] | None = None,
        before: "RunnableConfig | None" = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, newest first; namespace by namespace, where there are several."""
        wanted = config["configurable"] if config else {}
        end = get_checkpoint_id(before) if before else None
        for (thread_id, ns), log in [*self._logs.items()]:
            if wanted.get("thread_id", thread_id) != thread_id:
                continue
            if wanted.get("checkpoint_ns", ns) != ns:
                continue
            for id in sorted(log.index, reverse=True):
                if (end and id >= end) or (wanted.get("checkpoint_id") or id) != id:
                    continue
                if limit is not None and limit <= 0:
                    return
                view = View(log, self._codec, thread_id, ns, log.index[id])
                if filter and not _matches(view.metadata(), filter):
                    continue
                if limit is not None:
                    limit -= 1
                yield view.as_tuple()

    def put(
        self,
        config: "RunnableConfig",
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> "RunnableConfig":
        """Store a checkpoint on top of the one `config` addresses; its own address."""
        thread_id, ns = _place(config)
        log = self._logs.setdefault((thread_id, ns), Log())
        parent = log.index.get(get_checkpoint_id(config) or "")
        state = None if parent is None else log.state(parent)
        commit, extra = commit_of(state, config, checkpoint, metadata, new_versions)
        log.append(commit, self._codec, self._codec.encode(extra) if extra else None)
        return address(thread_id, ns, checkpoint["id"])

    def put_writes(
        self,
        config: "RunnableConfig",
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store a task's writes with the checkpoint it ran on."""
        log = self._logs.setdefault(_place(config), Log())
        id = config["configurable"]["checkpoint_id"]
        log.put_writes(id, writes, task_id, task_path, self._codec)

    def delete_thread(self, thread_id: str) -> None:
        """Forget everything about a thread."""
        for key in [key for key in self._logs if key[0] == thread_id]:
            del self._logs[key]

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Forget the checkpoints, and their writes, that these runs made."""
        gone = set(run_ids)
        for (thread_id, ns), log in [*self._logs.items()]:
            kept = [
                seq
                for seq in sorted(log.index.values())
                if View(log, self._codec, thread_id, ns, seq).metadata().get("run_id") not in gone
            ]
            self._keep(thread_id, ns, kept)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Store all checkpoints and writes of one thread under another thread as well.

        Raises ValueError if the other thread has checkpoints already.
        """
        if any(key[0] == target_thread_id for key in self._logs):
            raise ValueError(f"thread {target_thread_id!r} has checkpoints already")
        for (thread_id, ns), log in [*self._logs.items()]:
            if thread_id == source_thread_id:
                self._logs[target_thread_id, ns] = log.copy()

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Forget history: keep the latest checkpoint of each namespace, or nothing ("delete")."""
        if strategy not in ("keep_latest", "delete"):
            raise ValueError(f"strategy must be 'keep_latest' or 'delete', not {strategy!r}")
        wanted = set(thread_ids)
        for (thread_id, ns), log in [*self._logs.items()]:
            if thread_id in wanted:
                kept = [log.index[log.latest]] if strategy == "keep_latest" and log.index else []
                self._keep(thread_id, ns, kept)

    def _keep(self, thread_id: str, ns: str, kept: "builtins.list[int]") -> None:
        log = self._logs[thread_id, ns]
        if not kept:
            del self._logs[thread_id, ns]
        elif len(kept) < len(log.index):
            self._logs[thread_id, ns] = log.only(kept, self._codec)

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


def _place(config: "RunnableConfig") -> tuple[str, str]:
    configurable = config["configurable"]
    return configurable["thread_id"], configurable.get("checkpoint_ns", "")


def _matches(metadata: CheckpointMetadata, wanted: dict[str, Any]) -> bool:
    return all(metadata.get(key) == value for key, value in wanted.items())
