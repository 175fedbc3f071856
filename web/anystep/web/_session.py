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
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

from anystep.checkpoint.base import BaseCheckpointSaver
from anystep.checkpoint.memory import InMemorySaver
from anystep.host import current_host
from anystep.types import Command
from anystep.web._display import JSON, displayed
from anystep.web._runs import Loaded, Runs
from anystep.web._shapes import described, drawing, snapshot

__all__ = ["Session"]

Argument: TypeAlias = Mapping[str, Any]

DEFAULT_MODES = ("updates", "values")

#: Checkpoints a history has unless told.
HISTORY = 100


class Session:
    """Loads graphs from source and runs them for one page.

    `handle` is the whole interface; its operations are the methods named ``op_*``.
    """

    def __init__(self, saver: Callable[[], BaseCheckpointSaver[Any]] = InMemorySaver) -> None:
        """`saver` makes the saver of each graph that is loaded."""
        self._new_saver = saver
        self._modules: dict[str, ModuleType] = {}
        self._graphs: dict[str, Loaded] = {}
        self._runs = Runs()

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
            answer = {"error": described(error, HIDDEN)}
        return json.dumps(answer)

    # Loading

    async def op_storage(self, argument: Argument) -> JSON:
        """``{"kind", "name"?, "durability"?}``: where graphs loaded from now on keep threads.

        Raises ValueError for a kind that is none, and what opening the storage raises.
        """
        from anystep.web._storage import open_storage

        self._new_saver = await open_storage(argument)
        return None

    def op_load(self, argument: Argument) -> JSON:
        """``{"name", "source" | "module", "attribute"?, "host"?}``: the drawing of a graph.

        The attribute (``build`` unless told) is a compiled graph, a `StateGraph`, or a
        function that takes the saver and returns a compiled graph.  ``host`` names a
        function that returns the `Host` to run on: with a clock and entropy of its own a
        run can be repeated to the byte.
        """
        name = str(argument["name"])
        if argument.get("module"):
            module = import_module(str(argument["module"]))
        else:
            module = self._execute(name, str(argument["source"]))
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
        self._graphs[name] = Loaded(found, own or saver, host)
        return {"name": name, "drawing": drawing(found)}

    def op_draw(self, argument: Argument) -> JSON:
        """``{"graph", "xray"?}``: the drawing, subgraphs drawn inside so many levels deep."""
        return drawing(self._loaded(argument).graph, xray=argument.get("xray") or False)

    def op_module(self, argument: Argument) -> JSON:
        """``{"name", "source"}``: run Python source that defines functions for ``call``."""
        self._execute(str(argument["name"]), str(argument["source"]))
        return None

    async def op_call(self, argument: Argument) -> JSON:
        """``{"module", "function", "argument"}``: call a function with one JSON value."""
        function = _defined(self._modules[str(argument["module"])], str(argument["function"]))
        value = function(argument.get("argument"))
        return displayed(await value if isinstance(value, Awaitable) else value)

    # Running

    def op_stream(self, argument: Argument) -> JSON:
        """Open a run, answer its number.

        ``{"graph", "thread", "input" | "resume", "update"?, "goto"?, "modes"?, "checkpoint"?,
        "subgraphs"?, "recursionLimit"?, "durability"?, "wait"?}``
        """
        loaded = self._loaded(argument)
        start = argument.get("input")
        if "resume" in argument:
            start = Command(
                resume=argument["resume"],
                update=argument.get("update"),
                goto=argument.get("goto") or (),
            )
        config = _config(argument)
        if argument.get("recursionLimit"):
            config["recursion_limit"] = int(argument["recursionLimit"])
        options: dict[str, Any] = {"stream_mode": list(argument.get("modes") or DEFAULT_MODES)}
        for name in ("subgraphs", "durability"):
            if argument.get(name):
                options[name] = argument[name]
        events = loaded.graph.astream(start, config, **options)
        wait = bool(argument.get("wait"))
        return self._runs.open(loaded, str(argument["thread"]), aiter(events), wait=wait)

    async def op_next(self, argument: Argument) -> JSON:
        """``{"stream"}``: the next event ``{"mode", "data", "ns"}``, or ``{"done": true}``."""
        return await self._runs.next(int(argument["stream"]))

    async def op_close(self, argument: Argument) -> JSON:
        """``{"stream"}``: abandon a run; closing one that has ended does nothing."""
        await self._runs.close(int(argument["stream"]))
        return None

    async def op_cancel(self, argument: Argument) -> JSON:
        """``{"graph", "thread"}``: stop what runs there; how many runs there were."""
        return await self._runs.cancel(self._loaded(argument).graph, str(argument["thread"]))

    # Threads

    async def op_state(self, argument: Argument) -> JSON:
        """``{"graph", "thread", "checkpoint"?}``: the newest checkpoint, or the one named."""
        return await self._state(self._loaded(argument), argument, _config(argument))

    async def op_history(self, argument: Argument) -> JSON:
        """``{"graph", "thread", "limit"?, "before"?}``: checkpoints, newest first."""
        loaded = self._loaded(argument)
        thread = str(argument["thread"])
        before = argument.get("before")
        found = loaded.graph.aget_state_history(
            _config(argument),
            before=_config({"thread": thread, "checkpoint": before}) if before else None,
            limit=int(argument.get("limit") or HISTORY),
        )

        async def listed() -> list[JSON]:
            return [snapshot(thread, state) async for state in found]

        return list(await loaded.wait(listed()))

    async def op_update(self, argument: Argument) -> JSON:
        """``{"graph", "thread", "values", "asNode"?, "checkpoint"?}``: the new checkpoint."""
        loaded = self._loaded(argument)
        node = argument.get("asNode")
        changed = loaded.graph.aupdate_state(_config(argument), argument.get("values"), node)
        return await self._state(loaded, argument, await loaded.wait(changed))

    async def op_fork(self, argument: Argument) -> JSON:
        """``{"graph", "thread", "checkpoint", "values"?, "asNode"?}``: a checkpoint on top of it."""
        if not argument.get("checkpoint"):
            raise ValueError("fork needs the id of the checkpoint to begin from")
        if argument.get("values") is None and not argument.get("asNode"):
            return await self.op_update({**argument, "asNode": "__copy__"})
        return await self.op_update(argument)

    async def op_threads(self, argument: Argument) -> JSON:
        """``{"graph"}``: the ids of the threads that are stored."""
        saver: Any = self._loaded(argument).saver
        if hasattr(saver, "athreads"):
            return list(await saver.athreads())
        found = [one.config["configurable"]["thread_id"] async for one in saver.alist(None)]
        return list(dict.fromkeys(found))

    async def op_delete(self, argument: Argument) -> JSON:
        """``{"graph", "thread"}``: forget everything about a thread."""
        await self._loaded(argument).saver.adelete_thread(str(argument["thread"]))
        return None

    async def op_export(self, argument: Argument) -> JSON:
        """``{"graph", "thread"}``: the thread's archive (base64) and its SHA-256."""
        from anystep.checkpoint.archive import apack_thread  # Few pages export; start without it.

        archive = await apack_thread(self._loaded(argument).saver, str(argument["thread"]))
        return {
            "archive": base64.b64encode(archive).decode(),
            "sha256": hashlib.sha256(archive).hexdigest(),
        }

    async def op_import(self, argument: Argument) -> JSON:
        """``{"graph", "archive"}``: store an exported thread (base64); its id."""
        from anystep.checkpoint.archive import aunpack_thread

        data = base64.b64decode(str(argument["archive"]))
        return await aunpack_thread(self._loaded(argument).saver, data)

    async def _state(self, loaded: Loaded, argument: Argument, config: Any) -> JSON:
        state = await loaded.wait(loaded.graph.aget_state(config))
        return snapshot(str(argument["thread"]), state)

    def _loaded(self, argument: Argument) -> Loaded:
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


#: Files whose frames tell a graph's author nothing, as tracebacks name them: `__file__` is that of
#: the bytecode where the package is read from an archive.
HIDDEN = tuple(function.__code__.co_filename for function in (Session.handle, Runs.next))


def _defined(module: ModuleType, name: str) -> Any:
    found = getattr(module, name, None)
    if found is None:
        raise LookupError(f"the source of {module.__name__!r} defines no {name!r}")
    return found


def _config(argument: Argument) -> dict[str, Any]:
    configurable = {"thread_id": str(argument["thread"])}
    if argument.get("checkpoint"):
        configurable["checkpoint_id"] = str(argument["checkpoint"])
    return {"configurable": configurable}
