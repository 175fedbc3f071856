"""What a store keeps and what it can be asked to do."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import builtins
    from datetime import datetime

#: Where items live: `("users", "ann", "notes")`.
Namespace: TypeAlias = tuple[str, ...]

#: A namespace to compare with; "*" stands for any one label.
NamespacePath: TypeAlias = tuple[str, ...]

NamespaceMatchType: TypeAlias = Literal["prefix", "suffix"]


class InvalidNamespaceError(ValueError):
    """A namespace with a label it cannot have."""


class NotProvided:
    """The type of `NOT_PROVIDED`, which says "use the default" where None says "none"."""

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_PROVIDED = NotProvided()


class Item:
    """A stored value with its address and its times (UTC; ISO 8601 texts are converted)."""

    __slots__ = ("created_at", "key", "namespace", "updated_at", "value")

    def __init__(
        self,
        *,
        value: "builtins.dict[str, Any]",
        key: str,
        namespace: Namespace,
        created_at: "datetime | str",
        updated_at: "datetime | str",
    ) -> None:
        self.value = value
        self.key = key
        self.namespace = tuple(namespace)
        self.created_at = _time(created_at)
        self.updated_at = _time(updated_at)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and all(
            getattr(self, name) == getattr(other, name) for name in Item.__slots__
        )

    def __hash__(self) -> int:
        return hash((self.namespace, self.key))

    def dict(self) -> "builtins.dict[str, Any]":
        """The item as JSON has it: times as text, the namespace as a list."""
        return {
            "namespace": list(self.namespace),
            "key": self.key,
            "value": self.value,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }

    def __repr__(self) -> str:
        return f"Item({', '.join(f'{k}={v!r}' for k, v in self.dict().items())})"


class SearchItem(Item):
    """An item that was found; `score` says how well it fits the query, None without one."""

    __slots__ = ("score",)

    def __init__(
        self,
        namespace: Namespace,
        key: str,
        value: "builtins.dict[str, Any]",
        created_at: "datetime | str",
        updated_at: "datetime | str",
        score: float | None = None,
    ) -> None:
        super().__init__(
            value=value,
            key=key,
            namespace=namespace,
            created_at=created_at,
            updated_at=updated_at,
        )
        self.score = score

    def dict(self) -> "builtins.dict[str, Any]":
        """As `Item.dict`, with the score."""
        return {**super().dict(), "score": self.score}


def _time(given: "datetime | str") -> "datetime":
    if not isinstance(given, str):
        return given
    from datetime import datetime

    return datetime.fromisoformat(given)


class GetOp(NamedTuple):
    """Find the item at an address."""

    namespace: Namespace
    key: str
    refresh_ttl: bool = True


class SearchOp(NamedTuple):
    """Find items under a namespace.

    `filter` compares fields of the value: with a value, or with operators as in
    `{"$gte": 3, "$ne": 5}` (`$eq $ne $gt $gte $lt $lte`). `query` ranks by meaning, if the store
    has an index.
    """

    namespace_prefix: Namespace
    filter: dict[str, Any] | None = None
    limit: int = 10
    offset: int = 0
    query: str | None = None
    refresh_ttl: bool = True


class MatchCondition(NamedTuple):
    """What a namespace must begin or end with."""

    match_type: NamespaceMatchType
    path: NamespacePath


class ListNamespacesOp(NamedTuple):
    """Find the namespaces that hold items, cut to `max_depth` labels."""

    match_conditions: tuple[MatchCondition, ...] | None = None
    max_depth: int | None = None
    limit: int = 100
    offset: int = 0


class PutOp(NamedTuple):
    """Store an item, or delete it where the value is None.

    `index` names the fields to embed (None: the store's own choice, False: none). `ttl` is in
    minutes.
    """

    namespace: Namespace
    key: str
    value: Mapping[str, Any] | None
    index: Literal[False] | list[str] | None = None  # type: ignore[assignment]  # hides tuple.index, as LangGraph does  # pyright: ignore[reportIncompatibleMethodOverride]
    ttl: float | None = None


Op: TypeAlias = GetOp | SearchOp | PutOp | ListNamespacesOp
Result: TypeAlias = Item | list[Item] | list[SearchItem] | list[Namespace] | None


def validate_namespace(namespace: Namespace) -> None:
    """Raise InvalidNamespaceError for a namespace nothing can be stored in."""
    if not namespace:
        raise InvalidNamespaceError("Namespace cannot be empty.")
    validate_labels(namespace)
    if namespace[0] == "langgraph":
        raise InvalidNamespaceError(
            f'Root label for namespace cannot be "langgraph". Got: {namespace}'
        )


def validate_labels(namespace: Namespace) -> None:
    """Raise InvalidNamespaceError for a label that is no text, empty, or holds a "." or a NUL."""
    for label in namespace:
        if not isinstance(label, str):
            wrong = f"must be strings, but got {type(label).__name__}"
        elif not label:
            raise InvalidNamespaceError(
                f"Namespace labels cannot be empty strings. Got {label} in {namespace}"
            )
        elif "." in label:
            wrong = "cannot contain periods ('.')"
        elif "\0" in label:
            wrong = "cannot contain NUL bytes ('\\x00')"
        else:
            continue
        raise InvalidNamespaceError(
            f"Invalid namespace label '{label}' found in {namespace}. Namespace labels {wrong}."
        )


def validate_op_namespace(op: Op) -> None:
    """Raise InvalidNamespaceError if an operation holds a namespace with an impossible label."""
    for path in _paths(op):
        validate_labels(path)


def _paths(op: Op) -> Iterator[Namespace]:
    if isinstance(op, SearchOp):
        yield op.namespace_prefix
    elif isinstance(op, ListNamespacesOp):
        for condition in op.match_conditions or ():
            yield condition.path
    else:
        yield op.namespace
