"""What a run told while it ran, in a form that tests can ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

__all__ = ["Event", "Recorder"]

MODES = ("tasks", "updates", "values", "custom")


class Event(NamedTuple):
    """One streamed thing: its mode, the nodes it came from inside (() at the top), its data.

    Mode "run" is the recorder's own: a run begins, with this input.
    """

    mode: str
    inside: tuple[str, ...]
    data: Any


class Recorder:
    """Runs a graph and keeps what it streams; several runs of one thread add up.

        recorder = Recorder(graph)
        recorder.run({"n": 1})
        recorder.run(Command(resume="yes"))
        assert recorder.steps == (("ask",), ("ask",), ("finish",))

    Without a config, a graph that has a checkpointer runs on the thread "test".
    """

    __slots__ = ("config", "events", "graph", "options")

    def __init__(self, graph: Any, config: Mapping[str, Any] | None = None, **options: Any) -> None:
        """`options` go to every `stream` or `astream` of the graph."""
        if config is None and getattr(graph, "checkpointer", None):
            config = {"configurable": {"thread_id": "test"}}
        self.graph = graph
        self.config = config
        self.options = options
        self.events: list[Event] = []

    def run(self, input: Any) -> Recorder:
        """Run to the end or to an interrupt. Raises what the graph raises, after recording."""
        self.events.append(Event("run", (), input))
        stream = self.graph.stream(
            input, self.config, stream_mode=list(MODES), subgraphs=True, **self.options
        )
        for path, mode, data in stream:
            self._add(path, mode, data)
        return self

    async def arun(self, input: Any) -> Recorder:
        """The same on the graph's asynchronous face."""
        self.events.append(Event("run", (), input))
        stream = self.graph.astream(
            input, self.config, stream_mode=list(MODES), subgraphs=True, **self.options
        )
        async for path, mode, data in stream:
            self._add(path, mode, data)
        return self

    def _add(self, path: Iterable[str], mode: str, data: Any) -> None:
        names = tuple(part.split(":")[0] for part in path)
        self.events.append(Event(mode, names, data))

    # -- questions ---------------------------------------------------------------

    def of(self, mode: str, *inside: str) -> list[Any]:
        """The data of one mode, of the graph itself or of the subgraph in the node `inside`."""
        return [event.data for event in self.events if event[:2] == (mode, inside)]

    def steps_of(self, *inside: str) -> tuple[tuple[str, ...], ...]:
        """The nodes that ran, superstep by superstep; those of one superstep in task order."""
        steps: list[list[str]] = []
        done = True
        for mode, where, data in self.events:
            if mode == "run":
                done = True
            elif mode != "tasks" or where != inside:
                continue
            elif "input" not in data:
                done = True
            elif done:
                steps.append([data["name"]])
                done = False
            else:
                steps[-1].append(data["name"])
        return tuple(tuple(step) for step in steps)

    @property
    def steps(self) -> tuple[tuple[str, ...], ...]:
        """`steps_of` the graph itself."""
        return self.steps_of()

    @property
    def visited(self) -> tuple[str, ...]:
        """The nodes that ran, one after another."""
        return tuple(name for step in self.steps for name in step)

    @property
    def updates(self) -> list[tuple[str, Any]]:
        """Node and update, as the nodes finished."""
        return [
            (node, update)
            for data in self.of("updates")
            for node, update in data.items()
            if not node.startswith("__")
        ]

    @property
    def custom(self) -> list[Any]:
        """What nodes wrote to their stream writers, subgraphs included."""
        return [event.data for event in self.events if event.mode == "custom"]

    @property
    def stops(self) -> list[Any]:
        """The interrupts of the last run, in groups as they were told; [] if it did not stop.

        A breakpoint (`interrupt_before`, `interrupt_after`) is an empty group.
        """
        return [data["__interrupt__"] for data in self._last() if "__interrupt__" in data]

    @property
    def interrupts(self) -> list[Any]:
        """The values that the last run stopped to ask."""
        return [asked.value for group in self.stops for asked in group]

    def _last(self) -> list[Any]:
        """The updates of the last run."""
        updates: list[Any] = []
        for event in self.events:
            if event.mode == "run":
                updates = []
            elif event[:2] == ("updates", ()):
                updates.append(event.data)
        return updates

    @property
    def result(self) -> Any:
        """The last values streamed: the state the run ended or stopped with."""
        values = self.of("values")
        last = values[-1] if values else None
        if isinstance(last, Mapping):
            return {key: value for key, value in last.items() if key != "__interrupt__"}
        return last
