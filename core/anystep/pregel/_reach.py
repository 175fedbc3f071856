"""What code in a node reaches through its config: the state, and writes before it has returned.

LangGraph's nodes find both there, and libraries that keep data in the state use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from anystep._planner import Task

READ_KEY: Final = "__pregel_read"
SEND_KEY: Final = "__pregel_send"


def read(task: Task, select: str | Sequence[str], fresh: bool = False) -> Any:
    """One channel's value, None where it has none; a dict of those that have, for several names.

    `fresh`: with what the task itself has written so far.
    """
    run = task.run
    values = run.values
    if fresh:
        values = run.fresh(task)
        task.fresh = None  # the node has yet to return: this is not what the step comes to
    if isinstance(select, str):
        return values.get(select)
    return {name: values[name] for name in select if name in values}
