"""Calls made in mid-step: a running task asks its driver for another task's result.

The caller gets a future at once. In a coroutine it is awaited; elsewhere
`.result()` waits, and where the waiting thread is the one that drives the run, it
drives on meanwhile, so calls work without threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future  # noqa: TID253  # imported with the first call
from typing import TYPE_CHECKING, Any

from anystep._planner import Called, Node, Task

if TYPE_CHECKING:
    from anystep._planner import Task as TaskType


class CallFuture(Future[Any]):
    """The result of a called task, for code that is no coroutine."""

    def __init__(self, drive_on: Callable[[CallFuture], None] | None) -> None:
        super().__init__()
        self._drive_on = drive_on

    def result(self, timeout: float | None = None) -> Any:
        """The called task's result, as soon as there is one; raises what it raised."""
        if self._drive_on is not None and not self.done():
            self._drive_on(self)
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What the called task raised, None where it succeeded."""
        if self._drive_on is not None and not self.done():
            self._drive_on(self)
        return super().exception(timeout)


class Call:
    """What the planner settles: it hands a called task's outcome to a future."""

    __slots__ = ("future", "post")

    def __init__(self, future: Any, post: Callable[[Callable[[], None]], None]) -> None:
        self.future = future
        self.post = post  # runs a function where the future may be touched

    def settle(self, task: TaskType) -> None:
        """Give the future its value or error; a future nobody wants any more is left."""

        def give() -> None:
            future = self.future
            if future.done():
                return
            if task.error is not None:
                future.set_exception(task.error)
            else:
                future.set_result(task.value)

        self.post(give)


def call_task(node: Node, given: Any, key: str | None = None) -> Any:
    """Run `node` on `given` as a task called by the current one; return its future.

    Its result is remembered under `key`, or under its place among the caller's calls.

    Raises: `RuntimeError` outside a run.
    """
    from anystep.config import current_task

    parent: Task | None = current_task.get()
    if parent is None:
        raise RuntimeError(
            f"Called task {node.name!r} outside of a run: call it from an entrypoint, "
            "a node or another task."
        )
    parent.signal()
    if parent.run.scope.trace is not None:
        from ._tracing import traced_node

        node = traced_node(node)
    return parent.run.scope.driver.call(lambda call: Called(parent, node, given, call, key))
