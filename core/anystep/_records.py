"""The plain data that passes between a program, the engine and the savers.

`Interrupt`, `Send`, `Command`, `Overwrite` and `TimeoutPolicy` are public, through
`anystep.types`; `Commit` is what a native saver stores.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, TypeVar, final

from anystep._annotated import annotated_keys, object_update
from anystep._constants import ROOT
from anystep._langchain import tool_output_class
from anystep._record import FrozenRecord, Record, field_names, set_field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from typing_extensions import TypeVar as TypeVarWithDefault

    from anystep._policies import TimeoutPolicy

    ResponseT = TypeVarWithDefault("ResponseT", default=Any)
    N = TypeVarWithDefault("N", default=str)
else:
    ResponseT = TypeVar("ResponseT")
    N = TypeVar("N")

_PUBLIC = "anystep.types"  # where users import these from, so where repr and pickle name them

_UNSET_ID: Final = "placeholder-id"


@final
class Interrupt(Record, Generic[ResponseT]):
    """A question a task stopped with: `value` for the caller, `id` to answer it by.

    `response_schema` describes the expected answer: a JSON schema once it has been raised.
    """

    __slots__ = ("id", "response_schema", "value")
    __match_args__ = ("value", "id", "response_schema")
    __module__ = _PUBLIC
    value: Any
    id: str
    response_schema: "type[ResponseT] | dict[str, Any] | None"

    def __init__(
        self,
        value: Any,
        id: str = _UNSET_ID,
        *,
        response_schema: "type[ResponseT] | dict[str, Any] | None" = None,
        **deprecated: Any,
    ) -> None:
        """Raise TypeError for arguments other than the deprecated `ns`, `resumable` and `when`."""
        self.value = value
        self.id = id
        self.response_schema = response_schema
        if deprecated:
            self._take_deprecated(deprecated)

    def _take_deprecated(self, arguments: dict[str, Any]) -> None:
        # Records saved by LangGraph before 0.6 carry these; the id was then derived from `ns`.
        unknown = arguments.keys() - {"ns", "resumable", "when"}
        if unknown:
            raise TypeError(f"Interrupt() got unexpected keyword arguments {sorted(unknown)!r}")
        ns = arguments.get("ns")
        if ns is not None and self.id == _UNSET_ID:
            from anystep._ids import interrupt_id

            self.id = interrupt_id("|".join(ns))

    @classmethod
    def from_ns(
        cls,
        value: Any,
        ns: str,
        *,
        response_schema: "type[ResponseT] | dict[str, Any] | None" = None,
    ) -> "Interrupt[ResponseT]":
        """The first interrupt of the task whose checkpoint namespace is `ns`."""
        from anystep._ids import interrupt_id

        return cls(value, interrupt_id(ns), response_schema=response_schema)

    @property
    def interrupt_id(self) -> str:
        """Deprecated: use `id`."""
        import warnings

        from anystep.warnings import LangGraphDeprecatedSinceV10

        warnings.warn(
            "`interrupt_id` is deprecated. Use `id` instead.",
            LangGraphDeprecatedSinceV10,
            stacklevel=2,
        )
        return self.id


class Send:
    """A packet for one node: run `node` in the next superstep with `arg` as its input.

    Routers return them to fan out. `timeout` (seconds, a timedelta or a policy) takes the place
    of the node's own for this task. Hashable if `arg` is.
    """

    __slots__ = ("arg", "node", "timeout")
    __module__ = _PUBLIC
    node: str
    arg: Any
    timeout: "TimeoutPolicy | None"

    def __init__(
        self,
        /,
        node: str,
        arg: Any,
        *,
        timeout: "float | timedelta | TimeoutPolicy | None" = None,
    ) -> None:
        self.node = node
        self.arg = arg
        if timeout is not None:
            from anystep._policies import TimeoutPolicy  # few have a limit of their own

            timeout = TimeoutPolicy.coerce(timeout)
        self.timeout = timeout

    def __hash__(self) -> int:
        return hash((self.node, self.arg, self.timeout))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Send)
            and self.node == other.node
            and self.arg == other.arg
            and self.timeout == other.timeout
        )

    def __repr__(self) -> str:
        timeout = "" if self.timeout is None else f", timeout={self.timeout!r}"
        return f"Send(node={self.node!r}, arg={self.arg!r}{timeout})"


class Command(FrozenRecord, Generic[N]):
    """What a node or a caller tells a graph: update the state, go somewhere, answer an interrupt.

    `update` is a dict, a list of (key, value) pairs, an object with annotated fields, or the
    value of a state that has only one. `goto` is a node's name, a `Send`, or a sequence of these.
    `resume` is an answer, or answers by interrupt id. `graph=Command.PARENT` speaks to the graph
    that runs this one.
    """

    __slots__ = ("goto", "graph", "resume", "update")
    __module__ = _PUBLIC
    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"
    graph: str | None
    update: Any
    resume: Any
    goto: "Send | Sequence[Send | N] | N"

    def __init__(
        self,
        *,
        graph: str | None = None,
        update: Any | None = None,
        resume: dict[str, Any] | Any | None = None,
        goto: "Send | Sequence[Send | N] | N" = (),
    ) -> None:
        _set_graph(self, graph)
        _set_update(self, update)
        _set_resume(self, resume)
        _set_goto(self, goto)

    @property  # type: ignore[misc]
    def __class__(self) -> type[Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """What `isinstance` asks for: the tools of LangChain let a command pass as it is."""
        return tool_output_class(type(self))

    def __repr__(self) -> str:
        shown = [
            f"{name}={getattr(self, name)!r}" for name in field_names(Command) if _says(self, name)
        ]
        return f"Command({', '.join(shown)})"

    def _update_as_tuples(self) -> "Sequence[tuple[str, Any]]":
        """`update` as (key, value) pairs; a value that has no keys is the root's."""
        update: Any = self.update
        if update is None:
            return []
        if isinstance(update, dict):
            mapping: dict[str, Any] = self.update
            return list(mapping.items())
        pairs: Sequence[tuple[str, Any]] = self.update
        if isinstance(update, (list, tuple)) and _are_pairs(pairs):
            return pairs
        if keys := annotated_keys(self.update.__class__):
            return object_update(self.update, keys)
        return [(ROOT, self.update)]


