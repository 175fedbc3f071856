"""Conditional edges: a router reads the state with its node's writes in it, and points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import END, START
from anystep._planner import Task, check_target
from anystep._records import Send
from anystep.errors import InvalidUpdateError
from anystep.pregel._inject import injections, is_async

if TYPE_CHECKING:
    from anystep._planner import Run

    from ._spec import Branch

View = Callable[["Run", dict[str, Any]], Any]


class Router:
    """One conditional edge of a compiled node."""

    __slots__ = ("ends", "indexes", "inject", "is_async", "path", "runnable", "view")

    def __init__(self, branch: Branch, indexes: dict[str, int], view: View | None) -> None:
        path = branch.path
        self.runnable: Any = None  # a path that is LangChain's, or of its kind
        if hasattr(path, "invoke"):
            self.runnable = path
            path = path.invoke
        self.path = path
        self.ends = branch.ends
        self.indexes = indexes
        self.view = view  # None: routers get a copy of the whole state
        self.inject = () if self.runnable is not None else injections(path)
        self.is_async = self.runnable is None and is_async(path)

    @property
    def name(self) -> str | None:
        """The function's name; None for a lambda, or for what has none."""
        name = getattr(self.path, "__name__", None)
        return None if name == "<lambda>" else name

    def read(self, task: Task) -> Any:
        """The state with the node's writes in it, as the router sees it."""
        run = task.run
        fresh = run.fresh(task)
        return fresh.copy() if self.view is None else self.view(run, fresh)

    def arguments(self, task: Task) -> tuple[Any, dict[str, Any]]:
        """What the path is called with."""
        read = self.read(task)
        if not self.inject:
            return read, {}
        return read, {name: provide(task) for name, provide in self.inject}

    def route(self, task: Task) -> None:
        """Ask the path where to go, and note it in the task."""
        if self.inject or self.view is not None:
            read, extra = self.arguments(task)
            answer = self.path(read, **extra)
        else:
            answer = self.path(task.run.fresh(task).copy())
        self.follow(task, answer)

    async def aroute(self, task: Task) -> None:
        """`route` for a path that is a coroutine function."""
        if self.inject or self.view is not None:
            read, extra = self.arguments(task)
            answer = await self.path(read, **extra)
        else:
            answer = await self.path(task.run.fresh(task).copy())
        self.follow(task, answer)

    def follow(self, task: Task, answer: Any) -> None:
        ends = self.ends
        if answer.__class__ is str:  # the commonest answer: one name
            try:
                name = answer if ends is None else ends[answer]
            except KeyError as error:
                self.explain(error, answer, task)
                raise
            if name == END:
                return
            index = self.indexes.get(name)
            if index is not None and not task.goto:
                task.goto = (index,)
                return
        self.follow_all(task, answer)

    def explain(self, error: KeyError, answer: Any, task: Task) -> None:
        """Say which router returned what its path map does not have."""
        keys = ", ".join(map(repr, self.ends or ()))
        error.add_note(
            f"The router of node {task.name!r} returned {answer!r}; its path map has {keys}."
        )

    def follow_all(self, task: Task, answer: Any) -> None:
        """Note the answer's names and Sends.

        Raises: `ValueError` for an answer that points nowhere; `InvalidUpdateError`
        for a Send to the end; `KeyError` for one the path map does not have.
        """
        answers: Sequence[Any] = answer if isinstance(answer, (list, tuple)) else [answer]
        ends = self.ends
        targets: list[Any] = []
        to_end = to_nowhere = False
        try:
            for target in answers:
                if isinstance(target, Send):
                    to_end = to_end or target.node == END
                else:
                    target = target if ends is None else ends[target]
                    to_nowhere = to_nowhere or target is None or target == START
                targets.append(target)
        except KeyError as error:
            self.explain(error, answer, task)
            raise
        if to_nowhere:
            raise ValueError("Branch did not return a valid destination")
        if to_end:
            raise InvalidUpdateError("Cannot send a packet to the END node")
        goto_all(task, targets, self.indexes)


def goto_all(task: Task, targets: Sequence[Any], indexes: dict[str, int]) -> None:
    """Add names and Sends to where a task leads; END leads nowhere."""
    goto = [*task.goto]
    sends = [*task.sends]
    for target in targets:
        if isinstance(target, Send):
            if task.run.scope.strict:
                check_target(task.run, target.node, f"A Send of node {task.name!r}")
            sends.append(target)
        elif target != END:
            index = indexes.get(target) if isinstance(target, str) else None
            if index is None and task.run.scope.strict:
                check_target(task.run, target, f"Node {task.name!r}")
            elif index is None:
                task.run.scope.warn_unknown_target(target)
            else:
                goto.append(index)
    task.goto = tuple(goto)
    task.sends = sends
