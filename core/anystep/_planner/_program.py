"""The compiled form of a graph: flat lists and integer indexes, nothing linked.

A program never changes once built, so every run of a graph shares it. Nodes point
at each other by index only: freeing a long chain of linked Python objects overflows
the stack of a WebAssembly host, and indexes also copy for free.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from anystep._constants import (
    CACHE_NS_WRITES,
    ERROR,
    ERROR_SOURCE_NODE,
    INTERRUPT,
    NO_WRITES,
    PUSH,
    RESUME,
    RETURN,
    START,
)

Writers = tuple[Callable[["Task", Any], None], Callable[["Task", Any], Coroutine[Any, Any, None]]]

if TYPE_CHECKING:
    from anystep.channels.base import BaseChannel

    from ._run import Run
    from ._task import Task


class Marker:
    """A unique value that says what it is in a traceback."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN: Final = Marker("<not a channel>")
"""What `Program.ops` answers for a key that is no channel of the graph."""

GIVEN: Final = Marker("<the input>")
"""The op of `__start__`, which holds a run's input until the first node has read it."""

OBJECT: Final = Marker("<channel object>")
"""The op of a channel that is neither a last value nor a binary reducer."""

CONTROL: Final = frozenset(
    {
        NO_WRITES,
        PUSH,
        RESUME,
        INTERRUPT,
        RETURN,
        ERROR,
        ERROR_SOURCE_NODE,
    }
)
BRANCH_TO: Final = "branch:to:"


class Join:
    """A barrier: `target` runs once every name in `names` has arrived."""

    __slots__ = ("channel", "defer", "index", "names", "target")

    def __init__(
        self, index: int, channel: str, names: frozenset[str], target: int, defer: bool
    ) -> None:
        self.index = index
        self.channel = channel
        self.names = names
        self.target = target
        self.defer = defer


class Relief:
    """A barrier that must not wait for `name` once a node has decided against it.

    Which it has if it leads to none of the nodes in `reach`.
    """

    __slots__ = ("join", "name", "reach")

    def __init__(self, join: int, name: str, reach: frozenset[int]) -> None:
        self.join = join
        self.name = name
        self.reach = reach


class Node:
    """One node: how it reads, what runs, and where its static edges lead.

    `call` and `acall` run the whole task — node, writers and routers — and leave
    the outcome in the task. A node may have one of them or both. Defaults live on the
    class: most nodes of a large graph differ in a handful of attributes.
    """

    subscribed: tuple[str, ...] = ()  # channels whose names trigger it
    led_to = False  # edges trigger it as well, by a channel named after it
    reader: Callable[[Run], Any] | None = None  # None: a copy of all values
    simple = True  # its edges lead at once to ordinary nodes: no joins, none deferred
    acall: Callable[[Task], Coroutine[Any, Any, None]] | None = None
    # makes what follows the function (writes its result, runs the routers), sync and async
    writers: Callable[[], Writers] | None = None
    deferred: tuple[int, ...] = ()  # static edges to deferred nodes
    joins: tuple[int, ...] = ()  # barriers this node arrives at
    reliefs: tuple[Relief, ...] = ()  # barriers that may stop waiting for others after it
    defer = False
    hidden = False
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] | None = None
    retry: Sequence[Any] = ()
    cache: Any = None
    timeout: Any = None
    trace_policy: Any = None  # what tracers of LangChain's record of it
    handler: int | None = None  # the node that takes this one's errors
    surrounded: Sequence[Callable[[Node], None]] = ()  # what wraps its calls: a breaker, checks
    fallback: Node | None = None  # what runs in its place once its retries are exhausted
    handles_errors = False
    find_subgraph: Callable[[Any], Any] | None = None  # what runs inside its owner
    shapes: dict[Any, Any] | None = None  # of its supersteps: worked out as they come

    def __init__(self, index: int, name: str) -> None:
        self.index = index
        self.name = name
        # What nearly every node has is set at once: CPython then keeps no dict for it.
        self.targets: tuple[int, ...] = ()  # static edges
        self.owner: Any = None  # the user's function
        self.call: Callable[[Task], None] | None = None

    @property
    def branch(self) -> str | None:
        """The channel that names this node as a target; made when asked for, as few are."""
        return BRANCH_TO + self.name if self.led_to else None

    @property
    def triggers(self) -> tuple[str, ...]:
        """The channels that make it run."""
        return (BRANCH_TO + self.name, *self.subscribed) if self.led_to else self.subscribed

    @property
    def cache_space(self) -> tuple[str, ...]:
        """Where in a cache the results of this node's function are."""
        owner = self.owner
        module = getattr(owner, "__module__", None)
        name = getattr(owner, "__qualname__", None)
        identity = f"{module}.{name}" if module and name else "__dynamic__"
        if self.index < 0:  # a called task is the same whoever calls it
            return (CACHE_NS_WRITES, identity)
        return (CACHE_NS_WRITES, identity, self.name)

    @property
    def subgraph(self) -> Any:
        """The graph that runs inside this node, if one does and may save."""
        return None if self.find_subgraph is None else self.find_subgraph(self.owner)

    def __repr__(self) -> str:
        return f"Node({self.name!r})"


