"""The client of a graph server that a `RemoteGraph` makes when it is given a URL.

It has the parts of LangGraph's SDK that a remote graph needs, over httpx. A request is
made once, in `Server`, and sent by one face or the other. The key is in one header and
nowhere else; redirects are not followed, so it reaches one host.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from ._remote import RemoteException, json_ready
from ._sse import LIMIT, Decoder, ServerEvent

_KEYS: Final = ("LANGGRAPH_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")
_SHOWN: Final = 4096  # bytes of what a server says of an error
_TIMEOUTS: Final = {"connect": 5.0, "read": 300.0, "write": 300.0, "pool": 5.0}


class StreamPart(NamedTuple):
    """One event of a run, as the SDK has it."""

    event: str
    data: Any
    id: str | None = None


class Request(NamedTuple):
    """What to send, but for where the server is and who asks."""

    method: str
    path: str
    query: dict[str, Any]
    body: Any
    headers: Mapping[str, str]


class Server:
    """Where a server is, and what every request to it carries.

    Raises: `ValueError` for a URL that is none, and for `x-api-key` among the headers.
    """

    def __init__(self, url: str, api_key: str | None, headers: Mapping[str, str] | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("RemoteGraph needs a url such as 'https://graphs.example'")
        if any(name.lower() == "x-api-key" for name in headers or ()):
            raise ValueError("Pass api_key=... rather than the header x-api-key")
        self.url = url.rstrip("/")
        self._headers = dict(headers or {})
        key = api_key or _key_of_environment()
        if key:
            self._headers["x-api-key"] = key

    def __repr__(self) -> str:
        return f"Server({urlsplit(self.url).hostname!r})"  # no user, no password, no key

    def arguments(self, request: Request) -> dict[str, Any]:
        """`request` as httpx takes it. Raises: `TypeError` for what cannot be sent."""
        import json

        headers = {**self._headers, **request.headers}
        content = None
        if request.body is not None:
            content = json.dumps(request.body, default=json_ready).encode()
            headers["content-type"] = "application/json"
        return {
            "method": request.method,
            "url": self.url + request.path,
            "params": request.query,
            "headers": headers,
            "content": content,
        }


def _key_of_environment() -> str | None:
    import os

    for name in _KEYS:
        value = os.environ.get(name, "").strip().strip("\"'")
        if value:
            return value
    return None


def _httpx() -> Any:
    try:
        import httpx
    except ImportError as error:
        raise ImportError(
            "A RemoteGraph made of a url needs httpx: pip install 'anystep[remote]', "
            "or pass client= and sync_client="
        ) from error
    return httpx


# -- requests ---------------------------------------------------------------------------


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _path(*parts: Any) -> str:
    return "".join("/" + quote(str(part), safe="") for part in parts)


def _query(params: Any, **more: Any) -> dict[str, Any]:
    return {**dict(params or {}), **more}


def _graph(assistant_id: str, xray: int | bool, headers: Any, params: Any) -> Request:
    shown = str(xray).lower() if isinstance(xray, bool) else xray
    path = _path("assistants", assistant_id, "graph")
    return Request("GET", path, _query(params, xray=shown), None, headers or {})


def _state(thread_id: Any, checkpoint: Any, subgraphs: bool, headers: Any, params: Any) -> Request:
    if checkpoint and ("checkpoint_id" in checkpoint or "checkpoint_ns" in checkpoint):
        path = _path("threads", thread_id, "state", "checkpoint")
        body = {"checkpoint": checkpoint, "subgraphs": subgraphs}
        return Request("POST", path, _query(params), body, headers or {})
    query = _query(params, subgraphs=str(subgraphs).lower())
    return Request("GET", _path("threads", thread_id, "state"), query, None, headers or {})


def _history(thread_id: Any, before: Any, headers: Any, params: Any, fields: Any) -> Request:
    if before is not None:  # the form that every server takes
        fields["before"] = {"configurable": before}
    path = _path("threads", thread_id, "history")
    return Request("POST", path, _query(params), _given(**fields), headers or {})


def _update(thread_id: Any, values: Any, headers: Any, params: Any, fields: Any) -> Request:
    body = {"values": values, **_given(**fields)}
    return Request(
        "POST", _path("threads", thread_id, "state"), _query(params), body, headers or {}
    )


def _run(thread_id: Any, headers: Any, params: Any, fields: dict[str, Any]) -> Request:
    if thread_id is None:
        fields.pop("if_not_exists", None)
        path = _path("runs", "stream")
    else:
        path = _path("threads", thread_id, "runs", "stream")
    if fields.get("command") is not None:
        fields["command"] = _given(**fields["command"])
        fields["command"].pop("graph", None)
        if not fields["command"].get("goto"):
            fields["command"].pop("goto", None)
    return Request("POST", path, _query(params), _given(**fields), headers or {})


# -- replies ------------------------------------------------------------------------------


def _whole(pieces: bytearray, piece: bytes) -> None:
    pieces += piece
    if len(pieces) > LIMIT:
        raise RemoteException(f"The server sent a reply of more than {LIMIT} bytes")


def _json(raw: bytes | str, what: str) -> Any:
    import json

    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RemoteException(f"The server sent {what} that is no JSON: {error}") from None


def _refusal(request: Request, status: int, raw: bytes) -> RemoteException:
    """What went wrong, in the server's words where it has some."""
    import json

    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        told = raw[:500].decode(errors="replace")
    if isinstance(told, dict):
        told = next((told[k] for k in ("message", "detail", "error") if told.get(k)), told)
    return RemoteException(f"{request.method} {request.path} failed with status {status}: {told}")


