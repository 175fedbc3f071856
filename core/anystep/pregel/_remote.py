"""What goes to a graph server and what comes back: plain data on one side, our types on the other.

Pure: nothing here waits. What a server sends is believed as far as its shape allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from anystep._constants import CONF, INTERRUPT
from anystep._records import Command, Interrupt, Send
from anystep.config import current_task
from anystep.draw import DrawableGraph, DrawEdge, DrawNode
from anystep.errors import GraphInterrupt, ParentCommand
from anystep.types import PregelTask, StateSnapshot

from ._config import merge
from ._scope import TASK_KEY
from ._stream import Stream

#: What a server would misread: where the caller is, not where the remote run shall be.
_DROPPED: Final = frozenset(
    {
        "checkpoint_map",
        "checkpoint_id",
        "checkpoint_ns",
        "__pregel_task_id",
        "__pregel_strict_resume",
        TASK_KEY,
    }
)
_ADDRESS: Final = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")
_INTERRUPT_FIELDS: Final = ("value", "id", "response_schema", "ns", "resumable", "when")

SKIP: Final[Any] = object()


class RemoteException(Exception):
    """The remote graph has failed. Its argument is what the server said of it."""


# -- going out ------------------------------------------------------------------------


def merged(bound: Any, call: Any) -> dict[str, Any]:
    """The graph's config with the call's, `configurable` always there."""
    config = merge(bound, call)
    config.setdefault(CONF, {})
    return config


def thread_of(config: Mapping[str, Any]) -> Any:
    """The thread a config addresses. Raises: `ValueError` for one that addresses none."""
    thread_id = config[CONF].get("thread_id")
    if thread_id is None:
        raise ValueError("This needs a thread: set config['configurable']['thread_id']")
    return thread_id


def address(config: Any) -> dict[str, Any] | None:
    """The checkpoint that a config addresses, as the server's API has it."""
    configurable = (config or {}).get(CONF) or {}
    return {key: configurable[key] for key in _ADDRESS if key in configurable} or None


