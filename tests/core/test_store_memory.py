"""What a store in memory keeps, finds and forgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from anystep.checkpoint.serde.msgpack import MsgpackSerializer
from anystep.store.base import (
    GetOp,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchItem,
    SearchOp,
    ensure_embeddings,
    get_text_at_path,
    tokenize_path,
)
from anystep.store.memory import InMemoryStore

pytestmark = pytest.mark.host

MINUTE = 60 * 10**9
EPOCH = 1_700_000_000 * 10**9


class Clock:
    """A time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> int:
        return self.now


def letters(texts: Sequence[str]) -> list[list[float]]:
    """How often each of a to e is in the texts."""
    return [[float(text.count(letter)) for letter in "abcde"] for text in texts]


async def aletters(texts: Sequence[str]) -> list[list[float]]:
    """The same, awaited."""
    return letters(texts)


def test_an_item_is_put_got_and_deleted() -> None:
    """An item keeps its times; putting it again changes the later one only."""
    clock = Clock()
    store = InMemoryStore(clock=clock)
    store.put(("users", "ann"), "prefs", {"theme": "dark"})
    clock.now += MINUTE
    store.put(("users", "ann"), "prefs", {"theme": "light"})

    item = store.get(("users", "ann"), "prefs")

    assert item == Item(
        value={"theme": "light"},
        key="prefs",
        namespace=("users", "ann"),
        created_at="2023-11-14T22:13:20+00:00",
        updated_at=datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC),
    )
    assert {item} == {item, store.get(("users", "ann"), "prefs")}

    store.delete(("users", "ann"), "prefs")
    store.delete(("users", "bob"), "prefs")

    assert store.get(("users", "ann"), "prefs") is None
    assert [] == store.list_namespaces()


def test_values_are_nobody_elses() -> None:
    """What is changed outside is not changed in the store, nor the other way round."""
    store = InMemoryStore()
    value = {"xs": [1, (2, {3})]}
    store.put(("a",), "k", value)
    value["xs"].append(4)
    for item in (store.get(("a",), "k"), store.search(("a",))[0]):
        assert item is not None
        assert {"xs": [1, (2, {3})]} == item.value
        item.value["xs"].append(5)

    found = store.get(("a",), "k")

    assert found is not None
    assert {"xs": [1, (2, {3})]} == found.value


def test_reads_of_a_batch_see_what_was_before_it() -> None:
    """And the last of several writes to one address counts."""
    store = InMemoryStore()
    store.put(("a",), "k", {"n": 1})
    got, _, _, listed, found = store.batch(
        [
            GetOp(("a",), "k"),
            PutOp(("a",), "k", {"n": 2}),
            PutOp(("a",), "k", {"n": 3}),
            ListNamespacesOp(),
            SearchOp(("a",)),
        ]
    )

    assert isinstance(got, Item)
    assert isinstance(found, list)
    assert isinstance(found[0], SearchItem)
    assert {"n": 1} == got.value == found[0].value
    assert [("a",)] == listed
    assert {"n": 3} == store.search(())[0].value

    with pytest.raises(ValueError, match="Unknown operation type"):
        store.batch([object()])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("filter", "keys"),
    [
        ({"n": 1}, "a"),
        ({"n": {"$eq": 2}}, "b"),
        ({"n": {"$ne": 2}}, "acd"),
        ({"n": {"$gt": 1}}, "b"),
        ({"n": {"$gte": 1, "$lt": 2}}, "a"),
        ({"n": {"$lte": 2}}, "ab"),
        ({"deep": {"x": 1}}, "c"),
        ({"tags": ["x", {"$gt": 4}]}, "d"),
        ({"tags": ["x"]}, ""),
        ({"n": 1, "m": 1}, ""),
        ({"none": None}, "abcd"),
    ],
)
def test_search_compares_fields(filter: dict[str, Any], keys: str) -> None:
    """With values, with operators, and inside of containers."""
    store = InMemoryStore()
    store.put(("s",), "a", {"n": 1})
    store.put(("s",), "b", {"n": "2"} | {"n": 2})
    store.put(("s",), "c", {"n": "no number", "deep": {"x": 1, "y": 2}})
    store.put(("s", "t"), "d", {"tags": ["x", 5]})

    assert keys == "".join(item.key for item in store.search(("s",), filter=filter))


