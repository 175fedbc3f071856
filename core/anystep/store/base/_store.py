"""The interface of a store: memory that outlives a thread."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict, cast

from anystep.store.base._items import (
    NOT_PROVIDED,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
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

if TYPE_CHECKING:
    from anystep.store.base.embed import AEmbeddingsFunc, Embeddings, EmbeddingsFunc


class TTLConfig(TypedDict, total=False):
    """How long items live, in minutes.

    `default_ttl` is for items put without one. Reading an item starts its time anew unless
    `refresh_on_read` is false. `omit_expired` hides items whose time is up even before a sweep,
    every `sweep_interval_minutes`, has removed them.
    """

    refresh_on_read: bool
    omit_expired: bool
    default_ttl: float | None
    sweep_interval_minutes: int | None


class IndexConfig(TypedDict, total=False):
    """How a store finds items by meaning.

    `dims` is the length of the vectors, `embed` makes them. `fields` are the paths of a value to
    embed, `["$"]` (all of it, as JSON) by default.
    """

    dims: int
    embed: "Embeddings | EmbeddingsFunc | AEmbeddingsFunc | str"
    fields: list[str] | None


class BaseStore(ABC):
    """Keeps items by namespace and key. Subclass it and write `batch` and `abatch`.

    Every method has an `a` twin. All but these two check their arguments and make an operation
    of them; namespaces with impossible labels raise InvalidNamespaceError.
    """

    supports_ttl: ClassVar[bool] = False
    ttl_config: TTLConfig | None = None

    __slots__ = ("__weakref__",)

    @abstractmethod
    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do all operations, reads before writes; their results in order."""

    @abstractmethod
    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """As `batch`."""

    def get(
        self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        """The item at an address, or None."""
        return cast("Item | None", self._one(self._get_op(namespace, key, refresh_ttl)))

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
        """The items under a namespace that fit; see `SearchOp`."""
        op = self._search_op(namespace_prefix, filter, limit, offset, query, refresh_ttl)
        return cast("list[SearchItem]", self._one(op))

    def put(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None = None,
        *,
        ttl: float | None | NotProvided = NOT_PROVIDED,
    ) -> None:
        """Store an item; see `PutOp`. Raises NotImplementedError for a `ttl` without support."""
        self._one(self._put_op(namespace, key, value, index, ttl))

    def delete(self, namespace: Namespace, key: str) -> None:
        """Forget the item at an address, if there is one."""
        validate_labels(namespace)
        self._one(PutOp(namespace, str(key), None))

    def list_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """The namespaces that hold items, sorted; see `ListNamespacesOp`."""
        op = list_op(prefix, suffix, max_depth, limit, offset)
        return cast("list[Namespace]", self._one(op))

    async def aget(
        self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        """As `get`."""
        return cast("Item | None", await self._aone(self._get_op(namespace, key, refresh_ttl)))

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
        return cast("list[SearchItem]", await self._aone(op))

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
        await self._aone(self._put_op(namespace, key, value, index, ttl))

    async def adelete(self, namespace: Namespace, key: str) -> None:
        """As `delete`."""
        validate_labels(namespace)
        await self._aone(PutOp(namespace, str(key), None))

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
        return cast("list[Namespace]", await self._aone(op))

    def _one(self, op: Op) -> Result:
        """Do one operation."""
        return self.batch([op])[0]

    async def _aone(self, op: Op) -> Result:
        """As `_one`."""
        return (await self.abatch([op]))[0]

    def _get_op(self, namespace: Namespace, key: str, refresh_ttl: bool | None) -> GetOp:
        validate_labels(namespace)
        return GetOp(namespace, str(key), self._refresh(refresh_ttl))

    def _search_op(
        self,
        prefix: Namespace,
        filter: dict[str, Any] | None,
        limit: int,
        offset: int,
        query: str | None,
        refresh_ttl: bool | None,
    ) -> SearchOp:
        validate_labels(prefix)
        return SearchOp(prefix, filter, limit, offset, query, self._refresh(refresh_ttl))

    def _put_op(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None,
        ttl: float | None | NotProvided,
    ) -> PutOp:
        validate_namespace(namespace)
        if isinstance(ttl, NotProvided):
            ttl = (self.ttl_config or {}).get("default_ttl")
        elif ttl is not None and not self.supports_ttl:
            raise NotImplementedError(
                f"TTL is not supported by {type(self).__name__}. Use a store implementation that"
                " supports TTL or set ttl=None."
            )
        return PutOp(namespace, str(key), value, index, ttl)

    def _refresh(self, asked: bool | None) -> bool:
        if asked is not None:
            return asked
        return (self.ttl_config or {}).get("refresh_on_read", True)


def list_op(
    prefix: NamespacePath | None,
    suffix: NamespacePath | None,
    max_depth: int | None,
    limit: int,
    offset: int,
) -> ListNamespacesOp:
    """The operation that `list_namespaces` makes of its arguments."""
    conditions: list[MatchCondition] = []
    if prefix:
        conditions.append(MatchCondition("prefix", prefix))
    if suffix:
        conditions.append(MatchCondition("suffix", suffix))
    for condition in conditions:
        validate_labels(condition.path)
    return ListNamespacesOp(tuple(conditions), max_depth, limit, offset)
