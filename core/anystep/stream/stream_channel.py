"""A queue for one reader, whose reading makes the run go on."""
# The parts of one package; transformers written for LangGraph use these names, too.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from ._mux import StreamMux

__all__ = ["StreamChannel"]

T = TypeVar("T")


class StreamChannel(Generic[T]):
    """What one projection has to show, in order, each item once.

    Whoever iterates it drives the run: no item is made before somebody asks for it, and
    what is pushed while nobody reads is dropped. It has one reader; `tee` and `atee` make
    several of it. It belongs to the sync or to the async face of its run.

    A channel with a `name` also shows each item in the run's own events, as method `name`
    (of a native transformer) or `custom:name`.

    Raises: `ValueError` for a `maxlen` that is not positive. A channel never holds more
    than its reader has asked for, so `maxlen` changes nothing.
    """

    def __init__(self, name: str | None = None, *, maxlen: int | None = None) -> None:
        if maxlen is not None and maxlen <= 0:
            raise ValueError("StreamChannel maxlen must be a positive int or None")
        self.name = name
        self._maxlen = maxlen
        self._items: deque[tuple[int, T]] = deque()  # with the order of their coming
        self._closed = False
        self._error: BaseException | None = None
        self._is_async: bool | None = None
        self._subscribed = False
        self._request_more: Callable[[], bool] | None = None
        self._arequest_more: Callable[[], Awaitable[bool]] | None = None
        self._wire_fn: Callable[[T], None] | None = None
        self._mux: StreamMux | None = None

    # -- what the mux does with it -------------------------------------------------------

    def _bind(self, *, is_async: bool) -> None:
        if self._is_async is not None:
            raise RuntimeError("StreamChannel is already bound")
        self._is_async = is_async

    def _bind_mux(self, mux: StreamMux) -> None:
        self._mux = mux

    def _wire(self, fn: Callable[[T], None]) -> None:
        self._wire_fn = fn

    # -- writing -------------------------------------------------------------------------

    def push(self, item: T) -> None:
        """Give `item` to the reader, if there is one.

        Raises: `RuntimeError` when the channel has been closed under its reader.
        """
        if self._subscribed:
            if self._closed:
                raise RuntimeError("Cannot push to a closed StreamChannel")
            stamp = 0 if self._mux is None else self._mux._next_push_seq()
            self._items.append((stamp, item))
        if self._wire_fn is not None:
            self._wire_fn(item)

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True

    def fail(self, err: BaseException) -> None:
        """Nothing more will come, because of `err`: the reader gets it raised."""
        self._error = err
        self._closed = True

    # -- reading -------------------------------------------------------------------------

    def _subscribe(self, *, asynchronous: bool) -> None:
        if self._is_async is None:
            raise TypeError(
                "StreamChannel has not been bound yet. "
                "Register the transformer with a StreamMux first."
            )
        if self._is_async != asynchronous:
            bound, loop = ("async", "async for") if self._is_async else ("sync", "for")
            raise TypeError(f"This StreamChannel is bound to {bound} mode: use '{loop}' instead.")
        if self._subscribed:
            tee = ".atee(n)" if asynchronous else ".tee(n)"
            raise RuntimeError(f"StreamChannel already has a subscriber; use {tee} for fan-out.")
        self._subscribed = True

    def _is_over(self) -> bool:
        """Whether the last item has been read. Raises what the run failed with."""
        if self._items or not self._closed:
            return False
        if self._error is not None:
            raise self._error
        return True

    def __iter__(self) -> Iterator[T]:
        """Read it. Raises: `RuntimeError` for a second reader, `TypeError` on the async face."""
        self._subscribe(asynchronous=False)
        return self._read()

    def _read(self) -> Iterator[T]:
        while True:
            if self._items:
                yield self._items.popleft()[1]
            elif self._is_over():
                return
            else:
                more = self._request_more is not None and self._request_more()
                if not (more or self._items or self._closed):
                    return

    def __aiter__(self) -> AsyncIterator[T]:
        """Read it. Raises: `RuntimeError` for a second reader, `TypeError` on the sync face."""
        self._subscribe(asynchronous=True)
        return self._aread()

    async def _aread(self) -> AsyncIterator[T]:
        while True:
            if self._items:
                yield self._items.popleft()[1]
            elif self._is_over():
                return
            else:
                more = self._arequest_more is not None and await self._arequest_more()
                if not (more or self._items or self._closed):
                    return

    def tee(self, n: int = 2) -> tuple[Iterator[T], ...]:
        """`n` readers, each of which gets every item.

        Raises: `ValueError` for `n < 1`, and what iterating raises.
        """
        if n < 1:
            raise ValueError("tee() requires n >= 1")
        from itertools import tee

        return tee(iter(self), n)

    def atee(self, n: int = 2) -> tuple[AsyncIterator[T], ...]:
        """`n` async readers, each of which gets every item, and the run's error.

        Raises: `ValueError` for `n < 1`, and what iterating raises.
        """
        if n < 1:
            raise ValueError("atee() requires n >= 1")
        shared = _Shared(aiter(self), n)
        return tuple(shared.branch(buffer) for buffer in shared.buffers)


class _Shared(Generic[T]):
    """One source for several async readers, one of whom at a time advances it."""

    def __init__(self, source: AsyncIterator[T], n: int) -> None:
        import asyncio

        self.source = source
        self.buffers: list[deque[T]] = [deque() for _ in range(n)]
        self.lock = asyncio.Lock()
        self.ended = False
        self.error: Exception | None = None

    async def branch(self, buffer: deque[T]) -> AsyncIterator[T]:
        while True:
            if buffer:
                yield buffer.popleft()
            elif self.ended:
                if self.error is not None:
                    raise self.error
                return
            else:
                async with self.lock:
                    if not buffer and not self.ended:
                        await self.advance()

    async def advance(self) -> None:
        try:
            item = await anext(self.source)
        except StopAsyncIteration:
            self.ended = True
        except Exception as error:
            self.ended, self.error = True, error
        else:
            for buffer in self.buffers:
                buffer.append(item)