def sanitized(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a config that can be sent: plain data, nothing of this process."""
    sent: dict[str, Any] = {}
    if "recursion_limit" in config:
        sent["recursion_limit"] = config["recursion_limit"]
    if "tags" in config:
        sent["tags"] = [tag for tag in config["tags"] if isinstance(tag, str)]
    if "metadata" in config:
        sent["metadata"] = _plain(config["metadata"])
    sent[CONF] = {k: v for k, v in _plain(config.get(CONF) or {}).items() if k not in _DROPPED}
    return sent


def _plain(value: Any) -> Any:
    """`value` as far as it is plain data; None for what is not."""
    if isinstance(value, (str, int, float, bool)) or type(value).__name__ == "UUID":
        return value
    if isinstance(value, Mapping):
        mapping: Mapping[Any, Any] = value
        found = {k: _plain(v) for k, v in mapping.items() if isinstance(k, str)}
        return {k: v for k, v in found.items() if v is not None}
    if isinstance(value, (list, tuple)):
        items: Sequence[Any] = value
        return [plain for item in items if (plain := _plain(item)) is not None]
    return None


def command_of(given: Any) -> dict[str, Any] | None:
    """A `Command` as the server's API has it; None for any other input."""
    if not isinstance(given, Command):
        return None
    command: Any = given
    fields = ("graph", "update", "resume", "goto")
    return {name: getattr(command, name) for name in fields}


def json_ready(value: Any) -> Any:
    """For `json.dumps(default=...)`: our records and messages as the API has them.

    Raises: `TypeError` for what it has no form for.
    """
    if isinstance(value, Send):
        return {"node": value.node, "input": value.arg}
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if hasattr(value, "type") and hasattr(value, "content"):
        from anystep.messages import message_to_dict

        told = message_to_dict(value)
        return {"type": told["type"], **told["data"]}
    if isinstance(value, (set, frozenset, tuple)):
        items: Any = value
        return list(items)
    if type(value).__name__ in ("UUID", "Decimal", "PosixPath", "WindowsPath"):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    raise TypeError(f"{type(value).__name__} cannot be sent to a graph server: send plain data")


# -- coming back ------------------------------------------------------------------------


def interrupt_of(told: Any) -> Any:
    """An interrupt as ours."""
    if not isinstance(told, Mapping):
        return told
    return Interrupt(**{k: told[k] for k in _INTERRUPT_FIELDS if k in told})


def config_of(checkpoint: Mapping[str, Any]) -> Any:
    """A checkpoint's address as a config."""
    configurable = {key: checkpoint[key] for key in _ADDRESS[:3]}
    return {CONF: {**configurable, "checkpoint_map": checkpoint.get("checkpoint_map", {})}}


def snapshot_of(state: Mapping[str, Any]) -> StateSnapshot:
    """A thread's state as ours."""
    tasks = tuple(_task_of(task) for task in state["tasks"])
    parent = state.get("parent_checkpoint")
    metadata: Any = dict(state["metadata"] or {})
    return StateSnapshot(
        values=state["values"],
        next=tuple(state["next"] or ()),
        config=config_of(state["checkpoint"]),
        metadata=metadata,
        created_at=state["created_at"],
        parent_config=config_of(parent) if parent else None,
        tasks=tasks,
        interrupts=tuple(interrupt for task in tasks for interrupt in task.interrupts),
    )


def _task_of(task: Mapping[str, Any]) -> PregelTask:
    state: Any = None
    if task.get("state"):
        state = snapshot_of(task["state"])
    elif task.get("checkpoint"):
        state = {CONF: task["checkpoint"]}
    error = task.get("error")
    return PregelTask(
        id=task["id"],
        name=task["name"],
        path=(),
        error=Exception(error) if error else None,
        interrupts=tuple(interrupt_of(one) for one in task.get("interrupts") or ()),
        state=state,
        result=task.get("result"),
    )


def drawable_of(graph: Mapping[str, Any]) -> DrawableGraph:
    """A drawn graph as ours."""
    nodes: dict[str, DrawNode] = {}
    for node in graph["nodes"]:
        key = str(node["id"])
        data = node.get("data", {})
        name = node.get("name")
        if name is None:
            name = data.get("name", key) if isinstance(data, dict) else key
        nodes[key] = DrawNode(key, str(name), data, node.get("metadata"))
    edges = [
        DrawEdge(e["source"], e["target"], e.get("data"), bool(e.get("conditional", False)))
        for e in graph["edges"]
    ]
    return DrawableGraph(nodes, edges)


# -- a stream -----------------------------------------------------------------------------


class Listening:
    """Which events a run is asked for, and what its caller gets of each.

    A run inside a node asks for what the streams around it want as well, and hands that on.
    """

    __slots__ = ("_caller_ns", "_outer", "_requested", "_subgraphs", "_version", "modes", "single")

    def __init__(self, stream_mode: Any, config: Any, *, subgraphs: bool, version: str) -> None:
        configurable = (config or {}).get(CONF) or {}
        self.single = not stream_mode or isinstance(stream_mode, str)
        wanted = [stream_mode or "updates"] if self.single else list(stream_mode)
        self._requested = {"messages" if mode == "messages-tuple" else mode for mode in wanted}
        self._outer = _outer(configurable)
        self._subgraphs = subgraphs
        self._version = version
        ns: str = configurable.get("checkpoint_ns") or ""
        self._caller_ns = tuple(ns.split("|")) if ns else ()
        if self._outer is not None:
            wanted.extend(self._outer[0])
        if "messages" in wanted:
            wanted.remove("messages")
            wanted.append("messages-tuple")
        if "updates" not in wanted:  # they tell of interrupts
            wanted.append("updates")
        self.modes = [mode for mode in wanted if mode != "events"]

    @property
    def subgraphs(self) -> bool:
        """Whether the server has to tell of subgraphs, too."""
        return self._subgraphs or self._outer is not None

    def read(self, chunk: Any) -> Any:
        """What the caller gets of one event of the server's; `SKIP` for nothing.

        Raises: `RemoteException` for an error, `ParentCommand` for a command to the graph
        around this one, `GraphInterrupt` for a question inside a node.
        """
        event, data = str(chunk.event), chunk.data
        mode, *below = event.split("|")
        ns = (*self._caller_ns, *below)
        if mode == "command" and data.get("graph") == Command.PARENT:
            raise ParentCommand(Command(**data))
        if self._outer is not None and mode in self._outer[0]:
            self._outer[1](ns, mode, data)
        if event.startswith("updates"):
            if self._caller_ns and isinstance(data, dict) and INTERRUPT in data:
                raise GraphInterrupt([interrupt_of(one) for one in data[INTERRUPT]])
        elif event.startswith("error"):
            raise RemoteException(data)
        if mode not in self._requested or (below and not self._subgraphs and mode != "messages"):
            return SKIP
        if event.startswith("messages"):
            data = tuple(data)
            chunk = chunk._replace(data=data)
        return self._shaped(chunk, ns, mode, data)

    def _shaped(self, chunk: Any, ns: tuple[str, ...], mode: str, data: Any) -> Any:
        if self._version == "v2":
            asked: Any = ()
            if mode == "values" and isinstance(data, dict):
                asked = tuple(interrupt_of(one) for one in data.pop(INTERRUPT, ()))
            return {"type": mode, "ns": ns, "data": data, "interrupts": asked}
        if self._subgraphs:
            return (ns, data) if self.single else (ns, mode, data)
        return data if self.single else chunk


Outer = tuple[set[str], Callable[[tuple[str, ...], str, Any], None]]


def _outer(configurable: Mapping[str, Any]) -> Outer | None:
    """The modes of the streams around this run that want subgraphs, and how to tell them."""
    given = configurable.get("__pregel_stream")
    if given is not None:
        return set(given.modes), lambda ns, mode, data: given((ns, mode, data))
    task = configurable.get(TASK_KEY) or current_task.get()
    if task is None or TASK_KEY not in configurable:
        return None
    streams: list[Stream] = [s for s in task.run.scope.streams if s.subgraphs]
    if not streams:
        return None

    def tell(ns: tuple[str, ...], mode: str, data: Any) -> None:
        for stream in streams:
            if mode in stream.modes:
                stream.post(ns, mode, data)

    return {mode for stream in streams for mode in stream.modes}, tell


def tracing(headers: dict[str, str] | None) -> dict[str, str] | None:
    """`headers` with those of the LangSmith run around this call, where that is loaded."""
    import sys

    langsmith: Any = sys.modules.get("langsmith")
    tree = langsmith.get_current_run_tree() if langsmith is not None else None
    if not tree:
        return headers
    traced: dict[str, str] = tree.to_headers()
    if headers and "baggage" in headers and "baggage" in traced:
        traced["baggage"] = f"{headers['baggage']},{traced['baggage']}"
    return {**(headers or {}), **traced}
