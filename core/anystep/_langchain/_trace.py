"""What LangChain's callbacks are told of a run: the graph, its nodes, their routers.

A `Trace` belongs to one run of a graph. Where no handler listens it only sees to it that
Runnables inside a node find the node's config; where one does, the graph, every node and
every router is a chain run of its own, each the child of what runs it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from . import module
from ._config import LazyConfig, ensure, variable
from ._settle import Talk
from ._tokens import message_handlers
from ._tools import tool_handlers

SEQUENCE_STEP = "seq:step:{}"


class Span:
    """One node that is being run: a chain run, and the config its function gets."""

    __slots__ = ("config", "policy", "run")

    def __init__(self, run: Any, config: dict[str, Any], policy: Any = None) -> None:
        self.run = run
        self.config = config
        self.policy = policy  # what tracers record in the place of inputs and outputs

    def end(self, output: Any) -> Any:
        """Tell what it returned."""
        return self.run.on_chain_end(output)

    def finish(self, output: Any) -> Talk[None]:
        """`end` for a node, of which tracers may record something else."""
        recorded = _recorded(output, self.policy and self.policy.process_outputs)
        if recorded is output:
            yield self.run.on_chain_end(output)
            return
        others, tracers = _split(self.run)
        yield tracers.on_chain_end(recorded)
        yield others.on_chain_end(output)

    def fail(self, error: BaseException) -> Any:
        """Tell what it raised."""
        return self.run.on_chain_error(error)

    def child(self, position: int) -> dict[str, Any]:
        """The config of the `position`-th thing it runs."""
        return {**self.config, "callbacks": self.run.get_child(SEQUENCE_STEP.format(position))}


class Trace:
    """The callbacks of one run. `configs` are what the graph was bound to and called with."""

    __slots__ = (
        "_handlers",
        "_name",
        "_run_id",
        "asynchronous",
        "config",
        "manager",
        "run",
        "streaming",
        "variable",
    )

    def __init__(
        self,
        configs: tuple[Any, ...],
        name: str,
        streams: Collection[Any],
        ns: Any,
        asynchronous: bool,
    ) -> None:
        config = self.config = ensure(*configs)
        self.variable = variable()
        self.asynchronous = asynchronous
        self.run: Any = None
        self.streaming = False
        self.manager = _manager(config, asynchronous)
        self._handlers = [*message_handlers(streams, ns), *tool_handlers(streams, ns)]
        named = [c.get("run_name") for c in configs if c and c.get("run_name")]
        self._name = named[-1] if named else name
        self._run_id = next((c["run_id"] for c in reversed(configs) if c and c.get("run_id")), None)

    # -- the graph -------------------------------------------------------------------

    def start(self, given: Any) -> Talk[None]:
        """Tell that the graph runs on `given`."""
        manager = self.manager
        if not (manager.handlers or manager.inheritable_handlers or self._handlers):
            return
        if "ls_integration" not in manager.metadata:
            manager.add_metadata({"ls_integration": "langgraph"})
        self.run = yield manager.on_chain_start(None, given, name=self._name, run_id=self._run_id)
        self.run.inheritable_handlers.extend(self._handlers)
        if self.asynchronous:
            self.streaming = any(map(taps, self.run.handlers))

    def end(self, output: Any) -> Talk[None]:
        """Tell what the graph came to."""
        if self.run is not None:
            yield self.run.on_chain_end(output)

    def fail(self, error: BaseException) -> Talk[None]:
        """Tell what the graph failed with."""
        if self.run is not None:
            yield self.run.on_chain_error(error)

    @property
    def run_id(self) -> Any:
        """The id of the graph's own chain run; None where nobody listens."""
        return None if self.run is None else self.run.run_id

    # -- its nodes -------------------------------------------------------------------

    def begin(self, task: Any, shown: Any, hidden: Collection[str] = ()) -> Talk[Span | None]:
        """Tell that a task runs on `shown`; from here on its config is the ambient one.

        None where nobody listens. `hidden`: tags of nodes that are no user's.
        """
        if self.run is None:
            self.variable.set(LazyConfig(lambda: self._quiet_config(task)))
            return None
        config = task.run.scope.plain_config(task)
        manager = self._manager_for(task)
        if config.get("tags"):
            manager.add_tags(config["tags"])
        manager.add_metadata(config["metadata"])
        policy = task.node.trace_policy
        recorded = _recorded(shown, policy and policy.process_inputs)
        if recorded is shown:
            run = yield manager.on_chain_start(None, shown, name=task.name, run_id=None)
        else:
            others, tracers = _split(manager)
            run = yield others.on_chain_start(None, shown, name=task.name, run_id=None)
            yield tracers.on_chain_start(None, recorded, name=task.name, run_id=run.run_id)
            run.handlers = manager.handlers
        task.told_metadata = run.metadata
        span = Span(run, config, policy)
        span.config = task.shown_config = span.child(1)
        self.variable.set(span.config)
        return span

    def begin_router(self, span: Span, position: int, name: str | None, read: Any) -> Talk[Span]:
        """Tell that a router of the node runs on `read`."""
        config = span.child(position)
        manager = config["callbacks"]
        if config.get("tags"):
            manager.add_tags(config["tags"])
        manager.add_metadata(config["metadata"])
        run = yield manager.on_chain_start(None, read, name=name, run_id=None)
        inner = Span(run, {**config, "callbacks": run.get_child()})
        self.variable.set(inner.config)
        return inner

    def _manager_for(self, task: Any) -> Any:
        if task.parent is None:
            return self.run.get_child(f"graph:step:{task.step}")
        # A called task belongs to what calls it; its own tags must not stay with that.
        return task.parent.shown_config["callbacks"].copy()

    def config_of(self, task: Any) -> dict[str, Any]:
        """The config that code running in `task` has, Runnables around it included."""
        found: Any = self.variable.get()
        if isinstance(found, LazyConfig):
            found = found.config
        if found is not None and _task_in(found) is task:
            shown: dict[str, Any] = found
            return shown
        kept: dict[str, Any] | None = task.shown_config
        return self._quiet_config(task) if kept is None else kept

    def _quiet_config(self, task: Any) -> dict[str, Any]:
        """A task's config where nobody listens: its manager has no handlers."""
        config: dict[str, Any] = task.run.scope.plain_config(task)
        config["callbacks"] = type(self.manager)(handlers=[])
        return config

    async def tap(self, span: Span, output: Any) -> None:
        """Show a node's result to handlers that stream events or logs."""
        for handler in span.run.handlers:
            if taps(handler):
                async for _ in handler.tap_output_aiter(span.run.run_id, _only(output)):
                    pass


