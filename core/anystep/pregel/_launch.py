"""Putting a run together: scope, policy, saver port, planner and driver."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from anystep._constants import INTERRUPT
from anystep._langchain import is_active
from anystep._planner import Ledger, Policy, Run, plan

from ._nesting import inherit, saver_for, scope_for
from ._port import Port
from ._stream import Printer, Stream, streams_for
from ._sync import SyncDriver

if TYPE_CHECKING:
    from ._running import Running
    from ._scope import Scope

_LIVE = frozenset({"custom", "messages", "tools"})
#: Modes that show the end of a task.
_TELLING = frozenset({"updates", "tasks", "debug"})


class Launch:
    """One run, ready to be driven."""

    __slots__ = ("driver", "given", "run", "scope", "stream")

    def __init__(
        self, run: Run, scope: Scope, stream: Stream | None, driver: Any, given: Any
    ) -> None:
        self.given = given
        self.run = run
        self.scope = scope
        self.stream = stream
        self.driver = driver

    def events(self) -> Any:
        """Run to the end, yielding events: a generator."""
        if self.scope.trace is None:
            return self.driver.events()
        from ._tracing import told_events

        return told_events(self)

    def aevents(self) -> Any:
        """Run to the end, yielding events: an asynchronous generator."""
        events = self.driver.events()
        control = self.scope.control
        if control is not None and self.scope.parent is None:
            from ._cancel import cancellable

            events = cancellable(events, control)
        if self.scope.trace is None:
            return events
        from ._tracing import told_aevents

        return told_aevents(self, events)

    @property
    def output(self) -> Any:
        """What the run has to show; None where nothing was ever shown."""
        run = self.run
        return run.output(run.program.output_keys) if run.told else None

    def result(self, coerce: Any, interrupts: Sequence[Any], version: str) -> Any:
        """What the caller of a run that is over gets: `output`, and what was asked.

        `coerce` makes an instance of the output's schema, for `version` "v2".
        """
        output = self.output
        if version == "v2":
            from anystep.types import GraphOutput

            if coerce is not None and isinstance(output, dict):
                output = coerce(output)
            return GraphOutput(value=output, interrupts=tuple(interrupts))
        if not interrupts:
            return output
        if isinstance(output, dict):
            return {**output, INTERRUPT: list(interrupts)}
        return {INTERRUPT: list(interrupts)}


def launch(
    graph: Running[Any, Any, Any, Any],
    given: Any,
    config: Any,
    *,
    stream: Stream | None,
    asynchronous: bool,
    context: Any = None,
    interrupt_before: Any = None,
    interrupt_after: Any = None,
    durability: Any = None,
    control: Any = None,
    output_keys: Any = None,
    print_mode: Any = (),
) -> Launch:
    """Prepare one run of `graph`; nothing has happened yet when this returns.

    Raises: `ValueError` for a saver without a thread to save to.
    """
    scope = scope_for(graph, config, standalone=False)
    parent = scope.parent
    scope.name = graph.name
    scope.asynchronous = asynchronous
    scope.store, scope.cache, scope.control = graph.store, graph.cache, control
    saver = saver_for(graph, scope)
    if saver is not None:
        scope.saver = saver
        if graph.program.objects:
            from ._deltas import reading_deltas

            scope.saver = reading_deltas(saver, graph.program)
    streams: list[Stream] = []
    if parent is not None:
        streams = inherit(scope, parent.run.scope)
        if context is None:
            scope.context = parent.run.scope.context
    if graph.policy is not None or graph.strict or parent is not None:
        _restrain(graph, scope)
    if context is not None:
        scope.context = graph.coerce_context(context)
    if durability is not None:
        scope.durability = durability
    if stream is not None:
        streams.append(stream)
    if print_mode:
        streams.append(Printer(streams_for(print_mode)[0]))
    if streams:
        scope.streams = streams
    program = graph.program if output_keys is None else graph.program_for(output_keys)
    if is_active(config) or (graph.config and is_active(graph.config)):
        from ._tracing import open_trace, traced_program  # only where LangChain is around

        scope.trace = open_trace(graph, scope, config, stream)
        program = traced_program(graph, program)
    run = Run(program, scope)
    port = None if saver is None else _open_port(run, scope)
    if port is None and parent is None:
        if graph.strict:
            _refuse_breakpoints(graph, interrupt_before, interrupt_after)
        if durability is not None:
            _warn_ignored()
    if scope.config and scope.config.get("callbacks"):
        from ._lifecycle import notifier

        scope.notify = notifier(scope)
    driver = _driver(graph, scope, port, stream)
    policy = _policy(graph, scope, port, interrupt_before, interrupt_after)
    if streams:
        from anystep.pregel._listening import listen  # by its full name, as every stream asks

        listen(policy, scope, run)
        policy.watch()
    driver.plan = plan(run, policy, given)
    if scope.held:
        from ._leasing import LeasedDriver

        driver = LeasedDriver(driver, scope.saver)
    return Launch(run, scope, stream, driver, given)


def _restrain(graph: Running[Any, Any, Any, Any], scope: Scope) -> None:
    """Hold the run to its graph's policy, and to that of the run around it."""
    policy, parent = graph.policy, scope.parent
    if policy is not None or graph.strict:
        scope.policy, scope.strict = policy, graph.strict
    lease = None if policy is None or parent is not None else policy.lease
    if lease is not None and scope.saver is not None:
        from ._leasing import leased

        scope.saver = leased(scope.saver, scope, lease)
        scope.held = True
    if policy is not None or (parent is not None and parent.run.scope.guard is not None):
        from ._guard import guard_for  # most programs limit nothing

        scope.guard = guard_for(policy, scope)


