"""Nodes of a hand-built graph: what triggers them, what they read, run and write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anystep._constants import TASKS
from anystep._planner import Marker
from anystep._records import Send
from anystep.errors import InvalidUpdateError

from ._inject import injections, is_async

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Self

    from anystep.types import CachePolicy, RetryPolicy, TimeoutPolicy

Pairs = list[tuple[str, Any]]

PASSTHROUGH: Final = Marker("<what the node returned>")


class ChannelWriteEntry(NamedTuple):
    """One write of a node: to a channel, of a value or of what `mapper` makes of it."""

    channel: str
    value: Any = PASSTHROUGH
    skip_none: bool = False
    mapper: Callable[[Any], Any] | None = None

    def pairs(self, result: Any) -> Pairs:
        """The write as (channel, value), or nothing."""
        value = result if self.value is PASSTHROUGH else self.value
        if self.mapper is not None:
            value = self.mapper(value)
        return [] if self.skip_none and value is None else [(self.channel, value)]


class Step(NamedTuple):
    """One thing a node does to its input: a function or something with `invoke`."""

    action: Any

    @property
    def runs_async(self) -> bool:
        """Whether only `ainvoke` can run it."""
        return not hasattr(self.action, "invoke") and is_async(self.action)

    def invoke(self, value: Any, provide: Any) -> Any:
        """Run it. `provide` is the task, or what stands for one outside a run.

        Raises: `TypeError` for a coroutine function.
        """
        action = self.action
        if hasattr(action, "invoke"):
            return (
                action.invoke(value)
                if hasattr(action, "program")
                else action.invoke(value, provide.config)
            )
        if is_async(action):
            raise TypeError(
                f"No synchronous function provided to {_named(action)!r}. Use the async API "
                "(ainvoke, astream, etc.), or give the node a plain function."
            )
        return action(value, **{name: give(provide) for name, give in injections(action)})

    async def ainvoke(self, value: Any, provide: Any) -> Any:
        """`invoke`, awaiting what can be awaited."""
        action = self.action
        if hasattr(action, "ainvoke"):
            if hasattr(action, "program"):
                return await action.ainvoke(value)
            return await action.ainvoke(value, provide.config)
        if not is_async(action):
            return self.invoke(value, provide)
        return await action(value, **{name: give(provide) for name, give in injections(action)})


class _Outside:
    """Stands for a task where a node is run by itself, as tests do."""

    __slots__ = ("config", "run", "scope", "store", "value", "values")

    def __init__(self, config: Any) -> None:
        self.config = config or {}
        self.run = self.scope = self
        self.store = self.value = None
        self.values: dict[str, Any] = {}

    def writer(self, task: Any) -> Callable[[Any], None]:
        return lambda chunk: None

    @property
    def runtime(self) -> Any:
        from anystep.runtime import Runtime

        return Runtime()


class PregelNode:
    """A node as a hand-built graph holds it. `NodeBuilder.build` makes one.

    `channels` is one channel's name (the node gets its value) or a list of names (it gets a dict
    of those that hold a value). Run by itself, with `invoke`, it writes nothing: it returns what
    its function returns.
    """

    __slots__ = (
        "cache_policy",
        "channels",
        "metadata",
        "retry_policy",
        "steps",
        "tags",
        "timeout",
        "triggers",
        "writers",
    )

    def __init__(
        self,
        *,
        channels: str | list[str],
        triggers: Sequence[str],
        steps: Sequence[Step] = (),
        writers: Sequence[ChannelWriteEntry | Send] = (),
        tags: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
        retry_policy: Sequence[RetryPolicy] = (),
        cache_policy: CachePolicy[Any] | None = None,
        timeout: TimeoutPolicy | None = None,
    ) -> None:
        self.channels = channels
        self.triggers = list(triggers)
        self.steps = tuple(steps)
        self.writers = tuple(writers)
        self.tags = list(tags)
        self.metadata = metadata or {}
        self.retry_policy = list(retry_policy)
        self.cache_policy = cache_policy
        self.timeout = timeout

    @property
    def bound(self) -> Any:
        """What the node runs: its function, or the node itself where there are several."""
        return self.steps[0].action if len(self.steps) == 1 else self

    def run(self, value: Any, provide: Any) -> Any:
        """What the node's steps make of its input."""
        for step in self.steps:
            value = step.invoke(value, provide)
        return value

    async def arun(self, value: Any, provide: Any) -> Any:
        """`run`, awaiting what can be awaited."""
        for step in self.steps:
            value = await step.ainvoke(value, provide)
        return value

    def pairs(self, result: Any) -> Pairs:
        """What the node writes: (channel, value), in the order of its writers."""
        pairs: Pairs = []
        for entry in self.writers:
            if isinstance(entry, Send):
                pairs.append((TASKS, entry))
            else:
                pairs.extend(entry.pairs(result))
        return pairs

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Run the node by itself, outside any graph."""
        return self.run(input, _Outside(config))

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """`invoke`, awaiting what can be awaited."""
        return await self.arun(input, _Outside(config))

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """What `invoke` returns, as the only event."""
        yield self.invoke(input, config)

    async def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
        """What `ainvoke` returns, as the only event."""
        yield await self.ainvoke(input, config)

    def __repr__(self) -> str:
        return f"PregelNode(channels={self.channels!r}, triggers={self.triggers!r})"


class NodeBuilder:
    """Describes a node of a hand-built `Pregel`, one call after another:

        NodeBuilder().subscribe_only("a").do(lambda x: x + x).write_to("b")

    Every method returns the builder.
    """

    __slots__ = (
        "_cache_policy",
        "_channels",
        "_metadata",
        "_retry_policy",
        "_steps",
        "_tags",
        "_timeout",
        "_triggers",
        "_writes",
    )

    def __init__(self) -> None:
        self._channels: str | list[str] = []
        self._triggers: list[str] = []
        self._steps: list[Step] = []
        self._writes: list[ChannelWriteEntry | Send] = []
        self._tags: list[str] = []
        self._metadata: dict[str, Any] = {}
        self._retry_policy: list[RetryPolicy] = []
        self._cache_policy: CachePolicy[Any] | None = None
        self._timeout: TimeoutPolicy | None = None

    def subscribe_only(self, channel: str) -> Self:
        """Run when `channel` is written, with its value as the input.

        Raises: `ValueError` where the node subscribes to something already.
        """
        if self._channels:
            raise ValueError(
                "Cannot subscribe to single channels when other channels are already subscribed to"
            )
        self._channels = channel
        self._triggers.append(channel)
        return self

    def subscribe_to(self, *channels: str, read: bool = True) -> Self:
        """Run when any of `channels` is written, with a dict of their values as the input.

        Without `read` they trigger the node, and are not in its input. Raises: `ValueError` for a
        node that gets a single channel's value.
        """
        if isinstance(self._channels, str):
            message = "Cannot subscribe to channels when subscribed to a single channel"
            raise ValueError(message)  # noqa: TRY004  LangGraph's
        if read:
            self._channels.extend(channels)
        self._triggers.extend(channels)
        return self

    def read_from(self, *channels: str) -> Self:
        """Have these channels in the input as well; they do not trigger the node.

        Raises: `AssertionError` for a node that gets a single channel's value.
        """
        if isinstance(self._channels, str):
            message = "Cannot read additional channels when subscribed to single channels"
            raise AssertionError(message)  # noqa: TRY004  LangGraph's
        self._channels.extend(channels)
        return self

    def do(self, node: Any) -> Self:
        """Run this: a function, a graph, or anything with `invoke`. Several run in turn.

        Raises: `TypeError` for anything else.
        """
        if not callable(node) and not hasattr(node, "invoke"):
            raise TypeError(
                f"Expected a Runnable, callable or dict. Instead got an unsupported type: {type(node)}"
            )
        self._steps.append(Step(node))
        return self

    def write_to(self, *channels: str | ChannelWriteEntry, **kwargs: Any) -> Self:
        """Write what the node returns to `channels`.

        By keyword: another value for a channel, or a function that makes it of what the node
        returns. Raises: `InvalidUpdateError` for the channel of Sends.
        """
        for channel in channels:
            entry = ChannelWriteEntry(channel) if isinstance(channel, str) else channel
            self._writes.append(entry)
        for name, value in kwargs.items():
            if callable(value):
                self._writes.append(ChannelWriteEntry(name, mapper=value))
            else:
                self._writes.append(ChannelWriteEntry(name, value))
        for write in self._writes:
            if isinstance(write, ChannelWriteEntry) and write.channel == TASKS:
                raise InvalidUpdateError("Cannot write to the reserved channel TASKS")
        return self

    def meta(self, *tags: str, **metadata: Any) -> Self:
        """Add tags and metadata."""
        self._tags.extend(tags)
        self._metadata.update(metadata)
        return self

    def add_retry_policies(self, *policies: RetryPolicy) -> Self:
        """Try again as these policies say; the first that fits an error counts."""
        self._retry_policy.extend(policies)
        return self

    def add_cache_policy(self, policy: CachePolicy[Any]) -> Self:
        """Keep results in the graph's cache."""
        self._cache_policy = policy
        return self

    def set_timeout(self, timeout: float | timedelta | TimeoutPolicy | None) -> Self:
        """Limit an attempt's time, in seconds."""
        from anystep.types import TimeoutPolicy

        self._timeout = None if timeout is None else TimeoutPolicy.coerce(timeout)
        return self

    def build(self) -> PregelNode:
        """The node."""
        return PregelNode(
            channels=self._channels,
            triggers=self._triggers,
            steps=self._steps,
            writers=self._writes,
            tags=self._tags,
            metadata=self._metadata,
            retry_policy=self._retry_policy,
            cache_policy=self._cache_policy,
            timeout=self._timeout,
        )


def _named(action: Any) -> str:
    return getattr(action, "__name__", type(action).__name__)


__all__ = ["PASSTHROUGH", "ChannelWriteEntry", "NodeBuilder", "PregelNode", "Step"]
