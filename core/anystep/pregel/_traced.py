"""How a node runs where LangChain's callbacks are told of it, or may be.

The same node, take and routers as in `_nodes`, as one conversation for both faces (see
`_langchain._settle`): what is told goes before and after, and Runnables get a config.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from anystep._langchain import as_runnable, is_runnable, sequence_steps
from anystep._langchain._settle import Talk, asettle, settle
from anystep.errors import ParentCommand
from anystep.pregel._inject import injections, is_async

if TYPE_CHECKING:
    from anystep._langchain._trace import Span, Trace
    from anystep._planner import Node, Task


class Asked(Protocol):
    """A router, as far as it is asked here."""

    is_async: bool
    path: Any
    runnable: Any
    inject: Any

    @property
    def name(self) -> str | None: ...
    def read(self, task: Task) -> Any: ...
    def follow(self, task: Task, answer: Any) -> None: ...


class Traced:
    """One node under a trace: makes its `call` and `acall`."""

    def __init__(
        self, action: Any, give: Callable[[Task, Any], None], routers: Sequence[Asked]
    ) -> None:
        self.action = action = as_runnable(action)
        self.give = give  # leaves the function's result in the task
        self.routers = routers
        self.is_graph = hasattr(action, "program")
        self.is_runnable = (
            not self.is_graph and hasattr(action, "invoke") and hasattr(action, "ainvoke")
        )
        self.steps = tuple(sequence_steps(action))
        self.first_router = max(1, len(self.steps)) + 2
        self.is_async = not (self.is_graph or self.is_runnable) and is_async(action)
        self.inject = () if self.is_graph or self.is_runnable else injections(action)

    def equip(self, node: Node) -> None:
        """Give a node both faces; a coroutine function has no sync one."""
        # LangGraph counts each static edge as a step of the node before its routers.
        self.first_router += len(node.targets) + len(node.deferred) + len(node.joins)
        routed_async = any(router.is_async for router in self.routers)
        node.call = None if self.is_async or routed_async else self.call
        node.acall = self.acall

    def call(self, task: Task) -> None:
        """Run a task."""
        settle(self.talk(task, False))

    async def acall(self, task: Task) -> None:
        """Run a task, awaiting its function."""
        await asettle(self.talk(task, True))

    # -- what differs from one kind of node to another -----------------------------------

    def arguments(self, task: Task) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What the function is called with."""
        return (task.input,), {name: provide(task) for name, provide in self.inject}

    def shown(self, task: Task) -> Any:
        """What the callbacks are told that it is called with."""
        return task.input

    # -- the conversation ----------------------------------------------------------------

    def talk(self, task: Task, asynchronous: bool) -> Talk[None]:
        """Tell, run, write, ask the routers, tell."""
        trace: Trace = task.run.scope.trace
        span = yield from trace.begin(task, self.shown(task))
        up: ParentCommand | None = None
        try:
            try:
                if self.steps:
                    result = yield from self.run_steps(trace, task, span, asynchronous)
                else:
                    result = yield self.run(trace, task, asynchronous)
                if self.recurses and is_runnable(result):
                    result = yield _invoke(result, task.input, task.config, asynchronous)
            except ParentCommand as raised:
                up = raised
                result = _for_here(raised)
            yield from self.finish(trace, task, result, span, asynchronous)
        except BaseException as error:
            if span is not None:
                yield span.fail(up or error)
            raise
        if span is None:
            return
        if up is not None:
            yield span.fail(up)
            return
        if trace.streaming:
            yield trace.tap(span, result)
        yield from span.finish(result)

    def run(self, trace: Trace, task: Task, asynchronous: bool) -> Any:
        """Call the action; on the async face: something to await."""
        action = self.action
        if self.is_graph and not trace.streaming:
            return action.ainvoke(task.input) if asynchronous else action.invoke(task.input)
        if self.is_graph or self.is_runnable:
            if trace.streaming and hasattr(action, "astream"):
                return _gathered(action.astream(task.input, task.config))
            return _invoke(action, task.input, task.config, asynchronous)
        args, kwargs = self.arguments(task)
        if asynchronous and not self.is_async:
            return in_thread(action, *args, **kwargs)
        return action(*args, **kwargs)

    def run_steps(
        self, trace: Trace, task: Task, span: Span | None, asynchronous: bool
    ) -> Talk[Any]:
        """Run a RunnableSequence: its steps are the node's own."""
        configs = [
            task.config if span is None else span.child(place)
            for place in range(1, len(self.steps) + 1)
        ]
        if trace.streaming:
            chunks = self.steps[0].astream(task.input, task.config)
            for step, config in zip(self.steps[1:], configs[1:], strict=True):
                chunks = step.atransform(chunks, config)
            return (yield _gathered(chunks))
        configs[0] = task.config
        value = task.input
        for step, config in zip(self.steps, configs, strict=True):
            value = yield _invoke(step, value, config, asynchronous)
        return value

    def finish(
        self, trace: Trace, task: Task, result: Any, span: Span | None, asynchronous: bool
    ) -> Talk[None]:
        """Write the result, then ask the routers, each with a run of its own."""
        self.give(task, result)
        for position, router in enumerate(self.routers, self.first_router):
            yield from _route(trace, task, router, span, position, asynchronous)

    recurses = True  # a Runnable that the function returns is run


