"""The Pregel algorithm as a pure planner: it decides, and waits for nothing.

One owner drives it: `plan(run, policy, given)` is a generator that yields tasks and
commands and is sent events. No clock, no randomness, no thread and no event loop is
reached from here; what it needs of the host comes through the run's scope.
"""

from ._begin import begin, input_pairs
from ._commands import (
    Barrier,
    Called,
    CancelTasks,
    Command,
    Load,
    LoadCached,
    Notify,
    Resolve,
    SaveCached,
    SaveWrites,
    Sleep,
    Start,
    TaskCancelled,
    Timer,
)
from ._ledger import Ledger
from ._plan import plan
from ._policy import Policy
from ._program import BRANCH_TO, UNKNOWN, Join, Marker, Node, Program, Relief, Writers
from ._refuse import check_target
from ._restore import restore, restore_ledger
from ._run import Run
from ._steps import application_order
from ._task import Task
from ._tell import results as result_dict

__all__ = [
    "BRANCH_TO",
    "UNKNOWN",
    "Barrier",
    "Called",
    "CancelTasks",
    "Command",
    "Join",
    "Ledger",
    "Load",
    "LoadCached",
    "Marker",
    "Node",
    "Notify",
    "Policy",
    "Program",
    "Relief",
    "Resolve",
    "Run",
    "SaveCached",
    "SaveWrites",
    "Sleep",
    "Start",
    "Task",
    "TaskCancelled",
    "Timer",
    "Writers",
    "application_order",
    "begin",
    "check_target",
    "input_pairs",
    "plan",
    "restore",
    "restore_ledger",
    "result_dict",
]
