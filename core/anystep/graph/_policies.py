"""What surrounds a node's call where its graph or `add_node` asks for it, and else does not."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from anystep._planner import Node, Task
from anystep.errors import CircuitOpenError, GraphBubbleUp

from ._results import refuse_unknown_keys

if TYPE_CHECKING:
    from anystep._breaker import CircuitBreaker

Call = Callable[[Task], None]
AsyncCall = Callable[[Task], Coroutine[Any, Any, None]]


def surround(node: Node, breaker: CircuitBreaker | None, strict: bool) -> None:
    """Wrap the calls of `node`; whoever makes other calls for it wraps them as well."""
    surrounded: list[Callable[[Node], None]] = []
    if breaker is not None:
        surrounded.append(lambda other: break_circuit(other, breaker))
    if strict:
        surrounded.append(check_keys)
    node.surrounded = surrounded
    for wrap in surrounded:
        wrap(node)


def check_keys(node: Node) -> None:
    """Strict mode: a node that writes a key the state does not have fails."""
    call, acall = node.call, node.acall
    if call is not None:
        node.call = _checked(call)
    if acall is not None:
        node.acall = _achecked(acall)


def _checked(call: Call) -> Call:
    def checked(task: Task) -> None:
        call(task)
        if isinstance(task.update, dict):
            refuse_unknown_keys(task, task.update)

    return checked


def _achecked(acall: AsyncCall) -> AsyncCall:
    async def checked(task: Task) -> None:
        await acall(task)
        if isinstance(task.update, dict):
            refuse_unknown_keys(task, task.update)

    return checked


def break_circuit(node: Node, breaker: CircuitBreaker) -> None:
    """Ask `breaker` before every call of `node`, and tell it what became of the call."""
    call, acall = node.call, node.acall
    if call is not None:
        node.call = _guarded(breaker, call)
    if acall is not None:
        node.acall = _aguarded(breaker, acall)


def _guarded(breaker: CircuitBreaker, call: Call) -> Call:
    def guarded(task: Task) -> None:
        _admit(breaker, task)
        try:
            call(task)
        except BaseException as error:
            _tell(breaker, task, error)
            raise
        breaker.succeeded()

    return guarded


def _aguarded(breaker: CircuitBreaker, acall: AsyncCall) -> AsyncCall:
    async def guarded(task: Task) -> None:
        _admit(breaker, task)
        try:
            await acall(task)
        except BaseException as error:
            _tell(breaker, task, error)
            raise
        breaker.succeeded()

    return guarded


def _admit(breaker: CircuitBreaker, task: Task) -> None:
    seconds = breaker.admit(task.run.scope.host.monotonic())
    if seconds:
        raise CircuitOpenError(task.name, seconds)


def _tell(breaker: CircuitBreaker, task: Task, error: BaseException) -> None:
    if isinstance(error, GraphBubbleUp) or not isinstance(error, Exception):
        breaker.withdrawn()  # a question or a cancellation is no failure
    else:
        breaker.failed(task.run.scope.host.monotonic())
