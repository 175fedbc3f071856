"""The Python end of the worker protocol: one session, many graphs, JSON in and JSON out.

`worker.js` owns a `Session` and passes every message it does not answer itself to
`Session.handle`.  Only text crosses between the two languages: proxies would have to be
destroyed by hand on both sides, and a page could not be fed from a recorded session.

A stream is pulled, never pushed: the page asks for each event (``next``), so a slow page
slows the graph down instead of filling the memory of the tab.

Nothing here needs a browser; the tests run it on CPython.
"""

from __future__ import annotations

import base64
import hashlib
import json
import linecache
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from anystep.checkpoint.base import BaseCheckpointSaver
from anystep.checkpoint.memory import InMemorySaver
from anystep.host import Host, current_host, use_host
from anystep.types import Command
from anystep.web._display import JSON, displayed

__all__ = ["Session"]

T = TypeVar("T")
Argument: TypeAlias = Mapping[str, Any]

DEFAULT_MODES = ("updates", "values")


class Graph(Protocol):
    """What a session needs of a compiled graph."""

    def astream(self, input: Any, config: Any, *, stream_mode: Any) -> AsyncIterator[Any]: ...

    async def aget_state(self, config: Any) -> Any: ...

    def get_graph(self) -> Any: ...


class _Loaded(NamedTuple):
    """A graph, the saver that holds its threads, and the host it runs on."""

    graph: Graph
    saver: BaseCheckpointSaver[Any]
    host: Host

    async def wait(self, awaited: Awaitable[T]) -> T:
        """Await something of the graph on its host."""
        # For every wait anew: operations of many graphs take turns in one event loop.
        with use_host(self.host):
            return await awaited


class _Run(NamedTuple):
    """An open stream of events, and the graph it comes from."""

    events: AsyncIterator[Any]
    loaded: _Loaded


