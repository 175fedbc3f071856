"""Our records as LangGraph's own, for savers that serialize LangGraph's classes.

Active only where the application has imported langgraph itself, as every saver
written for it has: langgraph can then go on with a thread that anystep began.
"""

from __future__ import annotations

import sys
from typing import Any

from anystep._constants import INTERRUPT, TASKS
from anystep._records import Interrupt, Send


def outward(name: str, value: Any) -> Any:
    """What a foreign saver is given for channel or write `name`."""
    theirs = sys.modules.get("langgraph.types")
    if theirs is None:
        return value
    if name == TASKS:
        if isinstance(value, Send):
            return _send(theirs, value)
        if isinstance(value, list):
            return [_send(theirs, v) if isinstance(v, Send) else v for v in value]
    if name == INTERRUPT and isinstance(value, (tuple, list)):
        return tuple(_interrupt(theirs, v) if isinstance(v, Interrupt) else v for v in value)
    return value


def _send(theirs: Any, send: Send) -> Any:
    return theirs.Send(send.node, send.arg, timeout=send.timeout)


def _interrupt(theirs: Any, interrupt: Interrupt[Any]) -> Any:
    return theirs.Interrupt(
        interrupt.value, interrupt.id, response_schema=interrupt.response_schema
    )