def _refuse_breakpoints(graph: Running[Any, Any, Any, Any], before: Any, after: Any) -> None:
    """Raises: `RuntimeError` for breakpoints in a strict graph that could not go on."""
    if before or after or graph.interrupt_before_nodes or graph.interrupt_after_nodes:
        raise RuntimeError(
            "interrupt_before and interrupt_after need a saver to go on from: compile the graph "
            "with checkpointer=InMemorySaver(), or another one."
        )


def _open_port(run: Run, scope: Scope) -> Port:
    """Have the run keep a ledger, and save to the scope's saver."""
    saver = scope.saver
    if not scope.thread_id:
        raise ValueError(
            "Checkpointer requires one or more of the following 'configurable' keys: "
            "thread_id, checkpoint_ns, checkpoint_id"
        )
    count = next_integer if getattr(saver, "native", False) else _foreign_count(saver)
    place = scope.thread_id, scope.ns
    run.ledger = Ledger(count, scope.commit_metadata(), place, scope.ids.mark)
    run.ledger.parents = scope.parents()
    if scope.parent is not None:
        run.answers = scope.parent.run.answers
    alone = getattr(saver, "stages_alone", False)
    patient = scope.durability != "sync" and (alone or scope.host.threads)
    return Port(saver, scope.config, scope.thread_id, scope.ns, scope.asynchronous, patient)


def next_integer(newest: int | None) -> int:
    return 1 if newest is None else newest + 1


def _foreign_count(saver: Any) -> Any:
    return lambda newest: saver.get_next_version(newest, None)


def _warn_ignored() -> None:
    import warnings

    warnings.warn("`durability` has no effect when no checkpointer is present.", stacklevel=5)


def async_driver() -> Any:
    """The driver for the library that runs the calling coroutine."""
    if "trio" in sys.modules:
        from anystep._async_library import running_trio

        if running_trio() is not None:
            from ._trio import TrioDriver

            return TrioDriver
    return _asyncio_driver()


@cache  # every run asks, and a relative import takes 2 microseconds, also the second time
def _asyncio_driver() -> Any:
    from ._asyncio import AsyncioDriver

    return AsyncioDriver


def _driver(
    graph: Running[Any, Any, Any, Any], scope: Scope, port: Port | None, stream: Stream | None
) -> Any:
    # Whoever has to look at the clock leaves the tasks to others.
    live = graph.step_timeout is not None
    outbox = Stream.nobody
    if stream is not None:
        live = live or bool(stream.modes & _LIVE or stream.subgraphs)
        outbox = stream.outbox
    if scope.asynchronous:
        driver: Any = async_driver()(None, scope, port, outbox, live)
    else:
        driver = SyncDriver(None, scope, port, outbox, live)
        if stream is not None:
            driver.tells = driver.threads and bool(stream.modes & _TELLING)
    if stream is not None and driver.live:
        stream.wake = driver.wake
    scope.driver = driver
    return driver


def _policy(
    graph: Running[Any, Any, Any, Any], scope: Scope, port: Port | None, before: Any, after: Any
) -> Policy:
    """What is decided of a run, but for who listens to it."""
    policy = Policy()
    if port is not None:
        policy.durability = scope.durability
        policy.native = port.native
        policy.swift = port.native and scope.guard is None
    if scope.parent is not None:
        policy.nested = True
    before = before or graph.interrupt_before_nodes
    after = after or graph.interrupt_after_nodes
    if before or after or scope.control is not None or scope.guard is not None:
        policy.interrupt_before = _names(before or ())
        policy.interrupt_after = _names(after or ())
        policy.control, policy.guard = scope.control, scope.guard
        policy.attended = True
    if graph.retry_policy:
        policy.default_retry = graph.retry_policy
    if scope.notify is not None:
        policy.notify = True
    if scope.config and scope.config.get("max_concurrency") is not None:
        policy.limit = scope.config["max_concurrency"]
    if graph.step_timeout is not None:
        policy.step_timeout = graph.step_timeout
    return policy


def _names(names: Any) -> Any:
    return names if names == "*" else frozenset(names)
