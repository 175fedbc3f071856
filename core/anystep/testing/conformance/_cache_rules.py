"""Rules about caches."""

from __future__ import annotations

from typing import Any

from ._bench import SyncCalls

__all__ = ["RULES"]

Key = tuple[tuple[str, ...], str]


def _keys(cache: SyncCalls, *names: str) -> list[Key]:
    """Keys in a namespace that no other rule uses."""
    space = (cache.name("rule"), "node")
    return [(space, name) for name in names]


async def _what_was_set_is_got(cache: SyncCalls) -> None:
    """Values come back equal and of the same type, for the keys that are there."""
    one, two, never = _keys(cache, "one", "two", "never")
    pairs = [["xs", [1, "zwölf", None, {"deep": [True]}]], ["n", 0.5]]
    await cache.call("set", {one: (pairs, None), two: ("text", None)})
    found = await cache.call("get", [one, never, two])

    assert found == {one: pairs, two: "text"}


async def _nothing_asked_is_nothing_got(cache: SyncCalls) -> None:
    """No keys give an empty dict; setting nothing is no error."""
    await cache.call("set", {})

    assert await cache.call("get", []) == {}


async def _a_second_set_replaces(cache: SyncCalls) -> None:
    """The newer value stands."""
    (key,) = _keys(cache, "k")
    await cache.call("set", {key: (1, None)})
    await cache.call("set", {key: (2, 60)})

    assert await cache.call("get", [key]) == {key: 2}


async def _a_cached_value_is_its_own(cache: SyncCalls) -> None:
    """Changing what was set, or what was got, changes nothing that is cached."""
    (key,) = _keys(cache, "k")
    value = [1]
    await cache.call("set", {key: (value, None)})
    value.append(2)
    got: dict[Key, Any] = await cache.call("get", [key])
    got[key].append(3)

    assert await cache.call("get", [key]) == {key: [1]}


async def _namespaces_are_cleared(cache: SyncCalls) -> None:
    """The namespaces named lose their keys, others keep theirs; None clears everything."""
    (one,), (two,), (three,) = (_keys(cache, "k") for _ in range(3))
    await cache.call("set", {one: (1, None), two: (2, None), three: (3, None)})
    await cache.call("clear", [one[0]])
    assert await cache.call("get", [one, two, three]) == {two: 2, three: 3}

    await cache.call("clear", None)
    assert await cache.call("get", [one, two, three]) == {}


RULES = {
    "set": [_what_was_set_is_got, _a_second_set_replaces, _a_cached_value_is_its_own],
    "get": [_nothing_asked_is_nothing_got],
    "clear": [_namespaces_are_cleared],
}
