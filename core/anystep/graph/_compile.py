"""From a builder to a program: names become indexes, edges become lists of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import END, ROOT, START
from anystep._planner import Join, Node, Program, Writers
from anystep.channels.ephemeral_value import EphemeralValue

from ._nodes import PLAIN, equip
from ._results import take, take_root
from ._routes import Router
from ._schema import is_coerced
from ._subgraph import find_subgraph

if TYPE_CHECKING:
    from anystep._planner import Run

    from ._spec import NodeSpec
    from .state import StateGraph


class GraphNode(Node):
    """A node of a `StateGraph`, whose function may run a graph."""

    led_to = True
    writers = PLAIN
    find_subgraph = staticmethod(find_subgraph)


def compile_program(builder: StateGraph[Any, Any, Any, Any], *, strict: bool = False) -> Program:
    """Compile a validated builder; `strict`: nodes may not write keys nobody knows."""
    names = sorted([START, *builder.nodes])
    indexes = {name: index for index, name in enumerate(names)}
    nodes: list[Node] = [GraphNode(index, name) for index, name in enumerate(names)]
    start = nodes[indexes[START]]
    start.led_to, start.subscribed = False, (START,)
    joins = _joins(builder, indexes)
    _lay_edges(builder, indexes, nodes, joins)
    if builder.reliefs:
        from ._ways import lay_reliefs

        lay_reliefs(builder, indexes, nodes, joins)
    root = list(builder.channels) == [ROOT]
    output = builder.shown_keys(builder.output_schema)
    channels: dict[str, Any] = {**builder.channels, START: _start_channel(builder)}
    program = Program(
        nodes=nodes,
        joins=joins,
        channels=channels,
        input_channels=START,
        output_keys=output,
        stream_keys=ROOT if root else list(builder.channels),
        managed=builder.managed,
    )
    views = _Views(builder)
    readers, specs, branches = views.readers, builder.nodes, builder.branches
    taking = take_root if root else take
    for node in nodes:
        name = node.name
        spec = None if name == START else specs[name]
        schema = builder.state_schema if spec is None else spec.input_schema
        routers: Sequence[Router] = ()
        if name in branches:
            routers = [
                Router(b, program.targets, views.of_values(b.input_schema or schema))
                for b in branches[name].values()
            ]
        if spec is None:
            _equip_start(builder, program, node, routers, root)
            continue
        equip(node, spec.action, taking, routers, root=root)
        reader = readers[schema] if schema in readers else views.of_run(schema)
        if reader is not None:
            node.reader = reader
        if spec.described:
            _describe(node, spec, indexes)
            if spec.fallback is not None:
                _add_fallback(node, spec, taking, routers, root)
        if strict or spec.circuit_breaker is not None:
            from ._policies import surround

            surround(node, spec.circuit_breaker, strict)
    return program


def _start_channel(builder: StateGraph[Any, Any, Any, Any]) -> EphemeralValue[Any]:
    channel: EphemeralValue[Any] = EphemeralValue(builder.input_schema)
    channel.key = START
    return channel


def _joins(builder: StateGraph[Any, Any, Any, Any], indexes: Mapping[str, int]) -> list[Join]:
    joins: list[Join] = []
    for starts, end in sorted(builder.waiting_edges):
        if end == END:
            continue
        channel = f"join:{'+'.join(starts)}:{end}"
        defer = builder.nodes[end].defer
        joins.append(Join(len(joins), channel, frozenset(starts), indexes[end], defer))
    return joins


def _lay_edges(
    builder: StateGraph[Any, Any, Any, Any],
    indexes: Mapping[str, int],
    nodes: list[Node],
    joins: list[Join],
) -> None:
    """Static edges and joins, as indexes at their sources; several in their names' order."""
    several: dict[int, list[int]] = {}  # most nodes have one edge, and need no list
    deferred: dict[int, list[int]] = {}
    specs = builder.nodes
    for source, target in builder.edges:
        if target == END:
            continue
        node = nodes[indexes[source]]
        index = indexes[target]
        if specs[target].defer:
            deferred.setdefault(node.index, []).append(index)
        elif not node.targets:
            node.targets = (index,)
        else:
            several.setdefault(node.index, [*node.targets]).append(index)
    for index, targets in several.items():
        nodes[index].targets = tuple(sorted(targets))
    for index, targets in deferred.items():
        nodes[index].deferred = tuple(sorted(targets))
        nodes[index].simple = False
    for join in joins:
        joined = nodes[join.target]
        joined.subscribed = tuple(sorted([*joined.subscribed, join.channel]))
        for name in sorted(join.names):
            node = nodes[indexes[name]]
            node.joins = (*node.joins, join.index)
            node.simple = False


