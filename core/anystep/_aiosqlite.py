"""Connections of aiosqlite: a connection of the standard library in a thread of its own.

aiosqlite is never imported: a program that lends such a connection has done that.
"""

import sqlite3  # noqa: TID253  whoever imports this module wants it
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def lent(conn: Any, taker: str) -> Any:
    """`conn` if it is one of aiosqlite's, None for the standard library's.

    Raises: `TypeError` for anything else.
    """
    if isinstance(conn, sqlite3.Connection):
        return None
    if callable(getattr(conn, "_execute", None)) and hasattr(conn, "_connection"):
        return conn
    raise TypeError(
        f"{taker} works on a connection of the standard library:"
        f" sqlite3.connect(path, check_same_thread=False), or on one of aiosqlite, not {conn!r}"
    )


async def connection_of(conn: Any) -> sqlite3.Connection:
    """The connection inside, opened if it is not open yet."""
    inner: Any = conn
    if inner._connection is None:
        await inner
    connection: Any = inner._connection
    return connection  # type: ignore[no-any-return]


async def execute(conn: Any, work: Callable[[], T]) -> T:
    """Do something in the thread of such a connection."""
    result: T = await conn._execute(work)
    return result
