"""Callbacks for what happens to a run as a whole: that it stops to ask, that it goes on.

    class Watch(GraphCallbackHandler):
        def on_interrupt(self, event):
            print(event.interrupts)

    graph.invoke(state, {"callbacks": [Watch()], "configurable": {"thread_id": "1"}})

_Handlers are told in the order in which they are given. What one raises is logged, and ends
the run only if its `raise_error` is set.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias, TypeVar

from anystep._async_library import gather, in_thread
from anystep._record import FrozenRecord, set_field

if TYPE_CHECKING:
    from uuid import UUID

    from anystep.types import Interrupt
    from anystep.typing import RunnableConfig

__all__ = (
    "GraphCallbackHandler",
    "GraphInterruptEvent",
    "GraphLifecycleEvent",
    "GraphLifecycleStatus",
    "GraphResumeEvent",
    "get_async_graph_callback_manager_for_config",
    "get_sync_graph_callback_manager_for_config",
)

GraphLifecycleStatus: TypeAlias = Literal[
    "input", "pending", "done", "interrupt_before", "interrupt_after", "out_of_steps"
]


class GraphInterruptEvent(FrozenRecord):
    """A run stops to ask.

    `status` is `interrupt_before` or `interrupt_after` at a breakpoint, where there are no
    `interrupts`, and `pending` where nodes ask. `checkpoint_id` is where it will go on.
    Only the outermost run tells this: `checkpoint_ns` is its namespace.
    """

    __slots__ = ("checkpoint_id", "checkpoint_ns", "interrupts", "run_id", "status")
    run_id: UUID | None
    status: GraphLifecycleStatus
    checkpoint_id: str
    checkpoint_ns: tuple[str, ...]
    interrupts: tuple[Interrupt[Any], ...]

    def __init__(
        self,
        run_id: UUID | None,
        status: GraphLifecycleStatus,
        checkpoint_id: str,
        checkpoint_ns: tuple[str, ...],
        interrupts: tuple[Interrupt[Any], ...],
    ) -> None:
        set_field(self, "run_id", run_id)
        set_field(self, "status", status)
        set_field(self, "checkpoint_id", checkpoint_id)
        set_field(self, "checkpoint_ns", checkpoint_ns)
        set_field(self, "interrupts", interrupts)


class GraphResumeEvent(FrozenRecord):
    """A run, or a subgraph in it, goes on from the checkpoint `checkpoint_id`."""

    __slots__ = ("checkpoint_id", "checkpoint_ns", "run_id", "status")
    run_id: UUID | None
    status: GraphLifecycleStatus
    checkpoint_id: str
    checkpoint_ns: tuple[str, ...]

    def __init__(
        self,
        run_id: UUID | None,
        status: GraphLifecycleStatus,
        checkpoint_id: str,
        checkpoint_ns: tuple[str, ...],
    ) -> None:
        set_field(self, "run_id", run_id)
        set_field(self, "status", status)
        set_field(self, "checkpoint_id", checkpoint_id)
        set_field(self, "checkpoint_ns", checkpoint_ns)


GraphLifecycleEvent: TypeAlias = GraphInterruptEvent | GraphResumeEvent


class _Listener:
    """What LangChain asks of a handler that is among the callbacks of its own objects."""

    raise_error: bool = False  # whether an error of the handler ends the run
    run_inline: bool = False  # whether a sync handler of an async run stays on the loop's thread
    ignore_llm: bool = False
    ignore_chat_model: bool = False
    ignore_chain: bool = False
    ignore_agent: bool = False
    ignore_retriever: bool = False
    ignore_retry: bool = False
    ignore_custom_event: bool = False

    def _nothing(self, *args: Any, **kwargs: Any) -> Any:
        """An event of LangChain's that the handler does not care for."""

    on_llm_start = on_llm_new_token = on_llm_end = on_llm_error = _nothing
    on_chain_start = on_chain_end = on_chain_error = _nothing
    on_tool_start = on_tool_end = on_tool_error = _nothing
    on_retriever_start = on_retriever_end = on_retriever_error = _nothing
    on_agent_action = on_agent_finish = on_text = on_retry = on_custom_event = _nothing
    on_stream_event = _nothing

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> Any:
        """Raises: `NotImplementedError`, whereupon LangChain calls `on_llm_start`."""
        raise NotImplementedError(f"{type(self).__name__} does not implement on_chat_model_start")


