"""`task`: a function whose calls are remembered."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, ParamSpec, TypeVar, overload

from anystep._planner import Node
from anystep._planner import Task as Activation
from anystep.pregel._calls import call_task
from anystep.pregel._limited import check_limit
from anystep.types import TimeoutPolicy

P = ParamSpec("P")
T = TypeVar("T")


class TaskFunction(Generic[P, T]):
    """A decorated function: calling it inside a run starts it and returns a future.

    In a coroutine the future is awaited, elsewhere `.result()` waits. With a saver the
    result is stored, and a resumed run gets it back instead of calling again.
    """

    def __init__(
        self,
        function: Callable[P, Any],
        *,
        name: str | None = None,
        retry_policy: Any = None,
        cache_policy: Any = None,
        timeout: Any = None,
    ) -> None:
        self.func = function
        self.retry_policy = retry_policy
        self.cache_policy = cache_policy
        self.timeout = timeout
        self.__name__ = name or _name_of(function)
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        self._node = node = called_node(function, self.__name__)
        if retry_policy is not None:
            single = hasattr(retry_policy, "max_attempts")
            node.retry = (retry_policy,) if single else tuple(retry_policy)
        node.cache = cache_policy
        node.timeout = TimeoutPolicy.coerce(timeout)
        if node.timeout is not None:
            check_limit(node, function, "Task")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Start the task; return its future. Raises `RuntimeError` outside a run."""
        return call_task(self._node, (args, kwargs))

    def clear_cache(self, cache: Any) -> None:
        """Forget the cached results of this task."""
        if self.cache_policy is not None:
            cache.clear((self._node.cache_space,))

    async def aclear_cache(self, cache: Any) -> None:
        """`clear_cache`, awaiting the cache."""
        if self.cache_policy is not None:
            await cache.aclear((self._node.cache_space,))


def _name_of(function: Any) -> str:
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__


def called_node(call: Callable[..., Any], name: str) -> Node:
    """The node that runs a called function on `(args, kwargs)`."""
    from anystep.pregel._inject import injections, is_async

    node = Node(-1, name)
    node.owner = call
    node.writers = _Equipment(call)
    inject = injections(call)

    def run(activation: Activation) -> None:
        args, kwargs = activation.input
        extra = {k: give(activation) for k, give in inject if k not in kwargs}
        activation.value = call(*args, **kwargs, **extra)

    async def arun(activation: Activation) -> None:
        args, kwargs = activation.input
        extra = {k: give(activation) for k, give in inject if k not in kwargs}
        activation.value = await call(*args, **kwargs, **extra)

    if is_async(call):
        node.acall = arun
    else:
        node.call = run
    return node


class _Equipment:
    """How a called task tells LangChain's callbacks what it does."""

    __slots__ = ("function",)

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self) -> Any:
        raise TypeError("a task is called by code, never from an edge")

    def trace(self, node: Node) -> None:
        """Have `node` tell."""
        from anystep.pregel._traced import Traced

        class TracedTask(Traced):
            """Calls a function on `(args, kwargs)`."""

            recurses = False

            def arguments(self, task: Activation) -> tuple[tuple[Any, ...], dict[str, Any]]:
                args, kwargs = task.input
                return args, {k: give(task) for k, give in self.inject if k not in kwargs} | kwargs

            def shown(self, task: Activation) -> Any:
                return _named(self.action, *task.input)

        TracedTask(self.function, _settle, ()).equip(node)


def _settle(activation: Activation, result: Any) -> None:
    activation.value = result


def _named(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The arguments of a call by name."""
    from inspect import Parameter, signature

    try:
        bound = signature(function).bind_partial(*args, **kwargs)
    except (TypeError, ValueError):
        return {"args": args, **kwargs}
    bound.apply_defaults()
    named: dict[str, Any] = dict(bound.arguments)
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is Parameter.VAR_KEYWORD:
            named.update(named.pop(name, {}))
    return named


@overload
def task(
    function: None = None,
    *,
    name: str | None = None,
    retry_policy: Any = None,
    cache_policy: Any = None,
    timeout: Any = None,
    **kwargs: Any,
) -> Callable[[Callable[P, Coroutine[Any, Any, T]] | Callable[P, T]], TaskFunction[P, T]]: ...
@overload
def task(function: Callable[P, Coroutine[Any, Any, T]]) -> TaskFunction[P, T]: ...
@overload
def task(function: Callable[P, T]) -> TaskFunction[P, T]: ...
def task(
    function: Any = None,
    *,
    name: str | None = None,
    retry_policy: Any = None,
    cache_policy: Any = None,
    timeout: Any = None,
    **kwargs: Any,
) -> Any:
    """Make a function a task of whatever run it is called in.

    `timeout` (seconds, or a `TimeoutPolicy`) is for coroutine functions only.
    """
    retry_policy = old_retry(kwargs, retry_policy)

    def decorate(function: Any) -> TaskFunction[Any, Any]:
        return TaskFunction(
            function,
            name=name,
            retry_policy=retry_policy,
            cache_policy=cache_policy,
            timeout=timeout,
        )

    return decorate if function is None else decorate(function)


def old_context(kwargs: dict[str, Any], context_schema: Any) -> Any:
    """`config_schema=` was the name of `context_schema=`."""
    import warnings

    from anystep.warnings import LangGraphDeprecatedSinceV10

    message = (
        "`config_schema` is deprecated and will be removed. Please use `context_schema` instead."
    )
    warnings.warn(LangGraphDeprecatedSinceV10(message), stacklevel=3)
    old = kwargs.pop("config_schema")
    return old if context_schema is None else context_schema


def old_retry(kwargs: dict[str, Any], retry_policy: Any) -> Any:
    """`retry=` was the name of `retry_policy=`."""
    if "retry" in kwargs:
        import warnings

        from anystep.warnings import LangGraphDeprecatedSinceV05

        message = "`retry` is deprecated and will be removed. Please use `retry_policy` instead."
        warnings.warn(LangGraphDeprecatedSinceV05(message), stacklevel=3)
        retry_policy = retry_policy or kwargs.pop("retry")
    if kwargs:
        raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(kwargs))}")
    return retry_policy
