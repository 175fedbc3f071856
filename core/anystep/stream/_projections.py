"""One aspect of a message that is being streamed: its pieces, and what they make together.

Pieces are kept: each iteration begins with the first one. Whoever waits for more drives the
run, if there is one; otherwise somebody else has to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio


class Projection:
    """The pieces so far, and the end."""

    __slots__ = ("_deltas", "_done", "_error", "_final_set", "_final_value")

    def __init__(self) -> None:
        self._deltas: list[Any] = []
        self._final_value: Any = None
        self._final_set = False
        self._done = False
        self._error: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._done

    @property
    def error(self) -> BaseException | None:
        """What it failed with."""
        return self._error

    def push(self, delta: Any) -> None:
        """Add a piece."""
        self._deltas.append(delta)

    def complete(self, final_value: Any) -> None:
        """The pieces together are `final_value`."""
        self._final_value = final_value
        self._final_set = self._done = True

    def fail(self, error: BaseException) -> None:
        """There will be no more, because of `error`."""
        self._error = error
        self._done = True


class SyncProjection(Projection):
    """Iterate it for the pieces; `get()` is what they make together."""

    __slots__ = ("_request_more",)

    def __init__(self) -> None:
        super().__init__()
        self._request_more: Callable[[], bool] | None = None

    def set_request_more(self, cb: Callable[[], bool] | None) -> None:
        """What to call for more; it returns False when there is none."""
        self._request_more = cb

    def __iter__(self) -> Iterator[Any]:
        """The pieces, from the first. Raises what the message failed with."""
        read = 0
        while True:
            while read < len(self._deltas):
                read += 1
                yield self._deltas[read - 1]
            if self._error is not None:
                raise self._error
            ended = self._done or self._request_more is None or not self._request_more()
            if ended and read >= len(self._deltas) and self._error is None:
                return

    def get(self) -> Any:
        """All of it, when it is there; None if it never will be. Raises what it failed with."""
        while not self._done and self._request_more is not None and self._request_more():
            pass
        if self._error is not None:
            raise self._error
        return self._final_value


class SyncTextProjection(SyncProjection):
    """A projection whose pieces are text; `str()` is all of it."""

    __slots__ = ()

    def get(self) -> str:
        """All of the text, when it is there. Raises what the message failed with."""
        return super().get() or ""

    def __str__(self) -> str:
        return self.get()

    def __bool__(self) -> bool:
        return bool(self._deltas)

    def __repr__(self) -> str:
        return repr(self._final_value if self._final_set else "".join(self._deltas))


class AsyncProjection(Projection):
    """`async for` gives the pieces; `await` what they make together."""

    __slots__ = ("_arequest_more", "_news")

    def __init__(self) -> None:
        super().__init__()
        self._arequest_more: Callable[[], Awaitable[bool]] | None = None
        self._news: asyncio.Event | None = None  # for those who wait without a pump

    def set_arequest_more(self, cb: Callable[[], Awaitable[bool]] | None) -> None:
        """What to await for more; it returns False when there is none."""
        self._arequest_more = cb

    def push(self, delta: Any) -> None:
        super().push(delta)
        self._tell()

    def complete(self, final_value: Any) -> None:
        super().complete(final_value)
        self._tell()

    def fail(self, error: BaseException) -> None:
        super().fail(error)
        self._tell()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()

    async def _more(self) -> bool:
        """Wait for something new; False when nothing will come."""
        if self._arequest_more is not None:
            return await self._arequest_more()
        if self._news is None:
            import asyncio

            self._news = asyncio.Event()
        self._news.clear()
        await self._news.wait()
        return True

    async def __aiter__(self) -> AsyncIterator[Any]:
        """The pieces, from the first. Raises what the message failed with."""
        read = 0
        while True:
            while read < len(self._deltas):
                read += 1
                yield self._deltas[read - 1]
            if self._error is not None:
                raise self._error
            ended = self._done or not await self._more()
            if ended and read >= len(self._deltas) and self._error is None:
                return

    def __await__(self) -> Generator[Any, None, Any]:
        """All of it, when it is there. Raises what the message failed with."""
        return self._whole().__await__()

    async def _whole(self) -> Any:
        while not self._done and await self._more():
            pass
        if self._error is not None:
            raise self._error
        return self._final_value


class AsyncTextProjection(AsyncProjection):
    """An async projection whose pieces are text."""

    __slots__ = ()

    async def _whole(self) -> str:
        return await super()._whole() or ""
