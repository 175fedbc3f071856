"""Fluent assertions about a run.

    assert_run(graph, {"n": 1}).visits("add", "double").ends_with({"n": 4})

    (
        assert_run(graph, {"text": "draft"})
        .asks({"question": "ok?"})
        .resumes("yes")
        .completes()
        .ends_with({"sent": True})
    )

A failed assertion is an AssertionError that shows the whole run.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ._record import Recorder

__all__ = ["Run", "assert_arun", "assert_fails", "assert_run"]

Visit = str | Collection[str]


def assert_run(
    graph: Any, input: Any, config: Mapping[str, Any] | None = None, **options: Any
) -> Run:
    """Run `graph` on `input` and return what can be asserted about it.

    Without a config, a graph that has a checkpointer runs on the thread "test"; `options` go to
    `graph.stream`. Raises what the graph raises.
    """
    return Run(Recorder(graph, config, **options).run(input))


async def assert_arun(
    graph: Any, input: Any, config: Mapping[str, Any] | None = None, **options: Any
) -> Run:
    """`assert_run` on the graph's asynchronous face."""
    return Run(await Recorder(graph, config, **options).arun(input))


def assert_fails(
    graph: Any,
    input: Any,
    error: type[BaseException] | tuple[type[BaseException], ...],
    match: str = "",
    config: Mapping[str, Any] | None = None,
    **options: Any,
) -> Run:
    """Like `assert_run`, for a run that must raise `error` with a message that has `match` in it.

    `match` is a regular expression. Other errors are raised as they are.
    """
    recorder = Recorder(graph, config, **options)
    try:
        recorder.run(input)
    except error as raised:
        if not re.search(match, str(raised)):
            run = Run(recorder)
            raise run.failure(f"expected an error like {match!r}, got {raised!r}") from raised
        return Run(recorder)
    raise Run(recorder).failure(f"expected the run to raise {error!r}; it did not")


class Run:
    """Something that ran; every method asserts and returns the run itself.

    `recorder` holds all that was streamed.
    """

    __slots__ = ("recorder",)

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    # -- going on ----------------------------------------------------------------

    def resumes(self, answer: Any) -> Run:
        """Answer what was asked, and run on."""
        from anystep.types import Command

        self._stopped()
        self.recorder.run(Command(resume=answer))
        return self

    async def aresumes(self, answer: Any) -> Run:
        """`resumes` on the graph's asynchronous face."""
        from anystep.types import Command

        self._stopped()
        await self.recorder.arun(Command(resume=answer))
        return self

    def continues(self) -> Run:
        """Run on from a breakpoint, or after a failure."""
        self.recorder.run(None)
        return self

    # -- the way -----------------------------------------------------------------

    def visits(self, *nodes: Visit) -> Run:
        """Exactly these nodes ran, in this order.

        With a set of names among them, one argument stands for one superstep: the set for one of
        several tasks in any order. Without, supersteps do not matter.
        """
        if all(isinstance(node, str) for node in nodes):
            if self.recorder.visited != nodes:
                raise self.failure(f"expected visits {_listed(nodes)}")
            return self
        expected = [sorted([node] if isinstance(node, str) else node) for node in nodes]
        if [sorted(step) for step in self.recorder.steps] != expected:
            raise self.failure(f"expected supersteps {expected}")
        return self

    def visits_inside(self, node: str, *nodes: str) -> Run:
        """Exactly these nodes ran in the subgraph that is `node` ("outer/inner" for deeper ones)."""
        ran = tuple(n for step in self.recorder.steps_of(*node.split("/")) for n in step)
        if ran != nodes:
            raise self.failure(
                f"expected visits inside {node!r}: {_listed(nodes)}; got {_listed(ran)}"
            )
        return self

    def passes(self, *nodes: str) -> Run:
        """These nodes ran in this order, others before, between and after them."""
        rest = iter(self.recorder.visited)
        for node in nodes:
            if node not in rest:  # consumes up to and including the node
                raise self.failure(f"expected to pass {_listed(nodes)}; {node!r} is missing")
        return self

    def never_visits(self, *nodes: str) -> Run:
        """None of these nodes ran."""
        ran = [node for node in nodes if node in self.recorder.visited]
        if ran:
            raise self.failure(f"expected never to visit {_listed(ran)}")
        return self

    def routes(self, source: str, *targets: str) -> Run:
        """At least once, `targets` all ran in the superstep after `source`."""
        steps = self.recorder.steps
        for place, step in enumerate(steps[1:]):
            if source in steps[place] and set(targets) <= set(step):
                return self
        raise self.failure(f"expected {source!r} to lead to {_listed(targets)}")

    # -- what it did -------------------------------------------------------------

    def updates(self, node: str, *updates: Any) -> Run:
        """`node` wrote exactly these updates, one each time it ran."""
        wrote = [update for name, update in self.recorder.updates if name == node]
        if wrote != list(updates):
            raise self.failure(f"expected {node!r} to write {list(updates)!r}, it wrote {wrote!r}")
        return self

    def streams(self, *data: Any) -> Run:
        """Exactly this was written to stream writers."""
        if self.recorder.custom != list(data):
            raise self.failure(f"expected custom data {list(data)!r}, got {self.recorder.custom!r}")
        return self

    def checkpoints(self, count: int) -> Run:
        """The thread has this many checkpoints of the graph itself."""
        history = list(self.recorder.graph.get_state_history(self.recorder.config))
        if len(history) != count:
            raise self.failure(f"expected {count} checkpoints, found {len(history)}")
        return self

    # -- how it ended ------------------------------------------------------------

    def completes(self) -> Run:
        """The last run ended without an interrupt."""
        if self.recorder.stops:
            raise self.failure("expected the run to complete; it stopped")
        return self

    def asks(self, *values: Any) -> Run:
        """The last run stopped at an interrupt, and asked exactly these (if any are given)."""
        self._stopped()
        asked = self.recorder.interrupts
        if values and asked != list(values):
            raise self.failure(f"expected the questions {list(values)!r}, got {asked!r}")
        return self

    def ends_with(self, values: Mapping[str, Any] | None = None, **more: Any) -> Run:
        """The state has at least these keys, with these values."""
        state: Any = self.recorder.result
        for key, value in {**(values or {}), **more}.items():
            if not isinstance(state, Mapping) or key not in state or state[key] != value:
                raise self.failure(f"expected the state to have {key!r}: {value!r}")
        return self

    def ends_as(self, state: Any) -> Run:
        """The state is exactly this."""
        if self.recorder.result != state:
            raise self.failure(f"expected the state {state!r}")
        return self

    # -- telling -----------------------------------------------------------------

    def _stopped(self) -> None:
        if not self.recorder.stops:
            raise self.failure("expected the run to stop at an interrupt; it did not")

    def failure(self, expectation: str) -> AssertionError:
        """The error of an expectation that did not come true, with an account of the run."""
        recorder = self.recorder
        lines = [expectation, "the run was:"]
        lines += (f"  superstep {n}: {', '.join(step)}" for n, step in enumerate(recorder.steps, 1))
        lines += (f"  {node} wrote {update!r}" for node, update in recorder.updates)
        if recorder.stops:
            lines.append(f"  it stopped and asked {recorder.interrupts!r}")
        lines.append(f"  the state was {recorder.result!r}")
        return AssertionError("\n".join(lines))


def _listed(names: Collection[Visit]) -> str:
    return " -> ".join(map(str, names)) or "(none)"
