"""Error handlers: nodes that stand in for one that has failed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anystep.errors import NodeError

from ._task import Task

if TYPE_CHECKING:
    from ._run import Run


def handler_task(run: Run, failed: Task, error: BaseException, handler: int) -> Task:
    """The task of an error handler, which sees the failed task's input and error."""
    node = run.program.nodes[handler]
    task = Task(run, node, run.step, failed.input)
    task.failed = failed
    task.value = NodeError(node=failed.name, error=error)
    return task
