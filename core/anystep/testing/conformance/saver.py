"""What every checkpoint saver must do.

`check_saver(make_saver)` runs every rule on the saver's synchronous methods, `acheck_saver` on
the asynchronous ones; each rule gets a saver of its own. `make_saver` is called without arguments
and returns a saver, or a context manager that gives one (also an asynchronous one, or something
to await, in `acheck_saver`). Savers of one shared database are fine: threads and runs have names
that are used once.

Reading, writing, listing and `delete_thread` are asked of every saver. What a saver does not
implement of the rest (`EXTRAS`) it may say by raising NotImplementedError; `require` names the
extras that must be there. Savers written for LangGraph can be checked as well.

To see each rule as a test of its own:

    @pytest.mark.parametrize("rule", rules(), ids=str)
    def test_rule(rule):
        rule.check(MySaver)
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ._bench import AsyncFace, Bench, SyncFace
from ._saver_care import CARE
from ._saver_list import LIST
from ._saver_native import NATIVE
from ._saver_put import PUT
from ._saver_writes import WRITES
from ._suite import Make, Report, Rule, Suite

__all__ = ["EXTRAS", "MakeSaver", "Report", "Rule", "acheck_saver", "check_saver", "rules"]

MakeSaver = Make

#: What a saver may leave out: LangGraph's later methods, and the engine's own `commit`.
EXTRAS = ("copy_thread", "delete_for_runs", "native", "prune")


def _bench(saver: Any, asynchronous: bool) -> Bench:
    return Bench(saver, AsyncFace(saver) if asynchronous else SyncFace(saver))


_SUITE = Suite("saver", {**PUT, **LIST, **WRITES, **CARE, **NATIVE}, EXTRAS, _bench, "get_tuple")


def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are checked."""
    return _SUITE.rules()


def check_saver(make_saver: MakeSaver, *, require: Collection[str] = ()) -> Report:
    """Check a saver's synchronous methods.

    Raises AssertionError that lists every rule that is broken, each with its error.
    """
    return _SUITE.check(make_saver, require)


async def acheck_saver(make_saver: MakeSaver, *, require: Collection[str] = ()) -> Report:
    """Check a saver's asynchronous methods."""
    return await _SUITE.acheck(make_saver, require)
