"""Checkpoints in the browser's IndexedDB."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from anystep._record import field_names
from anystep._records import Commit
from anystep.checkpoint._codec import Codec
from anystep.checkpoint._memory_log import MemoryLog
from anystep.checkpoint._saver import LogSaver, Place, matches, place_of
from anystep.checkpoint._view import View
from anystep.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    SerializerProtocol,
    get_checkpoint_id,
)
from anystep.web._blocking import BlockingFace
from anystep.web._connection import Cipher, Connection, Durability
from anystep.web._lease import LockedSaver, lock_names
from anystep.web._log import Absent, BrowserLog
from anystep.web._mirror import Mirror
from anystep.web.errors import ThreadConflictError

if TYPE_CHECKING:
    import builtins
    from typing import Self

    from anystep.typing import RunnableConfig


#: How many steps may be on their way before one is waited for.
_CROWD = 16


class IndexedDBSaver(BlockingFace):
    """Keeps checkpoints in this browser, a transaction for each superstep.

        saver = IndexedDBSaver()
        graph = builder.compile(checkpointer=saver)
        await graph.ainvoke(input, {"configurable": {"thread_id": "1"}})

    Pages of one origin that name the database alike share it. A superstep stores what it changed.
    If another tab went on with a thread meanwhile, the step is refused with ThreadConflictError:
    a finished thread never moves back. `lease` keeps others out from the beginning.

    The methods that begin with `a` work everywhere. The others work where the browser can switch
    stacks (JSPI), and say what to call instead where it cannot.

    `durability`: "relaxed", what was acknowledged survives the end of the browser; "strict", also
    a power cut, as far as the browser and the disk keep their word. `cipher` encrypts what is
    stored. Every method raises the errors of `anystep.web.errors`.
    """

    asynchronous: ClassVar[bool] = True
    stages = True
    stages_alone: ClassVar[bool] = True

    def __init__(
        self,
        name: str = "anystep",
        *,
        serde: SerializerProtocol | None = None,
        durability: Durability = "relaxed",
        cipher: Cipher | None = None,
    ) -> None:
        super().__init__(serde=serde)
        self._connection = Connection(name, durability, cipher)
        self._mirror = Mirror(self._connection, self._codec)

    async def __aenter__(self) -> "Self":
        await self._connection.open()
        return self

    async def __aexit__(self, *reason: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database and of what is known about it; the next call opens it again."""
        self._connection.close()
        self._mirror = Mirror(self._connection, self._codec)

    def with_allowlist(self, extra_allowlist: Collection[tuple[str, ...]]) -> "Self":
        """This saver, its serializer also allowed to load the classes named."""
        clone = super().with_allowlist(extra_allowlist)
        if clone is not self:
            clone._mirror = Mirror(self._connection, clone._codec)
        return clone

    @asynccontextmanager
    async def lease(self, thread_id: str, *, wait: bool = True) -> AsyncIterator[None]:
        """Keep everybody else who asks for the same lease, in any tab, out of a thread.

        With `wait` it waits for its turn, else it raises ThreadConflictError if somebody has it.
        Not re-entrant: take it around a run, not inside.
        """
        await self._connection.open()
        name, _ = lock_names(self._connection.name, thread_id)
        hold = await self._connection.module.lock(name, wait)
        if hold is None:
            raise ThreadConflictError(
                f"thread {thread_id!r} is running in another tab, or elsewhere in this one."
                " Wait for it, or stop it there"
            )
        try:
            yield
        finally:
            await hold.release()

    async def abreak_lease(self, thread_id: str) -> None:
        """Take the lease of a thread from whoever has it, in any tab.

        The next write of a run under `RunPolicy(lease=...)` is refused with LeaseError; who holds
        `lease` is refused once another run has stored a step.
        """
        await self._connection.open()
        await self._connection.module.breakLocks(*lock_names(self._connection.name, thread_id))

    def leased(self, thread_id: str) -> LockedSaver:
        """This saver, for a run with `RunPolicy(lease=...)`: it holds the browser's lock."""
        return LockedSaver(self, thread_id)

    # What a log saver asks of its storage: answered from what is known, or Absent is raised

    def _find(self, place: Place) -> BrowserLog | None:
        return self._mirror.find(place)

    def _open(self, place: Place) -> BrowserLog:
        return self._mirror.open(place)

    def _places(self, thread_id: str | None = None) -> "builtins.list[Place]":
        return self._mirror.places(thread_id)

    def _keep(self, place: Place, kept: "builtins.list[int]") -> None:
        new = self._moved(place, kept) if kept else None
        self._mirror.replace(place, new)

    def _copy(self, place: Place, thread_id: str) -> None:
        log = self._mirror.open(place)
        target = (thread_id, place[1])
        new = self._moved(place, range(log.size))
        self._mirror.logs[target] = None
        self._mirror.replace(target, new)

    def _moved(self, place: Place, kept: Sequence[int]) -> BrowserLog:
        """A new log with some of the records of a place."""
        rest = MemoryLog()
        self._mirror.open(place).keep(kept, rest, self._codec)
        log = self._mirror.new_log()
        for seq in range(rest.size):
            record = rest.read(seq)
            distance = record[1] if isinstance(record[1], int) else seq + 1
            log.write(seq, record, seq - distance)
            log.store_writes(record[0], rest.stored_writes(record[0]))
        log.size = rest.size
        return log

    # The engine's face

    async def acommit(self, commit: Commit) -> None:
        """Store one superstep, encoded before this waits, in one transaction.

        Raises ThreadConflictError if somebody else stored a step on top of this one's parent since
        it was read, KeyError if the parent is not stored and the commit is not complete, and what
        the serializer raises; nothing is stored then.
        """
        await self.astage(commit)
        await self._mirror.settle((commit.thread_id, commit.ns))

    async def astage(self, commit: Commit) -> None:
        """Begin to store one superstep, encoded before this waits, in a transaction of its own.

        Raises as `acommit` does; what the transaction fails with is raised by this one, `asettle`
        or `acommit` later.
        """
        place = (commit.thread_id, commit.ns)
        connection, mirror = self._connection, self._mirror
        mirror.raise_failure(place)
        try:
            if connection.handle is None:
                raise Absent("database")
            log = self._written(place, commit)
        except Absent as absent:
            # Rare. What the program changes while this waits is not to be seen.
            commit = _own(commit, self._codec)
            await connection.open()
            if absent.kind != "database":
                await mirror.fetch(absent)
            log = await self._written_later(place, commit)
        mirror.advance(place, log, commit)
        with mirror.forgetting(place):
            steps = mirror.begin(place)
        if steps >= _CROWD:
            await mirror.settle(place)

    async def astage_writes(
        self, config: "RunnableConfig", writes: Sequence[tuple[str, Any]], task_id: str, path: str
    ) -> None:
        """As `aput_writes`: they are stored when this returns."""
        await self.aput_writes(config, writes, task_id, path)

    async def asettle(self, thread_id: str) -> None:
        """Wait until all that was staged of a thread is stored.

        Raises the errors of `anystep.web.errors`: the first step it is about was not stored, and
        none after it.
        """
        for place in [place for place in self._mirror.flights if place[0] == thread_id]:
            await self._mirror.settle(place)

    def _written(self, place: Place, commit: Commit) -> BrowserLog:
        self._mirror.check_line(place, commit.parent_id)
        log = self._mirror.open(place)
        log.append(commit, self._codec)
        return log

    async def _written_later(self, place: Place, commit: Commit) -> BrowserLog:
        while True:
            try:
                return self._written(place, commit)
            except Absent as absent:
                await self._mirror.fetch(absent)

    # LangGraph's face

    async def aget_tuple(self, config: "RunnableConfig") -> CheckpointTuple | None:
        """The checkpoint `config` addresses with all that is known about it, or None."""
        place, id = place_of(config), get_checkpoint_id(config) or ""
        await self._mirror.look(place, id)
        self._mirror.asked_for(place, id)
        return await self._mirror.settled(partial(LogSaver.get_tuple, self, config))

    async def atask_paths(self, config: "RunnableConfig") -> dict[str, str]:
        """The paths of the tasks whose writes are pending on a checkpoint, by task id."""
        await self._mirror.look(place_of(config), get_checkpoint_id(config) or "")
        return await self._mirror.settled(partial(LogSaver.task_paths, self, config))

    async def alist(
        self,
        config: "RunnableConfig | None",
        *,
        filter: dict[str, Any] | None = None,
        before: "RunnableConfig | None" = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Checkpoints, newest first; namespace by namespace, where there are several."""
        wanted = config["configurable"] if config else {}
        end = get_checkpoint_id(before) if before else None
        settled = self._mirror.settled
        for place in await settled(partial(self._places, wanted.get("thread_id"))):
            if wanted.get("checkpoint_ns", place[1]) != place[1]:
                continue
            await self._mirror.look(place, "")
            for id in await settled(partial(self._ids, place)):
                if (end and id >= end) or (wanted.get("checkpoint_id") or id) != id:
                    continue
                if limit is not None and limit <= 0:
                    return
                found = await settled(partial(self._one, place, id, filter))
                if found is None:
                    continue
                if limit is not None:
                    limit -= 1
                yield found

    def _ids(self, place: Place) -> "builtins.list[str]":
        log = self._find(place)
        return [id for id, _ in log.ids()] if log else []

    def _one(self, place: Place, id: str, filter: dict[str, Any] | None) -> CheckpointTuple | None:
        log = self._find(place)
        seq = -1 if log is None else log.find(id)
        if log is None or seq < 0:
            return None  # it was pruned meanwhile
        view = View(log, self._codec, *place, seq)
        return None if filter and not matches(view.metadata(), filter) else view.as_tuple()

    async def aput(
        self,
        config: "RunnableConfig",
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> "RunnableConfig":
        """Store a checkpoint on top of the one `config` addresses; its own address."""
        place = place_of(config)
        await self._mirror.look(place, get_checkpoint_id(config) or "")
        put = partial(LogSaver.put, self, config, checkpoint, metadata, new_versions)
        return await self._mirror.settled(put, place[0])

    async def aput_writes(
        self,
        config: "RunnableConfig",
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store a task's writes with the checkpoint it ran on, in one transaction."""
        put = partial(LogSaver.put_writes, self, config, writes, task_id, task_path)
        await self._mirror.settled(put, place_of(config)[0])

    async def adelete_thread(self, thread_id: str) -> None:
        """Forget everything about a thread."""
        await self._connection.ask("deleteThread", thread_id)
        for place in [place for place in self._mirror.logs if place[0] == thread_id]:
            del self._mirror.logs[place]

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Forget the checkpoints, and their writes, that these runs made."""
        await self._mirror.settled(partial(LogSaver.delete_for_runs, self, run_ids), bulk=True)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Store all checkpoints and writes of one thread under another thread as well.

        Raises ValueError if the other thread has checkpoints already.
        """
        copy = partial(LogSaver.copy_thread, self, source_thread_id, target_thread_id)
        await self._mirror.settled(copy, bulk=True)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Forget history: keep the latest checkpoint of each namespace, or nothing ("delete")."""
        prune = partial(LogSaver.prune, self, thread_ids, strategy=strategy)
        await self._mirror.settled(prune, bulk=True)

    async def athreads(self) -> "builtins.list[str]":
        """The ids of the threads that are stored."""
        found = await self._connection.ask("places", "")
        return [*dict.fromkeys(thread for thread, _ in found)]


def _own(commit: Commit, codec: Codec) -> Commit:
    """A commit with values of its own. Raises what the serializer raises, naming the channel."""

    def own(value: Any, where: str) -> Any:
        if value.__class__ in codec.plain:
            return value
        try:
            return codec.decode(codec.encode(value))
        except Exception as error:
            raise codec.blame(value, error).under(where) from error

    fields = {name: getattr(commit, name) for name in field_names(Commit)}
    fields["values"] = {c: own(v, f"state[{c!r}]") for c, v in commit.values.items()}
    fields["writes"] = tuple(
        (*task, tuple((c, own(v, f"the write to {c!r}, value")) for c, v in pairs))
        for *task, pairs in commit.writes
    )
    return Commit(**fields)
