"""From hand-built nodes and channels to a program, checked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import RESERVED, TASKS
from anystep._planner import UNKNOWN, Node, Program, Run, Task, Writers
from anystep._records import Send
from anystep.managed.base import is_managed_value

from ._node import NodeBuilder, PregelNode, Step

if TYPE_CHECKING:
    from anystep.channels.base import BaseChannel

Keys = str | Sequence[str]


def assemble(
    nodes: Mapping[str, Any],
    channels: Mapping[str, Any],
    *,
    input_channels: Keys,
    output_channels: Keys,
    stream_channels: Keys | None,
    cache_policy: Any,
    handlers: Mapping[str, str],
) -> tuple[Program, dict[str, PregelNode]]:
    """The program of hand-built nodes, and the nodes as they are now.

    Raises: `TypeError` for a node that is none.
    """
    built = {n: v.build() if isinstance(v, NodeBuilder) else v for n, v in nodes.items()}
    for name, node in built.items():
        if not isinstance(node, PregelNode):
            raise TypeError(
                f"Invalid node type {type(node)} for {name!r}, expected PregelNode or NodeBuilder"
            )
    managed = {name: c for name, c in channels.items() if is_managed_value(c)}
    state: dict[str, BaseChannel[Any, Any, Any]] = {}
    for name, channel in channels.items():
        if name not in managed:
            channel.key = channel.key or name
            state[name] = channel
    names = sorted(built)
    program = Program(
        nodes=[_node(index, name, built[name], managed) for index, name in enumerate(names)],
        joins=[],
        channels=state,
        input_channels=input_channels,
        output_keys=output_channels,
        stream_keys=stream_channels or list(state),
        managed=managed,
    )
    for node in program.nodes:
        node.cache = node.cache or cache_policy
        if node.name in handlers:
            node.handler = program.by_name[handlers[node.name]]
    for handler in handlers.values():
        program.nodes[program.by_name[handler]].handles_errors = True
    return program, built


def _node(index: int, name: str, spec: PregelNode, managed: Mapping[str, Any]) -> Node:
    node = Node(index, name)
    node.subscribed = tuple(sorted(spec.triggers))
    node.reader = _reader(spec.channels, managed)
    node.owner = spec.bound if spec.steps else None
    node.find_subgraph = _find_subgraph
    node.writers = _Equipment(spec)
    node.tags = tuple(spec.tags)
    node.metadata = spec.metadata or None
    node.retry = tuple(spec.retry_policy)
    node.cache = spec.cache_policy
    node.timeout = spec.timeout
    if not any(step.runs_async for step in spec.steps):
        node.call = _call(spec)
    node.acall = _acall(spec) if node.call is None or _awaits(spec) else None
    return node


def seen_alone(node: Node) -> PregelNode:
    """A node of a program, as something that can be run by itself."""
    return PregelNode(
        channels=list(node.triggers),
        triggers=node.triggers,
        steps=() if node.owner is None else (Step(node.owner),),
        tags=node.tags,
        metadata=dict(node.metadata or {}),
        retry_policy=node.retry,
        cache_policy=node.cache,
        timeout=node.timeout,
    )


def _awaits(spec: PregelNode) -> bool:
    return any(hasattr(step.action, "ainvoke") for step in spec.steps)


def _find_subgraph(owner: Any) -> Any:
    program = getattr(owner, "program", None)
    return owner if isinstance(program, Program) and owner.checkpointer is not False else None


def _reader(channels: str | list[str], managed: Mapping[str, Any]) -> Any:
    if isinstance(channels, str):
        return lambda run: run.read(channels)

    def read(run: Run) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in channels:
            if name in managed:
                found[name] = managed[name].get(run)
            elif (value := run.read(name)) is not UNKNOWN:
                found[name] = value
        return found

    return read


def _call(spec: PregelNode) -> Any:
    def call(task: Task) -> None:
        _take(task, spec, spec.run(task.input, task))

    return call


def _acall(spec: PregelNode) -> Any:
    async def acall(task: Task) -> None:
        _take(task, spec, await spec.arun(task.input, task))

    return acall


def _take(task: Task, spec: PregelNode, result: Any) -> None:
    """Leave what the node writes in its task."""
    pairs = spec.pairs(result)
    task.sends = [v for k, v in pairs if k == TASKS and isinstance(v, Send)]
    task.update = [pair for pair in pairs if pair[0] != TASKS]


class _Equipment:
    """What follows a node's steps."""

    __slots__ = ("spec",)

    def __init__(self, spec: PregelNode) -> None:
        self.spec = spec

    def __call__(self) -> Writers:
        async def awrite(task: Task, result: Any) -> None:
            self.write(task, result)

        return self.write, awrite

    def write(self, task: Task, result: Any) -> None:
        """Leave what the node writes in its task."""
        _take(task, self.spec, result)

    def trace(self, node: Node) -> None:
        """Have LangChain's callbacks told, if there is anything that runs."""
        if self.spec.steps:
            from ._traced import TracedSteps

            TracedSteps([step.action for step in self.spec.steps], self.write).equip(node)


# -- checking ----------------------------------------------------------------------------


def check(
    nodes: Mapping[str, Any],
    channels: Mapping[str, Any],
    *,
    input_channels: Keys,
    output_channels: Keys,
    stream_channels: Keys | None,
    stops: Sequence[Any],
) -> None:
    """Check that everything named is there.

    Raises: `ValueError` that names what is unknown or reserved, and where.
    """
    known = {name for name, c in channels.items() if not is_managed_value(c)}
    for name, channel in channels.items():
        if name in RESERVED:
            kind = "Managed" if is_managed_value(channel) else "Channel"
            raise ValueError(f"{kind} name '{name}' is reserved")
    subscribed: set[str] = set()
    for name, node in nodes.items():
        if name in RESERVED:
            raise ValueError(f"Node name '{name}' is reserved")
        subscribed.update(node.triggers)
        single = isinstance(node.channels, str)
        for read in [node.channels] if isinstance(node.channels, str) else node.channels:
            if read not in known and (single or read not in channels):
                raise ValueError(f"Node {name} reads channel '{read}' not in {_listed(known)}")
    for name in sorted(subscribed - known):
        raise ValueError(f"Subscribed channel '{name}' not in {_listed(known)}")
    _check_input(input_channels, known, subscribed)
    for name in [*_names(output_channels), *_names(stream_channels or ())]:
        if name not in known:
            raise ValueError(f"Output channel '{name}' not in {_listed(known)}")
    for names in stops:
        for name in () if names == "*" else names:
            if name not in nodes:
                raise ValueError(f"Node {name} not in nodes")


def _check_input(keys: Keys, known: set[str], subscribed: set[str]) -> None:
    for name in _names(keys):
        if name not in known:
            raise ValueError(f"Input channel '{name}' not in {_listed(known)}")
    if isinstance(keys, str):
        if keys not in subscribed:
            raise ValueError(f"Input channel {keys} is not subscribed to by any node")
    elif subscribed.isdisjoint(keys):
        raise ValueError(f"None of the input channels {keys} are subscribed to by any node")


def _names(keys: Keys) -> Sequence[str]:
    return [keys] if isinstance(keys, str) else keys


def _listed(known: set[str]) -> str:
    return f"known channels: '{repr(sorted(known))[:100]}'"


__all__ = ["assemble", "check", "seen_alone"]