# The slots' own setters: a frozen class must not assign through `__setattr__`, and these cost a
# quarter of `object.__setattr__`. Nodes return commands by the thousand.
_slots = Command.__dict__
_set_graph = _slots["graph"].__set__
_set_update = _slots["update"].__set__
_set_resume = _slots["resume"].__set__
_set_goto = _slots["goto"].__set__


def _are_pairs(items: "Sequence[Any]") -> bool:
    for item in items:
        pair: tuple[Any, ...] = item
        if not isinstance(item, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            return False
    return True


def _says(command: Command[Any], name: str) -> bool:
    value = getattr(command, name)
    try:
        return bool(value)
    except (TypeError, ValueError, RuntimeError):  # arrays refuse to be true or false
        return True


class Overwrite(Record):
    """Write `value` to a channel as it is, past the reducer. At most one per channel and step.

    `type` tells the JSON form of it (`{"type": "__overwrite__", "value": ...}`) from a dict.
    """

    __slots__ = ("type", "value")
    __match_args__ = ("value", "type")
    __module__ = _PUBLIC
    value: Any
    type: Literal["__overwrite__"]

    def __init__(self, value: Any, type: Literal["__overwrite__"] = "__overwrite__") -> None:
        self.value = value
        self.type = type


@final
class DeltaSnapshot(FrozenRecord):
    """The whole value of a `DeltaChannel`, stored among the values of a checkpoint.

    Between two of them a saver keeps only the writes.
    """

    __slots__ = ("value",)
    __match_args__ = ("value",)
    value: Any

    def __init__(self, value: Any) -> None:
        set_field(self, "value", value)


class Commit(Record):
    """One superstep's durable change to one namespace of one thread: what a native saver stores.

    Relative to `parent_id`, unless that is None or `full` is set: then it is the whole state.
    Treat it as frozen; it is not, because one is made every superstep.

    `ts` is nanoseconds since the epoch. `values` holds the new checkpoint values of the channels
    that changed, `dropped` the channels that became empty, `versions` the versions of the changed
    channels, `seen` the changed entries of `versions_seen` (to be merged, node by node),
    `updated` the checkpoint's sorted `updated_channels`.

    `writes` are the finished tasks' writes of the *parent* checkpoint that no `put_writes` stored
    before: `(task_id, path, triggers, ((channel, value), ...))`. A task id of None is to be
    computed when somebody reads it, by `_ids.task_id`.
    """

    __slots__ = (
        "dropped",
        "full",
        "id",
        "metadata",
        "ns",
        "parent_id",
        "parents",
        "place",
        "seen",
        "source",
        "step",
        "thread_id",
        "ts",
        "updated",
        "values",
        "versions",
        "writes",
    )

    def __init__(
        self,
        thread_id: str,
        ns: str,
        id: str,
        parent_id: str | None,
        ts: int,
        source: str,
        step: int,
        parents: dict[str, str],
        metadata: dict[str, Any],
        values: dict[str, Any],
        dropped: tuple[str, ...],
        versions: dict[str, int | str],
        seen: dict[str, dict[str, int | str]],
        updated: tuple[str, ...] | None,
        writes: "tuple[TaskWrites, ...]" = (),
        full: bool = False,
    ) -> None:
        self.thread_id = thread_id
        self.ns = ns
        self.place = thread_id, ns
        self.id = id
        self.parent_id = parent_id
        self.ts = ts
        self.source = source
        self.step = step
        self.parents = parents
        self.metadata = metadata
        self.values = values
        self.dropped = dropped
        self.versions = versions
        self.seen = seen
        self.updated = updated
        self.writes = writes
        self.full = full


#: (task id or None, task path, triggers, ((channel, value), ...))
TaskWrites = tuple[str | None, tuple[Any, ...], tuple[str, ...], tuple[tuple[str, Any], ...]]
