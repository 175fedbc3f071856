"""What stores without an index of their own do: read what is under a namespace, and look at it."""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from anystep.store.base import (
    BaseStore,
    Embeddings,
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    ensure_embeddings,
    get_text_at_path,
    tokenize_path,
    validate_op_namespace,
)

_MINUTE = 60 * 10**9

Namespace = tuple[str, ...]


class Entry:
    """An item, its vectors, its time to live in minutes, when it expires (ns; None: never)."""

    __slots__ = ("expires", "item", "ttl", "vectors")

    def __init__(
        self, item: Item, vectors: list[list[float]], ttl: float | None, expires: float | None
    ) -> None:
        self.item = item
        self.vectors = vectors
        self.ttl = ttl
        self.expires = expires

    def expired(self, now: int) -> bool:
        """Whether the item's time is over."""
        return self.expires is not None and self.expires <= now


class _Plan(NamedTuple):
    """A batch, sorted out: what to embed before it can be answered and applied."""

    ops: list[Op]
    queries: list[str]
    puts: dict[tuple[tuple[str, ...], str], PutOp]
    texts: dict[tuple[tuple[str, ...], str], list[str]]


class ScanStore(BaseStore):
    """Reads, filters and ranks items one by one. A subclass keeps them."""

    supports_ttl: ClassVar[bool] = True

    __slots__ = ("_clock", "_fields", "embeddings", "index_config", "ttl_config")

    def __init__(
        self,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self._clock = clock
        self.ttl_config = ttl
        self.index_config = index
        self.embeddings: Embeddings | None = None
        self._fields: list[list[str] | str] = []
        if index:
            self.embeddings = ensure_embeddings(index.get("embed"))
            self._fields = [_tokens(path) for path in index.get("fields") or ["$"]]

    @abstractmethod
    def _entry(self, namespace: Namespace, key: str) -> Entry | None:
        """The entry at an address."""

    @abstractmethod
    def _under(self, prefix: Namespace) -> Iterator[Entry]:
        """The entries whose namespaces begin with a prefix."""

    @abstractmethod
    def _store(self, entry: Entry) -> None:
        """Keep an entry, in the place of an older one at its address."""

    @abstractmethod
    def _drop(self, namespace: Namespace, key: str) -> None:
        """Forget the entry at an address."""

    @abstractmethod
    def _prolong(self, entry: Entry) -> None:
        """Keep an entry's new time of expiry."""

    def _given(self, item: Item) -> Item:
        """An item as a caller gets it; for those who must not give away what they keep."""
        return item

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do all operations, reads before writes; their results in order."""
        plan = self._plan(ops)
        queries: dict[str, list[float]] = {}
        vectors: list[list[float]] = []
        if self.embeddings:
            queries = {query: self.embeddings.embed_query(query) for query in plan.queries}
            if texts := _unique(plan):
                vectors = self.embeddings.embed_documents(texts)
        return self._answer(lambda: self._apply(plan, queries, vectors))

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """As `batch`."""
        plan = self._plan(ops)
        queries: dict[str, list[float]] = {}
        vectors: list[list[float]] = []
        if self.embeddings:
            for query in plan.queries:
                queries[query] = await self.embeddings.aembed_query(query)
            if texts := _unique(plan):
                vectors = await self.embeddings.aembed_documents(texts)
        return await self._aanswer(lambda: self._apply(plan, queries, vectors))

    def _answer(self, work: Callable[[], list[Result]]) -> list[Result]:
        """Do the reading and writing of a batch; for those who do it in a transaction."""
        return work()

    async def _aanswer(self, work: Callable[[], list[Result]]) -> list[Result]:
        """As `_answer`; for those who do it elsewhere."""
        return self._answer(work)

    def _now(self) -> int:
        if self._clock:
            return self._clock()
        import time

        return time.time_ns()

    def _plan(self, ops: Iterable[Op]) -> _Plan:
        plan = _Plan([*ops], [], {}, {})
        for op in plan.ops:
            if not isinstance(op, (GetOp, SearchOp, ListNamespacesOp, PutOp)):
                raise ValueError(f"Unknown operation type: {type(op)}")  # noqa: TRY004  LangGraph's
            validate_op_namespace(op)
            if isinstance(op, SearchOp) and op.query:
                plan.queries.append(op.query)
            elif isinstance(op, PutOp):
                plan.puts[op.namespace, op.key] = op
        if self.embeddings:
            for address, op in plan.puts.items():
                if op.value is not None and op.index is not False:
                    paths = self._fields if op.index is None else map(_tokens, op.index)
                    plan.texts[address] = [
                        text for path in paths for text in get_text_at_path(op.value, path)
                    ]
        return plan

    def _apply(
        self, plan: _Plan, queries: dict[str, list[float]], vectors: list[list[float]]
    ) -> list[Result]:
        now = self._now()
        results = [self._read(op, queries, now) for op in plan.ops]
        embedded = dict(zip(_unique(plan), vectors, strict=True))
        for address, op in plan.puts.items():
            self._put(op, [embedded[text] for text in plan.texts.get(address, ())], now)
        return results

    def _read(self, op: Op, queries: dict[str, list[float]], now: int) -> Result:
        if isinstance(op, GetOp):
            entry = self._entry(op.namespace, op.key)
            if entry is None or entry.expired(now):
                return None
            if op.refresh_ttl:
                self._touch(entry, now)
            return self._given(entry.item)
        if isinstance(op, SearchOp):
            return self._search(op, queries.get(op.query or ""), now)
        if isinstance(op, ListNamespacesOp):
            return self._namespaces(op, now)
        return None

    def _touch(self, entry: Entry, now: int) -> None:
        """Start an entry's time anew."""
        if entry.ttl is not None:
            entry.expires = now + entry.ttl * _MINUTE
            self._prolong(entry)

    def _put(self, op: PutOp, vectors: list[list[float]], now: int) -> None:
        if op.value is None:
            self._drop(op.namespace, op.key)
            return
        updated = created = _datetime(now)
        old = self._entry(op.namespace, op.key)
        if old is not None and not old.expired(now):
            created = old.item.created_at
        item = Item(
            value={**op.value},
            key=op.key,
            namespace=op.namespace,
            created_at=created,
            updated_at=updated,
        )
        expires = None if op.ttl is None else now + op.ttl * _MINUTE
        self._store(Entry(item, vectors, op.ttl, expires))

    def _search(self, op: SearchOp, query: list[float] | None, now: int) -> list[SearchItem]:
        wanted = op.filter or {}
        found = [
            entry
            for entry in self._under(op.namespace_prefix)
            if not entry.expired(now) and self._fits(entry.item.value, wanted)
        ]
        scored: list[tuple[float | None, Entry]] = [(None, entry) for entry in found]
        if query is not None:
            ranked = [
                (max(_cosine(query, vector) for vector in entry.vectors), entry)
                for entry in found
                if entry.vectors
            ]
            ranked.sort(key=lambda pair: pair[0], reverse=True)
            # What was never embedded comes last, without a score.
            scored = [*ranked, *((None, entry) for entry in found if not entry.vectors)]
        page = scored[op.offset : op.offset + op.limit]
        if op.refresh_ttl:
            for _, entry in page:
                self._touch(entry, now)
        return [_found(self._given(entry.item), score) for score, entry in page]

    def _fits(self, value: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
        """Whether an item's value is one that a search's filter asks for."""
        return _fits(value, wanted)

    def _namespaces(self, op: ListNamespacesOp, now: int) -> list[Namespace]:
        found = {
            entry.item.namespace[: op.max_depth]
            for entry in self._under(())
            if not entry.expired(now)
            and all(_matches(one, entry.item.namespace) for one in op.match_conditions or ())
        }
        return sorted(found)[op.offset : op.offset + op.limit]


def _unique(plan: _Plan) -> list[str]:
    """The texts to embed, each once."""
    return [*dict.fromkeys(text for texts in plan.texts.values() for text in texts)]


def _tokens(path: str) -> list[str] | str:
    return path if path == "$" else tokenize_path(path)


def _datetime(now: int) -> Any:
    from datetime import UTC, datetime, timedelta

    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now // 1000)


def _found(item: Item, score: float | None) -> SearchItem:
    return SearchItem(item.namespace, item.key, item.value, item.created_at, item.updated_at, score)


def _matches(condition: MatchCondition, namespace: tuple[str, ...]) -> bool:
    path = condition.path
    if condition.match_type not in ("prefix", "suffix"):
        raise ValueError(f"Unsupported match type: {condition.match_type}")
    if len(namespace) < len(path):
        return False
    start = 0 if condition.match_type == "prefix" else len(namespace) - len(path)
    pairs = zip(namespace[start:], path, strict=False)
    return all(wanted in ("*", label) for label, wanted in pairs)


def _fits(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(_equals(value.get(key), condition) for key, condition in wanted.items())


def _equals(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        if any(key.startswith("$") for key in wanted):
            return all(_compare(value, operator, other) for operator, other in wanted.items())
        return isinstance(value, dict) and _fits(value, wanted)
    if isinstance(wanted, (list, tuple)):
        return (
            isinstance(value, (list, tuple))
            and len(value) == len(wanted)
            and all(map(_equals, value, wanted))
        )
    return bool(value == wanted)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda one, other: one > other,
    "$gte": lambda one, other: one >= other,
    "$lt": lambda one, other: one < other,
    "$lte": lambda one, other: one <= other,
}


def _compare(value: Any, operator: str, other: Any) -> bool:
    if operator == "$eq":
        return bool(value == other)
    if operator == "$ne":
        return bool(value != other)
    if operator not in _ORDER:
        raise ValueError(f"Unsupported operator: {operator}")
    try:
        return _ORDER[operator](float(value), float(other))
    except (TypeError, ValueError):
        if isinstance(value, str) and isinstance(other, str):
            return _ORDER[operator](value, other)
        return False  # what is no number is neither more nor less than one


def _cosine(one: list[float], other: list[float]) -> float:
    length = math.hypot(*one) * math.hypot(*other)
    if not length:
        return 0.0
    return math.fsum(map(float.__mul__, map(float, one), map(float, other))) / length
