"""What two engines may show differently, taken out of an observation.

An observation is anything a program saw: results, events, snapshots, errors.
Four things differ between two runs of *one* engine and are levelled here:

* identifiers: every uuid and every 32-digit hex id becomes ``<id:n>``, numbered
  by first appearance, so that equal ids stay equal and lineage is compared;
* moments: dropped, only their presence is kept;
* the completion order of parallel tasks: sorted inside a superstep, and only
  where a program says that it runs tasks in parallel;
* the order of keys in a dict.

Everything else, container types included, must be the same.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
)
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_NO_TASK = "00000000-0000-0000-0000-000000000000"
_TROUBLESHOOTING = re.compile(r"\nFor troubleshooting, visit: \S+")
_MOMENTS = frozenset({"created_at", "timestamp", "ts"})
_RECORDS = frozenset({"Interrupt", "Send", "Command", "StateSnapshot", "PregelTask", "GraphOutput"})


def plain(value: Any) -> Any:
    """Return *value* as dicts, lists, tuples and scalars, with type names as tags."""
    if value is None or isinstance(value, bool | int | float | bytes):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, BaseException):
        return failure(value)
    if isinstance(value, type) or callable(value) and hasattr(value, "__name__"):
        return f"<{value.__name__}>"
    return _container(value)


def failure(error: BaseException) -> dict[str, Any]:
    """Describe an exception: its name, the builtins it is, its message and notes."""
    builtin = [
        base.__name__
        for base in type(error).__mro__
        if base.__module__ == "builtins" and base.__name__ not in {"object"}
    ]
    if type(error).__name__ == "GraphInterrupt":
        message: Any = [plain(arg) for arg in error.args]
    else:
        message = _TROUBLESHOOTING.sub("", str(error)).replace("anystep", "langgraph")
        message = _text(message)
    return {
        "raised": type(error).__name__,
        "is": builtin,
        "message": message,
        "notes": [
            _text(note)
            for note in getattr(error, "__notes__", ())
            # anystep may add notes of its own, such as who wrote a key twice.
            if note.startswith(("During task", "Before task"))
        ],
    }


def _text(value: str) -> str:
    return _ADDRESS.sub("<address>", value)


def _container(value: Any) -> Any:
    name = type(value).__name__
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _record(name, {f: getattr(value, f) for f in value._fields})  # pyright: ignore[reportAttributeAccessIssue]
    if name in _RECORDS:
        fields = {
            field: getattr(value, field) for field in _fields_of(name) if hasattr(value, field)
        }
        return _record(name, fields)
    if isinstance(value, Mapping):
        return {
            _key(key): _moment(key, item)
            for key, item in sorted(value.items(), key=lambda kv: mask(str(kv[0])))
        }
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, set | frozenset):
        return {f"<{name}>": sorted((plain(item) for item in value), key=repr)}
    if hasattr(value, "type") and hasattr(value, "content"):
        return _message(value)
    if hasattr(value, "model_dump"):
        return _record(name, value.model_dump())
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return _record(name, {f: getattr(value, f) for f in names})
    shown = repr(value)
    return f"<{name}>" if " object at 0x" in shown else _text(f"<{name}> {shown}")


def _fields_of(name: str) -> tuple[str, ...]:
    return {
        "Interrupt": ("value", "id", "response_schema"),
        "Send": ("node", "arg", "timeout"),
        "Command": ("graph", "update", "resume", "goto"),
        "StateSnapshot": (
            "values",
            "next",
            "config",
            "metadata",
            "created_at",
            "parent_config",
            "tasks",
            "interrupts",
        ),
        "PregelTask": (
            "id",
            "name",
            "path",
            "error",
            "interrupts",
            "state",
            "result",
        ),
        "GraphOutput": ("value", "interrupts"),
    }[name]


def _record(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {f"<{name}>": {key: _moment(key, item) for key, item in fields.items()}}


def _message(value: Any) -> dict[str, Any]:
    wanted = ("type", "content", "name", "id", "tool_calls", "tool_call_id", "status")
    fields = {key: getattr(value, key, None) for key in wanted}
    return {"<message>": {key: plain(item) for key, item in fields.items() if item}}


def _key(key: Any) -> Any:
    return key if isinstance(key, bool | int | float | type(None)) else str(key)


def _moment(key: Any, item: Any) -> Any:
    if key in _MOMENTS and isinstance(item, str):
        return "<moment>"
    return plain(item)


def mask(text: str) -> str:
    """Hide every identifier in *text*: what two runs can be sorted by."""
    return _ID.sub("<id>", text)


class Event(NamedTuple):
    """A stream chunk in one shape, whatever the options of the stream were."""

    mode: Any
    namespace: Any
    payload: Any
    chunk: Any


def settled(events: list[Event]) -> list[Event]:
    """Sort what parallel tasks of one superstep emitted in completion order.

    Events a superstep emits as a whole (values, checkpoints, task starts of the
    root) keep their places and separate what lies between them.  Events that are
    alike but for their ids follow the order in which the ids came up before.
    """
    result: list[Event] = []
    pending: list[Event] = []
    known: dict[str, int] = {}

    def rank(event: Event) -> tuple[str, list[int]]:
        text = repr(plain((event.mode, event.namespace, event.payload)))
        return mask(text), [known.get(found, len(known)) for found in _ID.findall(text)]

    for event in events:
        if _from_a_task(event):
            pending.append(event)
            continue
        result += sorted(pending, key=rank)
        pending = []
        result.append(event)
        for found in _ID.findall(repr(plain(event.payload))):
            known.setdefault(found, len(known))
    return result + sorted(pending, key=rank)


def _from_a_task(event: Event) -> bool:
    if event.namespace:
        return True
    if event.mode == "tasks":
        return "result" in event.payload
    if event.mode == "debug":
        return bool(event.payload["type"] == "task_result")
    if event.mode == "values":
        return _interrupted(event)
    return event.mode in {"updates", "custom", "messages"}


def _interrupted(event: Event) -> bool:
    """Whether a values event is the one that goes with a task's interrupt."""
    version2 = isinstance(event.chunk, dict) and bool(event.chunk.get("interrupts"))
    version1 = isinstance(event.payload, dict) and "__interrupt__" in event.payload
    return version1 or version2


