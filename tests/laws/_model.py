"""What a graph must end with: the algorithm in its plainest form.

No interrupts, failures, checkpoints or order of completion: by the laws they change nothing.
"""

from collections.abc import Iterable

from ._graphs import MANY, Graph, Node, routed

Entry = str
Task = tuple[Node, list[Entry] | None]  # a node, and what a Send gave it


def outcome(graph: Graph, given: list[Entry]) -> list[Entry]:
    """The final list of a run that is given `given`."""
    nodes = {node.name: node for node in graph.nodes}
    state = list(given)
    arrived: dict[int, set[str]] = {}
    sends: list[tuple[str, list[Entry]]] = []
    deferred = {name for name in graph.starts if nodes[name].defer}
    due = set(graph.starts) - deferred
    complete: set[int] = set()
    while due or sends or deferred or complete:
        if not due and not sends:
            due = deferred | {graph.joins[join][1] for join in complete}
            deferred, complete = set(), set()
        tasks: list[Task] = [(nodes[name], None) for name in sorted(due)]
        tasks += [(nodes[name], arg) for name, arg in sends]
        state, done = _step(tasks, state)
        _reset(graph, arrived, due, complete)
        due, sends = set(), []
        for node, targets, sent in done:
            sends += sent
            for name in targets:
                (deferred if nodes[name].defer else due).add(name)
            for join in _arrive(graph, arrived, node.name):
                if nodes[graph.joins[join][1]].defer:
                    complete.add(join)
                else:
                    due.add(graph.joins[join][1])
    return state


def _reset(graph: Graph, arrived: dict[int, set[str]], ran: set[str], complete: set[int]) -> None:
    """A join that has opened counts anew once its target has run."""
    for index, (sources, target) in enumerate(graph.joins):
        full = len(arrived.get(index, ())) == len(sources)
        if full and target in ran and index not in complete:
            del arrived[index]


def _arrive(graph: Graph, arrived: dict[int, set[str]], name: str) -> Iterable[int]:
    """The joins that open because `name` has arrived."""
    for index, (sources, _) in enumerate(graph.joins):
        if name in sources:
            there = arrived.setdefault(index, set())
            if name not in there:
                there.add(name)
                if len(there) == len(sources):
                    yield index


def _step(
    tasks: list[Task], state: list[Entry]
) -> tuple[list[Entry], list[tuple[Node, list[str], list[tuple[str, list[Entry]]]]]]:
    after = list(state)
    done = []
    for node, arg in tasks:
        seen = state if arg is None else arg
        wrote = _writes(node, seen)
        after += wrote
        # A router reads the state of its step with its own task's writes in it.
        size = len(state) + len(wrote)
        targets = [*node.edges]
        if node.kind == "goes":
            targets += routed(node, len(seen))
        elif node.router:
            targets += routed(node, size)
        sent = []
        if node.sends and size < MANY:
            sent = [(node.sends[0], [f"{node.name}>{i}"]) for i in range(node.sends[1])]
        done.append((node, targets, sent))
    return after, done


def _writes(node: Node, seen: list[Entry]) -> list[Entry]:
    name = node.name
    match node.kind:
        case "silent":
            return []
        case "asks":
            return [f"{name}:{answer(f'{name}1')}"]
        case "asks twice":
            return [f"{name}:{answer(f'{name}1')}{answer(f'{name}2')}"]
        case "inner":
            assert node.inner is not None
            return outcome(node.inner, [f"{name}@{len(seen)}"])
        case _:
            return [f"{name}{len(seen)}"]


def answer(question: str) -> str:
    """What a caller answers."""
    return question.upper()