def test_search_is_paged_and_refuses_unknown_operators() -> None:
    """`limit` and `offset` cut; "$in" is not one of the six."""
    store = InMemoryStore()
    for n in range(15):
        store.put(("s",), f"{n:02}", {"n": n})

    assert 10 == len(store.search(("s",)))
    assert ["03", "04"] == [item.key for item in store.search(("s",), limit=2, offset=3)]
    assert [] == store.search(("other",))
    with pytest.raises(ValueError, match=r"\$in"):
        store.search(("s",), filter={"n": {"$in": [1]}})


def test_namespaces_are_listed() -> None:
    """By prefix, suffix and depth, sorted and paged."""
    store = InMemoryStore()
    for name in ("a b c", "a b d e", "a b d i", "a b f", "a c f"):
        store.put(tuple(name.split()), "k", {})

    def listed(**wanted: Any) -> list[str]:
        return [" ".join(namespace) for namespace in store.list_namespaces(**wanted)]

    assert ["a b c", "a b d", "a b f"] == listed(prefix=("a", "b"), max_depth=3)
    assert ["a b f", "a c f"] == listed(suffix=("f",))
    assert ["a b c", "a b f"] == listed(prefix=("*", "b"), suffix=("b", "*"))
    assert ["a b d e"] == listed(prefix=("a", "b", "d", "e"), suffix=("*", "*", "*", "e"))
    assert ["a b d i", "a b f"] == listed(limit=2, offset=2)
    with pytest.raises(ValueError, match="Unsupported match type: infix"):
        store.batch([ListNamespacesOp((MatchCondition("infix", ("a",)),))])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("namespace", [(), ("a", ""), ("a.b",), ("a\0",), (1,), ("langgraph", "x")])
def test_impossible_namespaces_are_refused(namespace: Any) -> None:
    """Before anything is stored under them."""
    with pytest.raises(InvalidNamespaceError):
        InMemoryStore().put(namespace, "k", {})


@pytest.mark.parametrize(
    "op",
    [
        GetOp(("a.b",), "k"),
        PutOp(("a.b",), "k", {}),
        SearchOp(("",)),
        ListNamespacesOp((MatchCondition("prefix", ("",)),)),
    ],
)
def test_impossible_namespaces_are_refused_in_operations(op: Any) -> None:
    """A batch does not go around the checks."""
    with pytest.raises(InvalidNamespaceError):
        InMemoryStore().batch([op])


def test_items_expire() -> None:
    """Minutes after they were last written, or read where reading counts."""
    clock = Clock()
    store = InMemoryStore(ttl={"default_ttl": 10, "refresh_on_read": False}, clock=clock)
    store.put(("a",), "default", {})
    store.put(("a",), "short", {}, ttl=1)
    store.put(("b",), "ever", {}, ttl=None)
    clock.now += 9 * MINUTE

    assert ["default"] == [item.key for item in store.search(("a",))]
    assert store.get(("a",), "short") is None
    assert store.get(("a",), "default", refresh_ttl=True) is not None

    clock.now += 9 * MINUTE

    assert ["default"] == [item.key for item in store.search(("a",))]

    clock.now += MINUTE

    assert [("b",)] == store.list_namespaces()
    assert 2 == store.sweep_ttl()
    assert 0 == store.sweep_ttl()
    assert [("b",)] == store.list_namespaces()

    store.put(("a",), "default", {})
    item = store.get(("a",), "default")

    assert item is not None
    assert item.created_at == item.updated_at


def test_an_index_finds_by_meaning() -> None:
    """The best first, by the best of an item's vectors; what was not embedded comes last."""
    store = InMemoryStore(index={"dims": 5, "embed": letters, "fields": ["text", "parts[*].t"]})
    store.put(("d",), "a", {"text": "aaa"})
    store.put(("d",), "ab", {"text": "ab", "parts": [{"t": "e"}, {"t": "e"}]})
    store.put(("d",), "twin", {"text": "aaa"})
    store.put(("d",), "never", {"text": "bbb"}, index=False)
    store.put(("d",), "title", {"text": "c", "title": "bbb"}, index=["title"])
    store.put(("d",), "empty", {"text": "zzz"})

    def ranked(query: str, **wanted: Any) -> list[tuple[str, float | None]]:
        found = store.search(("d",), query=query, **wanted)
        return [(item.key, item.score and round(item.score, 2)) for item in found]

    assert [
        ("title", 1.0),
        ("ab", 0.71),
        ("a", 0.0),
        ("twin", 0.0),
        ("empty", 0.0),
        ("never", None),
    ] == ranked("b")
    assert [("ab", 1.0)] == ranked("e", limit=1)
    assert [("twin", 1.0)] == ranked("a", limit=1, offset=1)
    assert [("ab", None)] == [(k, s) for k, s in ranked("", filter={"text": "ab"})]

    store.put(("d",), "a", {"text": "d"})

    assert ("a", 1.0) == ranked("d")[0]
    assert ("twin", 1.0) == ranked("a")[0]


