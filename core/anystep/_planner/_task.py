"""A task: one activation of one node in one superstep, and the outcome it leaves.

The driver runs a task and fills in its outcome; the planner reads it. Ids, paths
and configs are worked out when somebody asks, never before: most tasks are never
asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import INTERRUPT, NO_WRITES, PULL, PUSH, RETURN, TASKS
from anystep._ids import interrupt_id, task_id, xxh3_128_hexdigest
from anystep._records import Interrupt, Send
from anystep.errors import GraphInterrupt

from ._program import BRANCH_TO

if TYPE_CHECKING:
    from ._program import Node
    from ._run import Run

Pairs = list[tuple[str, Any]]


class Task:
    """One activation of `node`, reading `input`.

    Defaults live on the class, so a task that does nothing unusual stores few attributes:
    what it is, and those that every superstep reads.
    """

    # -- what it is
    push: int | None = None  # index among the step's Sends; None: pulled by an edge
    parent: Task | None = None  # the task that called it in mid-step
    call_index: int | str = 0  # its place among the calls, or the name the caller gave it
    edit: int | None = None  # made by update_state: its index among the updates
    timeout: Any = None  # a Send's own limit, over the node's
    attempt: int = 1
    # -- the outcome
    restored: Pairs | None = None  # all writes, as loaded from a checkpoint
    done: bool = False
    cached: bool = False  # its writes came out of the cache
    stored: bool = False  # its writes are in the saver already
    # -- what an interrupted node was told
    resume: list[Any] | None = None
    asked: int = 0
    subgraphs: int = 0  # nested runs started so far
    calls: int = 0
    value: Any = None  # the result of a called task
    # -- set while an idle limit runs: to be called at every sign of progress
    progress: Callable[[], None] | None = None
    only_heartbeats: bool = False
    # -- of a run that LangChain's callbacks are told of: what the node gets and was told with
    shown_config: dict[str, Any] | None = None
    told_metadata: dict[str, Any] | None = None
    # -- kept once asked for
    _id: str | None = None

    def __init__(self, run: Run, node: Node, step: int, input: Any) -> None:
        self.run = run
        self.node = node
        self.step = step
        self.input = input
        # To read a default from the class takes four times as long as to read or to set these.
        self.update: Any = None  # dict of channel -> value, or a list of pairs
        self.goto: Sequence[int] = ()  # nodes chosen by routers or commands
        self.sends: Sequence[Send] = ()
        self.fresh: dict[str, Any] | None = None  # state with the own update applied
        self.error: BaseException | None = None
        self.extra: Pairs | None = None  # writes made in mid-step (push_message, ...)
        self.failed: Task | None = None  # an error handler: the task it stands in for

    # -- identity ------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def path(self) -> tuple[Any, ...]:
        """Where the task stands in its superstep; sorts in order of application."""
        if self.parent is not None:
            return (PUSH, self.parent.path, self.call_index, True)
        if self.failed is not None:
            return (PUSH, "node_error_handler", self.failed.id, False)
        if self.push is not None:
            return (PUSH, self.push, False)
        if self.edit is not None:
            return (INTERRUPT, self.edit)
        return (PULL, self.node.name)

    @property
    def triggers(self) -> tuple[str, ...]:
        if self.push is None and self.parent is None and self.failed is None:
            return self.node.triggers
        return (PUSH,)

    @property
    def id(self) -> str:
        """UUID-shaped and, where the run is stored, deterministic: the same task of the same
        checkpoint has the same id in every process, which is how its writes are found again."""
        if self._id is None:
            run = self.run
            if run.ledger is None:
                drawn: str = run.scope.new_task_id()
                self._id = drawn
                return drawn
            self._id = task_id(
                checkpoint_id=run.checkpoint_id,
                ns=self.outer_ns,
                step=self.step,
                name=self.node.name,
                path=self.path,
                triggers=self.triggers,
            )
        return self._id

    def rename(self, id: str) -> None:
        """Give it the id of the task it stands for: an edit in a due task's place."""
        self._id = id

    @property
    def ns(self) -> str:
        """The checkpoint namespace of graphs that run inside this task."""
        own, outer = f"{self.node.name}:{self.id}", self.outer_ns
        return f"{outer}|{own}" if outer else own

    @property
    def outer_ns(self) -> str:
        """The namespace it was planned in: its run's, or that of the task it belongs to."""
        around = self.parent or self.failed
        return self.run.ns if around is None else around.ns

    # -- what user code reaches through the current task ------------------------

    @property
    def config(self) -> dict[str, Any]:
        """The configuration its node sees."""
        config: dict[str, Any] = self.run.scope.task_config(self)
        return config

    @property
    def runtime(self) -> Any:
        return self.run.scope.task_runtime(self)

    def managed(self, name: str) -> Any:
        """The value of a managed key: a function of the run, not of the state."""
        return self.run.program.managed[name].get(self.run)

    def interrupt(self, value: Any, response_schema: Any = None) -> Any:
        """Answer an `interrupt()` of the node, or stop the node to ask.

        The n-th question of a task gets the n-th answer it was ever given. Where
        none is left, a scalar `Command(resume=...)` answers the first who asks.

        Raises: `GraphInterrupt` where there is no answer yet.
        """
        index = self.asked
        self.asked += 1
        answers = self.resume
        if answers is None:
            answers = self.resume = []
        scope = self.run.scope
        if index < len(answers):
            return scope.check_answer(response_schema, answers[index])
        answer = self.run.take_answer(self)
        if answer is not None:
            checked = scope.check_answer(response_schema, answer)
            answers.append(answer)
            return checked
        if scope.strict and self.run.ledger is None:
            raise RuntimeError(
                f"Node {self.name!r} called interrupt(), and there is no saver to resume from: "
                "compile the graph with checkpointer=InMemorySaver(), or another one."
            )
        question = Interrupt(
            value,
            interrupt_id(self.ns, index),
            response_schema=scope.describe_answer(response_schema),
        )
        raise GraphInterrupt((question,))

    def push_message(self, message: Any, state_key: str | None) -> None:
        """Tell a message at once, and write it to the state if a key is given."""
        self.run.scope.push_message(self, message)
        if state_key:
            self.write([(state_key, message)])

    def signal(self, heartbeat: bool = False) -> None:
        """Say that the node is alive: its idle limit starts again."""
        if self.progress is not None and (heartbeat or not self.only_heartbeats):
            self.progress()

    def write(self, pairs: Pairs) -> None:
        """Add writes made in mid-step, before the node has returned."""
        self.signal()
        if self.extra is None:
            self.extra = []
        self.extra.extend(pairs)

    # -- the outcome -------------------------------------------------------------

    def clear(self) -> None:
        """Forget an attempt that failed, before the next one."""
        self.update = None
        self.goto = ()
        self.sends = ()
        self.fresh = None
        self.error = None
        self.asked = 0
        self.extra = None
        self.subgraphs = 0
        self.calls = 0
        self.done = False

    @property
    def cache_key(self) -> tuple[tuple[str, ...], str]:
        """Equal for equal inputs of the same function; the node has a cache policy."""
        make = self.node.cache.key_func
        if self.parent is None:
            key = make(self.input)
        else:
            args, kwargs = self.input
            key = make(*args, **kwargs)
        data = key.encode() if isinstance(key, str) else key
        return self.node.cache_space, xxh3_128_hexdigest(data)

    def state_pairs(self) -> Pairs:
        """The writes to state channels, in the order the node made them."""
        update = self.update
        if update.__class__ is dict or isinstance(update, Mapping):
            pairs: Pairs = [*update.items()]
        elif update is None:
            pairs = []
        else:
            pairs = [*update]
        if self.extra is not None:
            pairs = [*self.extra, *pairs]
        return pairs

    def pairs(self) -> Pairs:
        """Every write of the task under its channel's name, as savers keep them."""
        if self.restored is not None:
            return self.restored
        run = self.run
        program, node = run.program, self.node
        nodes, ops = program.nodes, program.ops
        pairs = [pair for pair in self.state_pairs() if pair[0] in ops or pair[0] == RETURN]
        pairs.extend((TASKS, send) for send in self.sends)
        if self.handles_edges:
            pairs.extend((BRANCH_TO + nodes[i].name, None) for i in node.targets)
            pairs.extend((BRANCH_TO + nodes[i].name, None) for i in node.deferred)
            pairs.extend((program.joins[j].channel, node.name) for j in node.joins)
            if node.reliefs:
                pairs.extend((program.joins[j].channel, name) for j, name in self.waived())
        pairs.extend((BRANCH_TO + nodes[i].name, None) for i in self.goto)
        return pairs

    def stored_pairs(self) -> Pairs:
        """What a saver keeps of a task that has finished, if it wrote nothing too."""
        return self.pairs() or [(NO_WRITES, None)]

    def waived(self) -> list[tuple[int, str]]:
        """Barriers, by index, and whom each need not wait for: this task did not lead there."""
        node, targets = self.node, self.run.program.targets
        leads = {*self.goto, *node.targets, *node.deferred}
        leads.update(targets[send.node] for send in self.sends if send.node in targets)
        return [(r.join, r.name) for r in node.reliefs if leads.isdisjoint(r.reach)]

    @property
    def handles_edges(self) -> bool:
        """Whether the node's static edges follow: not for tasks called in mid-step."""
        return self.parent is None

    def __repr__(self) -> str:
        return f"Task({self.node.name!r}, step={self.step})"
