"""How a node runs where LangChain's callbacks are told of it, or may be.

The same node, take and routers as in `_nodes`, as one conversation for both faces (see
`_langchain._settle`): what is told goes before and after, and Runnables get a config.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from anystep._langchain import as_runnable, is_runnable, sequence_steps
from anystep._langchain._settle import Talk, asettle, settle
from anystep.errors import ParentCommand
from anystep.pregel._inject import injections, is_async

if TYPE_CHECKING:
    from anystep._langchain._trace import Span, Trace
    from anystep._planner import Node, Task

    from ._routes import Router


class Traced:
    """One node under a trace: makes its `call` and `acall`."""

    def __init__(
        self, action: Any, give: Callable[[Task, Any], None], routers: Sequence[Router]
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
        yield span.end(result)

    def run(self, trace: Trace, task: Task, asynchronous: bool) -> Any:
        """Call the action; on the async face: something to await."""
        action = self.action
        if self.is_graph and not trace.streaming:
            return action.ainvoke(task.input) if asynchronous else action.invoke(task.input)
        if self.is_graph or self.is_runnable:
            if trace.streaming:
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

    def __init__(self, give: Callable[[Task, Any], None], routers: Sequence[Router]) -> None:
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
    trace: Trace, task: Task, router: Router, span: Span | None, position: int, asynchronous: bool
) -> Talk[None]:
    runnable = router.runnable
    read = router.read(task)
    if runnable is not None:
        config = task.config if span is None else span.child(position)
        answer = yield _invoke(runnable, read, config, asynchronous)
        router.follow(task, answer)
        return
    inner: Span | None = None
    if span is not None:
        name = router.name or (None if asynchronous else "RunnableCallable")
        inner = yield from trace.begin_router(span, position, name, read)
    try:
        answer = yield router.path(read, **{k: provide(task) for k, provide in router.inject})
    except BaseException as error:
        if inner is not None:
            yield inner.fail(error)
        raise
    if inner is not None:
        yield inner.end(answer)
    if is_runnable(answer):
        answer = yield _invoke(answer, read, task.config, asynchronous)
    router.follow(task, answer)
