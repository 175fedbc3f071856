"""The extension codes of the format. docs/checkpoint-format.md describes every payload.

A code, once released, keeps its meaning for ever: a new meaning gets a new code. Codes from 64
on are never used here, so that a program's own msgpack extensions cannot collide with them.
"""

from typing import Final

#: The version of this table, as it appears in the type name of typed data.
VERSION: Final = 1

# Containers and scalars msgpack lacks.
TUPLE: Final = 1
SET: Final = 2
FROZENSET: Final = 3
BIG_INT: Final = 4
SURROGATES: Final = 5
BYTEARRAY: Final = 6
COMPLEX: Final = 7
DEQUE: Final = 8
DEFAULTDICT: Final = 9
ORDERED_DICT: Final = 10
COUNTER: Final = 11

# The standard library's value types.
DATETIME: Final = 16
DATE: Final = 17
TIME: Final = 18
TIMEDELTA: Final = 19
TIMEZONE: Final = 20
ZONEINFO: Final = 21
UUID: Final = 22
DECIMAL: Final = 23
PATH: Final = 24
REGEX: Final = 25
IP: Final = 26
FRACTION: Final = 27

# Objects of named classes.
ENUM: Final = 32
NAMEDTUPLE: Final = 33
DATACLASS: Final = 34
PYDANTIC: Final = 35
SUBCLASS: Final = 36
CUSTOM: Final = 37
SECRET: Final = 38
PYDANTIC_V1: Final = 39

# The engine's own records.
SEND: Final = 48
INTERRUPT: Final = 49
COMMAND: Final = 50
OVERWRITE: Final = 51
TIMEOUT: Final = 52
DELTA_SNAPSHOT: Final = 53
MESSAGE: Final = 54
ITEM: Final = 55

# Other people's arrays.
NDARRAY: Final = 60
NUMPY_SCALAR: Final = 61