def unordered_interrupts(result: Any) -> Any:
    """Return the result of a run with the interrupts of its last step sorted."""
    if isinstance(result, dict) and "__interrupt__" in result:
        return {**result, "__interrupt__": _sorted(result["__interrupt__"])}
    if isinstance(result, list | tuple) and result:
        return [unordered_interrupts(chunk) for chunk in result]
    if type(result).__name__ == "GraphOutput":
        return {"value": result.value, "interrupts": _sorted(result.interrupts)}  # pyright: ignore[reportAttributeAccessIssue]
    return result


def _sorted(interrupts: Any) -> list[Any]:
    return sorted(interrupts, key=lambda item: mask(repr(plain(item))))


def numbered(tree: Any) -> Any:
    """Replace identifiers by ``<id:n>``, numbered by first appearance in *tree*."""
    seen: dict[str, str] = {_NO_TASK: "<no task>"}

    def replace(match: re.Match[str]) -> str:
        return seen.setdefault(match.group(), f"<id:{len(seen)}>")

    return _mapped(tree, lambda text: _ID.sub(replace, text))


def masked(tree: Any) -> Any:
    """Replace every identifier in *tree* by ``<id>``."""
    return _mapped(tree, mask)


def _mapped(tree: Any, text: Callable[[str], str]) -> Any:
    if isinstance(tree, str):
        return text(tree)
    if isinstance(tree, dict):
        return {_mapped(k, text): _mapped(v, text) for k, v in tree.items()}
    if isinstance(tree, list):
        return [_mapped(item, text) for item in tree]
    if isinstance(tree, tuple):
        return tuple(_mapped(item, text) for item in tree)
    return tree
