"""The task writes a record holds, and how they avoid storing anything twice."""

from operator import is_
from typing import TYPE_CHECKING, Any

from anystep.checkpoint._codec import Codec
from anystep.checkpoint._delta import DELTA, Record, value_of

if TYPE_CHECKING:
    from anystep._records import Commit

#: Stands in a stored write for "what this record stores for the channel".
SAME: tuple[()] = ()


def written_items(commit: "Commit", channel: str) -> list[Any]:
    """The objects the step's tasks wrote to a channel, one by one or as lists."""
    items: list[Any] = []
    for _, _, _, pairs in commit.writes:
        for written, value in pairs:
            if written == channel:
                items += value if value.__class__ is list else (value,)
    return items


def encode_writes(commit: "Commit", values: dict[str, Any], codec: Codec) -> tuple[Any, ...]:
    """A commit's task writes; a value the record stores anyway is not stored again."""
    plain, encoded = codec.plain, None
    for place, (task_id, path, triggers, pairs) in enumerate(commit.writes):
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
            elif channel in values and _is_added(value, commit.values[channel], values[channel]):
                kept.append((channel, SAME))
            else:
                kept.append((channel, encode_write(channel, value, codec)))
        if encoded is None:
            encoded = [*commit.writes]
        encoded[place] = task_id, path, triggers, tuple(kept)
    return commit.writes if encoded is None else tuple(encoded)


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
