"""Random graphs from a seed: the same graph on both engines, run until nothing is left.

A graph is described by plain data first, so that one seed gives one graph whatever
engine builds it.  Nodes append to a list, add to a sum, may go somewhere by Command,
interrupt, or be a subgraph; edges may be plain, conditional, joins, Sends; nodes may
be deferred, stops may be set.  Loops are allowed: a run ends at its recursion limit.
"""
# pyright: basic

import operator
import random
from typing import Annotated, Any, NamedTuple, TypedDict

from ._kit import chain
from ._oracle import Program, Run, thread

_LIMIT = 9
_RESUMES = 5


class State(TypedDict):
    """A list that shows who ran, and a sum."""

    xs: Annotated[list[str], operator.add]
    total: Annotated[int, operator.add]


class Node(NamedTuple):
    """What one node does."""

    name: str
    kind: str  # writes, silent, asks, asks twice, goes, subgraph, asking subgraph
    defer: bool
    targets: tuple[str, ...]  # of a Command


class Spec(NamedTuple):
    """One random graph."""

    nodes: tuple[Node, ...]
    starts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    joins: tuple[tuple[tuple[str, ...], str], ...]
    branches: tuple[tuple[str, tuple[str, ...]], ...]
    sends: tuple[tuple[str, str, int], ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


_KINDS = ("writes",) * 6 + ("silent", "asks", "asks twice", "goes", "subgraph", "asking subgraph")


def spec(seed: int) -> Spec:
    """Return the graph of one seed."""
    chance = random.Random(seed)
    names = list("abcdefg")[: chance.randint(2, 7)]

    def some(low: int, high: int) -> tuple[str, ...]:
        return tuple(chance.sample(names, min(len(names), chance.randint(low, high))))

    def seldom(odds: float) -> bool:
        return chance.random() < odds

    nodes = tuple(Node(name, chance.choice(_KINDS), seldom(0.12), some(1, 2)) for name in names)
    edges = {(chance.choice(names), chance.choice(names)) for _ in range(chance.randint(1, 6))}
    # Mostly forwards, so that most runs end.
    edges = {pair for pair in edges if pair[0] < pair[1] or seldom(0.15)}
    joins = []
    if len(names) > 2 and seldom(0.4):
        sources = some(2, 3)
        rest = [name for name in names if name not in sources]
        if rest and len(sources) > 1:
            joins.append((sources, chance.choice(rest)))
    branches = [(name, some(1, 3)) for name in names if seldom(0.25)]
    # A silent node never fills the list that ends the sending.
    senders = [node.name for node in nodes if node.kind != "silent" and seldom(0.2)]
    sends = [(name, chance.choice(names), chance.randint(0, 3)) for name in senders]
    # Two questions of equal tasks could not be told apart: who asks is sent for once.
    asking = {node.name for node in nodes if "ask" in node.kind}
    sent = {target for _, target, _ in sends}
    sends = [send for send in sends if send[1] not in asking or send[0] not in sent]
    if sends:  # LangGraph runs deferred nodes beside sent tasks
        nodes = tuple(node._replace(defer=False) for node in nodes)
    return Spec(
        nodes,
        some(1, 2),
        tuple(sorted(edges)),
        tuple(joins),
        tuple(branches),
        tuple(sends),
        some(1, 1) if seldom(0.15) else (),
        some(1, 1) if seldom(0.15) else (),
    )


def _action(lib: Any, node: Node) -> Any:
    def writes(state: Any) -> dict[str, Any]:
        return {"xs": [node.name], "total": 1}

    def silent(state: Any) -> None:
        return None

    def question(state: Any, number: int) -> str:
        # Tasks of one node that Sends started ask apart, so that events can be told apart.
        return f"{node.name}{number} after {state['xs'][-1]}"

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [f"{node.name}:{lib.interrupt(question(state, 1))}"]}

    def asks_twice(state: Any) -> dict[str, Any]:
        first = lib.interrupt(question(state, 1))
        return {"xs": [f"{node.name}:{first}", lib.interrupt(question(state, 2))]}

    def goes(state: Any) -> Any:
        target = node.targets[len(state.get("xs", ())) % len(node.targets)]
        stop = len(state.get("xs", ())) > 6
        return lib.Command(update={"xs": [node.name]}, goto=lib.END if stop else target)

    plain = {"writes": writes, "silent": silent, "asks": asks, "goes": goes}
    plain["asks twice"] = asks_twice
    if node.kind in plain:
        return plain[node.kind]
    last = asks if node.kind == "asking subgraph" else writes
    return chain(lib, State, {f"{node.name}1": _fresh(lib, node), f"{node.name}2": last})


