"""Stores in a SQLite file."""

from anystep.store.sqlite._aio import AsyncSqliteStore
from anystep.store.sqlite._store import SqliteStore

__all__ = ["AsyncSqliteStore", "SqliteStore"]
