"""The default cache key of a node's input: equal inputs, equal bytes."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any


def default_cache_key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """The pickle of the arguments with every mapping put in order."""
    import pickle

    return pickle.dumps((_freeze(args), _freeze(kwargs)), protocol=5)


def _freeze(value: Any, depth: int = 10) -> Any:
    """`value` with mappings as sorted tuples and arrays as their bytes, ten levels deep."""
    if isinstance(value, (str, bytes, int, float)) or depth <= 0:
        return value
    mapping: Mapping[Any, Any] = value
    items: Sequence[Any] = value
    if isinstance(value, Mapping):
        pairs = [(key, _freeze(item, depth - 1)) for key, item in mapping.items()]
        return tuple(sorted(pairs, key=_by_key))
    if isinstance(value, Hashable) and not isinstance(value, tuple):
        return value
    if isinstance(value, Sequence):
        return tuple(_freeze(item, depth - 1) for item in items)
    if hasattr(value, "tobytes"):
        return (type(value).__name__, value.tobytes(), getattr(value, "shape", None))
    return value


def _by_key(pair: tuple[Any, Any]) -> tuple[str, str]:
    """An order for keys of any type."""
    return type(pair[0]).__name__, repr(pair[0])
