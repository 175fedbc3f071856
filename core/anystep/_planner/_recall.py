"""Going on with a superstep that was begun: what its tasks wrote, and were told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep._constants import ERROR, ERROR_SOURCE_NODE, INTERRUPT, NO_WRITES, RESUME
from anystep._ids import interrupt_id

from ._handlers import handler_task
from ._program import CONTROL

if TYPE_CHECKING:
    from ._run import Run
    from ._task import Pairs, Task

Stored = dict[str, "Pairs"]


def recall(run: Run, tasks: list[Task], stored: Stored) -> list[Task]:
    """Give tasks that finished before their writes back, and failed ones their
    handlers, so that neither runs again."""
    recalled: list[Task] = []
    for task in tasks:
        pairs = stored.get(task.id, [])
        source = next((v for k, v in pairs if k == ERROR_SOURCE_NODE), None)
        if source is not None and task.node.handler is not None:
            error = next(v for k, v in pairs if k == ERROR)
            if not isinstance(error, BaseException):
                error = Exception(str(error))
            task = handler_task(run, task, error, task.node.handler)
            pairs = stored.get(task.id, [])
        writes = [pair for pair in pairs if pair[0] not in CONTROL]
        if writes or any(k == NO_WRITES for k, _ in pairs):
            task.restored = writes
            task.done = task.stored = True
        else:
            task.resume = answers(run, task, pairs)
        recalled.append(task)
    return recalled


def answers(run: Run, task: Task, pairs: Pairs) -> list[Any]:
    """What the task was told before, and what it is told now by interrupt id."""
    told: Any = next((v for k, v in pairs if k == RESUME), [])
    answers = list(told) if isinstance(told, list) else [told]
    given = run.answers
    if given:
        key = interrupt_id(task.ns, len(answers))
        # Threads of older versions know a task's later questions by its first id. Where the
        # question is stored under its own, an answer to the first one has been given before.
        if key not in given and not _asked(pairs, key):
            key = interrupt_id(task.ns)
        if key in given:
            answers.append(given[key])
    return answers


def _asked(pairs: Pairs, key: str) -> bool:
    """Whether a question with this id is stored."""
    return any(question.id == key for k, v in pairs if k == INTERRUPT for question in v)
