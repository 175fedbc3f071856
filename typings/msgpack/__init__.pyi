"""What the engine uses of msgpack, which ships no types."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

version: tuple[int, int, int]

class ExtType(NamedTuple):
    code: int
    data: bytes

class Packer:
    def __init__(
        self,
        *,
        default: Callable[[Any], Any] | None = None,
        use_single_float: bool = False,
        autoreset: bool = True,
        use_bin_type: bool = True,
        strict_types: bool = False,
        datetime: bool = False,
        unicode_errors: str | None = None,
        buf_size: int | None = None,
    ) -> None: ...
    def pack(self, obj: Any) -> bytes: ...
    def pack_array_header(self, size: int) -> bytes: ...
    def pack_map_header(self, size: int) -> bytes: ...
    def pack_ext_type(self, typecode: int, data: bytes) -> bytes: ...

class Unpacker(Iterator[Any]):
    def __init__(
        self,
        file_like: Any = None,
        *,
        use_list: bool = True,
        strict_map_key: bool = True,
        ext_hook: Callable[[int, bytes], Any] = ...,
        max_buffer_size: int = ...,
    ) -> None: ...
    def __next__(self) -> Any: ...
    def feed(self, data: bytes | bytearray | memoryview) -> None: ...
    def skip(self) -> None: ...
    def tell(self) -> int: ...
    def unpack(self) -> Any: ...
    def read_array_header(self) -> int: ...
    def read_map_header(self) -> int: ...

class UnpackException(Exception): ...
class ExtraData(UnpackException, ValueError): ...
class FormatError(ValueError, UnpackException): ...
class OutOfData(UnpackException): ...
class StackError(ValueError, UnpackException): ...

def packb(
    o: Any,
    *,
    default: Callable[[Any], Any] | None = None,
    strict_types: bool = False,
    use_bin_type: bool = True,
) -> bytes: ...
def unpackb(
    packed: bytes | bytearray | memoryview,
    *,
    use_list: bool = True,
    strict_map_key: bool = True,
    ext_hook: Callable[[int, bytes], Any] = ...,
    object_pairs_hook: Callable[[list[tuple[Any, Any]]], Any] | None = None,
    unicode_errors: str | None = None,
) -> Any: ...
