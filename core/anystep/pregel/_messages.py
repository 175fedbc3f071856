"""The `messages` stream: messages that nodes return or push, once each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from anystep._ids import uuid4

from ._annotations import state_values
from ._stream import namespace

if TYPE_CHECKING:
    from anystep._planner import Task

    from ._stream import Stream


def is_message(value: Any) -> bool:
    """Whether a value has a message's shape, ours or LangChain's."""
    return hasattr(value, "content") and hasattr(value, "type") and hasattr(value, "id")


def tell_result(streams: Iterable[Stream], task: Task) -> None:
    """Tell the messages in a finished task's update that nobody has seen.

    What the node was given is not new: it has been seen.
    """
    listening = [stream for stream in streams if "messages" in stream.modes]
    for message in _messages_in(task.input):
        for stream in listening:
            stream.seen.add(message.id)
    for _, value in task.state_pairs():
        for message in _messages_in([value]):
            tell(listening, task, message, once=True)


def tell(streams: Iterable[Stream], task: Task, message: Any, once: bool = False) -> None:
    """Tell one message, with where it comes from; with `once`, only if it is new."""
    if message.type == "remove":
        return
    if message.id is None:
        message.id = uuid4(task.run.scope.host.random_bytes(16))
    told = task.told_metadata if once else None
    metadata = dict(task.config["metadata"] if told is None else told)
    for stream in streams:
        if once and (message.id in stream.seen or (stream.blocks and message.type == "tool")):
            continue
        stream.seen.add(message.id)
        stream.post(namespace(task.run.ns), "messages", (message, metadata))


def tell_token(task: Task, message: Any, *, provider: str, tags: Iterable[str] = ()) -> None:
    """Tell a piece of what a model says inside a task, unless it is tagged `nostream`.

    For models that LangChain's callbacks know nothing of.
    """
    streams = [s for s in task.run.scope.streams if "messages" in s.modes and not s.blocks]
    if not streams or "nostream" in tags:
        return
    config = task.config
    metadata = {**config["metadata"], "ls_provider": provider, "ls_model_type": "chat"}
    shown = [*(config.get("tags") or ()), *tags]
    if shown:
        metadata["tags"] = shown
    for stream in streams:
        stream.seen.add(message.id)
        stream.post(namespace(task.run.ns), "messages", (message, metadata))


def _messages_in(value: Any) -> Iterator[Any]:
    if is_message(value):
        yield value
        return
    for item in value if _is_list(value) else state_values(value):
        if is_message(item):
            yield item
        elif _is_list(item):
            yield from (inner for inner in item if is_message(inner))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
