"""A store that does together what its callers ask for at the same time."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from anystep.store.base._items import GetOp, ListNamespacesOp, Op, PutOp, Result, SearchOp
from anystep.store.base._store import BaseStore

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

T = TypeVar("T")

__all__ = ["AsyncBatchedBaseStore"]


#: The method that makes such an operation; `put` and `delete` share theirs.
_METHODS: dict[type[Op], str] = {
    GetOp: "get",
    SearchOp: "search",
    ListNamespacesOp: "list_namespaces",
}


class AsyncBatchedBaseStore(BaseStore):
    """Subclass it and write `abatch`: what is awaited in one turn of the event loop comes to it
    as one batch, equal reads once and of several writes to one address the last.

    It is made inside a running event loop. The sync methods are for other threads; on the loop's
    own they would wait for themselves, and raise `asyncio.InvalidStateError`.
    """

    __slots__ = ("_loop", "_running", "_waiting")

    def __init__(self) -> None:
        import asyncio

        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[asyncio.Future[Result], Op]] = []
        self._running: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Do all operations, reads before writes; their results in order."""

    # -- one batch a turn ------------------------------------------------------------------

    async def _aone(self, op: Op) -> Result:
        future: asyncio.Future[Result] = self._loop.create_future()
        if not self._waiting:
            self._loop.call_soon(self._begin)
        self._waiting.append((future, op))
        return await future

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        asked = [(future, op) for future, op in waiting if not future.done()]
        if asked:
            task = self._loop.create_task(self._answer(asked))
            self._running.add(task)  # the loop keeps no task alive
            task.add_done_callback(self._running.discard)

    async def _answer(self, asked: "list[tuple[asyncio.Future[Result], Op]]") -> None:
        places, ops = _distinct([op for _, op in asked])
        try:
            results = await self.abatch(ops)
        except Exception as error:  # noqa: BLE001  everybody who asked gets it
            for future, _ in asked:
                if not future.done():
                    future.set_exception(error)
            return
        for (future, _), place in zip(asked, places, strict=True):
            if not future.done():
                future.set_result(results[place])

    # -- for other threads than the loop's -----------------------------------------------------

    def _one(self, op: Op) -> Result:
        return self._from_outside(_asked_by(op), self._aone(op))

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do all operations. Raises: `asyncio.InvalidStateError` in the loop's own thread."""
        return self._from_outside("batch", self._together([*ops]))

    async def _together(self, ops: list[Op]) -> list[Result]:
        return await self.abatch(ops)

    def _from_outside(self, name: str, asked: "Coroutine[Any, Any, T]") -> T:
        """Wait for what the loop's thread does."""
        import asyncio

        try:
            here: Any = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is self._loop:
            asked.close()
            raise asyncio.InvalidStateError(
                f"Synchronous calls to {type(self).__name__} detected in the main event loop. "
                "This can lead to deadlocks or performance issues. Please use the asynchronous "
                "interface for main thread operations. Specifically, replace "
                f"`store.{name}(...)` with `await store.a{name}(...)`"
            )
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()


def _asked_by(op: Op) -> str:
    """The name of the method that makes such an operation."""
    if isinstance(op, PutOp):
        return "delete" if op.value is None else "put"
    return _METHODS[type(op)]


def _distinct(ops: list[Op]) -> tuple[list[int], list[Op]]:
    """The operations to do, and for each that was asked for where its result is."""
    kept: list[Op] = []
    places: list[int] = []
    known: dict[Any, int] = {}
    for op in ops:
        # A search's filter has no hash; its text has one, and tells as much.
        key: Any = repr(op) if isinstance(op, SearchOp) else op
        if isinstance(op, PutOp):
            key = (op.namespace, op.key)
        place = known.setdefault((type(op), key), len(kept))
        kept[place : place + 1] = [op]
        places.append(place)
    return places, kept
