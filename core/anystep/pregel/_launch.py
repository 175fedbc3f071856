"""Putting a run together: scope, policy, saver port, planner and driver."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import CONF
from anystep._langchain import is_active
from anystep._planner import Ledger, Policy, Run, Task, plan
from anystep.config import current_task

from ._config import Config, check, inherited, merge
from ._messages import tell_result
from ._port import Port, timestamp
from ._reach import READ_KEY, SEND_KEY
from ._scope import TASK_KEY, Scope
from ._stream import Printer, Stream, namespace, tellers
from ._sync import SyncDriver
from ._tracing import config_in_runnable, open_trace, told_aevents, told_events, traced_program

if TYPE_CHECKING:
    from ._threads import Threads
    from .main import Pregel

_LIVE = frozenset({"custom", "messages", "tools"})
#: What says where a task is, which another run's config must not.
_OF_THE_CALLER = frozenset(
    {"checkpoint_id", "checkpoint_ns", "checkpoint_map", TASK_KEY, READ_KEY, SEND_KEY}
)
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
        return self.driver.events() if self.scope.trace is None else told_events(self)

    def aevents(self) -> Any:
        """Run to the end, yielding events: an asynchronous generator."""
        events = self.driver.events()
        control = self.scope.control
        if control is not None and self.scope.parent is None:
            from ._cancel import cancellable

            events = cancellable(events, control)
        return events if self.scope.trace is None else told_aevents(self, events)

    @property
    def output(self) -> Any:
        """What the run has to show; None where nothing was ever shown."""
        run = self.run
        return run.output(run.program.output_keys) if run.told else None


def scope_for(graph: Threads, config: Any, *, standalone: bool) -> Scope:
    """The scope of a run of `graph`, inside the current task if there is one.

    `standalone` scopes (reading or editing a thread) never nest.
    """
    if config is None and not graph.config and current_task.get() is None and not is_active():
        return Scope({}, None)  # the shortest way to the commonest scope
    call = None if config is None else check(config)
    own = (call.get(CONF) or {}) if call else {}
    parent: Task | None = own.get(TASK_KEY) or current_task.get()
    if standalone or (own.get("thread_id") is not None and TASK_KEY not in own):
        parent = None
    if parent is None:
        around = None if standalone else config_in_runnable(graph.config, call)
        if around is not None:
            return Scope(around, None)
        merged = merge(graph.config, call) if graph.config else dict(call or {})
        scope = Scope(merged, None)
        if not standalone and own.get("checkpoint_map"):
            mapped: Mapping[str, str] = own["checkpoint_map"]
            scope.mapped, scope.addressed = mapped, mapped.get("")
        return scope
    ambient = inherited(parent.run.scope.config, None)
    given = _without_coordinates(call) if call else None
    merged = merge(ambient, graph.config, given) if (graph.config or given) else ambient
    scope = Scope(merged, parent, own_memory=graph.checkpointer is True)
    scope.thread_id = parent.run.scope.thread_id
    if parent.run.resuming or parent.attempt > 1:
        scope.resuming = True
    scope.replay = parent.run.scope.replay
    if scope.replay is not None and parent.attempt == 1:
        scope.resuming = None  # it takes its input again, on top of what it had
    mapped = parent.run.scope.mapped
    if mapped:
        scope.mapped = mapped
        if scope.ns in mapped:
            scope.addressed = mapped[scope.ns]
            scope.resuming = parent.run.resuming or None
    return scope


def _without_coordinates(call: Any) -> Config:
    """A nested call's config, without what says where the calling task is."""
    configurable = {k: v for k, v in (call.get(CONF) or {}).items() if k not in _OF_THE_CALLER}
    kept = {k: v for k, v in call.items() if k not in (CONF, "run_name", "metadata")}
    metadata = call.get("metadata")
    if metadata:
        kept["metadata"] = {k: v for k, v in metadata.items() if not k.startswith("langgraph_")}
    if configurable:
        kept[CONF] = configurable
    return kept


