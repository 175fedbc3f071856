"""Server-sent events: bytes in whatever pieces they come, events out. Pure.

A server is not trusted: an event has a size limit, and what is no field is passed over, as
the standard has it (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

#: The most bytes one event may have: states are large, but not endless.
LIMIT: Final = 64 * 1024 * 1024


class ServerEvent(NamedTuple):
    """One event; `data` is its lines, joined."""

    event: str
    data: str
    id: str | None


class TooLarge(ValueError):
    """An event that has no end."""


class Decoder:
    """Feed it bytes; it yields the events that are whole.

    Raises: `TooLarge`; `UnicodeDecodeError` for what is not UTF-8.
    """

    __slots__ = ("_after_return", "_data", "_event", "_id", "_limit", "_rest", "_size", "_started")

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._rest = bytearray()  # the line that has no end yet
        self._after_return = False  # the last byte was a CR: an LF belongs to it
        self._started = False
        self._size = 0
        self._event = ""
        self._data: list[str] = []
        self._id: str | None = None

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """The events that end in `piece`."""
        if self._after_return and piece:
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        if piece.endswith(b"\r"):
            self._after_return = True
        self._rest += piece
        if b"\n" not in piece and b"\r" not in piece:
            if len(self._rest) + self._size > self._limit:
                raise self._too_large()
            return
        whole = bytes(self._rest).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = whole.split(b"\n")
        self._rest = bytearray(rest)
        for line in lines:
            event = self._line(line)
            if event is not None:
                yield event

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The server sent an event of more than {self._limit} bytes")

    def _line(self, raw: bytes) -> ServerEvent | None:
        if raw.startswith(b":"):  # a comment: servers send them to keep a connection alive
            self._started = True
            return None
        self._size += len(raw)
        if self._size > self._limit:
            raise self._too_large()
        line = raw.decode()
        if not self._started:
            line = line.removeprefix("\ufeff")
            self._started = True
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatch(self) -> ServerEvent | None:
        event, data = self._event, self._data
        self._event, self._data, self._size = "", [], 0
        if not data and not event:
            return None
        return ServerEvent(event or "message", "\n".join(data), self._id)
