"""What a v3 stream is made of: events, and the transformers that look at them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    import asyncio


class EventParams(TypedDict):
    """Where an event comes from, when it was told, and what it says."""

    namespace: list[str]
    timestamp: int
    data: Any
    interrupts: NotRequired[tuple[Any, ...]]


class ProtocolEvent(TypedDict):
    """One event of a run, whatever its kind.

    `method` is a stream mode, `lifecycle`, or `custom:` and a channel's name. `seq`
    counts the events of the root run and is what orders them; `params["timestamp"]`, in
    milliseconds since the epoch, is the clock's and may go back. Only `values` events
    have `params["interrupts"]`.
    """

    type: Literal["event"]
    event_id: NotRequired[str]
    seq: NotRequired[int]
    method: str
    params: EventParams


class StreamTransformer(ABC):
    """Sees every event of a run and makes projections of them.

    `init()` returns the projections by name: channels, or anything else. They become
    `run.extensions[name]`, and with the class attribute `_native = True` also `run.name`.
    Channels are closed, or failed, with the run.

    A transformer is made for one scope, the namespace of its run, so it is given to a graph
    as a factory: the class itself, or `lambda scope: Mine(scope, ...)`. Subgraphs get
    transformers of their own.

    Class attributes:

    * `required_stream_modes`: what the graph has to tell for it.
    * `requires_async`: refuse it on the sync face. Implied by overriding `aprocess`,
      `afinalize` or `afail`, unless `supports_sync` is set.
    * `before_builtins`: it sees (and may change) events before the built-in ones do.
    """

    requires_async: ClassVar[bool] = False
    supports_sync: ClassVar[bool] = False
    required_stream_modes: ClassVar[tuple[str, ...]] = ()
    before_builtins: ClassVar[bool] = False

    def __init__(self, scope: tuple[str, ...] = ()) -> None:
        self.scope: tuple[str, ...] = scope

    @abstractmethod
    def init(self) -> dict[str, Any]:
        """The projections, by name. Called once, before the first event."""

    def _on_register(self, mux: Any) -> None:  # noqa: B027  # optional, as the next ones are
        """Called when the transformer has been taken into `mux`."""

    def process(self, event: ProtocolEvent) -> bool:
        """See one event; False keeps it out of what the run itself yields."""
        raise NotImplementedError(f"{type(self).__name__} must override process() or aprocess()")

    async def aprocess(self, event: ProtocolEvent) -> bool:
        """`process` on the async face; the next transformer waits for it."""
        return self.process(event)

    def finalize(self) -> None:  # noqa: B027
        """The run is over."""

    async def afinalize(self) -> None:
        """The run is over, and so is all that was scheduled."""
        self.finalize()

    def fail(self, err: BaseException) -> None:  # noqa: B027
        """The run has failed."""

    async def afail(self, err: BaseException) -> None:
        """The run has failed, and what was scheduled has been cancelled."""
        self.fail(err)

    def schedule(
        self, coro: Coroutine[Any, Any, Any], *, on_error: Literal["log", "raise"] = "log"
    ) -> asyncio.Task[Any]:
        """Run `coro` beside the run, which waits for it before it is over.

        An error is logged, or with `on_error="raise"` fails the run.

        Raises: `RuntimeError` outside an event loop, where nothing can run beside.
        """
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            coro.close()
            raise RuntimeError(
                f"{type(self).__name__}.schedule() requires a running event loop; this "
                "transformer must run under astream_events(), not stream_events(). Set "
                "requires_async=True on the class so that this fails before the run starts."
            ) from None
        task = loop.create_task(_logged(coro) if on_error == "log" else coro)
        tasks = scheduled(self)
        tasks.add(task)
        task.add_done_callback(lambda done: None if _has_failed(done) else tasks.discard(done))
        return task


async def _logged(coro: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await coro
    except Exception:
        import logging

        logging.getLogger(__name__).exception("Scheduled StreamTransformer task failed")


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return not task.cancelled() and task.exception() is not None


def scheduled(transformer: StreamTransformer) -> set[asyncio.Task[Any]]:
    """What a transformer has scheduled and is not done, or has failed.

    Kept beside its attributes, made when first asked for: a subclass need not call
    `super().__init__`.
    """
    return vars(transformer).setdefault("_scheduled", set())  # type: ignore[no-any-return]


def transformer_requires_async(transformer: StreamTransformer) -> bool:
    """Whether a transformer cannot serve the sync face."""
    if transformer.requires_async:
        return True
    kind = type(transformer)
    return not transformer.supports_sync and any(
        getattr(kind, name) is not getattr(StreamTransformer, name)
        for name in ("aprocess", "afinalize", "afail")
    )