def saver_for(graph: Threads, scope: Scope) -> Any:
    """Which saver a run uses: a subgraph takes the one of the run around it.

    Raises: `RuntimeError` for `checkpointer=True` on a graph that is no subgraph.
    """
    if graph.checkpointer is False:
        return None
    if scope.parent is not None:
        return scope.parent.run.scope.saver
    if scope.config:
        given = (scope.config.get(CONF) or {}).get("__pregel_checkpointer")
        if given is not None:
            return given
    if graph.checkpointer is True:
        raise RuntimeError("checkpointer=True cannot be used for root graphs.")
    return graph.checkpointer


def launch(
    graph: Pregel[Any, Any, Any, Any],
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
    scope.saver = saver_for(graph, scope)
    if graph.program.objects and scope.saver is not None:
        from ._deltas import reading_deltas

        scope.saver = reading_deltas(scope.saver, graph.program)
    if graph.policy is not None or graph.strict:
        scope.policy, scope.strict = graph.policy, graph.strict
    lease = None if graph.policy is None else graph.policy.lease
    if lease is not None and parent is None and scope.saver is not None:
        from ._leasing import leased as hold

        scope.saver = hold(scope.saver, scope, lease)
    scope.store, scope.cache, scope.control = graph.store, graph.cache, control
    streams: list[Stream] = []
    if parent is not None:
        streams = _inherit(scope, parent.run.scope)
        if context is None:
            scope.context = parent.run.scope.context
        if graph.policy is not None or parent.run.scope.guard is not None:
            _guard(scope, graph.policy)
    elif graph.policy is not None:
        _guard(scope, graph.policy)
    if context is not None:
        scope.context = graph.coerce_context(context)
    if durability is not None:
        scope.durability = durability
    if stream is not None:
        streams.append(stream)
    if print_mode:
        streams.append(Printer(streams_for(print_mode)[0]))
    scope.streams = streams
    program = graph.program if output_keys is None else graph.program_for(output_keys)
    trace = open_trace(graph, scope, config, stream)
    if trace is not None:
        scope.trace = trace
        program = traced_program(graph, program)
    run = Run(program, scope)
    port: Port | None = None
    if scope.saver is not None:
        _open_ledger(run, scope)
        patient = scope.durability != "sync" and scope.host.threads
        port = Port(scope.saver, scope.config, scope.thread_id, scope.ns, asynchronous, patient)
    elif parent is None:
        if graph.strict:
            _refuse_breakpoints(graph, interrupt_before, interrupt_after)
        if durability is not None:
            _warn_ignored()
    if scope.config.get("callbacks"):
        from ._lifecycle import notifier

        scope.notify = notifier(scope)
    driver = _driver(graph, scope, port, stream, asynchronous)
    policy = Policy(
        durability=scope.durability,
        native=port is None or port.native,
        nested=parent is not None,
    )
    _extend_policy(policy, graph, scope, interrupt_before, interrupt_after)
    if streams:
        _listen(policy, scope, run)
    policy.watch()
    driver.plan = plan(run, policy, given)
    if lease is not None and parent is None and scope.saver is not None:
        from ._leasing import LeasedDriver

        driver = LeasedDriver(driver, scope.saver)
    return Launch(run, scope, stream, driver, given)


def _refuse_breakpoints(graph: Pregel[Any, Any, Any, Any], before: Any, after: Any) -> None:
    """Raises: `RuntimeError` for breakpoints in a strict graph that could not go on."""
    if before or after or graph.interrupt_before_nodes or graph.interrupt_after_nodes:
        raise RuntimeError(
            "interrupt_before and interrupt_after need a saver to go on from: compile the graph "
            "with checkpointer=InMemorySaver(), or another one."
        )


def _inherit(scope: Scope, outer: Scope) -> list[Stream]:
    """Take over what the run around this one has and this one has not; its streams."""
    if scope.store is None:
        scope.store = outer.store
    if scope.cache is None:
        scope.cache = outer.cache
    if scope.control is None:
        scope.control = outer.control
    scope.durability = outer.durability
    return [s for s in outer.streams if s.subgraphs]


def _guard(scope: Scope, policy: Any) -> None:
    from ._guard import guard_for  # most programs limit nothing

    scope.guard = guard_for(policy, scope)


def _open_ledger(run: Run, scope: Scope) -> None:
    saver = scope.saver
    if not scope.thread_id:
        raise ValueError(
            "Checkpointer requires one or more of the following 'configurable' keys: "
            "thread_id, checkpoint_ns, checkpoint_id"
        )
    count = next_integer if getattr(saver, "native", False) else _foreign_count(saver)
    run.ledger = Ledger(count, scope.commit_metadata())
    run.ledger.parents = scope.parents()
    if scope.parent is not None:
        run.answers = scope.parent.run.answers


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
    from ._async import AsyncDriver

    return AsyncDriver


def _driver(
    graph: Pregel[Any, Any, Any, Any],
    scope: Scope,
    port: Port | None,
    stream: Stream | None,
    asynchronous: bool,
) -> Any:
    live = stream is not None and bool(stream.modes & _LIVE or stream.subgraphs)
    # Whoever has to look at the clock leaves the tasks to others.
    live = live or graph.step_timeout is not None
    outbox = stream.outbox if stream is not None else Stream.nobody
    if asynchronous:
        driver: Any = async_driver()(None, scope, port, outbox, live)
    else:
        driver = SyncDriver(None, scope, port, outbox, live)
        driver.tells = stream is not None and bool(stream.modes & _TELLING) and driver.threads
    if stream is not None and driver.live:
        stream.wake = driver.wake
    scope.driver = driver
    return driver


def _extend_policy(
    policy: Policy, graph: Pregel[Any, Any, Any, Any], scope: Scope, before: Any, after: Any
) -> None:
    """Set what only some runs have: breakpoints, limits, retries, somebody to notify."""
    before = before or graph.interrupt_before_nodes
    after = after or graph.interrupt_after_nodes
    if before:
        policy.interrupt_before = _names(before)
    if after:
        policy.interrupt_after = _names(after)
    if scope.control is not None:
        policy.control = scope.control
    if graph.retry_policy:
        policy.default_retry = graph.retry_policy
    if scope.notify is not None:
        policy.notify = True
    if scope.guard is not None:
        policy.guard = scope.guard
    limit = scope.config.get("max_concurrency")
    if limit is not None:
        policy.limit = limit
    if graph.step_timeout is not None:
        policy.step_timeout = graph.step_timeout


def _listen(policy: Policy, scope: Scope, run: Run) -> None:
    """Set whom to tell what."""
    streams = scope.streams
    ns = namespace(scope.ns)
    wanted: Collection[str] = {m for s in streams for m in s.modes}

    def tell(mode: str) -> Any:
        return tellers(streams, mode, ns) if mode in wanted else None

    tasks, results, checkpoints = tell("tasks"), tell("tasks"), tell("checkpoints")
    if "debug" in wanted:
        tasks = _with_debug(tasks, tell("debug"), run, "task")
        results = _with_debug(results, tell("debug"), run, "task_result")
        checkpoints = _with_debug(checkpoints, tell("debug"), run, "checkpoint")
    if "messages" in wanted:
        policy.tell_messages = lambda task: tell_result(streams, task)
    policy.tell_values = tell("values")
    policy.tell_updates = tell("updates")
    policy.tell_tasks = tasks
    policy.tell_results = results
    policy.tell_checkpoints = checkpoints


def _names(names: Any) -> Any:
    return names if names == "*" else frozenset(names)


def _with_debug(plain: Any, debug: Any, run: Run, kind: str) -> Any:
    """Tell plain payloads and, wrapped, what `debug` shows of them."""

    def tell(payload: Any) -> None:
        if plain is not None:
            plain(payload)
        step = payload["metadata"]["step"] if kind == "checkpoint" else run.step
        debug(
            {
                "step": step,
                "timestamp": timestamp(run.scope.now_ns()),
                "type": kind,
                "payload": payload,
            }
        )

    return tell


def streams_for(modes: str | Sequence[str]) -> tuple[Collection[str], bool]:
    """The modes asked for, and whether events say theirs: where they came as a list."""
    if isinstance(modes, str):
        return (modes,), False
    return tuple(modes), not isinstance(modes, tuple)
