"""The task writes a record holds, and how they avoid storing anything twice."""

from operator import is_
from typing import TYPE_CHECKING, Any

from anystep._superstep import StepCommit
from anystep.checkpoint._codec import Codec
from anystep.checkpoint._delta import DELTA, Record, value_of

if TYPE_CHECKING:
    from anystep._records import Commit, TaskWrites

#: Stands in a stored write for "what this record stores for the channel".
SAME: tuple[()] = ()


def written_items(commit: "Commit", channel: str) -> list[Any]:
    """The objects the step's tasks wrote to a channel, one by one or as lists."""
    items: list[Any] = []
    if isinstance(commit, StepCommit):
        wrote = commit.wrote[channel]
        return wrote if isinstance(wrote, list) else [wrote]
    for _, _, _, pairs in commit.writes:
        for written, value in pairs:
            if written == channel:
                items += value if value.__class__ is list else (value,)
    return items


def encode_writes(
    writes: "tuple[TaskWrites, ...]", new: dict[str, Any], stored: dict[str, Any], codec: Codec
) -> tuple[Any, ...]:
    """The task writes of a commit of the values `new`, which its record holds as `stored`.

    A value the record stores anyway is not stored again.
    """
    plain, encoded = codec.plain, None
    for place, (task_id, path, triggers, pairs) in enumerate(writes):
        for _, value in pairs:
            if value.__class__ not in plain:
                break
        else:
            continue  # it is as it has to be
        kept: list[tuple[str, Any]] = []
        for pair in pairs:
            channel, value = pair
            if value.__class__ in plain:
                kept.append(pair)
            else:
                kept.append((channel, encode_once(channel, value, new, stored, codec)))
        if encoded is None:
            encoded = [*writes]
        encoded[place] = task_id, path, triggers, tuple(kept)
    return writes if encoded is None else tuple(encoded)


def encode_once(
    channel: str, value: Any, new: dict[str, Any], stored: dict[str, Any], codec: Codec
) -> Any:
    """One write as bytes; `SAME` if it is what the record stores for the channel."""
    if channel in stored and _is_added(value, new[channel], stored[channel]):
        return SAME
    return encode_write(channel, value, codec)


def encode_write(channel: str, value: Any, codec: Codec) -> bytes:
    """One write as bytes. Raises SerializationError, which names the channel."""
    try:
        return codec.encode(value)
    except Exception as error:
        raise codec.blame(value, error).under(f"the write to {channel!r}, value") from error


def written(child: Record, channel: str, value: Any, codec: Codec) -> Any:
    """A fresh copy of a value among a record's writes."""
    if value.__class__ is tuple:
        value = child[DELTA][3][channel]
        if value.__class__ is tuple:
            return codec.decode_items(value[0][2], (value[0][3],))
    return value_of(value, codec)


def _is_added(value: Any, new: Any, stored: Any) -> bool:
    """Whether a write is, object by object, what a record stores for the channel anyway."""
    if stored.__class__ is tuple and stored:  # edits: the first says where they begin
        start = stored[0][0]
        return (
            value.__class__ is list
            and len(value) == len(new) - start
            and all(map(is_, value, new[start:]))
        )
    if stored.__class__ is not bytes:
        return False
    if value is new:
        return True
    return value.__class__ is new.__class__ is list and (
        len(value) == len(new) and all(map(is_, value, new))
    )
