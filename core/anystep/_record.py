"""The base of the engine's value classes: slotted, comparable, cheap to import.

They behave like dataclasses, down to `dataclasses.replace`, `asdict` and `fields`, without the
cost of importing `dataclasses` (14 ms): the field table is built the first time something asks.
"""

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from dataclasses import Field


class Missing:
    """The type of `MISSING`, which says "no value here" where None is a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        return "MISSING"  # pickled and copied by name, so that `is MISSING` stays true


MISSING = Missing()


class _LazyFields:
    """Stands in for `__dataclass_fields__` until somebody reads it."""

    __slots__ = ()

    def __get__(self, instance: object, owner: "type[Record]") -> "dict[str, Field[Any]]":
        import dataclasses

        defaults = _init_defaults(owner)
        specs: list[tuple[str, str, Any]] = []
        for name in field_names(owner):
            spec: Any = dataclasses.field(
                default=defaults.get(name, dataclasses.MISSING),
                kw_only=name not in owner.__match_args__,
            )
            specs.append((name, "typing.Any", spec))
        twin: Any = dataclasses.make_dataclass(
            owner.__name__, specs, frozen=issubclass(owner, FrozenRecord)
        )
        # Put on the class itself, where orjson and pydantic look for it.
        target: Any = owner
        target.__dataclass_params__ = twin.__dataclass_params__
        target.__dataclass_fields__ = table = twin.__dataclass_fields__
        return table  # type: ignore[no-any-return]


def field_names(cls: "type[Record]") -> tuple[str, ...]:
    """The fields of a record: the arguments of its `__init__`, in order."""
    init: Any = cls.__init__
    names: tuple[str, ...] = init.__code__.co_varnames
    return names[1 : init.__code__.co_argcount + init.__code__.co_kwonlyargcount]


def _init_defaults(cls: "type[Record]") -> dict[str, Any]:
    """The default of every argument of `cls.__init__` that has one."""
    init: Any = cls.__init__
    names = init.__code__.co_varnames[: init.__code__.co_argcount]
    positional = init.__defaults__ or ()
    found = dict(zip(names[len(names) - len(positional) :], positional, strict=True))
    return found | (init.__kwdefaults__ or {})


class Record:
    """A value with named fields: equality, repr, copying and pickling by those fields.

    A subclass writes `__slots__` and its own `__init__`, whose arguments are the fields, in
    order. Mutable and therefore not hashable: see `FrozenRecord`.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()
    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        target: Any = cls
        target.__dataclass_fields__ = _LazyFields()

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in field_names(type(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in field_names(type(self)))
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._values())

    def __replace__(self, **changes: Any) -> Any:
        """A copy with some fields changed: what `copy.replace` calls (Python 3.13)."""
        kept = {name: getattr(self, name) for name in field_names(type(self))}
        return type(self)(**(kept | changes))


class FrozenRecord(Record):
    """A record whose fields cannot be assigned after construction; hashable if its fields are."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        return Record.__eq__(self, other)

    def __hash__(self) -> int:
        return hash(self._values())


def _restore(cls: type[Record], values: tuple[Any, ...]) -> Record:
    """Rebuild a record from its field values without running its `__init__`."""
    record = object.__new__(cls)
    for name, value in zip(field_names(cls), values, strict=True):
        object.__setattr__(record, name, value)
    return record


def restore_error(
    cls: type[Exception], args: tuple[Any, ...], attributes: dict[str, Any]
) -> Exception:
    """Unpickle an error whose `__init__` does not take its `args`."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


#: Assigns a field of a frozen record from inside its `__init__`.
set_field = object.__setattr__
