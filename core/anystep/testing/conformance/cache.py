"""What every cache must do.

`check_cache(make_cache)` runs every rule on the cache's synchronous methods, `acheck_cache` on
the asynchronous ones. `make_cache` is called without arguments for each rule and returns a cache,
or a context manager that gives one. The last rule clears the whole cache. Caches written for
LangGraph can be checked as well.
"""

from __future__ import annotations

from typing import Any

from ._bench import AsyncCalls, SyncCalls
from ._cache_rules import RULES
from ._suite import Make, Report, Rule, Suite

__all__ = ["MakeCache", "Report", "Rule", "acheck_cache", "check_cache", "rules"]

MakeCache = Make


def _bench(cache: Any, asynchronous: bool) -> SyncCalls:
    return AsyncCalls(cache) if asynchronous else SyncCalls(cache)


_SUITE = Suite("cache", RULES, (), _bench, "clear")


def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are checked."""
    return _SUITE.rules()


def check_cache(make_cache: MakeCache) -> Report:
    """Check a cache's synchronous methods.

    Raises AssertionError that lists every rule that is broken, each with its error.
    """
    return _SUITE.check(make_cache, ())


async def acheck_cache(make_cache: MakeCache) -> Report:
    """Check a cache's asynchronous methods."""
    return await _SUITE.acheck(make_cache, ())