class TracedStart(Traced):
    """The hidden first node, of which only routers are told."""

    def __init__(self, give: Callable[[Task, Any], None], routers: Sequence[Asked]) -> None:
        super().__init__(_given, give, routers)
        self.first_router = 2  # nothing runs before what writes the input

    def run(self, trace: Trace, task: Task, asynchronous: bool) -> Any:
        return task.input


def _given(value: Any) -> Any:
    return value


def _for_here(up: ParentCommand) -> Any:
    """A command from a graph inside this node; raises it again if it goes further up."""
    command: Any = up.args[0]
    if command.graph is not None:
        raise up
    return command


def _invoke(runnable: Any, given: Any, config: Any, asynchronous: bool) -> Any:
    return runnable.ainvoke(given, config) if asynchronous else runnable.invoke(given, config)


async def _gathered(chunks: AsyncIterator[Any]) -> Any:
    """An output from its chunks, so that those who listen see them come."""
    output: Any = None
    adds = first = True
    async for chunk in chunks:
        if first or not adds:
            output, first = chunk, False
            continue
        try:
            output = output + chunk
        except TypeError:
            output, adds = chunk, False
    return output


def in_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
    """A plain function's result from the async face: from a thread, where the host has them."""

    async def run() -> Any:
        from anystep.host import current_host

        if not current_host().threads:
            return function(*args, **kwargs)
        from anystep import _async_library

        return await _async_library.in_thread(lambda: function(*args, **kwargs))

    return run()


def _route(
    trace: Trace, task: Task, router: Asked, span: Span | None, position: int, asynchronous: bool
) -> Talk[None]:
    read = router.read(task)
    if router.runnable is not None:
        config = task.config if span is None else span.child(position)
        answer = yield _invoke(router.runnable, read, config, asynchronous)
    else:
        inner = yield from _begin(trace, span, position, router.name, read, asynchronous)
        answer = yield from _called(inner, lambda: router.path(read, **_extra(router, task)))
        if is_runnable(answer):
            answer = yield _invoke(answer, read, task.config, asynchronous)
    router.follow(task, answer)


def _extra(router: Asked, task: Task) -> dict[str, Any]:
    return {name: provide(task) for name, provide in router.inject}


def _begin(
    trace: Trace, span: Span | None, position: int, name: str | None, given: Any, asynchronous: bool
) -> Talk[Span | None]:
    """Tell that a function with a run of its own begins; a lambda's has LangGraph's name."""
    if span is None:
        return None
    shown = name or (None if asynchronous else "RunnableCallable")
    return (yield from trace.begin_router(span, position, shown, given))


def _called(span: Span | None, call: Callable[[], Any]) -> Talk[Any]:
    """Call, and tell what it gave or raised."""
    try:
        result = yield call()
    except BaseException as error:
        if span is not None:
            yield span.fail(error)
        raise
    if span is not None:
        yield span.end(result)
    return result


class TracedSteps(Traced):
    """A node of a hand-built graph, each step of which is told."""

    def __init__(self, actions: Sequence[Any], give: Callable[[Task, Any], None]) -> None:
        super().__init__(_given, give, ())
        found: list[Any] = []
        for action in actions:
            found.extend(sequence_steps(action) or (as_runnable(action),))
        self.steps = tuple(found)
        self.is_async = any(not hasattr(a, "invoke") and is_async(a) for a in found)

    def run_steps(
        self, trace: Trace, task: Task, span: Span | None, asynchronous: bool
    ) -> Talk[Any]:
        value = task.input
        for position, action in enumerate(self.steps, 1):
            if hasattr(action, "invoke"):
                config = task.config if span is None else span.child(position)
                value = yield _invoke(action, value, config, asynchronous)
                continue
            inner = yield from _begin(
                trace, span, position, function_name(action), value, asynchronous
            )
            given, value = (
                value,
                (yield from _called(inner, _caller(action, value, task, asynchronous))),
            )
            if is_runnable(value):
                value = yield _invoke(value, given, task.config, asynchronous)
        return value


def function_name(function: Any) -> str | None:
    """A function's name; None for a lambda, or for what has none."""
    name = getattr(function, "__name__", None)
    return None if name == "<lambda>" else name


def _caller(
    function: Callable[..., Any], given: Any, task: Task, asynchronous: bool
) -> Callable[[], Any]:
    """Calls a step's function when it is called itself: after its run has begun."""

    def call() -> Any:
        extra = {name: provide(task) for name, provide in injections(function)}
        if asynchronous and not is_async(function):
            return in_thread(function, given, **extra)
        return function(given, **extra)

    return call
