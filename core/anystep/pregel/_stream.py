"""Who is told what: the streams of a run, and the shape each consumer gets.

A stream belongs to one consumer: the caller that iterates a run. Its outbox is what
that caller sees next. A run inside a node posts to the stream of the run around it
when that one wants subgraphs, and to its own when somebody iterates it too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar

from anystep._constants import INTERRUPT

Namespace = tuple[str, ...]
Tell = Callable[[Any], None]


class Stream:
    """One consumer's wishes, and its outbox."""

    __slots__ = (
        "blocks",
        "coerce",
        "listed",
        "modes",
        "outbox",
        "seen",
        "subgraphs",
        "version",
        "wake",
    )

    #: The outbox of runs that nobody listens to: always empty.
    nobody: ClassVar[deque[Any]] = deque(maxlen=0)

    def __init__(
        self, modes: Collection[str], *, listed: bool, subgraphs: bool, version: str
    ) -> None:
        self.modes = frozenset(modes)
        self.listed = listed  # whether the caller gave a list, and so gets mode names
        self.subgraphs = subgraphs
        self.version = version
        self.blocks = False  # messages come in content blocks, and none from tools
        self.outbox: deque[Any] = deque()
        self.coerce: Callable[[Any], Any] | None = None  # state dict -> schema's class
        self.seen: set[Any] = set()  # ids of messages that were told
        self.wake: Callable[[], None] | None = None  # set by a driver that waits

    def post(self, ns: Namespace, mode: str, payload: Any) -> None:
        """Put one event into the outbox. Safe from any thread."""
        self.outbox.append(self._shaped(ns, mode, payload))
        if self.wake is not None:
            self.wake()

    def _shaped(self, ns: Namespace, mode: str, payload: Any) -> Any:
        if self.version == "v2":
            return _part(ns, mode, payload, self.coerce)
        if self.subgraphs:
            return (ns, mode, payload) if self.listed else (ns, payload)
        return (mode, payload) if self.listed else payload

    def teller(self, mode: str, ns: Namespace) -> Tell | None:
        """A function that posts payloads of `mode`, or None where nobody wants them."""
        if mode not in self.modes:
            return None
        if self.version == "v1" and not self.subgraphs and self.wake is None:
            append = self.outbox.append
            if not self.listed:
                return append
            return lambda payload: append((mode, payload))
        return lambda payload: self.post(ns, mode, payload)


class Printer(Stream):
    """A consumer that prints: what `print_mode` asks for."""

    __slots__ = ()

    def __init__(self, modes: Collection[str]) -> None:
        super().__init__(modes, listed=True, subgraphs=False, version="v1")

    def post(self, ns: Namespace, mode: str, payload: Any) -> None:
        """Print one event, the mode in bold."""
        print(f"\x1b[1m[{mode}]\x1b[0m {payload!r}")  # noqa: T201  # its purpose

    def teller(self, mode: str, ns: Namespace) -> Tell | None:
        if mode not in self.modes:
            return None
        return lambda payload: self.post(ns, mode, payload)


def _part(
    ns: Namespace, mode: str, payload: Any, coerce: Callable[[Any], Any] | None
) -> dict[str, Any]:
    """A v2 part: a dict that says what it is, states as the schema's class."""
    part: dict[str, Any] = {"type": mode, "ns": ns, "data": payload}
    if mode == "values":
        interrupts: Any = ()
        if isinstance(payload, dict) and INTERRUPT in payload:
            part["data"] = {k: v for k, v in payload.items() if k != INTERRUPT}
            interrupts = payload[INTERRUPT]
        if coerce is not None and isinstance(part["data"], dict):
            part["data"] = coerce(part["data"])
        part["interrupts"] = interrupts
    elif coerce is not None and mode in ("checkpoints", "debug"):
        part["data"] = _with_state(payload, coerce)
    return part


def _with_state(payload: Any, coerce: Callable[[Any], Any]) -> Any:
    """A checkpoint's payload, or a debug one around it, with its values coerced."""
    if "payload" in payload:
        inner = payload["payload"]
        if payload["type"] != "checkpoint":
            return payload
        return {**payload, "payload": _with_state(inner, coerce)}
    values = payload.get("values")
    if not values:
        return payload
    try:
        return {**payload, "values": coerce(values)}
    except (TypeError, ValueError):  # a state that is not complete yet
        return payload


def namespace(ns: str) -> Namespace:
    """A checkpoint namespace as streams show it: one part per level."""
    return tuple(ns.split("|")) if ns else ()


def tellers(streams: Collection[Stream], mode: str, ns: Namespace) -> Tell | None:
    """One function for all streams that want `mode`; None where none does."""
    found = [tell for s in streams if (tell := s.teller(mode, ns)) is not None]
    if len(found) <= 1:
        return found[0] if found else None

    def tell_all(payload: Any) -> None:
        for tell in found:
            tell(payload)

    return tell_all


def streams_for(modes: str | Sequence[str]) -> tuple[Collection[str], bool]:
    """The modes asked for, and whether events say theirs: where they came as a list."""
    if isinstance(modes, str):
        return (modes,), False
    return tuple(modes), not isinstance(modes, tuple)
