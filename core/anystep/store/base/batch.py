"""A store that does together what its callers ask for at the same time."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from anystep.store.base._items import (
    NOT_PROVIDED,
    Item,
    Namespace,
    NamespacePath,
    NotProvided,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    validate_labels,
    validate_namespace,
)
from anystep.store.base._store import BaseStore, list_op

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

T = TypeVar("T")

__all__ = ["AsyncBatchedBaseStore"]


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

    async def _ask(self, op: Op) -> Any:
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

    # -- the async face --------------------------------------------------------------------

    async def aget(
        self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        """As `get`."""
        return cast("Item | None", await self._ask(self._get_op(namespace, key, refresh_ttl)))

    async def asearch(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        query: str | None = None,
        filter: dict[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """As `search`."""
        op = self._search_op(namespace_prefix, filter, limit, offset, query, refresh_ttl)
        return cast("list[SearchItem]", await self._ask(op))

    async def aput(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None = None,
        *,
        ttl: float | None | NotProvided = NOT_PROVIDED,
    ) -> None:
        """As `put`."""
        await self._ask(self._put_op(namespace, key, value, index, ttl))

    async def adelete(self, namespace: Namespace, key: str) -> None:
        """As `delete`."""
        validate_labels(namespace)
        await self._ask(PutOp(namespace, str(key), None))

    async def alist_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """As `list_namespaces`."""
        op = list_op(prefix, suffix, max_depth, limit, offset)
        return cast("list[Namespace]", await self._ask(op))

    # -- the sync face, for other threads than the loop's --------------------------------------

    def get(
        self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        """As `BaseStore.get`. Raises: `asyncio.InvalidStateError` in the loop's own thread."""
        return self._from_outside("get", self.aget(namespace, key, refresh_ttl=refresh_ttl))

    def search(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        query: str | None = None,
        filter: dict[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """As `BaseStore.search`. Raises: `asyncio.InvalidStateError` in the loop's own thread."""
        found = self.asearch(
            namespace_prefix,
            query=query,
            filter=filter,
            limit=limit,
            offset=offset,
            refresh_ttl=refresh_ttl,
        )
        return self._from_outside("search", found)

    def put(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None = None,
        *,
        ttl: float | None | NotProvided = NOT_PROVIDED,
    ) -> None:
        """As `BaseStore.put`. Raises: `asyncio.InvalidStateError` in the loop's own thread."""
        validate_namespace(namespace)
        self._from_outside("put", self.aput(namespace, key, value, index, ttl=ttl))

    def delete(self, namespace: Namespace, key: str) -> None:
        """As `BaseStore.delete`. Raises: `asyncio.InvalidStateError` in the loop's own thread."""
        self._from_outside("delete", self.adelete(namespace, key))

    def list_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """As `BaseStore.list_namespaces`.

        Raises: `asyncio.InvalidStateError` in the loop's own thread.
        """
        found = self.alist_namespaces(
            prefix=prefix, suffix=suffix, max_depth=max_depth, limit=limit, offset=offset
        )
        return self._from_outside("list_namespaces", found)

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
