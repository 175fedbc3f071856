"""`entrypoint`: a function as a graph of one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from anystep._constants import END, PREVIOUS, START
from anystep._planner import Node, Program, Run, Task, Writers
from anystep.channels.ephemeral_value import EphemeralValue
from anystep.channels.last_value import LastValue
from anystep.pregel import Pregel
from anystep.pregel._inject import injections, is_async
from anystep.pregel._limited import check_limit
from anystep.types import TimeoutPolicy

from ._task import old_context, old_retry

R = TypeVar("R")
S = TypeVar("S")


class Final(Generic[R, S]):
    """What an entrypoint returns to answer one thing and remember another."""

    __slots__ = ("save", "value")

    def __init__(self, *, value: R, save: S) -> None:
        self.value = value
        self.save = save

    def __repr__(self) -> str:
        return f"final(value={self.value!r}, save={self.save!r})"


class entrypoint:
    """Make a function a graph that can be invoked, streamed, paused and resumed.

    The function takes one input and may ask for `config`, `previous`, `writer`,
    `store` or `runtime` by name. `previous` is what the last run on the same thread
    returned, or saved with `entrypoint.final(value=..., save=...)`.

        @entrypoint(checkpointer=InMemorySaver())
        def count(step: int, *, previous: int | None) -> int:
            return (previous or 0) + step
    """

    final = Final

    def __init__(
        self,
        checkpointer: Any = None,
        store: Any = None,
        cache: Any = None,
        context_schema: Any = None,
        cache_policy: Any = None,
        retry_policy: Any = None,
        timeout: Any = None,
        **kwargs: Any,
    ) -> None:
        self.checkpointer = checkpointer
        self.store = store
        self.cache = cache
        if "config_schema" in kwargs:
            context_schema = old_context(kwargs, context_schema)
        self.context_schema = context_schema
        self.cache_policy = cache_policy
        self.retry_policy = old_retry(kwargs, retry_policy)
        self.timeout = timeout

    def __call__(self, function: Callable[..., Any]) -> Pregel[Any, Any, Any, Any]:
        """The graph of `function`.

        Raises: `ValueError` for a function without a parameter; `NotImplementedError`
        for a generator.
        """
        _check(function)
        node = _node(function)
        policies = self.retry_policy
        if policies is not None:
            node.retry = (policies,) if hasattr(policies, "max_attempts") else tuple(policies)
        node.cache = self.cache_policy
        node.timeout = TimeoutPolicy.coerce(self.timeout)
        if node.timeout is not None:
            check_limit(node, function)
        return Pregel(
            program=_program(node, *_types(function)),
            checkpointer=self.checkpointer,
            store=self.store,
            cache=self.cache,
            stream_mode="updates",
            context_schema=self.context_schema,
        )


def _check(function: Callable[..., Any]) -> None:
    code = getattr(function, "__code__", None)
    if code is not None and code.co_flags & (0x20 | 0x200):  # CO_GENERATOR, CO_ASYNC_GENERATOR
        raise NotImplementedError("Generators are not supported in the Functional API.")
    from inspect import signature

    if not signature(function).parameters:
        raise ValueError("Entrypoint function must have at least one parameter")


def _node(function: Callable[..., Any]) -> Node:
    node = Node(0, getattr(function, "__name__", type(function).__name__))
    node.subscribed = (START,)
    node.reader = _read_input
    node.owner = function
    inject = injections(function)

    def call(task: Task) -> None:
        extra = {name: give(task) for name, give in inject}
        _take(task, function(task.input, **extra))

    async def acall(task: Task) -> None:
        extra = {name: give(task) for name, give in inject}
        _take(task, await function(task.input, **extra))

    node.writers = _Equipment()
    if is_async(function):
        node.acall = acall
    else:
        node.call = call
    return node


class _Equipment:
    """What an entrypoint's function is followed by."""

    __slots__ = ()

    def __call__(self) -> Writers:
        async def awrite(task: Task, result: Any) -> None:
            _take(task, result)

        return _take, awrite

    def trace(self, node: Node) -> None:
        """Have `node` tell LangChain's callbacks what it does."""
        from anystep.pregel._traced import Traced

        traced = Traced(node.owner, _take, ())
        traced.recurses = False
        traced.equip(node)


def _take(task: Task, result: Any) -> None:
    """Write a result to the output and, for the next run, to `previous`."""
    value, save = (result.value, result.save) if isinstance(result, Final) else (result, result)
    task.update = {END: value, PREVIOUS: save}


def _types(function: Callable[..., Any]) -> tuple[Any, Any, Any]:
    """What a function says it takes, returns, and saves for the next run."""
    from inspect import Parameter, signature
    from typing import get_args, get_origin, get_type_hints

    found = signature(function)
    taken: Any = next(iter(found.parameters.values()))
    types = [taken.annotation, found.return_annotation]
    if any(isinstance(given, str) for given in types):
        try:
            hints = get_type_hints(function)
        except (NameError, TypeError):  # a name that only a type checker knows
            hints = {}
        types = [hints.get(taken.name, Any), hints.get("return", Any)]
    accepts, returns = (Any if given is Parameter.empty else given for given in types)
    if get_origin(returns) is not Final:
        return accepts, returns, returns
    value, saved = get_args(returns)
    return accepts, value, saved


def _read_input(run: Run) -> Any:
    return run.read(START)


def _program(node: Node, accepts: Any, returns: Any, saves: Any) -> Program:
    start: Any = EphemeralValue(accepts)
    end: Any = LastValue(returns)
    previous: Any = LastValue(saves)
    channels = {START: start, END: end, PREVIOUS: previous}
    for name, channel in channels.items():
        channel.key = name
    return Program(
        nodes=[node],
        joins=[],
        channels=channels,
        input_channels=START,
        output_keys=END,
        stream_keys=END,
        managed={},
    )