def _chunk(event: ServerEvent) -> StreamPart:
    return StreamPart(event.event, _json(event.data, "an event") if event.data else None, event.id)


class _Part:
    """`assistants`, `threads` and `runs` in one: their methods have different names."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.assistants = self.threads = self.runs = self


class Client(_Part):
    """The sync face."""

    def _stream(self, request: Request) -> Iterator[bytes]:
        httpx = _httpx()
        with (
            httpx.Client(timeout=httpx.Timeout(**_TIMEOUTS)) as http,
            http.stream(**self.server.arguments(request)) as reply,
        ):
            if reply.status_code >= 400:
                raise _refusal(request, reply.status_code, next(reply.iter_bytes(_SHOWN), b""))
            yield from reply.iter_bytes()

    def _ask(self, request: Request) -> Any:
        pieces = bytearray()
        for piece in self._stream(request):
            _whole(pieces, piece)
        return _json(bytes(pieces), "a reply")

    def get_graph(
        self, *, assistant_id: str, xray: int | bool, headers: Any = None, params: Any = None
    ) -> Any:
        """The graph of an assistant."""
        return self._ask(_graph(assistant_id, xray, headers, params))

    def get_state(
        self,
        *,
        thread_id: Any,
        checkpoint: Any,
        subgraphs: bool,
        headers: Any = None,
        params: Any = None,
    ) -> Any:
        """The state of a thread."""
        return self._ask(_state(thread_id, checkpoint, subgraphs, headers, params))

    def get_history(
        self,
        *,
        thread_id: Any,
        before: Any = None,
        headers: Any = None,
        params: Any = None,
        **fields: Any,
    ) -> Any:
        """The states of a thread, newest first."""
        return self._ask(_history(thread_id, before, headers, params, fields))

    def update_state(
        self, *, thread_id: Any, values: Any, headers: Any = None, params: Any = None, **fields: Any
    ) -> Any:
        """Edit a thread."""
        return self._ask(_update(thread_id, values, headers, params, fields))

    def stream(
        self, *, thread_id: Any, headers: Any = None, params: Any = None, **fields: Any
    ) -> Iterator[StreamPart]:
        """Run, yielding the server's events."""
        decoder = Decoder()
        for piece in self._stream(_run(thread_id, headers, params, fields)):
            for event in decoder.feed(piece):
                yield _chunk(event)


class AsyncClient(_Part):
    """The async face."""

    async def _stream(self, request: Request) -> AsyncIterator[bytes]:
        httpx = _httpx()
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(**_TIMEOUTS)) as http,
            http.stream(**self.server.arguments(request)) as reply,
        ):
            if reply.status_code >= 400:
                told = await anext(reply.aiter_bytes(_SHOWN), b"")
                raise _refusal(request, reply.status_code, told)
            async for piece in reply.aiter_bytes():
                yield piece

    async def _ask(self, request: Request) -> Any:
        pieces = bytearray()
        async for piece in self._stream(request):
            _whole(pieces, piece)
        return _json(bytes(pieces), "a reply")

    async def get_graph(
        self, *, assistant_id: str, xray: int | bool, headers: Any = None, params: Any = None
    ) -> Any:
        """The graph of an assistant."""
        return await self._ask(_graph(assistant_id, xray, headers, params))

    async def get_state(
        self,
        *,
        thread_id: Any,
        checkpoint: Any,
        subgraphs: bool,
        headers: Any = None,
        params: Any = None,
    ) -> Any:
        """The state of a thread."""
        return await self._ask(_state(thread_id, checkpoint, subgraphs, headers, params))

    async def get_history(
        self,
        *,
        thread_id: Any,
        before: Any = None,
        headers: Any = None,
        params: Any = None,
        **fields: Any,
    ) -> Any:
        """The states of a thread, newest first."""
        return await self._ask(_history(thread_id, before, headers, params, fields))

    async def update_state(
        self, *, thread_id: Any, values: Any, headers: Any = None, params: Any = None, **fields: Any
    ) -> Any:
        """Edit a thread."""
        return await self._ask(_update(thread_id, values, headers, params, fields))

    async def stream(
        self, *, thread_id: Any, headers: Any = None, params: Any = None, **fields: Any
    ) -> AsyncIterator[StreamPart]:
        """Run, yielding the server's events."""
        decoder = Decoder()
        async for piece in self._stream(_run(thread_id, headers, params, fields)):
            for event in decoder.feed(piece):
                yield _chunk(event)
