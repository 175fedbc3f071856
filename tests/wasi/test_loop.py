"""The event loop of hosts without sockets: asyncio's behaviour, no waiting, no deadlock in silence.

These tests run on CPython and inside the component.  Time is a number that grows when
the loop waits, so nothing here sleeps.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from concurrent.futures import Future as PoolFuture
from typing import Any

import pytest

from anystep.wasi.errors import DeadlockError
from anystep.wasi.loop import SleepWaiter, WasiEventLoop, run


class Ticker:
    """A waiter whose time passes at once; it can complete futures while it waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.events: list[asyncio.Future[str]] = []

    def time(self) -> float:
        return self.now

    def expects_events(self) -> bool:
        return bool(self.events)

    def wait(self, timeout: float | None) -> None:
        if self.events and timeout != 0:
            self.events.pop(0).set_result(f"at {self.now}")
        else:
            self.now += timeout or 0


@pytest.fixture
def ticker() -> Ticker:
    """Time that passes at once."""
    return Ticker()


def test_a_coroutines_result_is_returned(ticker: Ticker) -> None:
    """`run` returns what the coroutine returns."""

    async def main() -> int:
        await asyncio.sleep(0)
        return 7

    assert run(main(), waiter=ticker) == 7


def test_a_coroutines_error_is_raised(ticker: Ticker) -> None:
    """`run` raises what the coroutine raises."""

    async def main() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        run(main(), waiter=ticker)


def test_timers_fire_in_the_order_of_their_times(ticker: Ticker) -> None:
    """A later timer set earlier fires later, and the clock shows exactly its time."""
    fired: list[tuple[str, float]] = []

    async def after(delay: float, name: str) -> None:
        await asyncio.sleep(delay)
        fired.append((name, ticker.now))

    async def main() -> None:
        await asyncio.gather(after(3, "c"), after(1, "a"), after(2, "b"))

    run(main(), waiter=ticker)

    assert fired == [("a", 1), ("b", 2), ("c", 3)]


def test_a_cancelled_timer_is_not_waited_for(ticker: Ticker) -> None:
    """Cancelling a timer frees the loop from it."""

    async def main() -> None:
        asyncio.get_running_loop().call_later(1_000, print).cancel()
        await asyncio.sleep(1)

    run(main(), waiter=ticker)

    assert ticker.now == 1


def test_a_timeout_ends_what_takes_too_long(ticker: Ticker) -> None:
    """`asyncio.timeout` and `wait_for` raise TimeoutError when their time has come."""

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await asyncio.sleep(100)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 3)

    run(main(), waiter=ticker)

    assert ticker.now == 5


def test_cancellation_runs_the_cleanup(ticker: Ticker) -> None:
    """A cancelled task's `finally` may await before the task is over."""
    steps: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(1)
            steps.append("cleaned")

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        steps.append("seen")

    run(main(), waiter=ticker)

    assert steps == ["cleaned", "seen"]
    assert ticker.now == 2


def test_a_task_group_cancels_the_siblings_of_a_failure(ticker: Ticker) -> None:
    """One failing task ends the group at once, as an exception group."""

    async def fail() -> None:
        await asyncio.sleep(1)
        raise ValueError("bad")

    async def siblings() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(100))
            group.create_task(fail())

    async def main() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await siblings()
        assert [str(error) for error in caught.value.exceptions] == ["bad"]

    run(main(), waiter=ticker)

    assert ticker.now == 1


def test_what_is_left_is_cancelled(ticker: Ticker) -> None:
    """A task still running when the main coroutine returns is cancelled, not forgotten."""
    left: list[asyncio.Task[None]] = []

    async def main() -> None:
        left.append(asyncio.create_task(asyncio.sleep(100)))
        await asyncio.sleep(0)

    run(main(), waiter=ticker)

    assert left[0].cancelled()


def test_async_generators_are_closed(ticker: Ticker) -> None:
    """A half-read generator runs its `finally` before `run` returns."""
    steps: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(1)
            steps.append("closed")

    async def main() -> None:
        async for number in source:
            steps.append(f"got {number}")
            break

    source = numbers()
    run(main(), waiter=ticker)

    assert steps == ["got 1", "closed"]


