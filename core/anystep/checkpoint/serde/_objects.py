"""Taking objects of named classes apart and putting them together again, running none of their code.

Neither `__init__` nor validators run when an object is loaded: it comes back as it was. What its
class has gained since is filled with defaults, what it has lost is left out.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import Any

from anystep.checkpoint.serde.errors import DeserializationError, SerializationError

#: The builtin classes whose subclasses can be stored, most special first.
BASES: tuple[type, ...] = (
    OrderedDict,
    dict,
    list,
    tuple,
    str,
    int,
    float,
    bytes,
    bytearray,
    set,
    frozenset,
    deque,
)

_MUTABLE: dict[type, str] = {
    dict: "update",
    OrderedDict: "update",
    list: "extend",
    set: "update",
    deque: "extend",
}


def namedtuple_fields(value: Any) -> dict[str, Any]:
    """A named tuple's items by name."""
    return dict(zip(value._fields, value, strict=True))


def make_namedtuple(cls: Any, fields: dict[str, Any]) -> Any:
    """A named tuple of class `cls`."""
    defaults = cls._field_defaults
    return tuple.__new__(cls, [_pick(cls, name, fields, defaults) for name in cls._fields])


def dataclass_fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass's or attrs class's instance, those without a value left out."""
    return {n: getattr(value, n) for n in _field_names(type(value)) if hasattr(value, n)}


def make_dataclass(cls: Any, fields: dict[str, Any]) -> Any:
    """An instance of a dataclass or an attrs class."""
    made = cls.__new__(cls)
    defaults: Any = _Defaults(cls)
    for name in _field_names(cls):
        object.__setattr__(made, name, _pick(cls, name, fields, defaults))
    return made


def pydantic_state(value: Any) -> list[Any]:
    """A model's fields, the names that were set, and its extra fields. Private ones are left out."""
    fields = type(value).__pydantic_fields__
    values = {name: item for name, item in value.__dict__.items() if name in fields}
    return [values, sorted(value.__pydantic_fields_set__), value.__pydantic_extra__]


def make_pydantic(cls: Any, values: dict[str, Any], was_set: list[str], extra: Any) -> Any:
    """A model of class `cls`; its private attributes start from their defaults."""
    fields = cls.__pydantic_fields__
    for name, field in fields.items():
        if name not in values and not field.is_required():
            values[name] = field.get_default(call_default_factory=True)
    made = cls.__new__(cls)
    private = {
        name: attribute.get_default()
        for name, attribute in cls.__private_attributes__.items()
        if repr(attribute.get_default()) != "PydanticUndefined"
    }
    made.__setstate__(
        {
            "__dict__": {name: values[name] for name in fields if name in values},
            "__pydantic_fields_set__": {name for name in was_set if name in fields},
            "__pydantic_extra__": extra,
            "__pydantic_private__": private if cls.__private_attributes__ else None,
        }
    )
    return made


def pydantic_v1_state(value: Any) -> list[Any]:
    """The fields of a model of pydantic's first version, and the names that were set."""
    return [{**value.__dict__}, sorted(value.__fields_set__)]


def make_pydantic_v1(cls: Any, values: dict[str, Any], was_set: list[str]) -> Any:
    """A model of pydantic's first version; what is missing gets its default."""
    return cls.construct(_fields_set=set(was_set), **values)


def subclass_parts(value: Any) -> list[Any]:
    """The builtin an object extends, as a plain value, and its attributes or None."""
    cls = type(value)
    base = next(base for base in BASES if issubclass(cls, base))
    if "default_factory" in dir(cls):
        raise SerializationError(
            f"{cls.__qualname__!r} is a defaultdict, whose factory cannot be stored: register"
            " an Extension for it"
        )
    if issubclass(base, dict):
        plain: Any = {**value} if cls.keys is dict.keys else dict(dict.items(value))
    elif base is deque:
        plain = list(value)
    else:
        make: Any = base
        plain = make(value)
    attributes = {**getattr(value, "__dict__", {})}
    for name in _slots(cls):
        if hasattr(value, name):
            attributes[name] = getattr(value, name)
    return [plain, attributes or None]


def make_subclass(cls: Any, plain: Any, attributes: dict[str, Any] | None) -> Any:
    """An object of a class that extends a builtin."""
    base: Any = next((base for base in BASES if issubclass(cls, base)), None)
    if base is None:
        raise DeserializationError(f"{cls.__qualname__!r} does not extend a builtin any more")
    fill = _MUTABLE.get(base)
    if fill:
        made = base.__new__(cls)
        base.__init__(made)
        getattr(base, fill)(made, plain)
    elif base is bytearray:
        made = base.__new__(cls)
        bytearray.__init__(made, plain)
    else:
        made = base.__new__(cls, plain)
    for name, value in (attributes or {}).items():
        object.__setattr__(made, name, value)
    return made


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What a value consists of, each part with the path to it: for error messages."""
    cls = type(value)
    if issubclass(cls, dict):
        for key, item in dict.items(value):
            yield f" key {key!r}", key
            yield f"[{key!r}]", item
    elif issubclass(cls, (list, deque)) or (issubclass(cls, tuple) and not hasattr(cls, "_fields")):
        for index, item in enumerate(value):
            yield f"[{index}]", item
    elif issubclass(cls, (set, frozenset)):
        for item in value:
            yield " item", item
    else:
        for name in (*getattr(value, "__dict__", ()), *_slots(cls), *getattr(cls, "_fields", ())):
            if hasattr(value, name):
                yield f".{name}", getattr(value, name)


class _Defaults:
    """The defaults of a dataclass's fields; looked up for what stored data lacks."""

    def __init__(self, cls: Any) -> None:
        self._fields = getattr(cls, "__dataclass_fields__", {})

    def __contains__(self, name: str) -> bool:
        return name in self._fields and self._default(name) is not None

    def __getitem__(self, name: str) -> Any:
        default: Any = self._default(name)
        return default()

    def _default(self, name: str) -> Any:
        from dataclasses import MISSING

        field = self._fields[name]
        if field.default is not MISSING:
            return lambda: field.default
        return None if field.default_factory is MISSING else field.default_factory


def _pick(cls: type, name: str, fields: dict[str, Any], defaults: Any) -> Any:
    if name in fields:
        return fields[name]
    if name in defaults:
        return defaults[name]
    raise DeserializationError(
        f"the stored {cls.__qualname__!r} has no field {name!r}, and the class no default for it"
    )


def _field_names(cls: Any) -> Iterable[str]:
    if hasattr(cls, "__dataclass_fields__"):
        from dataclasses import fields

        return [field.name for field in fields(cls)]
    return [attribute.name for attribute in cls.__attrs_attrs__]


def _slots(cls: type) -> Iterator[str]:
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                yield name
