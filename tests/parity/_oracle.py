"""Run one program on langgraph or on anystep and return what it saw.

A program is an ``async def program(lib, run)``.  ``lib`` hands out public names
of either engine; ``run`` calls graphs and writes down every result, event,
snapshot and error.  On the *sync* face ``run`` uses the sync methods and the
program never suspends (it is driven by hand, no event loop exists); on the
*async* face it uses the async methods, and nodes, routers and handlers written
as plain functions become coroutine functions.
"""

import asyncio
import contextlib
import functools
import importlib
import inspect
import logging
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Literal, cast, overload

from ._normal import Event, failure, plain, settled, unordered_interrupts

Face = Literal["sync", "async"]
FACES: tuple[Face, ...] = ("sync", "async")
ENGINES = ("langgraph", "anystep")
BROKEN = "program failed"  # label of an error that no call of the program explains
_PATIENCE = 60.0  # seconds before an async program counts as stuck

# Where a public name lives under the root package.  Both engines use the same
# modules; the few exceptions follow.
_HOME = {
    "graph": "START END StateGraph MessagesState add_messages",
    "graph.message": "REMOVE_ALL_MESSAGES push_message",
    "graph.ui": "delete_ui_message push_ui_message ui_message_reducer",
    "types": (
        "Send Command Interrupt interrupt RetryPolicy CachePolicy TimeoutPolicy "
        "Overwrite StateSnapshot TracePolicy StateUpdate GraphOutput StreamWriter"
    ),
    "errors": (
        "GraphRecursionError InvalidUpdateError GraphInterrupt NodeError "
        "GraphDrained NodeTimeoutError EmptyInputError NodeInterrupt"
    ),
    "config": "get_config get_store get_stream_writer",
    "runtime": "Runtime RunControl get_runtime",
    "managed": "IsLastStep RemainingSteps",
    "channels": (
        "AnyValue LastValue LastValueAfterFinish UntrackedValue EphemeralValue "
        "BinaryOperatorAggregate NamedBarrierValue Topic DeltaChannel"
    ),
    "func": "task entrypoint",
    "checkpoint.memory": "InMemorySaver MemorySaver",
    "checkpoint.base": "BaseCheckpointSaver empty_checkpoint",
    "store.memory": "InMemoryStore",
    "store.base": "BaseStore",
    "cache.memory": "InMemoryCache",
    "pregel": "Pregel NodeBuilder",
    "callbacks": "GraphCallbackHandler",
    "prebuilt": (
        "InjectedState InjectedStore ToolCallTransformer ToolNode ToolRuntime ValidationNode "
        "create_react_agent tools_condition"
    ),
    "prebuilt.chat_agent_executor": (
        "AgentState AgentStatePydantic AgentStateWithStructuredResponse "
        "AgentStateWithStructuredResponsePydantic create_tool_calling_executor"
    ),
    "prebuilt.tool_node": "ToolInvocationError",
    "stream": (
        "CheckpointsTransformer CustomTransformer DebugTransformer StreamChannel "
        "StreamTransformer TasksTransformer UpdatesTransformer"
    ),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}
_MESSAGES = frozenset(
    ["HumanMessage", "AIMessage", "SystemMessage", "ToolMessage", "RemoveMessage"]
)
_MESSAGE_MODULE = {"langgraph": "langchain_core.messages", "anystep": "anystep.messages"}


class Library:
    """Public names of one engine, imported when first asked for."""

    def __init__(self, engine: str, *, async_nodes: bool, **replaced: Any) -> None:
        self.engine = engine
        self._async_nodes = async_nodes
        # Names that do not come from the engine: a saver of somebody else.
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        if name in _MESSAGES:
            module = _MESSAGE_MODULE[self.engine]
        else:
            module = f"{self.engine}.{_MODULE_OF[name]}"
        value = getattr(importlib.import_module(module), name)
        if name == "StateGraph" and self._async_nodes:
            value = _with_async_nodes(value)
        setattr(self, name, value)
        return value


def _suspending(function: Any) -> Any:
    """Return a coroutine function that does what a plain *function* does."""
    if not inspect.isfunction(function) or inspect.iscoroutinefunction(function):
        return function
    if inspect.isgeneratorfunction(function):
        return function

    @functools.wraps(function)
    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return asynchronous