def test_every_task_has_its_own_context(ticker: Ticker) -> None:
    """A context variable set in a task is not seen outside of it."""
    name = contextvars.ContextVar("name", default="outside")

    async def work(value: str) -> str:
        name.set(value)
        await asyncio.sleep(1)
        return name.get()

    async def main() -> list[str]:
        return [*await asyncio.gather(work("a"), work("b")), name.get()]

    assert run(main(), waiter=ticker) == ["a", "b", "outside"]


def test_a_deadlock_is_an_error_that_names_who_waits(ticker: Ticker) -> None:
    """Where asyncio would wait for ever, the error shows every task down to where it waits."""

    async def wait_for_nothing() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        other = asyncio.create_task(wait_for_nothing(), name="other")
        await other

    with pytest.raises(DeadlockError) as caught:
        run(main(), waiter=ticker)

    message = str(caught.value)
    assert "other: " in message
    assert "wait_for_nothing (" in message
    assert "-> Event.wait (" in message
    assert "test_loop.py:" in message
    assert caught.value.code == "WASI_DEADLOCK"


def test_a_deadlock_still_runs_the_cleanup(ticker: Ticker) -> None:
    """The tasks of a deadlock are cancelled, so that their `finally` blocks run."""
    steps: list[str] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("cleaned")

    with pytest.raises(DeadlockError):
        run(main(), waiter=ticker)

    assert steps == ["cleaned"]


def test_an_event_of_the_host_is_waited_for(ticker: Ticker) -> None:
    """A future that the host completes is no deadlock, and comes before a later timer."""

    async def main() -> str:
        event: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        ticker.events.append(event)
        async with asyncio.timeout(5):
            return await event

    assert run(main(), waiter=ticker) == "at 0.0"


def test_a_thread_is_the_caller_itself(ticker: Ticker) -> None:
    """`to_thread` calls in place and hands over result and error."""

    def fail() -> None:
        raise KeyError("no")

    async def main() -> int:
        with pytest.raises(KeyError):
            await asyncio.to_thread(fail)
        return await asyncio.to_thread(len, "four")

    assert run(main(), waiter=ticker) == 4


def test_an_executor_of_the_callers_is_used(ticker: Ticker) -> None:
    """Only the default executor is replaced."""

    class Doubling(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> PoolFuture[Any]:
            done: PoolFuture[Any] = PoolFuture()
            done.set_result(2 * fn(*args, **kwargs))
            return done

    async def main() -> int:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(Doubling(), len, "four")

    assert run(main(), waiter=ticker) == 8


def test_a_closed_loop_refuses_work(ticker: Ticker) -> None:
    """After `close`, `run_in_executor` says so, as asyncio's own loops do."""
    loop = WasiEventLoop(ticker)
    loop.close()

    with pytest.raises(RuntimeError, match="closed"):
        loop.run_in_executor(None, len, "four")


def test_a_running_loop_refuses_another(ticker: Ticker) -> None:
    """`run` inside a coroutine is refused, as `asyncio.run` is."""

    async def inner() -> None:
        pass

    async def main() -> None:
        coroutine = inner()
        with pytest.raises(RuntimeError, match="running event loop"):
            run(coroutine, waiter=ticker)
        coroutine.close()

    run(main(), waiter=ticker)


def test_debug_mode_works(ticker: Ticker) -> None:
    """asyncio's debug mode runs on this loop too."""

    async def main() -> bool:
        await asyncio.sleep(1)
        return asyncio.get_running_loop().get_debug()

    assert run(main(), waiter=ticker, debug=True)


def test_the_hosts_clock_never_goes_back() -> None:
    """The default waiter reads the monotonic clock, expects no events, and returns at once for 0."""
    waiter = SleepWaiter()
    before = waiter.time()
    waiter.wait(0)

    assert waiter.time() >= before
    assert not waiter.expects_events()


def test_without_a_waiter_time_is_the_hosts() -> None:
    """The default loop runs timers by really waiting, however shortly."""

    async def main() -> str:
        await asyncio.sleep(0.001)
        return "awake"

    assert run(main()) == "awake"