class GraphCallbackHandler(_Listener):
    """Override what you want to be told. Methods may be coroutine functions."""

    def on_interrupt(self, event: GraphInterruptEvent) -> Any:
        """The run stops to ask, or at a breakpoint."""

    def on_resume(self, event: GraphResumeEvent) -> Any:
        """The run, or a subgraph, goes on."""


_Handlers: TypeAlias = Sequence[GraphCallbackHandler]
_SAME: Any = object()


class _Manager:
    """The handlers of one run, and what is known about it."""

    _is_async: ClassVar[bool]

    def __init__(
        self,
        handlers: _Handlers | None = None,
        inheritable_handlers: _Handlers | None = None,
        parent_run_id: UUID | None = None,
        *,
        tags: list[str] | None = None,
        inheritable_tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        inheritable_metadata: dict[str, Any] | None = None,
        run_id: UUID | None = None,
    ) -> None:
        self.handlers = list(handlers or ())
        self.inheritable_handlers = list(inheritable_handlers or ())
        self.parent_run_id = parent_run_id
        self.tags = list(tags or ())
        self.inheritable_tags = list(inheritable_tags or ())
        self.metadata = dict(metadata or {})
        self.inheritable_metadata = dict(inheritable_metadata or {})
        self.run_id = run_id

    @property
    def is_async(self) -> bool:
        """Whether the handlers are awaited."""
        return self._is_async

    @classmethod
    def configure(cls, callbacks: Any = None, *, run_id: UUID | None = None) -> Self:
        """Of `config["callbacks"]`: a handler, a list, or a manager such as LangChain's.

        Raises: `TypeError` for anything else.
        """
        if callbacks is None:
            return cls(run_id=run_id)
        if isinstance(callbacks, GraphCallbackHandler):
            return cls((callbacks,), run_id=run_id)
        if hasattr(callbacks, "inheritable_handlers"):
            return cls._like(callbacks, run_id)
        if isinstance(callbacks, (str, bytes)) or not isinstance(callbacks, Sequence):
            raise TypeError("callbacks must be a handler, sequence, or manager")
        return cls(_ours(callbacks), run_id=run_id)

    @classmethod
    def _like(cls, manager: Any, run_id: UUID | None) -> Self:
        return cls(
            _ours(manager.handlers),
            _ours(manager.inheritable_handlers),
            manager.parent_run_id,
            tags=manager.tags,
            inheritable_tags=manager.inheritable_tags,
            metadata=manager.metadata,
            inheritable_metadata=manager.inheritable_metadata,
            run_id=run_id,
        )

    def copy(self, *, run_id: UUID | None = _SAME) -> Self:
        """The same handlers, for another run. Raises: `TypeError` for an id that is no UUID."""
        from uuid import UUID

        if run_id is _SAME:
            run_id = self.run_id
        elif run_id is not None and not isinstance(run_id, UUID):
            raise TypeError("run_id must be a UUID or None")
        return type(self)._like(self, run_id)

    def add_handler(self, handler: GraphCallbackHandler, inherit: bool = True) -> None:
        """Add a handler, once; with `inherit`, for the runs inside as well."""
        if handler not in self.handlers:
            self.handlers.append(handler)
        if inherit and handler not in self.inheritable_handlers:
            self.inheritable_handlers.append(handler)

    def remove_handler(self, handler: GraphCallbackHandler) -> None:
        """Take a handler away."""
        for handlers in (self.handlers, self.inheritable_handlers):
            if handler in handlers:
                handlers.remove(handler)


def _ours(handlers: Iterable[Any]) -> list[GraphCallbackHandler]:
    return [handler for handler in handlers if isinstance(handler, GraphCallbackHandler)]


class _GraphCallbackManager(_Manager):
    """Tells the handlers of a sync run, one after the other."""

    _is_async = False

    def on_interrupt(self, event: GraphInterruptEvent) -> None:
        """Tell that the run stops."""
        for handler in self.handlers:
            _call(handler, handler.on_interrupt, event)

    def on_resume(self, event: GraphResumeEvent) -> None:
        """Tell that the run goes on."""
        for handler in self.handlers:
            _call(handler, handler.on_resume, event)


