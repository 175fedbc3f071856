"""A run on a server that is read: the SDK's thread stream with a local run's face.

What can be read is the server's: its channels, decoded by the SDK where the SDK knows how.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final, Self

from anystep._records import Command

_TYPED: Final = ("values", "messages", "tool_calls", "subgraphs")  # the SDK decodes them
_PLAIN: Final = ("updates", "checkpoints", "tasks", "custom")


def _input_of(given: Any) -> Any:
    """What the server wants: it knows by itself whether a thread waits for an answer.

    Raises: `NotImplementedError` for a `Command` that does more than answer.
    """
    if not isinstance(given, Command):
        return given
    if given.goto or given.update:
        raise NotImplementedError(
            "RemoteGraph v3 streaming supports `Command(resume=...)` only; "
            "`goto` / `update` are not supported by the v3 `run.start` path."
        )
    return given.resume


class _Channel:
    """One of the server's channels: the data of its events."""

    def __init__(self, thread: Any, name: str) -> None:
        self._thread = thread
        self._name = name

    def _data(self, event: Any) -> Any:
        """What an event of this channel carries; None for another's, and for none."""
        return (
            (event.get("params") or {}).get("data") if event.get("method") == self._name else None
        )

    def __iter__(self) -> Iterator[Any]:
        for event in self._thread.subscribe([self._name]):
            if (data := self._data(event)) is not None:
                yield data

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for event in self._thread.subscribe([self._name]):
            if (data := self._data(event)) is not None:
                yield data


class _Extensions(Mapping[str, Any]):
    """What can be read, by name; a name that is not known is a channel of the program's own."""

    def __init__(self, thread: Any) -> None:
        self._thread = thread

    def __getitem__(self, name: str) -> Any:
        if name in _TYPED:
            return getattr(self._thread, name)
        if name in _PLAIN:
            return _Channel(self._thread, name)
        return self._thread.extensions[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*_TYPED, *_PLAIN))

    def __len__(self) -> int:
        return len(_TYPED) + len(_PLAIN)


class _RemoteRun:
    """What both faces do."""

    def __init__(self, client: Any, thread: Any, given: Any, config: Any, metadata: Any) -> None:
        self._client = client
        self._sdk = thread
        self._request = {"input": _input_of(given), "config": config, "metadata": metadata}
        self._run_id: str | None = None
        self._closed = False
        self._events: Any = None

    def _open(self) -> None:
        if self._closed:
            raise RuntimeError(f"{type(self).__name__} already closed")

    def __getattr__(self, name: str) -> Any:
        """A projection of the SDK's: `values`, `messages`, `subgraphs`, `tool_calls`."""
        if name in _TYPED:
            return getattr(self._sdk, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def extensions(self) -> Mapping[str, Any]:
        """What can be read, by name."""
        return _Extensions(self._sdk)


class RemoteGraphRunStream(_RemoteRun):
    """A remote run on the sync face; it starts with the `with` block.

    `interrupted` and `interrupts` say what is known now, and do not wait for the run's end.
    """

    def __enter__(self) -> Self:
        self._open()
        self._sdk.__enter__()
        try:
            self._run_id = self._sdk.run.start(**self._request)["run_id"]
        except BaseException:
            self._sdk.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        if not self._closed:
            self._closed = True
            self._sdk.__exit__(*exc_info)

    @property
    def output(self) -> Any:
        """The final state, when the run has ended."""
        return self._sdk.output

    @property
    def interrupted(self) -> bool:
        """Whether the run waits for an answer now."""
        return bool(self._sdk.interrupted)

    @property
    def interrupts(self) -> list[Any]:
        """What it asks now."""
        return list(self._sdk.interrupts)

    def abort(self) -> None:
        """Cancel the run and close the stream. Ending twice is fine."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._run_id is not None:
                self._client.runs.cancel(self._sdk.thread_id, self._run_id, wait=False)
        except Exception as error:  # noqa: BLE001  a run that is over cannot be cancelled
            _note(error)
        finally:
            self._sdk.close()

    def __iter__(self) -> Iterator[Any]:
        if self._events is None:
            self._events = iter(self._sdk.events)
        events: Iterator[Any] = self._events
        return events

    def interleave(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Several projections at once: `(name, item)` in the order of their coming."""
        yield from self._sdk.interleave_projections(list(names))


class AsyncRemoteGraphRunStream(_RemoteRun):
    """A remote run on the async face; it starts with the `async with` block."""

    async def __aenter__(self) -> Self:
        self._open()
        await self._sdk.__aenter__()
        try:
            self._run_id = (await self._sdk.run.start(**self._request))["run_id"]
        except BaseException:
            await self._sdk.__aexit__(*sys.exc_info())
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if not self._closed:
            self._closed = True
            await self._sdk.__aexit__(*exc_info)

    async def output(self) -> Any:
        """The final state, when the run has ended."""
        return await self._sdk.output

    async def interrupted(self) -> bool:
        """Whether the run waits for an answer now."""
        return bool(self._sdk.interrupted)

    async def interrupts(self) -> list[Any]:
        """What it asks now."""
        return list(self._sdk.interrupts)

    async def abort(self) -> None:
        """Cancel the run and close the stream. Ending twice is fine."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._run_id is not None:
                await self._client.runs.cancel(self._sdk.thread_id, self._run_id, wait=False)
        except Exception as error:  # noqa: BLE001  a run that is over cannot be cancelled
            _note(error)
        finally:
            await self._sdk.close()

    def __aiter__(self) -> AsyncIterator[Any]:
        if self._events is None:
            self._events = aiter(self._sdk.events)
        events: AsyncIterator[Any] = self._events
        return events


def _note(error: Exception) -> None:
    import logging

    logging.getLogger(__name__).debug("The remote run could not be cancelled: %r", error)
