"""What the rules work with: a saver behind one face, and chains of checkpoints on it.

Rules are coroutines over a face whose methods are coroutines. The synchronous face never really
waits, so its rules are driven by hand, without an event loop; every rule is written once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from anystep._ids import uuid6
from anystep.checkpoint.base import CheckpointTuple
from anystep.host import current_host

__all__ = [
    "EPOCH_NS",
    "AsyncCalls",
    "AsyncFace",
    "Bench",
    "Chain",
    "SyncCalls",
    "SyncFace",
    "finish",
    "opened",
    "place",
]

T = TypeVar("T")
Writes = Sequence[tuple[str, Any]]

#: 2026-01-01 00:00 UTC: ids and times of the checkpoints that the rules make.
EPOCH_NS = 1_767_225_600_000_000_000


def place(config: Any) -> dict[str, Any]:
    """What a config addresses."""
    configurable: dict[str, Any] = config["configurable"]
    return configurable


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits. Raises AssertionError if it does."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    coroutine.close()
    raise AssertionError("a synchronous method waited for an event loop")


@asynccontextmanager
async def opened(make: Callable[[], Any], method: str) -> AsyncGenerator[Any, None]:
    """What `make` gives, at once, after waiting, or as a context manager; it has `method`."""
    made = make()
    if hasattr(made, "__await__"):
        made = await made
    if hasattr(made, method):
        yield made
    elif hasattr(made, "__aenter__"):
        async with made as given:
            yield given
    else:
        with made as given:
            yield given


class SyncCalls:
    """The synchronous methods of a plug-in, as coroutines that do not wait."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._tag = current_host().random_bytes(6).hex()
        self._names = 0

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        return getattr(self._made, method)(*args, **options)

    def name(self, what: str) -> str:
        """A name that nothing else has."""
        self._names += 1
        return f"{what}-{self._tag}-{self._names}"


class AsyncCalls(SyncCalls):
    """The asynchronous methods of a plug-in."""

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        return await getattr(self._made, f"a{method}")(*args, **options)


class SyncFace(SyncCalls):
    """The synchronous methods of a saver."""

    async def get_tuple(self, config: Any) -> CheckpointTuple | None:
        found: CheckpointTuple | None = self._made.get_tuple(config)
        return found

    async def list(self, config: Any, **options: Any) -> list[CheckpointTuple]:
        return list(self._made.list(config, **options))


class AsyncFace(AsyncCalls, SyncFace):
    """The asynchronous methods of a saver."""

    async def get_tuple(self, config: Any) -> CheckpointTuple | None:
        found: CheckpointTuple | None = await self._made.aget_tuple(config)
        return found

    async def list(self, config: Any, **options: Any) -> list[CheckpointTuple]:
        return [found async for found in self._made.alist(config, **options)]


class Bench:
    """One saver under test."""

    def __init__(self, saver: Any, face: SyncFace) -> None:
        self.saver = saver
        self.face = face
        self.name = face.name  # of a thread or a run that nothing else has
        self._ids = 0

    def checkpoint_id(self, step: int) -> str:
        """An id that sorts after all earlier ones."""
        self._ids += 1
        return uuid6(EPOCH_NS + self._ids * 1_000_000, step & 0x3FFF, 1)

    def chain(self, thread: str | None = None, ns: str = "") -> Chain:
        """A new thread, or another namespace of one."""
        return Chain(self, thread or self.name("thread"), ns)

    def need_native(self) -> None:
        """Raises NotImplementedError if the saver does not store the engine's own records."""
        method = "acommit" if isinstance(self.face, AsyncFace) else "commit"
        if not getattr(self.saver, "native", False) or not hasattr(self.saver, method):
            raise NotImplementedError


class Chain:
    """A namespace of a thread as the engine fills it: one checkpoint after another.

    `values`, `versions` and `seen` are what the newest checkpoint holds.
    """

    def __init__(self, bench: Bench, thread: str, ns: str) -> None:
        self.bench = bench
        self.thread = thread
        self.ns = ns
        self.values: dict[str, Any] = {}
        self.versions: dict[str, Any] = {}
        self.seen: dict[str, dict[str, Any]] = {}
        self.ids: list[str] = []

    def config(self, id_: str | None = None) -> Any:
        """The address of a checkpoint, or of the latest."""
        found = {"thread_id": self.thread, "checkpoint_ns": self.ns}
        return {"configurable": found if id_ is None else {**found, "checkpoint_id": id_}}

    async def put(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        dropped: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
        parent: str | None = None,
    ) -> Any:
        """Store a checkpoint on top of the latest, or of `parent`; what `put` returned."""
        next_version = self.bench.saver.get_next_version
        version = next_version(max(self.versions.values(), default=None), None)
        changed = {name: version for name in [*(changes or {}), *dropped]}
        self.values.update(changes or {})
        for name in dropped:
            del self.values[name]
        self.versions.update(changed)
        step = len(self.ids) - 1
        id_ = self.bench.checkpoint_id(step)
        above = parent or (self.ids[-1] if self.ids else None)
        self.ids.append(id_)
        checkpoint = {
            "v": 4,
            "id": id_,
            "ts": f"2026-01-01T00:00:{len(self.ids) % 60:02d}+00:00",
            "channel_values": dict(self.values),
            "channel_versions": dict(self.versions),
            "versions_seen": {node: dict(seen) for node, seen in self.seen.items()},
            "updated_channels": sorted(changed),
        }
        said: dict[str, Any] = {
            "source": "loop" if step >= 0 else "input",
            "step": step,
            "parents": {},
        }
        said |= metadata or {}
        return await self.bench.face.call("put", self.config(above), checkpoint, said, changed)

    async def write(
        self, writes: Writes, task: str, path: str = "", id_: str | None = None
    ) -> None:
        """Store a task's writes on the latest checkpoint, or on another."""
        where = self.config(id_ or self.ids[-1])
        await self.bench.face.call("put_writes", where, writes, task, path)

    async def read(self, id_: str | None = None) -> CheckpointTuple:
        """The latest checkpoint, or another. Raises AssertionError if it is not there."""
        found = await self.bench.face.get_tuple(self.config(id_))
        assert found is not None, f"checkpoint {id_ or '(the latest)'} is not found"
        return found

    async def history(self, **options: Any) -> list[CheckpointTuple]:
        """What `list` tells about this namespace."""
        return await self.bench.face.list(self.config(), **options)

    async def listed(self, **options: Any) -> list[str]:
        """The ids of `history`."""
        return [found.checkpoint["id"] for found in await self.history(**options)]
