"""The laws, each a function of a seed that raises AssertionError where it does not hold."""

from functools import partial
from typing import Any

from anystep.checkpoint.memory import InMemorySaver
from anystep.testing import simulate

from ._build import Failed, World, build
from ._graphs import Graph, graph_of
from ._model import answer, outcome

#: Seeds in what one process is given at a time.
CHUNK = 100
GIVEN: list[str] = ["in"]
_ABOUT = frozenset({"__error__", "__error_source_node__", "__interrupt__", "__resume__"})


class Witness(InMemorySaver):
    """Remembers which tasks' results were stored, and when."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.stored: dict[str, int] = {}  # task id -> how many tasks had finished by then

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        super().put_writes(config, writes, task_id, task_path)
        if any(channel not in _ABOUT for channel, _ in writes):
            self.stored.setdefault(task_id, len(self.world.finished))


def same_result(seed: int) -> None:
    """Whatever happens on the way, the state at the end is the model's."""
    graph = graph_of(seed)
    expected = outcome(graph, GIVEN)
    for storm in (None, seed, -seed - 1):
        world = World()
        saver = Witness(world)
        found = simulate(
            partial(_built, graph, world),
            {"xs": GIVEN},
            seed=storm,
            answer=answer,
            expected=(Failed,),
            saver=saver,
            asynchronous=storm is not None and storm < 0,
        )
        assert found.state["xs"] == expected, (
            f"seed {seed}, storm {storm}\n  found    {found.state['xs']}\n  expected {expected}\n"
            f"  {graph}\n  {found.writes}"
        )
        _nothing_ran_again(seed, world, saver)
        _history_is_whole(seed, graph, world, saver)


def _built(graph: Graph, world: World, saver: Any) -> Any:
    return build(graph, saver, world)


def _nothing_ran_again(seed: int, world: World, saver: Witness) -> None:
    """No task runs again once its result is stored."""
    for task_id, moment in saver.stored.items():
        again = world.finished[moment:].count(task_id)
        assert not again, f"seed {seed}: task {task_id} ran again after its result was stored"


def _history_is_whole(seed: int, graph: Any, world: World, saver: Witness) -> None:
    """Each checkpoint but the first has a stored parent, and steps count up by one."""
    calm = build(graph, saver, world)
    history = list(calm.get_state_history({"configurable": {"thread_id": "simulation"}}))
    steps = [snapshot.metadata["step"] for snapshot in history]
    assert steps == sorted(steps, reverse=True), f"seed {seed}: steps {steps}"
    ids = {snapshot.config["configurable"]["checkpoint_id"] for snapshot in history}
    for snapshot in history[:-1]:
        parent = snapshot.parent_config
        assert parent is not None, f"seed {seed}: step {snapshot.metadata['step']} has no parent"
        assert parent["configurable"]["checkpoint_id"] in ids
        values = snapshot.values["xs"]
        earlier = next(s for s in history if s.config == parent)
        assert values[: len(earlier.values.get("xs", ()))] == earlier.values.get("xs", []), (
            f"seed {seed}: a checkpoint does not continue its parent"
        )


def broken_in(first: int) -> list[str]:
    """What the seeds of one chunk break."""
    lines = []
    for seed in range(first, first + CHUNK):
        try:
            same_result(seed)
        except Exception as error:  # noqa: BLE001  every seed is to be heard
            lines.append(f"seed {seed}: {type(error).__name__}: {str(error)[:1500]}")
    return lines
