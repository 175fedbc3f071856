"""What every test has: coroutine tests on the host's own loop, and both drivers.

This file runs on CPython, inside Pyodide and inside the WASI component, so it needs
pytest and the standard library only, and asks for a host's parts when it uses them.

An ``async def test_…`` needs no plugin and no mark.  A test of behaviour takes the
``driver`` fixture and runs twice, on the synchronous and on the asynchronous face of
the same graph::

    from __future__ import annotations
    from typing import TYPE_CHECKING

    if TYPE_CHECKING:
        from tests.conftest import Driver


    def test_a_node_sees_the_input(driver: Driver) -> None:
        assert driver.invoke(graph, {"n": 1}) == {"n": 2}
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest

try:
    import hypothesis
except ImportError:  # Inside Pyodide and WASI; tests that need it are not host-marked.
    pass
else:
    # The same examples on every run: a red test must be red for everybody, and stay so.
    hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
    # `make soak`: new examples every time, and many of them.
    hypothesis.settings.register_profile("soak", deadline=None, max_examples=2_000)
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

T = TypeVar("T")


def run_coroutine(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a fresh loop, or on the host's own where it has one."""
    if sys.platform == "emscripten":
        from pyodide.ffi import run_sync

        return run_sync(coroutine)
    if sys.platform == "wasi":
        from anystep.wasi.loop import run

        return run(coroutine)
    import asyncio

    with asyncio.Runner() as runner:
        return runner.run(coroutine)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run coroutine tests; hypothesis calls the coroutine function it wraps itself."""
    test = pyfuncitem.obj
    wrapped = getattr(test, "hypothesis", None)
    if wrapped is not None and inspect.iscoroutinefunction(wrapped.inner_test):
        inner = wrapped.inner_test

        @functools.wraps(inner)
        def finished(*args: object, **kwargs: object) -> None:
            run_coroutine(inner(*args, **kwargs))

        wrapped.inner_test = finished
        return None
    if not inspect.iscoroutinefunction(test):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    run_coroutine(test(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


async def _listed(events: AsyncIterator[T]) -> list[T]:
    """Everything an asynchronous iterator yields."""
    return [event async for event in events]


def run_in_trio(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end under trio."""
    import trio

    async def main() -> T:
        return await coroutine

    return trio.run(main)


class Driver:
    """One face of a graph: the same call on `invoke` or on `ainvoke`, and so on.

    Arguments are the graph's own.  Streams and histories come back as lists.  The asynchronous
    face is driven by asyncio or by trio; the synchronous one has threads, or has none.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def is_async(self) -> bool:
        """Whether this is the asynchronous face."""
        return self.name in ("async", "trio")

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine the way this face is driven."""
        return run_in_trio(coroutine) if self.name == "trio" else run_coroutine(coroutine)

    def __repr__(self) -> str:
        return f"Driver({self.name!r})"

    def call(self, graph: Any, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call `graph.method`, or `graph.amethod` to its end."""
        if self.is_async:
            return self.run(getattr(graph, f"a{method}")(*args, **kwargs))
        return getattr(graph, method)(*args, **kwargs)

    def gather(self, graph: Any, method: str, /, *args: Any, **kwargs: Any) -> list[Any]:
        """The list of what `graph.method` yields, or of what `graph.amethod` does."""
        if self.is_async:
            return self.run(_listed(getattr(graph, f"a{method}")(*args, **kwargs)))
        return list(getattr(graph, method)(*args, **kwargs))

    def invoke(self, graph: Any, /, *args: Any, **kwargs: Any) -> Any:
        """`graph.invoke`: the final output."""
        return self.call(graph, "invoke", *args, **kwargs)

    def stream(self, graph: Any, /, *args: Any, **kwargs: Any) -> list[Any]:
        """`graph.stream`: every event, in order."""
        return self.gather(graph, "stream", *args, **kwargs)

    def get_state(self, graph: Any, /, *args: Any, **kwargs: Any) -> Any:
        """`graph.get_state`: a snapshot of the thread."""
        return self.call(graph, "get_state", *args, **kwargs)

    def update_state(self, graph: Any, /, *args: Any, **kwargs: Any) -> Any:
        """`graph.update_state`: the config of the new checkpoint."""
        return self.call(graph, "update_state", *args, **kwargs)

    def history(self, graph: Any, /, *args: Any, **kwargs: Any) -> list[Any]:
        """`graph.get_state_history`: the thread's snapshots, newest first."""
        return self.gather(graph, "get_state_history", *args, **kwargs)


#: Hosts of WebAssembly have no threads anyway, and no trio.
_FACES = ["sync", "async"]
if sys.platform not in ("emscripten", "wasi"):
    _FACES.append("inline")
    if importlib.util.find_spec("trio") is not None:
        _FACES.append("trio")


@pytest.fixture(params=_FACES)
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Every face, one after the other: sync, async, sync without threads, under trio."""
    if request.param != "inline":
        yield Driver(request.param)
        return
    from anystep.host import Host, current_host, use_host

    here = current_host()
    alone = Host(
        now_ns=here.now_ns,
        monotonic=here.monotonic,
        random_bytes=here.random_bytes,
        sleep=here.sleep,
        threads=False,
    )
    with use_host(alone):
        yield Driver(request.param)


@pytest.fixture
def run_async() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine from a synchronous test, as coroutine tests are run."""
    return run_coroutine