def _fresh(lib: Any, node: Node) -> Any:
    """Return the first node of a subgraph: it forgets its input.

    Otherwise a subgraph returns what it was given and its own, and the list
    doubles with every visit.
    """

    def forgets(state: Any) -> dict[str, Any]:
        first = f"{node.name}1 {state['xs'][-1]}"
        return {"xs": lib.Overwrite([first]), "total": lib.Overwrite(1)}

    return forgets


def _router(lib: Any, targets: tuple[str, ...]) -> Any:
    def router(state: Any) -> Any:
        seen = len(state.get("xs", ()))
        if seen > 8:
            return lib.END
        return [target for index, target in enumerate(targets) if (seen + index) % 3] or lib.END

    return router


def _sender(lib: Any, source: str, target: str, count: int) -> Any:
    def sender(state: Any) -> Any:
        if len(state.get("xs", ())) > 8:
            return lib.END
        return [
            lib.Send(target, {"xs": [f"{source}{index}"], "total": index}) for index in range(count)
        ]

    return sender


def build(lib: Any, graph: Spec, saver: Any) -> Any:
    """Compile *graph* on the engine behind *lib*."""
    builder = lib.StateGraph(State)
    for node in graph.nodes:
        builder.add_node(node.name, _action(lib, node), defer=node.defer)
    for name in graph.starts:
        builder.add_edge(lib.START, name)
    for source, target in graph.edges:
        builder.add_edge(source, target)
    for sources, target in graph.joins:
        builder.add_edge(list(sources), target)
    for source, targets in graph.branches:
        builder.add_conditional_edges(source, _router(lib, targets), [*targets, lib.END])
    for source, target, count in graph.sends:
        sender = _sender(lib, source, target, count)
        sender.__name__ = "sender"
        builder.add_conditional_edges(source, sender, [target, lib.END])
    stops = {"interrupt_before": list(graph.before), "interrupt_after": list(graph.after)}
    return builder.compile(checkpointer=saver, **(stops if saver else {}))


async def _later(seed: int, lib: Any, run: Run, graph: Any, config: Any, states: list[Any]) -> None:
    """What else may happen to the thread: new input, a replay, an update by hand."""
    chance = random.Random(-seed)
    past = chance.choice(states)
    back = {**past.config, "recursion_limit": _LIMIT}
    options = {"stream_mode": ["values", "updates", "checkpoints"], "durability": "sync"}
    match seed % 4:
        case 0:
            await run.stream(graph, {"xs": ["again"], "total": 5}, config, **options)
        case 1:
            await run.stream(graph, None, back, **options)
        case 2:
            name = chance.choice(spec(seed).nodes).name
            forked = await run.update(graph, past.config, {"xs": ["by hand"]}, as_node=name)
            await run.state(graph, forked)
            await run.stream(graph, None, config, **options)
        case 3:
            await run.update(graph, config, {"xs": ["by hand"]})
            # LangGraph never runs a deferred node that only a caller's command leads to.
            names = [node.name for node in spec(seed).nodes if not node.defer]
            if names:
                await run.stream(graph, lib.Command(goto=chance.choice(names)), config, **options)
    await run.state(graph, config)
    await run.history(graph, config)


def program_of(seed: int) -> Program:
    """Return the program that runs the graph of *seed* to its end."""

    async def body(lib: Any, run: Run) -> None:
        graph = spec(seed)
        saved = build(lib, graph, lib.InMemorySaver())
        config = {**(thread() or {}), "recursion_limit": _LIMIT}
        value: Any = {"xs": ["in"], "total": 0}
        # LangGraph saves barriers and topics late unless it is told to wait.
        options = {"stream_mode": ["values", "updates", "tasks", "checkpoints"]}
        for attempt in range(_RESUMES):
            await run.stream(saved, value, config, durability="sync", **options)
            state = await run.state(saved, config)
            if state is None or not state.next:
                break
            value = None
            if state.interrupts:
                asked = state.interrupts[: 1 if attempt % 2 else None]
                answers = {item.id: f"yes{attempt}" for item in asked}
                value = lib.Command(resume=answers)
        states = await run.history(saved, config)
        await _later(seed, lib, run, saved, config, states)
        alone = build(lib, graph, None)
        await run.invoke(alone, {"xs": ["in"], "total": 0}, {"recursion_limit": _LIMIT})

    body.__module__ = f"{__package__}.area_random"
    body.__name__ = f"seed_{seed}"
    body.__doc__ = f"The graph of seed {seed}."
    return Program(body, faces=("sync", "async"), parallel=True, as_is=False)
