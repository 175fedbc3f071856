"""The store and cache rules: kept by ours, and broken rules are told by name."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from anystep.cache.memory import InMemoryCache
from anystep.cache.sqlite import SqliteCache
from anystep.store.memory import InMemoryStore
from anystep.store.sqlite import SqliteStore
from anystep.testing.conformance import cache as caches
from anystep.testing.conformance import store as stores

pytestmark = pytest.mark.host


async def test_the_memory_store_keeps_every_rule() -> None:
    """On both faces."""
    every = {rule.name for rule in stores.rules() if rule.part not in stores.EXTRAS}

    assert every <= set(stores.check_store(InMemoryStore).kept)
    assert every <= set((await stores.acheck_store(InMemoryStore)).kept)


def test_the_sqlite_store_keeps_every_rule() -> None:
    """Life times included."""
    report = stores.check_store(lambda: SqliteStore.from_conn_string(":memory:"), require=["ttl"])

    assert len(report.kept) == len(stores.rules())


async def test_the_memory_cache_keeps_every_rule() -> None:
    """On both faces."""
    assert len(caches.check_cache(InMemoryCache).kept) == len(caches.rules())
    assert len((await caches.acheck_cache(InMemoryCache)).kept) == len(caches.rules())


def test_the_sqlite_cache_keeps_every_rule(tmp_path: Path) -> None:
    """One database for all rules."""
    path = str(tmp_path / "cache.db")

    assert len(caches.check_cache(lambda: closing(SqliteCache(path=path))).kept) == len(
        caches.rules()
    )


class Forgetful(InMemoryStore):
    """A store that deletes nothing."""

    def delete(self, namespace: tuple[str, ...], key: str) -> None:
        """Do nothing."""


class Loose(InMemoryCache[Any]):
    """A cache that finds too much."""

    def get(self, keys: Any) -> Any:
        """Every key, there or not."""
        return {key: super(Loose, self).get([key]).get(key) for key in keys}


def test_broken_rules_are_listed() -> None:
    """Each by its name and what it asks."""
    with pytest.raises(AssertionError, match="the store breaks 2 rules") as raised:
        stores.check_store(Forgetful)
    assert "a_deleted_item_is_gone: Deleting takes one item" in str(raised.value)

    with pytest.raises(AssertionError, match="the cache breaks .* rules"):
        caches.check_cache(Loose)
    with pytest.raises(ValueError, match="the extras are"):
        stores.check_store(InMemoryStore, require=["wings"])
