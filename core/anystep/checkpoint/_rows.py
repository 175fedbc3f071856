"""Records as bytes of msgpack, for every place that outlives the process."""

from typing import TYPE_CHECKING, Any

import msgpack

from anystep.checkpoint._delta import DELTA, SKIP, WRITES, Record

if TYPE_CHECKING:
    from anystep.checkpoint._codec import Codec


def pack_record(record: Record, codec: "Codec") -> bytes:
    """A record as bytes, the integers and texts that msgpack lacks as values of the codec."""
    try:
        data: bytes = msgpack.packb(record)
    except (OverflowError, UnicodeEncodeError):
        data = msgpack.packb(_portable(record, codec))
    return data


def unpack_record(data: bytes) -> Record:
    """The record `pack_record` was given, or one that means the same.

    Raises ValueError or msgpack's errors for other bytes.
    """
    fields: Record = msgpack.unpackb(data, use_list=False, strict_map_key=False)
    return fields


def _portable(record: Record, codec: "Codec") -> Record:
    fields = [*record]
    fields[DELTA] = _portable_delta(record[DELTA], codec)
    if record[SKIP] is not None:
        distance, delta = record[SKIP]
        fields[SKIP] = distance, _portable_delta(delta, codec)
    if record[WRITES] is not None:
        fields[WRITES] = [
            (*task, [(channel, _encoded(value, codec)) for channel, value in pairs])
            for *task, pairs in record[WRITES]
        ]
    return tuple(fields)


def _portable_delta(delta: Any, codec: "Codec") -> Any:
    versions, seen, dropped, values = delta
    return versions, seen, dropped, {c: _encoded(v, codec) for c, v in values.items()}


def _encoded(value: Any, codec: "Codec") -> Any:
    return codec.encode(value) if isinstance(value, (int, str)) else value
