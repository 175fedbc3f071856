"""How channels with a reducer recognize an `Overwrite`, also after a trip through JSON."""

from typing import TYPE_CHECKING, Any

from anystep._constants import OVERWRITE
from anystep._record import MISSING
from anystep._records import Overwrite
from anystep.errors import ErrorCode, InvalidUpdateError, create_error_message

if TYPE_CHECKING:
    from collections.abc import Sequence


def overwrite_value(write: Any) -> Any:
    """What `write` overwrites with, or `MISSING` if it is a plain write.

    Three forms are known: an `Overwrite`, `{"__overwrite__": value}`, and the JSON form of an
    `Overwrite`, `{"type": "__overwrite__", "value": value}`.
    """
    if isinstance(write, Overwrite):
        return write.value
    mapping: dict[Any, Any] = write
    if isinstance(write, dict):
        if len(mapping) == 1 and OVERWRITE in mapping:
            return mapping[OVERWRITE]
        if mapping.get("type") == OVERWRITE and "value" in mapping:
            return mapping["value"]
    return MISSING


def step_overwrite(writes: "Sequence[Any]") -> Any:
    """What one step's writes overwrite with, or `MISSING` if all are plain.

    Raises InvalidUpdateError if more than one of them overwrites.
    """
    found: Any = MISSING
    for write in writes:
        value = overwrite_value(write)
        if value is MISSING:
            continue
        if found is not MISSING:
            code = ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE
            message = "Can receive only one Overwrite value per super-step."
            raise InvalidUpdateError(
                create_error_message(message=message, error_code=code), code=code
            )
        found = value
    return found