def _with_async_nodes(builder: type) -> type:
    """Subclass a StateGraph so that plain functions become coroutine functions."""

    def add_node(self: Any, node: Any, action: Any = None, **options: Any) -> Any:
        if "error_handler" in options:
            options["error_handler"] = _suspending(options["error_handler"])
        return builder.add_node(  # type: ignore[attr-defined]
            self, _suspending(node), _suspending(action), **options
        )

    def add_conditional_edges(self: Any, source: str, path: Any, *rest: Any, **options: Any) -> Any:
        return builder.add_conditional_edges(  # type: ignore[attr-defined]
            self, source, _suspending(path), *rest, **options
        )

    members = {"add_node": add_node, "add_conditional_edges": add_conditional_edges}
    return type("StateGraph", (builder,), members)


class Run:
    """Calls graphs on one face and keeps the trace of what came back."""

    def __init__(self, face: Face, *, parallel: bool) -> None:
        self.face = face
        self.trace: list[tuple[str, Any]] = []
        self._parallel = parallel

    def note(self, label: str, value: Any) -> None:
        """Write down anything a program wants compared."""
        self.trace.append((label, plain(value)))

    def attempt(self, label: str, action: Callable[[], Any]) -> Any:
        """Call *action* now; write down its result or its error."""
        try:
            value = action()
        except Exception as error:  # noqa: BLE001 - any error is an observation
            self.trace.append((label, failure(error)))
            return None
        self.note(label, value)
        return value

    async def invoke(self, graph: Any, *args: Any, **options: Any) -> Any:
        """``invoke``/``ainvoke``; None when it raised."""
        shown = unordered_interrupts if self._parallel else None
        return await self._call("invoke", graph, *args, shown=shown, **options)

    async def state(self, graph: Any, config: Any, **options: Any) -> Any:
        """``get_state``/``aget_state``."""
        return await self._call("get_state", graph, config, **options)

    async def update(self, graph: Any, *args: Any, **options: Any) -> Any:
        """``update_state``/``aupdate_state``: the new config."""
        return await self._call("update_state", graph, *args, **options)

    async def bulk(self, graph: Any, *args: Any, **options: Any) -> Any:
        """``bulk_update_state``/``abulk_update_state``."""
        return await self._call("bulk_update_state", graph, *args, **options)

    async def stream(self, graph: Any, *args: Any, **options: Any) -> list[Any]:
        """``stream``/``astream``, read to its end; what came before an error counts."""
        events: list[Any] = []
        label = f"stream {options.get('stream_mode', '')}".rstrip()
        error = await self._drain("stream", events, graph, args, options)
        shown = events
        if self._parallel:
            uniform = [_uniform(chunk, options) for chunk in events]
            shown = [event.chunk for event in settled(uniform)]
        self.note(label, shown)
        if error is not None:
            self.trace.append((f"{label} raised", failure(error)))
        return events

    async def history(self, graph: Any, *args: Any, **options: Any) -> list[Any]:
        """``get_state_history``/``aget_state_history`` as a list, newest first."""
        found: list[Any] = []
        error = await self._drain("get_state_history", found, graph, args, options)
        self.note("history", found)
        if error is not None:
            self.trace.append(("history raised", failure(error)))
        return found

    async def watch(self, graph: Any, value: Any, name: str | None = None, **options: Any) -> None:
        """Stream one input through every mode, each on a thread of its own.

        *name* prefixes the thread ids; None runs without a config.
        """
        modes = ["values", "updates", "tasks", "custom"]
        if name is not None:
            modes += ["checkpoints", "debug"]
        for mode in modes:
            await self.stream(graph, value, thread(name, mode), stream_mode=mode, **options)
        both = ["values", "updates", "custom"]
        await self.stream(graph, value, thread(name, "several"), stream_mode=both, **options)
        for version in ("v1", "v2"):
            await self.stream(
                graph,
                value,
                thread(name, f"all{version}"),
                stream_mode=modes,
                subgraphs=True,
                version=version,
                **options,
            )

    async def _call(
        self,
        method: str,
        graph: Any,
        *args: Any,
        shown: Callable[[Any], Any] | None = None,
        **options: Any,
    ) -> Any:
        try:
            if self.face == "sync":
                value = getattr(graph, method)(*args, **options)
            else:
                value = await getattr(graph, f"a{method}")(*args, **options)
        except Exception as error:  # noqa: BLE001 - any error is an observation
            self.trace.append((method, failure(error)))
            return None
        self.note(method, shown(value) if shown else value)
        return value

    async def _drain(
        self,
        method: str,
        into: list[Any],
        graph: Any,
        args: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Exception | None:
        # One by one: what came before an error is part of the observation.
        try:
            if self.face == "sync":
                for event in getattr(graph, method)(*args, **options):
                    into.append(event)  # noqa: PERF402
            else:
                async for event in getattr(graph, f"a{method}")(*args, **options):
                    into.append(event)  # noqa: PERF401
        except Exception as error:  # noqa: BLE001 - any error is an observation
            return error
        return None


def _uniform(chunk: Any, options: dict[str, Any]) -> Event:
    if options.get("version") == "v2":
        return Event(chunk["type"], chunk["ns"], chunk["data"], chunk)
    mode: Any = options.get("stream_mode", "updates")
    namespace: Any = ()
    payload = chunk
    if options.get("subgraphs"):
        namespace, *rest = chunk
        payload = rest[0] if len(rest) == 1 else tuple(rest)
    if isinstance(mode, list):
        mode, payload = payload
    return Event(mode, namespace, payload, chunk)


def thread(name: str | None = "t", suffix: str = "") -> dict[str, Any] | None:
    """Return the config that addresses one thread; None for no config at all."""
    if name is None:
        return None
    return {"configurable": {"thread_id": f"{name}{suffix}"}}


Body = Callable[[Any, Run], Awaitable[None]]


class Program:
    """One program: its body, its name and the faces it runs on."""

    def __init__(self, body: Body, *, faces: tuple[Face, ...], parallel: bool, as_is: bool) -> None:
        area = body.__module__.rpartition(".area_")[2]
        self.name = f"{area}.{body.__name__}"
        self.says = (body.__doc__ or "").strip()
        self.body = body
        self.faces = faces
        self._parallel = parallel
        self._as_is = as_is

    def observe(self, engine: str, face: Face, **replaced: Any) -> list[tuple[str, Any]]:
        """Run on one engine; return the trace, errors included, ids as they are."""
        async_nodes = face == "async" and not self._as_is
        lib = Library(engine, async_nodes=async_nodes, **replaced)
        run = Run(face, parallel=self._parallel)
        with warnings.catch_warnings(), _quiet():
            warnings.simplefilter("ignore")
            try:
                _drive(self.body(lib, run), face)
            except Exception as error:  # noqa: BLE001 - any error is an observation
                run.trace.append((BROKEN, failure(error)))
        return run.trace


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep log records off the report: engines log in words of their own."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _drive(body: Awaitable[None], face: Face) -> None:
    coroutine = cast("Coroutine[Any, Any, None]", body)
    if face == "async":

        async def bounded() -> None:
            await asyncio.wait_for(coroutine, _PATIENCE)

        asyncio.run(bounded())
        return
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("a program suspended on the sync face")


PROGRAMS: dict[str, Program] = {}


@overload
def program(body: Body, /) -> Body: ...
@overload
def program(
    *, faces: tuple[Face, ...] = FACES, parallel: bool = False, as_is: bool = False
) -> Callable[[Body], Body]: ...
def program(
    body: Body | None = None,
    /,
    *,
    faces: tuple[Face, ...] = FACES,
    parallel: bool = False,
    as_is: bool = False,
) -> Body | Callable[[Body], Body]:
    """Register a program.

    ``parallel``: tasks of one superstep may finish in any order.
    ``as_is``: nodes stay as written on the async face.
    """

    def register(body: Body) -> Body:
        item = Program(body, faces=faces, parallel=parallel, as_is=as_is)
        if item.name in PROGRAMS:
            raise ValueError(f"two programs are called {item.name!r}")
        PROGRAMS[item.name] = item
        return body

    return register if body is None else register(body)
