"""From a user's function to a task that can run: function, result, routers.

Each kind of node gets the shortest closure that does its work: most nodes are plain
functions of the state without routers, and pay for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from types import FunctionType, MethodType
from typing import Any, Final

from anystep._planner import Node, Task, Writers
from anystep._records import Command
from anystep.errors import ParentCommand
from anystep.pregel._inject import Provider, injections, is_async

from ._results import take as take_update
from ._routes import Router

Take = Callable[[Task, Any], None]
Call = Callable[[Task], None]
AsyncCall = Callable[[Task], Coroutine[Any, Any, None]]


_GENERATORS: Final = 0x20 | 0x200
_ORDINARY: Final = 0x04 | 0x08 | 0x20 | 0x200  # CO_*: starred arguments, generators


def equip(node: Node, action: Any, take: Take, routers: Sequence[Router], *, root: bool) -> None:
    """Give `node` what runs it: sync, async or both, as its action allows.

    `root`: the state is one value, so that a dict is a value and not an update.
    """
    node.owner = action
    if action.__class__ is FunctionType:
        code = action.__code__
        plain = not routers and not root
        if (
            plain
            and code.co_argcount == 1
            and not code.co_kwonlyargcount
            and not code.co_flags & _ORDINARY
        ):
            # As fast as a closure, and a quarter of its size.
            if code.co_flags & 0x80:  # CO_COROUTINE
                node.acall = MethodType(_acall_plain, action)
            else:
                node.call = MethodType(_call_plain, action)
            return
        if code.co_flags & _GENERATORS:
            from ._generators import added_up

            node.owner = action = added_up(action)
    _equip_fully(node, action, take, routers, root)


def _equip_fully(
    node: Node, action: Any, take: Take, routers: Sequence[Router], root: bool
) -> None:
    if routers or root:
        node.writers = Equipment(take, routers, root)
    given = take, routers, root
    routed_async = bool(routers) and any(router.is_async for router in routers)
    if hasattr(action, "invoke") and hasattr(action, "ainvoke"):
        function, afunction = _runnable(action), _arunnable(action)
        node.call = None if routed_async else _call(function, (), _write(*given))
        node.acall = _acall(afunction, (), _awrite(*given))
        return
    inject = injections(action)
    if is_async(action):
        node.acall = _acall(action, inject, _awrite(*given))
    elif routed_async:
        node.acall = _acall(_in_executor(action), inject, _awrite(*given))
    else:
        node.call = _call(action, inject, _write(*given))


class Equipment:
    """What belongs to a node besides its function: how to take its result, and its routers."""

    __slots__ = ("root", "routers", "take")

    def __init__(self, take: Take, routers: Sequence[Router], root: bool) -> None:
        self.take = take
        self.routers = routers
        self.root = root

    def __call__(self) -> Writers:
        """What follows the node's function, as a function and as a coroutine function."""
        return _write(self.take, self.routers, self.root), _awrite(
            self.take, self.routers, self.root
        )

    def trace(self, node: Node) -> None:
        """Have `node` tell LangChain's callbacks what it does."""
        from anystep.pregel._traced import Traced

        Traced(node.owner, self.take, self.routers).equip(node)


PLAIN: Final = Equipment(take_update, (), False)
"""The equipment of a function of the state without routers."""


def _call_plain(function: Callable[[Any], Any], task: Task) -> None:
    """The shortest way: a function of the state, no routers."""
    try:
        result = function(task.input)
    except ParentCommand as up:
        result = _for_here(up)
    if result.__class__ is dict:
        task.update = result
    elif result is not None:
        take_update(task, result)


async def _acall_plain(function: Callable[[Any], Any], task: Task) -> None:
    """`_call_plain` for a coroutine function."""
    try:
        result = await function(task.input)
    except ParentCommand as up:
        result = _for_here(up)
    if result.__class__ is dict:
        task.update = result
    elif result is not None:
        take_update(task, result)


def _call(
    function: Callable[..., Any], inject: Sequence[tuple[str, Provider]], write: Take
) -> Call:
    def call(task: Task) -> None:
        try:
            if inject:
                extra = {name: provide(task) for name, provide in inject}
                result = function(task.input, **extra)
            else:
                result = function(task.input)
        except ParentCommand as up:
            result = _for_here(up)
        write(task, result)

    return call


def _acall(
    function: Callable[..., Any],
    inject: Sequence[tuple[str, Provider]],
    awrite: Callable[[Task, Any], Coroutine[Any, Any, None]],
) -> AsyncCall:
    async def acall(task: Task) -> None:
        try:
            if inject:
                extra = {name: provide(task) for name, provide in inject}
                result = await function(task.input, **extra)
            else:
                result = await function(task.input)
        except ParentCommand as up:
            result = _for_here(up)
        await awrite(task, result)

    return acall


def _for_here(up: ParentCommand) -> Command[Any]:
    """A command that a graph inside this node has sent up to this graph.

    Raises it again where it is addressed further up.
    """
    command: Command[Any] = up.args[0]
    if command.graph is not None:
        raise up
    return command


def _write(take: Take, routers: Sequence[Router], root: bool) -> Take:
    if not routers:
        return take
    if len(routers) == 1 and not root:
        route = routers[0].route

        def write_and_route(task: Task, result: Any) -> None:
            if result.__class__ is dict:
                task.update = result
            elif result is not None:
                take(task, result)
            route(task)

        return write_and_route

    def write(task: Task, result: Any) -> None:
        take(task, result)
        for router in routers:
            router.route(task)

    return write


def _awrite(
    take: Take, routers: Sequence[Router], root: bool
) -> Callable[[Task, Any], Coroutine[Any, Any, None]]:
    async def awrite(task: Task, result: Any) -> None:
        if result.__class__ is dict and not root:
            task.update = result
        elif result is not None:
            take(task, result)
        for router in routers:
            if router.is_async:
                await router.aroute(task)
            else:
                router.route(task)

    return awrite


def _runnable(action: Any) -> Callable[[Any], Any]:
    """Calls a graph or a Runnable; the latter gets the task's config."""
    if hasattr(action, "program"):
        return lambda state: action.invoke(state)
    from anystep.config import get_config

    return lambda state: action.invoke(state, get_config())


def _arunnable(action: Any) -> Callable[[Any], Any]:
    if hasattr(action, "program"):
        return lambda state: action.ainvoke(state)
    from anystep.config import get_config

    return lambda state: action.ainvoke(state, get_config())


def _in_executor(function: Callable[..., Any]) -> Callable[..., Any]:
    """A sync node with an async router: it runs in a thread where there are threads."""

    async def run(state: Any, **extra: Any) -> Any:
        from anystep._async_library import in_thread
        from anystep.host import current_host

        if not current_host().threads:
            return function(state, **extra)
        return await in_thread(lambda: function(state, **extra))

    return run
