"""What a cache in a file keeps, across connections and colours."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from anystep.cache.sqlite import SqliteCache

A, B = ("writes", "a"), ("writes,a",)


async def test_values_outlive_the_program_until_they_expire(tmp_path: Path) -> None:
    """Another connection finds them; an expired one is as if it had never been."""
    now = [0]
    path = str(tmp_path / "cache.db")
    cache: SqliteCache[Any] = SqliteCache(path=path, clock=lambda: now[0])
    cache.set({(A, "k"): ((1, {2}), None), (A, "l"): ("x", 10)})
    await cache.aset({(B, "k"): (3, 10)})
    cache.close()

    cache = SqliteCache(path=path, clock=lambda: now[0])
    keys = [(A, "k"), (A, "l"), (B, "k"), (B, "none")]

    assert {(A, "k"): (1, {2}), (A, "l"): "x", (B, "k"): 3} == cache.get(keys)

    now[0] = 10 * 10**9

    assert {(A, "k"): (1, {2})} == await cache.aget(keys)

    now[0] = 0

    assert {(A, "k"): (1, {2})} == cache.get(keys)

    cache.close()


async def test_namespaces_are_cleared(tmp_path: Path) -> None:
    """Those that are named, or all; ("a,b",) is not ("a", "b")."""
    cache: SqliteCache[int] = SqliteCache(path=str(tmp_path / "cache.db"))
    pairs: dict[Any, Any] = {(A, "k"): (1, None), (B, "k"): (2, None), (("c",), "k"): (3, 60)}
    cache.set(pairs)
    cache.clear([A])

    assert [2, 3] == [*cache.get([*pairs]).values()]

    await cache.aclear()

    assert {} == cache.get([*pairs])

    cache.close()


def test_what_nobody_has_is_closed(tmp_path: Path) -> None:
    """Programs that never close a cache leave no open file, and no warning."""
    cache: SqliteCache[int] = SqliteCache(path=str(tmp_path / "cache.db"))
    connection = cache._connection
    del cache

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
