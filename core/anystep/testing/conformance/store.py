"""What every store must do.

`check_store(make_store)` runs every rule on the store's synchronous methods, `acheck_store` on
the asynchronous ones. `make_store` is called without arguments for each rule and returns a store,
or a context manager that gives one (also an asynchronous one, or something to await, in
`acheck_store`). Stores of one shared database are fine: namespaces have names that are used once.

A store that keeps items for ever says so by raising NotImplementedError for a `ttl`; `require`
names the extras that must be there.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ._bench import AsyncCalls, SyncCalls
from ._store_rules import RULES
from ._suite import Make, Report, Rule, Suite

__all__ = ["EXTRAS", "MakeStore", "Report", "Rule", "acheck_store", "check_store", "rules"]

MakeStore = Make

#: What a store may leave out.
EXTRAS = ("ttl",)


def _bench(store: Any, asynchronous: bool) -> SyncCalls:
    return AsyncCalls(store) if asynchronous else SyncCalls(store)


_SUITE = Suite("store", RULES, EXTRAS, _bench, "list_namespaces")


def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are checked."""
    return _SUITE.rules()


def check_store(make_store: MakeStore, *, require: Collection[str] = ()) -> Report:
    """Check a store's synchronous methods.

    Raises AssertionError that lists every rule that is broken, each with its error.
    """
    return _SUITE.check(make_store, require)


async def acheck_store(make_store: MakeStore, *, require: Collection[str] = ()) -> Report:
    """Check a store's asynchronous methods."""
    return await _SUITE.acheck(make_store, require)
