"""The saver rules are LangGraph's: its own savers keep all but the extras."""
# pyright: basic

import asyncio

from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from anystep.testing.conformance.cache import acheck_cache, check_cache
from anystep.testing.conformance.saver import EXTRAS, acheck_saver, check_saver


def test_langgraphs_memory_saver_keeps_the_rules() -> None:
    """On both faces."""
    assert check_saver(InMemorySaver).unsupported == EXTRAS
    assert asyncio.run(acheck_saver(InMemorySaver)).unsupported == EXTRAS


def test_langgraphs_sqlite_savers_keep_the_rules() -> None:
    """Each on the face it has."""
    assert check_saver(lambda: SqliteSaver.from_conn_string(":memory:")).unsupported == EXTRAS
    report = asyncio.run(acheck_saver(lambda: AsyncSqliteSaver.from_conn_string(":memory:")))
    assert report.unsupported == EXTRAS


def test_langgraphs_cache_keeps_the_rules() -> None:
    """On both faces."""
    assert check_cache(InMemoryCache).unsupported == ()
    assert asyncio.run(acheck_cache(InMemoryCache)).unsupported == ()
