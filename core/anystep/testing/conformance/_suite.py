"""Rules, how they are run on either face of a plug-in, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, NamedTuple

from ._bench import finish, opened

__all__ = ["Make", "Report", "Rule", "Suite"]

Make = Callable[[], Any]
Check = Callable[[Any], Awaitable[None]]


class Suite(NamedTuple):
    """What one kind of plug-in is held to.

    `what` names the kind in messages. `parts` holds the rules by the method they are about;
    those of `extras` may be left out. `bench(made, asynchronous)` wraps what a maker made into
    what the rules are given. `method` is one that a made thing has, and nothing that only leads to one.
    """

    what: str
    parts: Mapping[str, Collection[Check]]
    extras: tuple[str, ...]
    bench: Callable[[Any, bool], Any]
    method: str

    def rules(self) -> tuple[Rule, ...]:
        """All rules, in the order in which they are checked."""
        return tuple(
            Rule(
                run.__name__.removeprefix("_"), part, (run.__doc__ or "").split("\n")[0], run, self
            )
            for part, runs in self.parts.items()
            for run in runs
        )

    def check(self, make: Make, require: Collection[str]) -> Report:
        """Check the synchronous methods; raises AssertionError that lists all broken rules."""
        results: list[tuple[Rule, bool | Exception]] = []
        for rule in self.rules():
            try:
                results.append((rule, rule.check(make)))
            except Exception as error:  # noqa: BLE001  every rule is to be heard
                results.append((rule, error))
        return self._report(results, require)

    async def acheck(self, make: Make, require: Collection[str]) -> Report:
        """As `check`, on the asynchronous methods."""
        results: list[tuple[Rule, bool | Exception]] = []
        for rule in self.rules():
            try:
                results.append((rule, await rule.acheck(make)))
            except Exception as error:  # noqa: BLE001  every rule is to be heard
                results.append((rule, error))
        return self._report(results, require)

    def _report(
        self, results: list[tuple[Rule, bool | Exception]], require: Collection[str]
    ) -> Report:
        unknown = sorted(set(require) - set(self.extras))
        if unknown:
            raise ValueError(f"require names {unknown!r}; the extras are {self.extras!r}")
        kept = [rule.name for rule, result in results if result is True]
        missing = sorted({rule.part for rule, result in results if result is False})
        lines = [
            f"{rule.name}: {rule.says}\n    {type(result).__name__}: {result}"
            for rule, result in results
            if isinstance(result, Exception)
        ]
        lines += [f"{part} is required and not implemented" for part in missing if part in require]
        if lines:
            raise AssertionError("\n".join([f"the {self.what} breaks {len(lines)} rules", *lines]))
        return Report(tuple(kept), tuple(missing))


class Rule(NamedTuple):
    """One thing that must be true of a plug-in."""

    name: str
    part: str  # the method it is about; one of the suite's extras may be left out
    says: str
    run: Check
    suite: Suite

    def __str__(self) -> str:
        return self.name

    def check(self, make: Make) -> bool:
        """Check the synchronous methods; False if the plug-in does not have this extra.

        Raises AssertionError, or what the plug-in raises.
        """
        return finish(self._check(make, asynchronous=False))

    async def acheck(self, make: Make) -> bool:
        """Check the asynchronous methods."""
        return await self._check(make, asynchronous=True)

    async def _check(self, make: Make, *, asynchronous: bool) -> bool:
        async with opened(make, self.suite.method) as made:
            try:
                bench = self.suite.bench(made, asynchronous)
                if self.part == "native":
                    bench.need_native()
                await self.run(bench)
            except NotImplementedError:
                if self.part in self.suite.extras:
                    return False
                raise
        return True


class Report(NamedTuple):
    """What came of a check: the names of rules kept, and the extras the plug-in does not have."""

    kept: tuple[str, ...]
    unsupported: tuple[str, ...]