async def test_the_async_face_is_the_same() -> None:
    """Every method has its twin; an async embedding function serves these only."""
    store = InMemoryStore(index={"dims": 5, "embed": aletters})
    await store.aput(("d",), "a", {"text": "aaa"})
    await store.aput(("d", "e"), "b", {"text": "bbb"}, ttl=1)

    assert ["b", "a"] == [item.key for item in await store.asearch(("d",), query="b")]
    assert {"text": "aaa"} == getattr(await store.aget(("d",), "a"), "value", None)
    assert [("d",), ("d", "e")] == await store.alist_namespaces(prefix=("d",))

    await store.adelete(("d",), "a")

    assert await store.aget(("d",), "a") is None
    with pytest.raises(ValueError, match="async methods"):
        store.put(("d",), "a", {"text": "aaa"})


def test_embeddings_come_from_what_there_is() -> None:
    """A function, an object with the two methods, or a provider's name if langchain is there."""

    class Model:
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return letters(texts)

        def embed_query(self, text: str) -> list[float]:
            return letters([text])[0]

    model: Any = Model()

    assert model is ensure_embeddings(model)
    assert [[1.0, 0.0, 0.0, 0.0, 0.0]] == ensure_embeddings(letters).embed_documents(["a"])
    with pytest.raises(ValueError, match="must be provided"):
        ensure_embeddings(None)
    with pytest.raises(ValueError, match="pip install langchain"):
        ensure_embeddings("nobody:nothing")


@pytest.mark.parametrize(
    ("path", "tokens"),
    [
        ("", []),
        ("a", ["a"]),
        ("a.b", ["a", "b"]),
        ("a.b[*].c", ["a", "b", "[*]", "c"]),
        ("[0][-1]", ["[0]", "[-1]"]),
        ("a.{b,c.d}.e", ["a", "{b,c.d}", "e"]),
        ("*", ["*"]),
        ("a[", ["a", "["]),
    ],
)
def test_paths_are_taken_apart(path: str, tokens: list[str]) -> None:
    """Names, indexes and groups of names."""
    assert tokens == tokenize_path(path)


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("$", ['{"a": {"b": [{"c": "x"}, {"c": 2}, 3]}, "n": null, "t": true}']),
        ("a.b[*].c", ["x", "2"]),
        ("a.b[0].c", ["x"]),
        ("a.b[-1]", ["3"]),
        ("a.b[9]", []),
        ("a.b[x]", []),
        ("a.b.*.c", ["x", "2"]),
        ("{t,a.b}", ["True", '[{"c": "x"}, {"c": 2}, 3]']),
        ("a[0]", []),
        ("n", []),
        ("*.b[1]", ['{"c": 2}']),
        ("t.x", []),
        ("a.b.{c}", []),
    ],
)
def test_texts_are_found_at_paths(path: str, texts: list[str]) -> None:
    """Numbers as text, containers as JSON, nothing where nothing is."""
    value = {"a": {"b": [{"c": "x"}, {"c": 2}, 3]}, "n": None, "t": True}

    assert texts == get_text_at_path(value, path)


def test_items_can_be_stored_in_checkpoints() -> None:
    """They keep their class and their score."""
    store = InMemoryStore()
    store.put(("a",), "k", {"n": 1})
    items = [store.get(("a",), "k"), *store.search(("a",))]
    serde = MsgpackSerializer()
    back = serde.loads(serde.dumps(items))

    assert [repr(item) for item in items] == [repr(item) for item in back]
    assert [Item, SearchItem] == [type(item) for item in back]
    assert "score=None" in repr(back[1])
