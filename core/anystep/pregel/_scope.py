"""Everything a run knows besides its state: config, saver, store, context, host.

The planner reaches the world through this record alone. It is made once per run;
what only some runs ask for (task configs, runtimes, metadata) is built when asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from anystep._constants import CONF
from anystep._ids import IdSeries, uuid4
from anystep.config import current_task
from anystep.errors import InvalidUpdateError
from anystep.host import Host, current_host

from ._config import DEFAULT_RECURSION_LIMIT, Config, saved_metadata
from ._stream import Stream
from ._task_scope import TASK_KEY, TaskScope

if TYPE_CHECKING:
    from anystep._langchain._trace import Trace
    from anystep._planner import Run, Task
    from anystep._records import Command
    from anystep._run_policy import RunPolicy

SCHEMA_VERSION = "schema_version"  # in the metadata of checkpoints
USAGE = "usage"  # there, too


class Replay:
    """What subgraphs need to know of a run that travels in time.

    The first time one is run it starts from what it had saved before `checkpoint_id`, the
    checkpoint that the outermost run started from; after that, from what it has saved since.
    """

    __slots__ = ("checkpoint_id", "visited")

    def __init__(self, checkpoint_id: str) -> None:
        self.checkpoint_id = checkpoint_id
        self.visited: set[str] = set()

    def bound(self, ns: str) -> str | None:
        """The checkpoint id to stay before; None for a subgraph that has run already."""
        known = ns.rsplit(":", 1)[0]
        if known in self.visited:
            return None
        self.visited.add(known)
        return self.checkpoint_id


class Scope(TaskScope):
    """The surroundings of one run. Defaults live on the class: most runs have few."""

    saver: Any = None
    store: Any = None
    cache: Any = None
    context: Any = None
    control: Any = None
    policy: RunPolicy | None = None
    guard: Any = None
    held = False  # whether the run holds its thread's lease
    strict = False
    driver: Any = None
    durability: Any = "async"
    asynchronous = False
    name = ""
    thread_id = ""
    notify: Any = None  # tells callbacks what the planner notifies of
    streams: Sequence[Stream] = ()
    addressed: str | None = None  # the checkpoint to start from
    mapped: Mapping[str, str] | None = None  # those of the graphs inside as well, by namespace
    trace: Trace | None = None  # tells LangChain's callbacks
    superseded = False  # the addressed checkpoint has children already
    resuming: bool | None = None  # told by the run around this one
    recursion_limit = DEFAULT_RECURSION_LIMIT
    replay: Replay | None = None  # the run around this one is travelling in time
    nth = 0  # among the runs that the parent task has started
    own_memory = False  # a subgraph that remembers between its calls
    keeps_own_thread = True
    _ids: IdSeries | None = None
    _ns: str | None = ""
    _drawn: tuple[str, count[int]] | None = None  # what task ids begin with, and how many there are
    _stored: dict[str, Any] | None = None

    def __init__(self, config: Config, parent: Task | None, own_memory: bool = False) -> None:
        self.config = config
        self.parent = parent
        self.host: Host = current_host()
        if config:
            self.recursion_limit = config.get("recursion_limit", DEFAULT_RECURSION_LIMIT)
            configurable = config.get(CONF) or {}
            if configurable:
                self.thread_id = _text(configurable.get("thread_id"))
                if parent is None:
                    self.addressed = configurable.get("checkpoint_id")
        if parent is not None:
            self._ns = None
            self.nth, parent.subgraphs = parent.subgraphs, parent.subgraphs + 1
            self.own_memory = self.keeps_own_thread = own_memory

    @property
    def ns(self) -> str:
        """Where this run's checkpoints are: the path of tasks that lead to it."""
        if self._ns is None:
            assert self.parent is not None
            ns = self.parent.ns
            if self.own_memory:
                ns = without_task_ids(ns)
            if self.nth:
                ns = f"{ns}|{self.nth}"
            self._ns = ns
        return self._ns

    @ns.setter
    def ns(self, value: str) -> None:
        self._ns = value

    def let_go(self) -> None:
        """The run is over: drop what drove it, which would hold all this as this holds it."""
        driver, self.driver = self.driver, None
        for stream in self.streams:
            if driver is not None and stream.wake == driver.wake:
                stream.wake = None

    @property
    def may_be_empty(self) -> bool:
        """Whether a run without input is no mistake: a subgraph that is resumed."""
        return self.resuming is not None

    # -- clock and entropy ---------------------------------------------------------

    def now_ns(self) -> int:
        return self.host.now_ns()

    @property
    def ids(self) -> IdSeries:
        """Makes the ids of this run's checkpoints."""
        series = self._ids
        if series is None:
            entropy = int.from_bytes(self.host.random_bytes(6), "big")
            series = self._ids = IdSeries(entropy, self.host.tick)
        return series

    def new_checkpoint_id(self, step: int) -> str:
        """A time-ordered id; its clock sequence shows the superstep."""
        return self.ids.mark(step)[0]

    def new_task_id(self) -> str:
        """Of a task that nobody stores: unique, and nothing more (a fifth of a hash's cost)."""
        drawn = self._drawn
        if drawn is None:
            drawn = self._drawn = (uuid4(self.host.random_bytes(16))[:24], count())
        return f"{drawn[0]}{next(drawn[1]):012x}"

    def jitter(self) -> float:
        """A random part of a second."""
        return int.from_bytes(self.host.random_bytes(4), "big") / 2**32

    # -- beginning -------------------------------------------------------------------

    def load_config(self) -> Config:
        """Addresses the checkpoint to start from."""
        configurable = dict(self.config.get(CONF) or {})
        configurable["checkpoint_ns"] = self.ns
        configurable["thread_id"] = self.thread_id
        configurable.pop("checkpoint_map", None)
        configurable.pop("checkpoint_id", None)
        if self.addressed is not None:
            configurable["checkpoint_id"] = self.addressed
        return {**self.config, CONF: configurable}

    def newest_config(self) -> Config:
        """Addresses the newest checkpoint of this run's graph."""
        config = self.load_config()
        configurable = {k: v for k, v in config[CONF].items() if k != "checkpoint_id"}
        return {**config, CONF: configurable}

    def replay_from(self, checkpoint_id: str) -> None:
        """The run starts from an older checkpoint: subgraphs do as well."""
        self.replay = Replay(checkpoint_id)

    def replayed_before(self) -> str | None:
        """Which checkpoint of the outermost run bounds what this subgraph may remember."""
        if self.replay is None or self.addressed is not None:
            return None
        return self.replay.bound(self.ns)

    def resumes(self, given: Any, loaded: Any) -> bool:
        """Whether the run goes on where its thread is, rather than starting over."""
        if not loaded.checkpoint["channel_versions"]:
            return False
        if self.resuming is not None:
            return self.resuming
        if given is None or given.__class__.__name__ == "Command":
            return True
        run_id = self.config.get("run_id") or (self.config.get("metadata") or {}).get("run_id")
        if run_id is None or self.parent is not None:
            return False
        return bool((loaded.metadata or {}).get("run_id") == str(run_id))

    def time_travels(self, command: Command[Any] | None) -> bool:
        """Whether an older checkpoint was addressed, other than to answer it."""
        if self.addressed is None:
            return False
        return not (command is not None and command.resume is not None)

    @property
    def strict_resume(self) -> bool:
        configurable = self.config.get(CONF) or {}
        asked = self.strict or bool(configurable.get("__pregel_strict_resume"))
        return asked and self.parent is None

    def inherited_answer(self) -> Any:
        """A scalar answer that was given to the run around this one."""
        if self.parent is None:
            return None
        return self.parent.run.take_answer(self.parent)

    def describe_answer(self, schema: Any) -> Any:
        """What a question says about the answer it wants: a JSON schema."""
        if schema is None:
            return None
        from ._answers import describe

        return describe(schema)

    def check_answer(self, schema: Any, answer: Any) -> Any:
        """An answer as the question's schema has it."""
        if schema is None:
            return answer
        from ._answers import check

        return check(schema, answer)

    def remember(self, stored: dict[str, Any]) -> None:
        """Keep a loaded checkpoint's writes, for tasks called in mid-step."""
        self._stored = stored or None

    def stored_pairs(self, task: Task) -> list[tuple[str, Any]]:
        """What the loaded checkpoint has of a task called in mid-step."""
        if self._stored is None:
            return []
        pairs: list[tuple[str, Any]] = self._stored.get(task.id, [])
        return pairs

    def warn_unknown_target(self, name: Any) -> None:
        """Somebody leads to a node that does not exist.

        Raises: `InvalidUpdateError` in strict mode.
        """
        if self.strict:
            task = current_task.get()
            who = "A caller's Send" if task is None else f"Node {task.name!r}"
            raise InvalidUpdateError(
                f"{who} leads to {name!r}, which is no node of the graph. Add it with add_node, "
                "or correct the name. Nothing of this step was saved."
            )
        import warnings

        warnings.warn(
            f"Ignoring unknown node name {name!r} in a Send: the graph has no such node. "
            "Add it with add_node, or correct the name.",
            stacklevel=2,
        )

    # -- checkpoints ---------------------------------------------------------------------

    def checkpoint_metadata(self, run: Run) -> dict[str, Any]:
        ledger = run.ledger
        assert ledger is not None
        if ledger.loaded is not None:
            return ledger.loaded
        return {
            "source": ledger.source,
            "step": run.step - 1,
            "parents": ledger.parents,
        }

    def checkpoint_config(self, run: Run, checkpoint_id: str | None) -> Config | None:
        """The config that addresses one checkpoint of this run."""
        if checkpoint_id is None:
            return None
        configurable: dict[str, Any] = {
            k: v for k, v in (self.config.get(CONF) or {}).items() if not k.startswith("__pregel_")
        }
        configurable.update(checkpoint_ns=run.ns, thread_id=self.thread_id)
        configurable.pop("checkpoint_map", None)
        parents = self.parents()
        if parents:
            configurable["checkpoint_map"] = {**parents, run.ns: checkpoint_id}
        configurable["checkpoint_id"] = checkpoint_id
        return {CONF: configurable}

    def parent_checkpoint_config(self, run: Run) -> Config | None:
        assert run.ledger is not None
        return self.checkpoint_config(run, run.ledger.parent_id)

    def subgraph_config(self, task: Task) -> Config | None:
        """Where the checkpoints of a task's subgraph are; None where it has none."""
        if task.node.subgraph is None:
            return None
        return {CONF: {"thread_id": self.thread_id, "checkpoint_ns": task.ns}}

    def commit_metadata(self) -> dict[str, Any]:
        metadata = saved_metadata(self.config)
        if self.policy is not None and self.policy.schema_version > 1:
            metadata[SCHEMA_VERSION] = self.policy.schema_version
        return metadata

    def migrate(self, loaded: Any) -> tuple[Any, list[str]]:
        """A loaded checkpoint with its state in today's shape, and the keys that changed.

        Raises: `SchemaVersionError` where no migration leads there.
        """
        if self.policy is None:
            return loaded, []
        from ._migrate import migrate

        return migrate(self.policy, loaded)


def without_task_ids(ns: str) -> str:
    """A namespace that is the same for every call of a subgraph."""
    return "|".join(part.split(":")[0] for part in ns.split("|") if not part.isdigit())


def _text(value: Any) -> str:
    return "" if value is None else str(value)


__all__ = ["SCHEMA_VERSION", "TASK_KEY", "USAGE", "Replay", "Scope", "without_task_ids"]