class Session:
    """Loads graphs from source and runs them for one page.

    `handle` is the whole interface; its operations are the methods named ``op_*``.
    """

    def __init__(self, saver: Callable[[], BaseCheckpointSaver[Any]] = InMemorySaver) -> None:
        """`saver` makes the saver of each graph that is loaded."""
        self._new_saver = saver
        self._modules: dict[str, ModuleType] = {}
        self._graphs: dict[str, _Loaded] = {}
        self._runs: dict[int, _Run] = {}
        self._opened = 0

    async def handle(self, op: str, argument: str) -> str:
        """Run one operation; answer ``{"value": …}`` or ``{"error": …}`` as JSON.

        Never raises for what a graph or an operation raises: the error is described with
        its type, its code (where it has one), its message and the Python traceback.
        """
        try:
            operation = getattr(self, f"op_{op}", None)
            if operation is None:
                raise LookupError(f"the session has no operation {op!r}")
            value = operation(json.loads(argument))
            answer = {"value": await value if isinstance(value, Awaitable) else value}
        except Exception as error:  # noqa: BLE001  every error of user code belongs to the page
            answer = {"error": _described(error)}
        return json.dumps(answer)

    def op_load(self, argument: Argument) -> JSON:
        """``{"name", "source", "attribute"?, "host"?}``: run source, answer with the drawing.

        The attribute (``build`` unless told) is a compiled graph, a `StateGraph`, or a
        function that takes the saver and returns a compiled graph.  ``host`` names a
        function that returns the `Host` to run on: with a clock and entropy of its own a
        run can be repeated to the byte.
        """
        name, source = str(argument["name"]), str(argument["source"])
        module = self._execute(name, source)
        found = _defined(module, str(argument.get("attribute") or "build"))
        saver = self._new_saver()
        if hasattr(found, "compile"):
            found = found.compile(checkpointer=saver)
        elif not hasattr(found, "astream"):
            found = found(saver)
        host = current_host()
        if argument.get("host"):
            host = _defined(module, str(argument["host"]))()
        own = getattr(found, "checkpointer", None)
        self._graphs[name] = _Loaded(found, own or saver, host)
        return {"name": name, "drawing": _drawing(found)}

    def op_module(self, argument: Argument) -> JSON:
        """``{"name", "source"}``: run Python source that defines functions for ``call``."""
        self._execute(str(argument["name"]), str(argument["source"]))
        return None

    async def op_call(self, argument: Argument) -> JSON:
        """``{"module", "function", "argument"}``: call a function with one JSON value."""
        function = _defined(self._modules[str(argument["module"])], str(argument["function"]))
        value = function(argument.get("argument"))
        return displayed(await value if isinstance(value, Awaitable) else value)

    def op_stream(self, argument: Argument) -> JSON:
        """``{"graph", "thread", "input" | "resume", "modes"?}``: open a run, answer its number."""
        loaded = self._loaded(argument)
        start = Command(resume=argument["resume"]) if "resume" in argument else argument["input"]
        modes = list(argument.get("modes") or DEFAULT_MODES)
        events = loaded.graph.astream(start, _config(argument), stream_mode=modes)
        self._opened += 1
        self._runs[self._opened] = _Run(aiter(events), loaded)
        return self._opened

    async def op_next(self, argument: Argument) -> JSON:
        """``{"stream"}``: the next event ``{"mode", "data"}``, or ``{"done": true}``."""
        number = int(argument["stream"])
        if number not in self._runs:
            raise LookupError(f"stream {number} has ended or was closed")
        events, loaded = self._runs[number]
        try:
            mode, data = await loaded.wait(anext(events))
        except StopAsyncIteration:
            del self._runs[number]
            return {"done": True}
        except BaseException:
            self._runs.pop(number, None)
            raise
        return {"mode": mode, "data": displayed(data)}

    async def op_close(self, argument: Argument) -> JSON:
        """``{"stream"}``: abandon a run; closing one that has ended does nothing."""
        run = self._runs.pop(int(argument["stream"]), None)
        close = getattr(run.events, "aclose", None) if run else None
        if run and close:
            await run.loaded.wait(close())
        return None

    async def op_state(self, argument: Argument) -> JSON:
        """``{"graph", "thread"}``: values, next nodes and open interrupts of the newest checkpoint."""
        loaded = self._loaded(argument)
        state = await loaded.wait(loaded.graph.aget_state(_config(argument)))
        return {
            "values": displayed(state.values),
            "next": list(state.next),
            "interrupts": displayed(list(state.interrupts)),
            "step": displayed((state.metadata or {}).get("step")),
        }

    def op_export(self, argument: Argument) -> JSON:
        """``{"graph", "thread"}``: the thread's archive (base64) and its SHA-256."""
        from anystep.checkpoint.archive import pack_thread  # Few pages export; start without it.

        archive = pack_thread(self._loaded(argument).saver, str(argument["thread"]))
        return {
            "archive": base64.b64encode(archive).decode(),
            "sha256": hashlib.sha256(archive).hexdigest(),
        }

    def _loaded(self, argument: Argument) -> _Loaded:
        name = str(argument["graph"])
        if name not in self._graphs:
            raise LookupError(f"no graph {name!r} is loaded: load it first")
        return self._graphs[name]

    def _execute(self, name: str, source: str) -> ModuleType:
        module = ModuleType(name)
        # Registered before it runs: dataclasses and type hints look their module up by name.
        sys.modules[name] = self._modules[name] = module
        filename = f"{name}.py"
        # Tracebacks show the lines of a source that is in no file.
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        exec(compile(source, filename, "exec"), module.__dict__)  # noqa: S102  running a page's source is the purpose
        return module


def _defined(module: ModuleType, name: str) -> Any:
    found = getattr(module, name, None)
    if found is None:
        raise LookupError(f"the source of {module.__name__!r} defines no {name!r}")
    return found


def _config(argument: Argument) -> dict[str, Any]:
    return {"configurable": {"thread_id": str(argument["thread"])}}


def _drawing(graph: Graph) -> JSON:
    drawn = graph.get_graph()
    return {
        "nodes": [{"id": key, "name": node.name} for key, node in drawn.nodes.items()],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "label": displayed(edge.data),
                "conditional": bool(edge.conditional),
            }
            for edge in drawn.edges
        ],
    }


def _described(error: Exception) -> JSON:
    kind = type(error)
    # The frames of this file come first and tell a graph's author nothing.
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__
    ]
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames)]
    lines += traceback.format_exception_only(error)
    return {
        "type": kind.__qualname__,
        "module": kind.__module__,
        "code": displayed(getattr(error, "code", None)),
        "message": str(error),
        "traceback": "".join(lines),
    }