def _recorded(value: Any, process: Any) -> Any:
    """What tracers record of a value; the value itself where processing it fails."""
    if process is None:
        return value
    try:
        return process(value)
    except Exception:  # tracing never changes what runs
        import logging

        logging.getLogger(__name__).exception(
            "a trace policy failed; the value is recorded as it is"
        )
        return value


def _split(manager: Any) -> tuple[Any, Any]:
    """A manager twice: without its tracers, and with nothing else."""
    import copy

    base = module("tracers.base").BaseTracer
    others, tracers = copy.copy(manager), copy.copy(manager)
    tracers.handlers = [h for h in manager.handlers if isinstance(h, base) and not taps(h)]
    others.handlers = [h for h in manager.handlers if h not in tracers.handlers]
    return others, tracers


async def _only(output: Any) -> Any:
    yield output


def _task_in(config: Mapping[str, Any]) -> Any:
    return (config.get("configurable") or {}).get("__pregel_task")


def taps(handler: Any) -> bool:
    """Whether a handler wants to see results as they are streamed, events or logs."""
    kind = module("tracers._streaming")._StreamingCallbackHandler
    return isinstance(handler, kind) and not getattr(handler, "streams_messages", False)


def _manager(config: Mapping[str, Any], asynchronous: bool) -> Any:
    """The callback manager of a run: a caller's own, or a new one."""
    managers = module("callbacks.manager")
    cls = managers.AsyncCallbackManager if asynchronous else managers.CallbackManager
    callbacks: Any = config.get("callbacks")
    tags, metadata = config.get("tags"), config.get("metadata")
    if not isinstance(callbacks, cls):
        return cls.configure(
            inheritable_callbacks=callbacks,
            inheritable_tags=tags,
            inheritable_metadata=metadata,
        )
    if tags:
        callbacks.add_tags(tags)
    if metadata:
        callbacks.add_metadata(metadata)
    return callbacks
