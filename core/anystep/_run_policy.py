"""What a graph is held to: limits, budget, schema version, lease. Plain data."""

from typing import TYPE_CHECKING, Any, Literal

from anystep._record import FrozenRecord, set_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Exceeded = Literal["stop", "pause"] | Callable[["Usage"], Literal["stop", "pause", "continue"]]
    Migration = Callable[[dict[str, Any]], dict[str, Any]]

_PUBLIC = "anystep.reliability"  # where users import these from


class Usage(FrozenRecord):
    """What a thread has used since its last input; resuming goes on counting.

    `steps` are supersteps; `seconds` the time they took, those that stopped to ask excluded; `tokens` and `cost` what
    nodes reported; `visits` how often each node ran.
    """

    __slots__ = ("cost", "seconds", "steps", "tokens", "visits")
    __module__ = _PUBLIC
    steps: int
    seconds: float
    tokens: int
    cost: float
    visits: "Mapping[str, int]"

    def __init__(
        self,
        *,
        steps: int = 0,
        seconds: float = 0.0,
        tokens: int = 0,
        cost: float = 0.0,
        visits: "Mapping[str, int] | None" = None,
    ) -> None:
        set_field(self, "steps", steps)
        set_field(self, "seconds", seconds)
        set_field(self, "tokens", tokens)
        set_field(self, "cost", cost)
        set_field(self, "visits", visits or {})


class Budget(FrozenRecord):
    """How much one input may use up, resumed runs included; None: as much as it likes.

    Asked before every superstep. `on_exceeded` is "stop" (raise `BudgetExceededError`), "pause"
    (stop as at a breakpoint: a run with input None goes on, with the budget anew), or a function of
    the `Usage` that says "stop", "pause" or "continue".

    Raises: `ValueError` for an amount that is not positive.
    """

    __slots__ = ("cost", "on_exceeded", "seconds", "steps", "tokens")
    __module__ = _PUBLIC
    tokens: int | None
    cost: float | None
    seconds: float | None
    steps: int | None
    on_exceeded: "Exceeded"

    def __init__(
        self,
        *,
        tokens: int | None = None,
        cost: float | None = None,
        seconds: float | None = None,
        steps: int | None = None,
        on_exceeded: "Exceeded" = "stop",
    ) -> None:
        amounts = {"tokens": tokens, "cost": cost, "seconds": seconds, "steps": steps}
        for name, amount in amounts.items():
            _positive(f"Budget({name}=...)", amount)
            set_field(self, name, amount)
        set_field(self, "on_exceeded", on_exceeded)

    def spent(self, usage: Usage) -> str | None:
        """The first amount that is used up, None while there is some of each."""
        for name in ("steps", "seconds", "tokens", "cost"):
            limit = getattr(self, name)
            if limit is not None and getattr(usage, name) >= limit:
                return name
        return None


class RunPolicy(FrozenRecord):
    """What `StateGraph.compile(policy=...)` holds every run of a graph to. All of it is optional.

    * `max_visits`: how often one node may run for one input; a number, or one per node.
    * `budget`: see `Budget`.
    * `deadline`: seconds a single run may take, on the host's monotonic clock.
    * `max_parallel`: how many tasks one superstep may have.
    * `max_state_bytes`: how large the encoded state may grow; a step beyond is not applied.
    * `schema_version`, `migrations`: the version of the state's shape, 1 at first, and for every
      older version the function that takes a state of it to the next.
    * `lease`: seconds after which a run that gave no sign may be replaced by another one on its
      thread; until then nobody else may run it. None: whoever comes may run.
    * `keep_pending`: `update_state(as_node=...)` leaves the other nodes that were due, due.

    Limits are looked at before a superstep: the run ends with an error between two checkpoints
    and can be resumed once there is room.

    Raises: `ValueError` for a limit that is not positive, or a migration that is missing.
    """

    __slots__ = (
        "budget",
        "deadline",
        "keep_pending",
        "lease",
        "max_parallel",
        "max_state_bytes",
        "max_visits",
        "migrations",
        "schema_version",
    )
    __module__ = _PUBLIC
    max_visits: "int | Mapping[str, int] | None"
    budget: Budget | None
    deadline: float | None
    max_parallel: int | None
    max_state_bytes: int | None
    schema_version: int
    migrations: "Mapping[int, Migration]"
    lease: float | None
    keep_pending: bool

    def __init__(
        self,
        *,
        max_visits: "int | Mapping[str, int] | None" = None,
        budget: Budget | None = None,
        deadline: float | None = None,
        max_parallel: int | None = None,
        max_state_bytes: int | None = None,
        schema_version: int = 1,
        migrations: "Mapping[int, Migration] | None" = None,
        lease: float | None = None,
        keep_pending: bool = False,
    ) -> None:
        limits = {
            "deadline": deadline,
            "max_parallel": max_parallel,
            "max_state_bytes": max_state_bytes,
            "schema_version": schema_version,
            "lease": lease,
        }
        for name, value in limits.items():
            _positive(f"RunPolicy({name}=...)", value)
            set_field(self, name, value)
        for name, limit in _visits_by_node(max_visits).items():
            _positive(f"RunPolicy(max_visits=...) of {name!r}", limit)
        set_field(self, "max_visits", max_visits)
        set_field(self, "budget", budget)
        set_field(self, "migrations", _chain(migrations or {}, schema_version))
        set_field(self, "keep_pending", keep_pending)

    @property
    def limits_runs(self) -> bool:
        """Whether runs have to be watched at all."""
        watched = (
            self.max_visits,
            self.budget,
            self.deadline,
            self.max_parallel,
            self.max_state_bytes,
        )
        return any(limit is not None for limit in watched)

    def visits_of(self, node: str) -> int | None:
        """How often `node` may run; None: as often as it is led to."""
        allowed = self.max_visits
        if allowed is None or isinstance(allowed, int):
            return allowed
        return allowed.get(node)


def _visits_by_node(visits: "int | Mapping[str, int] | None") -> "Mapping[str, int]":
    if visits is None:
        return {}
    return {"*": visits} if isinstance(visits, int) else visits


def _positive(what: str, value: float | None) -> None:
    if value is not None and not value > 0:
        raise ValueError(f"{what} must be greater than 0, got {value!r}; None means no limit")


def _chain(migrations: "Mapping[int, Migration]", version: int) -> "Mapping[int, Migration]":
    """The migrations, if they lead from the oldest without a gap to `version`."""
    if migrations:
        missing = [n for n in range(min(migrations), version) if n not in migrations]
        useless = [n for n in migrations if n >= version]
        if missing or useless:
            wanted = f"from {missing[0]}" if missing else f"to schema_version={useless[0] + 1}"
            raise ValueError(
                f"RunPolicy(schema_version={version}) has migrations from "
                f"{sorted(migrations)}: one {wanted} to the next version is missing"
                if missing
                else f"RunPolicy(migrations=...) leads beyond schema_version={version}: raise it "
                f"{wanted}, or take the migration out"
            )
    return migrations


__all__ = ["Budget", "RunPolicy", "Usage"]
