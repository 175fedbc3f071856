"""The methods of a saver for callers who cannot await: they work where the browser has JSPI."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from anystep._records import Commit
from anystep.checkpoint._saver import LogSaver
from anystep.web._javascript import wait_for

if TYPE_CHECKING:
    import builtins
    from collections.abc import Coroutine

    from anystep.checkpoint.base import (
        ChannelVersions,
        Checkpoint,
        CheckpointMetadata,
        CheckpointTuple,
    )
    from anystep.typing import RunnableConfig

T = TypeVar("T")


def _wait(coroutine: "Coroutine[Any, Any, T]", method: str) -> T:
    graph = "ainvoke, astream, aget_state or another method of the graph that begins with a"
    found: T = wait_for(coroutine, f"{graph}, or {method} of the saver")
    return found


class BlockingFace(LogSaver):
    """Every method waits for its `a` twin.

    Raises RuntimeError, which says what to call instead, where the browser cannot switch stacks.
    """

    def commit(self, commit: Commit) -> None:
        """As `acommit`."""
        _wait(self.acommit(commit), "acommit")

    async def acommit(self, commit: Commit) -> None:
        """Store one superstep."""
        raise NotImplementedError

    def stage(self, commit: Commit) -> None:
        """As `astage`."""
        _wait(self.astage(commit), "astage")

    async def astage(self, commit: Commit) -> None:
        """Begin to store one superstep."""
        raise NotImplementedError

    def stage_writes(
        self, config: "RunnableConfig", writes: Sequence[tuple[str, Any]], task_id: str, path: str
    ) -> None:
        """As `put_writes`."""
        self.put_writes(config, writes, task_id, path)

    def settle(self, thread_id: str) -> None:
        """As `asettle`."""
        _wait(self.asettle(thread_id), "asettle")

    async def asettle(self, thread_id: str) -> None:
        """Wait until all that was staged of a thread is stored."""
        raise NotImplementedError

    def break_lease(self, thread_id: str) -> None:
        """As `abreak_lease`."""
        _wait(self.abreak_lease(thread_id), "abreak_lease")

    async def abreak_lease(self, thread_id: str) -> None:
        """Take the lease of a thread from whoever has it."""
        raise NotImplementedError

    def task_paths(self, config: "RunnableConfig") -> dict[str, str]:
        """As `atask_paths`."""
        return _wait(self.atask_paths(config), "atask_paths")

    def get_tuple(self, config: "RunnableConfig") -> "CheckpointTuple | None":
        """As `aget_tuple`."""
        return _wait(self.aget_tuple(config), "aget_tuple")

    def list(
        self,
        config: "RunnableConfig | None",
        *,
        filter: dict[str, Any] | None = None,
        before: "RunnableConfig | None" = None,
        limit: int | None = None,
    ) -> "Iterator[CheckpointTuple]":
        """As `alist`; all of it is read before the first one is given."""

        async def all_of_it() -> "builtins.list[CheckpointTuple]":
            found = self.alist(config, filter=filter, before=before, limit=limit)
            return [one async for one in found]

        return iter(_wait(all_of_it(), "alist"))

    def put(
        self,
        config: "RunnableConfig",
        checkpoint: "Checkpoint",
        metadata: "CheckpointMetadata",
        new_versions: "ChannelVersions",
    ) -> "RunnableConfig":
        """As `aput`."""
        return _wait(self.aput(config, checkpoint, metadata, new_versions), "aput")

    def put_writes(
        self,
        config: "RunnableConfig",
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """As `aput_writes`."""
        _wait(self.aput_writes(config, writes, task_id, task_path), "aput_writes")

    def delete_thread(self, thread_id: str) -> None:
        """As `adelete_thread`."""
        _wait(self.adelete_thread(thread_id), "adelete_thread")

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """As `adelete_for_runs`."""
        _wait(self.adelete_for_runs(run_ids), "adelete_for_runs")

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """As `acopy_thread`."""
        _wait(self.acopy_thread(source_thread_id, target_thread_id), "acopy_thread")

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """As `aprune`."""
        _wait(self.aprune(thread_ids, strategy=strategy), "aprune")
