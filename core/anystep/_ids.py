"""Deterministic ids: of tasks and interrupts (LangGraph's, so threads are shared), of checkpoints.

Everything here is a function of its arguments. Task and interrupt ids are XXH3-128 hashes; this is
that hash in plain Python, seed 0 and the default secret, in five length classes as its
specification has them. All arithmetic is modulo 2**64.
"""

from struct import Struct, unpack, unpack_from
from typing import TYPE_CHECKING, Any

from anystep._constants import NS_SEP, PULL, PUSH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_M = 0xFFFFFFFFFFFFFFFF

_P32_1 = 0x9E3779B1
_P32_2 = 0x85EBCA77
_P32_3 = 0xC2B2AE3D
_P64_1 = 0x9E3779B185EBCA87
_P64_2 = 0xC2B2AE3D27D4EB4F
_P64_3 = 0x165667B19E3779F9
_P64_4 = 0x85EBCA77C2B2AE63
_P64_5 = 0x27D4EB2F165667C5
_MX1 = 0x165667919E3779F9
_MX2 = 0x9FB21C651E98DF25

_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)


def xxh3_128_hexdigest(data: bytes) -> str:
    """The XXH3-128 hash of `data` as 32 hex digits."""
    size = len(data)
    if size > 240:
        low, high = _hash_long(data, size)
    elif size > 128:
        low, high = _hash_129_to_240(data, size)
    elif size > 16:
        low, high = _hash_17_to_128(data, size)
    else:
        low, high = _hash_0_to_16(data, size)
    return f"{high:016x}{low:016x}"


def _words(offset: int, count: int) -> tuple[int, ...]:
    """`count` 64-bit words of the secret from byte `offset`."""
    return unpack_from(f"<{count}Q", _SECRET, offset)


_S0 = _words(0, 24)
_S3 = _words(3, 12)  # the second part of 129 to 240 bytes
_S103 = _words(103, 4)  # its last 32 bytes
_S121 = _words(121, 8)  # the last stripe of a long input
_S11 = _words(11, 8)  # the low half of a long input's result
_S117 = _words(117, 8)  # the high half


_two_words = Struct("<QQ").unpack_from


def _avalanche(h: int) -> int:
    h = (h ^ h >> 37) * _MX1 & _M
    return h ^ h >> 32


def _avalanche_64(h: int) -> int:
    h = (h ^ h >> 33) * _P64_2 & _M
    h = (h ^ h >> 29) * _P64_3 & _M
    return h ^ h >> 32


def _hash_0_to_16(data: bytes, size: int) -> tuple[int, int]:
    if size > 8:
        return _hash_9_to_16(data, size)
    if size >= 4:
        first, last = unpack_from("<I", data)[0], unpack_from("<I", data, size - 4)[0]
        product = ((first + (last << 32)) ^ _S0[2] ^ _S0[3]) * (_P64_1 + (size << 2))
        low = product & _M
        high = (product >> 64) + (low << 1) & _M
        low ^= high >> 3
        low = (low ^ low >> 35) * _MX2 & _M
        return low ^ low >> 28, _avalanche(high)
    if size:
        last = data[-1]
        low = data[0] << 16 | data[size >> 1] << 24 | last | size << 8
        swapped = int.from_bytes(low.to_bytes(4, "little"), "big")
        high = (swapped << 13 | swapped >> 19) & 0xFFFFFFFF
        secret = unpack("<4I", _SECRET[:16])
        return (
            _avalanche_64(low ^ secret[0] ^ secret[1]),
            _avalanche_64(high ^ secret[2] ^ secret[3]),
        )
    return _avalanche_64(_S0[8] ^ _S0[9]), _avalanche_64(_S0[10] ^ _S0[11])


def _hash_9_to_16(data: bytes, size: int) -> tuple[int, int]:
    first = unpack_from("<Q", data)[0]
    last = unpack_from("<Q", data, size - 8)[0]
    product = (first ^ last ^ _S0[4] ^ _S0[5]) * _P64_1
    low = (product & _M) + (size - 1 << 54) & _M
    last ^= _S0[6] ^ _S0[7]
    high = (product >> 64) + last + (last & 0xFFFFFFFF) * (_P32_2 - 1) & _M
    low ^= int.from_bytes(high.to_bytes(8, "little"), "big")
    product = low * _P64_2
    high = (product >> 64) + high * _P64_2 & _M
    return _avalanche(product & _M), _avalanche(high)


