"""Deterministic simulation: one seed decides order, time, faults and crashes.

    calm = simulate(build, {"n": 1}, seed=None)
    stormy = simulate(build, {"n": 1}, seed=17)
    assert stormy.state == calm.state

A seed that fails fails again, on every machine.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from anystep.host import Host, use_host

from ._clock import START_NS, ManualClock, deterministic_host
from ._faults import Crash, FaultySaver, SaverFault

__all__ = ["Simulation", "assert_survives", "simulate"]

Build = Callable[[Any], Any]
_CONFIG: Any = {"configurable": {"thread_id": "simulation"}}
#: Faults in one simulation; a superstep of fifty tasks would never get through otherwise.
_MOST = 40
_FATES = ("lost", "untold", "crash", "crash after")


class Simulation(NamedTuple):
    """What came of one seed.

    `state` is the thread's final values; `stretches` how many runs it took; `writes` what became
    of each write of the saver, (method, fate), one list per stretch; `saver` holds the thread
    "simulation".
    """

    state: Any
    stretches: int
    writes: tuple[tuple[tuple[str, str], ...], ...]
    saver: Any

    @property
    def faults(self) -> int:
        """How many writes did not go well."""
        return sum(fate != "" for writes in self.writes for _, fate in writes)


def simulate(
    build: Build,
    input: Any,
    *,
    seed: int | None,
    answer: Callable[[Any], Any] | None = None,
    faults: float = 0.15,
    expected: tuple[type[Exception], ...] = (),
    saver: Any = None,
    asynchronous: bool = False,
    limit: int = 1000,
) -> Simulation:
    """Run the graph `build(saver)` on `input` to its end, through whatever the seed brings.

    `seed` decides the order in which the tasks of a superstep run, how much time passes, which
    writes of the saver fail and where the process dies (each write goes wrong with the
    probability `faults`, forty at most). After a fault, a crash or an `expected` error of a node, a new run on a
    newly built graph goes on with the thread. `answer` gets the value of each interrupt; one or
    several questions are answered at a time. None as seed is a calm run: nothing goes wrong.

    With `asynchronous` the graph's async face runs on a loop with virtual time. `saver` is an
    `InMemorySaver` unless another is given; it must be usable without waiting.

    Raises what a node raises, if that is not expected, and AssertionError if the graph has not
    ended after `limit` runs.
    """
    if saver is None:
        from anystep.checkpoint.memory import InMemorySaver

        saver = InMemorySaver()
    storm = _Storm(seed, faults)
    interruptions: tuple[type[BaseException], ...] = (Crash, SaverFault, *expected)
    logs: list[tuple[tuple[str, str], ...]] = []
    given = input
    with use_host(storm.host):
        for _ in range(limit):
            faulty = FaultySaver(saver, storm.fate)
            try:
                storm.run(build(faulty), given, asynchronous)
            except interruptions:
                pass
            logs.append(tuple(faulty.log))
            snapshot = build(saver).get_state(_CONFIG)
            if snapshot.metadata is None:
                continue  # not even the input was stored: the caller tries again
            if not snapshot.next:
                return Simulation(snapshot.values, len(logs), tuple(logs), saver)
            given = storm.answers(snapshot.interrupts, answer)
    raise AssertionError(f"seed {seed}: the graph did not end within {limit} runs")


def assert_survives(
    build: Build, input: Any, *, seeds: Iterable[int] = range(100), **options: Any
) -> Any:
    """Simulate a graph with many seeds; each must end with the state of the calm run.

    `options` are those of `simulate`. Nodes must do the same each time, and reducers must not
    depend on the order of completion. Returns the state; raises AssertionError naming the seed.
    """
    calm = simulate(build, input, seed=None, **options).state
    for seed in seeds:
        try:
            found = simulate(build, input, seed=seed, **options)
        except Exception as error:
            error.add_note(f"in the simulation of seed {seed}")
            raise
        if found.state != calm:
            raise AssertionError(
                f"seed {seed} ends with\n  {found.state!r}\na calm run ends with\n  {calm!r}\n"
                f"It took {found.stretches} runs; the writes were {found.writes!r}"
            )
    return calm


class _Storm:
    """What one seed brings."""

    def __init__(self, seed: int | None, faults: float) -> None:
        self.chance = random.Random(seed) if seed is not None else None
        self.faults = faults
        self.left = _MOST
        self.clock = ManualClock(START_NS, tick_ns=1_000_000)
        calm = deterministic_host(seed or 0, clock=self.clock)
        self.host = calm
        if self.chance is not None:
            self.host = Host(
                now_ns=calm.now_ns,
                monotonic=calm.monotonic,
                random_bytes=calm.random_bytes,
                sleep=calm.sleep,
                threads=False,
                queue=partial(_Shuffled, self.chance),
            )

    def run(self, graph: Any, given: Any, asynchronous: bool) -> None:
        if not asynchronous:
            graph.invoke(given, _CONFIG)
            return
        from ._loop import run

        run(graph.ainvoke(given, _CONFIG), self.clock, self.chance or random.Random(0))

    def fate(self, number: int) -> str:
        if self.chance is None or not self.left or self.chance.random() >= self.faults:
            return ""
        self.left -= 1
        return self.chance.choice(_FATES)

    def answers(self, interrupts: tuple[Any, ...], answer: Callable[[Any], Any] | None) -> Any:
        """The next input: answers to some of the open questions, or None."""
        if not interrupts or answer is None:
            return None
        from anystep.types import Command

        asked = list(interrupts)
        if self.chance is not None:
            asked = self.chance.sample(asked, self.chance.randint(1, len(asked)))
        return Command(resume={question.id: answer(question.value) for question in asked})


class _Shuffled(deque[Any]):
    """A queue that hands out any of its members."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    def popleft(self) -> Any:
        """Take one at random. Raises IndexError when there is none."""
        if len(self) > 1:
            self.rotate(-self._chance.randrange(len(self)))
        return super().popleft()
