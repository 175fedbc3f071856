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

from collections.abc import Awaitable, Callable, Collection
from typing import Any, NamedTuple

from ._bench import AsyncFace, Bench, SyncFace, finish, opened
from ._saver_care import CARE
from ._saver_list import LIST
from ._saver_native import NATIVE
from ._saver_put import PUT
from ._saver_writes import WRITES

__all__ = ["EXTRAS", "MakeSaver", "Report", "Rule", "acheck_saver", "check_saver", "rules"]

MakeSaver = Callable[[], Any]

#: What a saver may leave out: LangGraph's later methods, and the engine's own `commit`.
EXTRAS = ("copy_thread", "delete_for_runs", "native", "prune")


class Rule(NamedTuple):
    """One thing that must be true of a saver."""

    name: str
    part: str  # the method it is about; one of `EXTRAS` may be left out
    says: str
    run: Callable[[Bench], Awaitable[None]]

    def __str__(self) -> str:
        return self.name

    def check(self, make_saver: MakeSaver) -> bool:
        """Check the synchronous methods; False if the saver does not have this extra.

        Raises AssertionError, or what the saver raises.
        """
        return finish(self._check(make_saver, SyncFace))

    async def acheck(self, make_saver: MakeSaver) -> bool:
        """Check the asynchronous methods."""
        return await self._check(make_saver, AsyncFace)

    async def _check(self, make_saver: MakeSaver, face: type[SyncFace | AsyncFace]) -> bool:
        async with opened(make_saver) as saver:
            bench = Bench(saver, face(saver))
            try:
                if self.part == "native":
                    bench.need_native()
                await self.run(bench)
            except NotImplementedError:
                if self.part in EXTRAS:
                    return False
                raise
        return True


class Report(NamedTuple):
    """What came of a check: the names of rules kept, and the extras the saver does not have."""

    kept: tuple[str, ...]
    unsupported: tuple[str, ...]


def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are checked."""
    parts = {**PUT, **LIST, **WRITES, **CARE, **NATIVE}
    return tuple(
        Rule(run.__name__.removeprefix("_"), part, (run.__doc__ or "").split("\n")[0], run)
        for part, runs in parts.items()
        for run in runs
    )


def check_saver(make_saver: MakeSaver, *, require: Collection[str] = ()) -> Report:
    """Check a saver's synchronous methods.

    Raises AssertionError that lists every rule that is broken, each with its error.
    """
    results: list[tuple[Rule, bool | Exception]] = []
    for rule in rules():
        try:
            results.append((rule, rule.check(make_saver)))
        except Exception as error:  # noqa: BLE001  every rule is to be heard
            results.append((rule, error))
    return _report(results, require)


async def acheck_saver(make_saver: MakeSaver, *, require: Collection[str] = ()) -> Report:
    """Check a saver's asynchronous methods."""
    results: list[tuple[Rule, bool | Exception]] = []
    for rule in rules():
        try:
            results.append((rule, await rule.acheck(make_saver)))
        except Exception as error:  # noqa: BLE001  every rule is to be heard
            results.append((rule, error))
    return _report(results, require)


def _report(results: list[tuple[Rule, bool | Exception]], require: Collection[str]) -> Report:
    unknown = sorted(set(require) - set(EXTRAS))
    if unknown:
        raise ValueError(f"require names {unknown!r}; the extras are {EXTRAS!r}")
    kept = [rule.name for rule, result in results if result is True]
    missing = sorted({rule.part for rule, result in results if result is False})
    lines = [
        f"{rule.name}: {rule.says}\n    {type(result).__name__}: {result}"
        for rule, result in results
        if isinstance(result, Exception)
    ]
    lines += [f"{part} is required and not implemented" for part in missing if part in require]
    if lines:
        raise AssertionError("\n".join([f"the saver breaks {len(lines)} rules", *lines]))
    return Report(tuple(kept), tuple(missing))