def _mix(
    low: int, high: int, near: tuple[int, ...], far: tuple[int, ...], s: tuple[int, ...], at: int
) -> tuple[int, int]:
    """Mix two 16-byte pieces into the two accumulators, with four words of `s` from `at`."""
    a, b = near
    c, d = far
    product = (a ^ s[at]) * (b ^ s[at + 1])
    low = (low + (product ^ product >> 64) & _M) ^ (c + d & _M)
    product = (c ^ s[at + 2]) * (d ^ s[at + 3])
    high = (high + (product ^ product >> 64) & _M) ^ (a + b & _M)
    return low, high


def _finish(low: int, high: int, size: int) -> tuple[int, int]:
    mixed = low * _P64_1 + high * _P64_4 + size * _P64_2 & _M
    return _avalanche(low + high & _M), -_avalanche(mixed) & _M


def _hash_17_to_128(data: bytes, size: int) -> tuple[int, int]:
    low, high, secret = size * _P64_1 & _M, 0, _S0
    for i in range(size - 1 >> 5, -1, -1):  # pairs of pieces, from the middle outwards
        a, b = _two_words(data, 16 * i)
        c, d = _two_words(data, size - 16 - 16 * i)
        at = 4 * i
        # What `_mix` does, twice for most task ids: its calls cost as much as its sums.
        product = (a ^ secret[at]) * (b ^ secret[at + 1])
        low = (low + (product ^ product >> 64) & _M) ^ (c + d & _M)
        product = (c ^ secret[at + 2]) * (d ^ secret[at + 3])
        high = (high + (product ^ product >> 64) & _M) ^ (a + b & _M)
    return _finish(low, high, size)


def _hash_129_to_240(data: bytes, size: int) -> tuple[int, int]:
    low, high = size * _P64_1 & _M, 0
    words = unpack_from(f"<{size >> 5 << 2}Q", data)
    for at in range(0, 16, 4):
        low, high = _mix(low, high, words[at : at + 2], words[at + 2 : at + 4], _S0, at)
    low, high = _avalanche(low), _avalanche(high)
    for at in range(16, len(words), 4):
        low, high = _mix(low, high, words[at : at + 2], words[at + 2 : at + 4], _S3, at - 16)
    near = unpack_from("<QQ", data, size - 16)
    far = unpack_from("<QQ", data, size - 32)
    low, high = _mix(low, high, near, far, _S103, 0)
    return _finish(low, high, size)


def _accumulate(acc: list[int], stripe: tuple[int, ...], secret: tuple[int, ...]) -> None:
    """Take 64 bytes into the eight lanes; sums are reduced later."""
    for i in range(8):
        word = stripe[i]
        key = word ^ secret[i]
        acc[i ^ 1] += word
        acc[i] += (key & 0xFFFFFFFF) * (key >> 32)


def _merge(acc: list[int], secret: tuple[int, ...], start: int) -> int:
    total = start
    for i in range(0, 8, 2):
        product = (acc[i] ^ secret[i]) * (acc[i + 1] ^ secret[i + 1])
        total += (product ^ product >> 64) & _M
    return _avalanche(total & _M)


def _hash_long(data: bytes, size: int) -> tuple[int, int]:
    acc = [_P32_3, _P64_1, _P64_2, _P64_3, _P64_4, _P32_2, _P64_5, _P32_1]
    stripes = size - 1 >> 6
    for n in range(stripes):
        at = n & 15  # sixteen stripes make a block, each with the secret moved on by a word
        _accumulate(acc, unpack_from("<8Q", data, 64 * n), _S0[at : at + 8])
        if at == 15:
            for i in range(8):
                lane = acc[i] & _M
                acc[i] = (lane ^ lane >> 47 ^ _S0[16 + i]) * _P32_1 & _M
    _accumulate(acc, unpack_from("<8Q", data, size - 64), _S121)
    acc = [lane & _M for lane in acc]
    return (
        _merge(acc, _S11, size * _P64_1 & _M),
        _merge(acc, _S117, ~(size * _P64_2) & _M),
    )


