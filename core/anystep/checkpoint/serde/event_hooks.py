"""Being told when stored data names a class that is not on the allow-list."""

import logging  # noqa: TID253  only programs that read LangGraph's format import this
from collections.abc import Callable
from typing import NotRequired, TypedDict

__all__ = [
    "SerdeEvent",
    "SerdeEventListener",
    "emit_serde_event",
    "register_serde_event_listener",
]

_logger = logging.getLogger(__name__)


class SerdeEvent(TypedDict):
    """What happened (`kind`) to which class, or method of a class."""

    kind: str
    module: str
    name: str
    method: NotRequired[str]


SerdeEventListener = Callable[[SerdeEvent], None]

_listeners: list[SerdeEventListener] = []


def register_serde_event_listener(listener: SerdeEventListener) -> Callable[[], None]:
    """Call `listener` with every event from now on; call the result to stop."""
    _listeners.append(listener)

    def unregister() -> None:
        if listener in _listeners:
            _listeners.remove(listener)

    return unregister


def emit_serde_event(event: SerdeEvent) -> None:
    """Tell the listeners; one that fails is logged and disturbs nobody."""
    for listener in tuple(_listeners):
        try:
            listener(event)
        except Exception:
            _logger.warning("Serde listener failed", exc_info=True)
