"""The one format checkpoints are written in: msgpack with typed extensions (in the making)."""

from typing import Any

import msgpack as _wire

from anystep._records import Interrupt, Send

__all__ = ["MsgpackSerializer"]


class MsgpackSerializer:
    """Encodes values as msgpack; what msgpack does not know becomes a typed extension."""

    def __init__(self) -> None:
        self._pool: list[Any] = []

    def dumps(self, obj: Any) -> bytes:
        """`obj` as bytes."""
        try:
            packer = self._pool.pop()
        except IndexError:
            packer = _wire.Packer(strict_types=True, default=self._extend)
        data: bytes = packer.pack(obj)
        self._pool.append(packer)
        return data

    def loads(self, data: bytes) -> Any:
        """What `dumps` was given."""
        return _wire.unpackb(data, strict_map_key=False, ext_hook=self._restore)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """`obj` as ("anystep", bytes)."""
        return "anystep", self.dumps(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """What `dumps_typed` was given."""
        return self.loads(data[1])

    def _extend(self, obj: Any) -> Any:
        ext, dumps = _wire.ExtType, self.dumps
        match obj:
            case tuple():
                return ext(1, dumps(list(obj)))
            case set():
                return ext(2, dumps(sorted(obj, key=dumps)))
            case frozenset():
                return ext(3, dumps(sorted(obj, key=dumps)))
            case int():
                return ext(4, obj.to_bytes(obj.bit_length() // 8 + 1, signed=True))
            case Send():
                return ext(30, dumps([obj.node, obj.arg]))
            case Interrupt():
                return ext(31, dumps([obj.value, obj.id, obj.response_schema]))
            case BaseException():
                return repr(obj)
        raise TypeError(f"cannot serialize {type(obj).__name__!r}")

    def _restore(self, code: int, data: bytes) -> Any:
        loads = self.loads
        match code:
            case 1:
                return tuple(loads(data))
            case 2:
                return set(loads(data))
            case 3:
                return frozenset(loads(data))
            case 4:
                return int.from_bytes(data, signed=True)
            case 30:
                return Send(*loads(data))
            case 31:
                value, id, schema = loads(data)
                return Interrupt(value, id, response_schema=schema)
        raise ValueError(f"unknown extension {code}")