class _AsyncGraphCallbackManager(_Manager):
    """Tells the handlers of an async run: first, in turn, those that want to run inline,
    then the others side by side, sync ones in threads where the host has them."""

    _is_async = True

    async def on_interrupt(self, event: GraphInterruptEvent) -> None:
        """Tell that the run stops."""
        await _acall_all([(handler, handler.on_interrupt) for handler in self.handlers], event)

    async def on_resume(self, event: GraphResumeEvent) -> None:
        """Tell that the run goes on."""
        await _acall_all([(handler, handler.on_resume) for handler in self.handlers], event)


_EventT = TypeVar("_EventT", GraphInterruptEvent, GraphResumeEvent)


def _call(handler: GraphCallbackHandler, method: Callable[[_EventT], Any], event: _EventT) -> None:
    try:
        reply = method(event)
        if hasattr(reply, "__await__"):
            _finish(reply)
    except Exception as error:  # noqa: BLE001  # reported, whatever it is
        _report(handler, method, error)


def _finish(awaitable: Awaitable[Any]) -> None:
    """Run what a coroutine handler of a sync run has begun.

    It gets an event loop of its own, in a thread of its own, since the caller's thread may
    be running one. Where there are no threads it may not wait for anything.
    """
    from anystep.host import current_host

    async def whole() -> None:
        await awaitable

    if not current_host().threads:
        coroutine = whole()
        try:
            coroutine.send(None)
        except StopIteration:
            return
        coroutine.close()
        raise RuntimeError("a callback that waits needs an async run: use ainvoke or astream")
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    with ThreadPoolExecutor(1) as thread:
        thread.submit(copy_context().run, asyncio.run, whole()).result()  # noqa: TID251  # ours


async def _acall_all(
    calls: list[tuple[GraphCallbackHandler, Callable[[_EventT], Any]]], event: _EventT
) -> None:
    for handler, method in calls:
        if handler.run_inline:
            await _acall(handler, method, event)
    beside = [_acall(h, method, event) for h, method in calls if not h.run_inline]
    if len(beside) == 1:
        await beside[0]
    elif beside:
        await gather(beside)


async def _acall(
    handler: GraphCallbackHandler, method: Callable[[_EventT], Any], event: _EventT
) -> None:
    from anystep.host import current_host

    try:
        if _is_coroutine_function(method) or handler.run_inline or not current_host().threads:
            reply = method(event)
        else:
            from functools import partial

            reply = await in_thread(partial(method, event))
        if hasattr(reply, "__await__"):
            await reply
    except Exception as error:  # noqa: BLE001  # reported, whatever it is
        _report(handler, method, error)


def _is_coroutine_function(method: Callable[..., Any]) -> bool:
    import inspect

    return inspect.iscoroutinefunction(method)


def _report(handler: GraphCallbackHandler, method: Any, error: Exception) -> None:
    """Log what a handler raised; raise it again if the handler wants that."""
    import logging

    name = f"{type(handler).__name__}.{getattr(method, '__name__', 'callback')}"
    logging.getLogger(__name__).warning("Error in %s callback: %r", name, error)
    if handler.raise_error:
        raise error


def get_sync_graph_callback_manager_for_config(
    config: RunnableConfig, *, run_id: UUID | None = None
) -> _GraphCallbackManager:
    """The `GraphCallbackHandler`s among `config["callbacks"]`, for a sync run.

    Raises: `TypeError` for callbacks that are neither handlers nor a manager.
    """
    return _GraphCallbackManager.configure(config.get("callbacks"), run_id=run_id)


def get_async_graph_callback_manager_for_config(
    config: RunnableConfig, *, run_id: UUID | None = None
) -> _AsyncGraphCallbackManager:
    """The `GraphCallbackHandler`s among `config["callbacks"]`, for an async run.

    Raises: `TypeError` for callbacks that are neither handlers nor a manager.
    """
    return _AsyncGraphCallbackManager.configure(config.get("callbacks"), run_id=run_id)