class Program:
    """Everything about a graph that its runs share.

    Nodes are sorted by name, so that sorting indexes sorts names: writes apply in
    the order of task paths, which begin with the name.
    """

    __slots__ = (
        "admitted",
        "by_join",
        "by_name",
        "channels",
        "constants",
        "entry",
        "factories",
        "input_channels",
        "irregular",
        "joins",
        "managed",
        "nodes",
        "objects",
        "ops",
        "output_keys",
        "output_set",
        "shown",
        "stream_keys",
        "stream_set",
        "subscribers",
        "targets",
        "traced",
        "transient",
        "whole",
    )

    def __init__(
        self,
        *,
        nodes: list[Node],
        joins: list[Join],
        channels: dict[str, BaseChannel[Any, Any, Any]],
        input_channels: str | Sequence[str],
        output_keys: str | Sequence[str],
        stream_keys: str | Sequence[str],
        managed: Mapping[str, Any],
    ) -> None:
        from anystep.channels.binop import BinaryOperatorAggregate
        from anystep.channels.last_value import LastValue

        self.nodes = nodes
        self.traced: list[Node] | None = None  # the nodes of runs that LangChain is told of
        self.joins = joins
        self.channels = channels
        self.managed = managed
        self.input_channels = input_channels
        self.stream_keys = stream_keys
        self.stream_set = frozenset((stream_keys,) if isinstance(stream_keys, str) else stream_keys)
        self.by_name = {node.name: node.index for node in nodes}
        self.targets = self.by_name.copy()  # what an edge may lead to
        self.targets.pop(START, None)
        self.by_join = {join.channel: join.index for join in joins}
        self.ops: dict[str, Any] = {}
        self.objects: list[str] = []
        self.constants: dict[str, Any] = {}
        self.factories: list[tuple[str, Callable[[], Any]]] = []
        for name, channel in channels.items():
            kind = channel.__class__
            if name == START:
                self.ops[name] = GIVEN
            elif kind is LastValue:
                self.ops[name] = None
            elif kind is BinaryOperatorAggregate:
                binary: Any = channel
                self.ops[name] = binary.operator
                if channel.is_available():
                    self._add_default(name, channel.get())
            else:
                self.ops[name] = OBJECT
                self.objects.append(name)
        self.transient = frozenset(name for name, c in channels.items() if c.transient)
        self.subscribers = self._index_subscribers()
        # Channel objects and nodes triggered by channels: what only few graphs have.
        self.irregular = bool(self.objects) or any(n != START for n in self.subscribers)
        # The first node, where all it does is write the input: no routers, no joins.
        self.entry: Node | None = None
        self.admitted: frozenset[str] | None = None  # the keys it takes of an input; None: any
        self.show(output_keys)

    def show(self, output_keys: str | Sequence[str]) -> None:
        """Set the channels that runs output."""
        self.output_keys = output_keys
        keys = (output_keys,) if isinstance(output_keys, str) else tuple(output_keys)
        self.output_set = frozenset(keys)
        self.shown = output_keys if isinstance(output_keys, str) else self.output_set
        # With no other state than what is shown, the state itself is the output.
        self.whole = not isinstance(output_keys, str) and self.output_set >= {
            name for name in self.channels if name != START
        }

    def _add_default(self, name: str, value: Any) -> None:
        """A reducer's initial value; one of its own for every run if it can change."""
        if isinstance(value, (int, float, str, bytes, tuple, frozenset)):
            self.constants[name] = value
        else:
            self.factories.append((name, value.__class__))

    def blank(self) -> dict[str, Any]:
        """The channel values of a run that has not begun."""
        values = self.constants.copy()
        for name, factory in self.factories:
            values[name] = factory()
        return values

    def node_at(self, channel: str) -> int | None:
        """The node that edges lead to by this channel; None for any other channel."""
        if not channel.startswith(BRANCH_TO):
            return None
        index = self.targets.get(channel[len(BRANCH_TO) :])
        return index if index is not None and self.nodes[index].led_to else None

    def _index_subscribers(self) -> dict[str, tuple[int, ...]]:
        """Channels that trigger nodes by their name: only a hand-built Pregel has them."""
        found: dict[str, list[int]] = {}
        channels = self.channels
        for node in self.nodes:
            for trigger in node.subscribed:
                if trigger in channels:
                    found.setdefault(trigger, []).append(node.index)
        return {name: tuple(indexes) for name, indexes in found.items()}
