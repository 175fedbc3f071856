"""Checkpoint ids: version-6 UUIDs, whose text sorts by time."""

import random
import time
import uuid  # noqa: TID253  the engine makes its ids elsewhere; only this module's users pay
from typing import Any

__all__ = ["UUID", "uuid6"]

# 100 ns ticks between the UUID epoch (1582-10-15) and the Unix epoch.
_UUID_EPOCH_TICKS = 0x01B2_1DD2_1381_4000

_last_ticks = 0  # so that two ids made within one tick still differ and still sort


class UUID(uuid.UUID):
    """A `uuid.UUID` that can read the time out of versions 6, 7 and 8 as well."""

    # Python 3.14 knows them; on older versions `time` would mix up their fields.
    __slots__ = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As `uuid.UUID`; `version` may also be 6, 7 or 8."""
        version = kwargs.get("version")
        if version not in (6, 7, 8):
            super().__init__(*args, **kwargs)
            return
        del kwargs["version"]
        bits = uuid.UUID(*args, **kwargs).int
        bits = bits & ~(0xF << 76) | version << 76
        super().__init__(int=bits & ~(0b11 << 62) | 0b10 << 62)

    @property
    def subsec(self) -> int:
        """The 20 bits of versions 7 and 8 that divide a millisecond."""
        return ((self.int >> 64) & 0x0FFF) << 8 | ((self.int >> 54) & 0xFF)

    @property
    def time(self) -> int:
        """Version 6: 100 ns ticks since 1582. Version 7: ms since 1970. Version 8: ns since 1970."""
        if self.version == 6:
            return self.time_low << 28 | self.time_mid << 12 | self.time_hi_version & 0x0FFF
        if self.version == 7:
            return self.int >> 80
        if self.version == 8:
            nanoseconds = -(-self.subsec * 10**6 // 2**20)  # rounded up
            return (self.int >> 80) * 10**6 + nanoseconds
        return super().time


def uuid6(node: int | None = None, clock_seq: int | None = None) -> UUID:
    """A new id, greater than every id made before it in this process.

    `node` (48 bits) and `clock_seq` (14 bits: the engine puts the step here) are random unless
    given.
    """
    global _last_ticks
    _last_ticks = max(time.time_ns() // 100 + _UUID_EPOCH_TICKS, _last_ticks + 1)
    if node is None:
        node = random.getrandbits(48)
    if clock_seq is None:
        clock_seq = random.getrandbits(14)
    value = (
        (_last_ticks >> 12 & 0xFFFF_FFFF_FFFF) << 80
        | 6 << 76
        | (_last_ticks & 0x0FFF) << 64
        | 0b10 << 62
        | (clock_seq & 0x3FFF) << 48
        | node & 0xFFFF_FFFF_FFFF
    )
    return UUID(int=value)