def task_id(
    *,
    checkpoint_id: str,
    ns: str,
    step: int,
    name: str,
    path: tuple[Any, ...],
    triggers: "Iterable[str]",
) -> str:
    """The id of the task at `path` of superstep `step`, planned from checkpoint `checkpoint_id`.

    `ns` is the checkpoint namespace the task is planned in: the graph's own ("" for the
    outermost); for a call the calling task's, for an error handler the failed task's. Paths are
    `(PULL, name)`, `(PUSH, index, False)` for a Send, `(PUSH, parent path, index, True)` for a
    call, and `(PUSH, "node_error_handler", failed task's id, False)`. `triggers` are all the
    channels that can trigger the node; they count for PULL only.
    """
    own = f"{ns}{NS_SEP}{name}" if ns else name
    if path[0] == PULL:
        parts = PULL + "".join(sorted(triggers))
    elif path[-1] is True:
        parts = f"{PUSH}{path_str(path[1])}{path[2]}"
    elif path[1] == "node_error_handler":
        parts = f"{PUSH}{path[1]}{path[2]}"
    else:
        parts = f"{PUSH}{path[1]}"
    return _as_uuid(
        xxh3_128_hexdigest(_id_bytes(checkpoint_id) + f"{own}{step}{name}{parts}".encode())
    )


def _id_bytes(checkpoint_id: str) -> bytes:
    try:
        return bytes.fromhex(checkpoint_id.replace("-", ""))
    except ValueError:  # an id some other program made up
        return checkpoint_id.encode()


def path_str(path: Any) -> str:
    """A task path as text that sorts in the order of application: PULL before PUSH, by index."""
    parts: Iterable[Any] = path
    if isinstance(path, (tuple, list)):
        return "~" + ", ".join(map(path_str, parts))
    return f"{path:010d}" if isinstance(path, int) else str(path)


def interrupt_id(ns: str, answered: int = 0) -> str:
    """The id of a question asked by the task with checkpoint namespace `ns`.

    `answered` is how many of the task's questions had their answer when it was asked.
    """
    return xxh3_128_hexdigest((f"{ns}{NS_SEP}{answered}" if answered else ns).encode())


# 100-nanosecond intervals between 1582-10-15, the epoch of these UUIDs, and 1970-01-01.
_EPOCH_100NS = 0x01B21DD213814000


def uuid6(now_ns: int, clock_seq: int, node: int) -> str:
    """A version 6 UUID, whose text sorts by time.

    `now_ns` is nanoseconds since 1970, counted in whole hundreds; ids made within one of them sort
    by `clock_seq` (14 bits: for checkpoints the step), then by `node` (48 random bits).
    """
    ticks = now_ns // 100 + _EPOCH_100NS
    stamp = (ticks >> 12 & 0xFFFFFFFFFFFF) << 32 | (ticks & 0xFFF | 0x6000) << 16
    # `hex` puts a dash after every two bytes; formatting field by field takes twice as long.
    text = (stamp | clock_seq & 0x3FFF | 0x8000).to_bytes(10, "big").hex("-", 2)
    return f"{text[:4]}{text[5:]}-{node & 0xFFFFFFFFFFFF:012x}"


class IdSeries:
    """Makes the checkpoint ids of one run: as `uuid6` does, one after another.

    What two ids have in common, if they are made within some 400 microseconds, is written out
    once. `tick` is the clock: nanoseconds since 1970, at least 100 more with every call.
    """

    __slots__ = ("_begin", "_end", "_high", "_tick", "node")

    def __init__(self, node: int, tick: "Callable[[], int]") -> None:
        self.node = node
        self._tick = tick
        self._high = -1
        self._begin = ""
        self._end = f"-{node & 0xFFFFFFFFFFFF:012x}"

    def mark(self, clock_seq: int) -> tuple[str, int]:
        """The id for this moment and that step, and the moment."""
        now = self._tick()
        ticks = now // 100
        if ticks >> 12 != self._high:
            self._turn(ticks)
        return "%s%x-%x%s" % (  # noqa: UP031  a third faster
            self._begin,
            ticks & 0xFFF | 0x6000,  # of the epoch, these bits are all zero
            clock_seq & 0x3FFF | 0x8000,
            self._end,
        ), now

    def _turn(self, ticks: int) -> None:
        self._high = ticks >> 12
        digits = f"{self._high + (_EPOCH_100NS >> 12) & 0xFFFFFFFFFFFF:012x}"
        self._begin = f"{digits[:8]}-{digits[8:]}-"


def uuid4(entropy: bytes) -> str:
    """A version 4 UUID of 16 random bytes."""
    value = int.from_bytes(entropy, "big") & ~(0xF000 << 64 | 0xC000 << 48)
    return _as_uuid(f"{value | 0x4000 << 64 | 0x8000 << 48:032x}")


def _as_uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