def _equip_start(
    builder: StateGraph[Any, Any, Any, Any],
    program: Program,
    node: Node,
    routers: Sequence[Router],
    root: bool,
) -> None:
    """The hidden first node: it writes the input to the state's channels."""
    accepted = frozenset(k for k in builder.schemas[builder.input_schema] if k in builder.channels)
    others = len(accepted) < len(builder.channels)
    if node.simple and not (routers or root or program.irregular):
        program.entry = node
        program.admitted = accepted if others else None

    def admit(task: Any, given: Any) -> None:
        if given.__class__ is dict and not (root or others):
            task.update = given
            return
        if root:
            take_root(task, given)
            return
        take(task, given)
        update = task.update
        if others and update:
            pairs = update.items() if isinstance(update, dict) else update
            task.update = {k: v for k, v in pairs if k in accepted}

    write = _start_write(admit, routers) if routers else admit
    awrite = _start_awrite(admit, routers)
    node.writers = _StartEquipment(write, awrite, admit, routers)
    if not any(router.is_async for router in routers):
        node.call = _start_call(write)
    node.acall = _start_acall(awrite)
    node.reader = _read_start
    node.hidden = True
    node.tags = ("langsmith:hidden",)


class _StartEquipment:
    """What writes the input to the state and asks the routers where to begin."""

    __slots__ = ("admit", "awrite", "routers", "write")

    def __init__(self, write: Any, awrite: Any, admit: Any, routers: Sequence[Router]) -> None:
        self.write, self.awrite = write, awrite
        self.admit, self.routers = admit, routers

    def __call__(self) -> Writers:
        return self.write, self.awrite

    def trace(self, node: Node) -> None:
        """Have LangChain's callbacks told, if there is anything to ask."""
        from anystep.pregel._traced import TracedStart

        if self.routers:
            TracedStart(self.admit, self.routers).equip(node)


def _start_write(admit: Any, routers: Sequence[Router]) -> Any:
    def write(task: Any, given: Any) -> None:
        admit(task, given)
        for router in routers:
            router.route(task)

    return write


def _start_call(write: Any) -> Any:
    return lambda task: write(task, task.input)


def _start_awrite(admit: Any, routers: Sequence[Router]) -> Any:
    async def awrite(task: Any, given: Any) -> None:
        admit(task, given)
        for router in routers:
            if router.is_async:
                await router.aroute(task)
            else:
                router.route(task)

    return awrite


def _start_acall(awrite: Any) -> Any:
    return lambda task: awrite(task, task.input)


def _read_start(run: Run) -> Any:
    return run.given


def _describe(node: Node, spec: NodeSpec, indexes: Mapping[str, int]) -> None:
    if spec.defer:
        node.defer = True
    if spec.metadata is not None:
        node.metadata = spec.metadata
    if spec.retry_policy is not None:
        node.retry = _policies(spec.retry_policy)
    if spec.cache_policy is not None:
        node.cache = spec.cache_policy
    if spec.trace_policy is not None:
        node.trace_policy = spec.trace_policy
    if spec.timeout is not None:
        from anystep.pregel._limited import check_limit

        node.timeout = spec.timeout
        check_limit(node, spec.action)
    if spec.handler is not None:
        node.handler = indexes[spec.handler]
    if spec.is_error_handler:
        node.handles_errors = True


def _add_fallback(node: Node, spec: NodeSpec, take: Any, routers: Any, root: bool) -> None:
    """The same node with another function, for when the first has failed for good."""
    import copy

    node.fallback = other = copy.copy(node)
    other.call = other.acall = other.fallback = None
    other.retry = ()
    equip(other, spec.fallback, take, routers, root=root)


def _policies(given: Any) -> Sequence[Any]:
    return (given,) if hasattr(given, "max_attempts") else tuple(given)


class _Views:
    """How each schema reads the state; None where a copy of everything will do."""

    def __init__(self, builder: StateGraph[Any, Any, Any, Any]) -> None:
        self.builder = builder
        self.known: dict[Any, Any] = {}
        self.readers: dict[Any, Any] = {}

    def of_run(self, schema: Any) -> Any:
        """Reads a run: what a node's input is."""
        if schema not in self.readers:
            view = self.of_values(schema)
            if view is None:
                self.readers[schema] = None
            elif self._is_all(schema):  # what `view` does, without asking it
                self.readers[schema] = lambda run: schema(**run.values)
            else:
                self.readers[schema] = lambda run: view(run, run.values)
        return self.readers[schema]

    def of_values(self, schema: Any) -> Any:
        """Reads given values in the light of a run: what a router's input is."""
        if schema not in self.known:
            self.known[schema] = self._make(schema)
        return self.known[schema]

    def _is_all(self, schema: Any) -> bool:
        """Whether it shows the whole state and nothing else."""
        keys, channels = self.builder.schemas[schema], self.builder.channels
        if list(keys) == [ROOT] or any(key in self.builder.managed for key in keys):
            return False
        return sum(key in channels for key in keys) == len(channels)

    def _make(self, schema: Any) -> Any:
        builder = self.builder
        keys = builder.schemas[schema]
        if list(keys) == [ROOT]:
            return lambda run, values: values.get(ROOT)
        managed = [k for k in keys if k in builder.managed]
        shown = [k for k in keys if k in builder.channels]
        coerced = is_coerced(schema)
        if self._is_all(schema):
            return (lambda run, values: schema(**values)) if coerced else None

        def view(run: Run, values: dict[str, Any]) -> Any:
            read = {k: values[k] for k in shown if k in values}
            for name in managed:
                read[name] = builder.managed[name].get(run)
            return schema(**read) if coerced else read

        return view
