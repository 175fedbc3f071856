"""The async SQLite store, under the name of LangGraph's module."""

from anystep.store.sqlite._aio import AsyncSqliteStore

__all__ = ["AsyncSqliteStore"]
