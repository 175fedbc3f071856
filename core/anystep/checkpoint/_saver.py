"""The two faces of every saver that keeps logs: the engine's and LangGraph's."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
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
from anystep.store._filters import look_up

if TYPE_CHECKING:
    import builtins
    from typing import Self

    from anystep.typing import RunnableConfig

#: (thread id, namespace)
Place = tuple[str, str]

#: (checkpoint id, number of its record, where its log is, the log)
Listed = tuple[str, int, Place, Log]


class LogSaver(BaseCheckpointSaver[int]):
    """Stores a log for every namespace of every thread.

    A subclass says where: it has the methods that are abstract here, and the `a` twins.
    """

    native: ClassVar[bool] = True

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde or MsgpackSerializer(imported=True))
        self._codec = codec_for(self.serde)

    def with_allowlist(self, extra_allowlist: Collection[tuple[str, ...]]) -> "Self":
        """This saver, its serializer also allowed to load the classes named."""
        clone = super().with_allowlist(extra_allowlist)
        if clone is not self:
            clone._codec = codec_for(clone.serde)
        return clone

    # Storage

    @abstractmethod
    def _find(self, place: Place) -> Log | None:
        """The log of a place, or None."""

    @abstractmethod
    def _open(self, place: Place) -> Log:
        """The log of a place, made if there is none."""

    @abstractmethod
    def _places(self, thread_id: str | None = None) -> "builtins.list[Place]":
        """The places of a thread, or of all threads."""

    @abstractmethod
    def _keep(self, place: Place, kept: "builtins.list[int]") -> None:
        """Forget all records of a place but these."""

    @abstractmethod
    def _copy(self, place: Place, thread_id: str) -> None:
        """Store the log of a place under another thread as well."""

    # The engine's face

    def commit(self, commit: Commit) -> None:
        """Store one superstep.

        Raises KeyError if its parent is not stored and it is not complete, and what the
        serializer raises; nothing is stored then.
        """
        self._open((commit.thread_id, commit.ns)).append(commit, self._codec)

    # LangGraph's face

    def get_tuple(self, config: "RunnableConfig") -> CheckpointTuple | None:
        """The checkpoint `config` addresses with all that is known about it, or None."""
        view = self._view(config)
        addressed = bool(get_checkpoint_id(config))
        return view.as_tuple(config if addressed else None, keep=True) if view else None

    def task_paths(self, config: "RunnableConfig") -> dict[str, str]:
        """The paths of the tasks whose writes are pending on a checkpoint, by task id."""
        view = self._view(config)
        return view.task_paths() if view else {}

    def _view(self, config: "RunnableConfig") -> View | None:
        place = place_of(config)
        log = self._find(place)
        if log is None:
            return None
        seq = log.find(get_checkpoint_id(config) or log.latest())
        return None if seq < 0 else View(log, self._codec, *place, seq)

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
        for id, seq, place, log in self._listed(wanted):
            if (end and id >= end) or (wanted.get("checkpoint_id") or id) != id:
                continue
            if limit is not None and limit <= 0:
                return
            view = View(log, self._codec, *place, seq)
            if filter and not matches(view.metadata(), filter):
                continue
            if limit is not None:
                limit -= 1
            yield view.as_tuple()

    def _listed(self, wanted: dict[str, Any]) -> Iterator[Listed]:
        """The records of the places a config asks for, in the order of listings."""
        for place in self._places(wanted.get("thread_id")):
            if wanted.get("checkpoint_ns", place[1]) == place[1]:
                log = self._find(place)
                for id, seq in log.ids() if log else ():
                    assert log is not None
                    yield id, seq, place, log

    def put(
        self,
        config: "RunnableConfig",
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> "RunnableConfig":
        """Store a checkpoint on top of the one `config` addresses; its own address."""
        place = place_of(config)
        log = self._open(place)
        parent = log.find(get_checkpoint_id(config) or "")
        state = None if parent < 0 else log.state(parent)
        commit, extra = commit_of(state, config, checkpoint, metadata, new_versions)
        log.append(commit, self._codec, self._codec.encode(extra) if extra else None)
        return address(*place, checkpoint["id"])

    def put_writes(
        self,
        config: "RunnableConfig",
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store a task's writes with the checkpoint it ran on."""
        log = self._open(place_of(config))
        id = config["configurable"]["checkpoint_id"]
        log.put_writes(id, writes, task_id, task_path, self._codec)

    def delete_thread(self, thread_id: str) -> None:
        """Forget everything about a thread."""
        for place in self._places(thread_id):
            self._keep(place, [])

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Forget the checkpoints, and their writes, that these runs made."""
        gone = set(run_ids)
        for place in self._places():
            log = self._open(place)
            numbered = log.ids()
            kept = sorted(
                seq
                for _, seq in numbered
                if View(log, self._codec, *place, seq).metadata().get("run_id") not in gone
            )
            if len(kept) < len(numbered):
                self._keep(place, kept)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Store all checkpoints and writes of one thread under another thread as well.

        Raises ValueError if the other thread has checkpoints already.
        """
        if self._places(target_thread_id):
            raise ValueError(f"thread {target_thread_id!r} has checkpoints already")
        for place in self._places(source_thread_id):
            self._copy(place, target_thread_id)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Forget history: keep the latest checkpoint of each namespace, or nothing ("delete")."""
        if strategy not in ("keep_latest", "delete"):
            raise ValueError(f"strategy must be 'keep_latest' or 'delete', not {strategy!r}")
        for thread_id in dict.fromkeys(thread_ids):
            for place in self._places(thread_id):
                log = self._open(place)
                latest = log.latest() if strategy == "keep_latest" else ""
                self._keep(place, [log.find(latest)] if latest else [])


def place_of(config: "RunnableConfig") -> Place:
    """The thread and the namespace a config addresses."""
    configurable = config["configurable"]
    return configurable["thread_id"], configurable.get("checkpoint_ns", "")


def matches(metadata: CheckpointMetadata, wanted: dict[str, Any]) -> bool:
    """Whether metadata has these entries."""
    return all(look_up(metadata, key) == value for key, value in wanted.items())
