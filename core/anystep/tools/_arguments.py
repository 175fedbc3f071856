"""Arguments as a function declares them: their JSON schema, and the check of what a model gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, is_typeddict

Problem = tuple[str, str]  # where ("args.city", "tags.0"), and what is wrong there

_PLAIN: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
    dict: "object",
    list: "array",
    tuple: "array",
    set: "array",
}


class ToolArgumentError(ValueError):
    """Arguments that a tool cannot take. `problems` lists (where, what) for each."""

    def __init__(self, tool: str, problems: list[Problem]) -> None:
        self.tool = tool
        self.problems = problems
        lines = "\n".join(f"{where}: {what}" for where, what in problems)
        super().__init__(f"Tool {tool!r} cannot take these arguments:\n{lines}")


def schema_of(annotation: Any) -> dict[str, Any]:
    """The JSON schema of a type; `{}`, which allows anything, for one it cannot describe."""
    if hasattr(annotation, "model_json_schema"):
        described: dict[str, Any] = annotation.model_json_schema()
        return described
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        found = schema_of(args[0])
        notes = [note for note in args[1:] if isinstance(note, str)]
        return {**found, "description": notes[0]} if notes else found
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(option) for option in args]}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return {"enum": [member.value for member in annotation]}
    if is_typeddict(annotation):
        return _fields_schema(annotation)
    base = origin or annotation
    if base in (list, set, frozenset, tuple):
        item = schema_of(args[0]) if args else {}
        return {"type": "array", **({"items": item} if item else {})}
    if base is dict:
        values = schema_of(args[1]) if len(args) == 2 else {}
        return {"type": "object", **({"additionalProperties": values} if values else {})}
    return {"type": _PLAIN[base]} if base in _PLAIN else {}


def _fields_schema(annotation: Any) -> dict[str, Any]:
    from typing import get_type_hints

    hints = get_type_hints(annotation, include_extras=True)
    return {
        "type": "object",
        "properties": {name: schema_of(hint) for name, hint in hints.items()},
        "required": sorted(annotation.__required_keys__),
    }


def checked(annotation: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    """`value` as the annotation has it; what does not fit is added to `problems`.

    Numbers that are whole become ints where ints are wanted, ints become floats, lists the
    collection that is declared, values the member of an Enum, dicts a pydantic model.
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return checked(args[0], value, where, problems)
    if origin in (Union, UnionType):
        return _one_of(args, value, where, problems)
    if origin is Literal:
        return _expect(value in args, f"has to be one of {list(args)!r}", value, where, problems)
    if hasattr(annotation, "model_validate"):
        return _attempt(annotation.model_validate, value, where, problems)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _attempt(annotation, value, where, problems)
    base = origin or annotation
    if base in (list, set, frozenset, tuple) and isinstance(value, (list, tuple)):
        items = args[0] if args else Any
        found = [checked(items, v, f"{where}.{i}", problems) for i, v in enumerate(value)]
        return found if base is list else base(found)
    if base is dict and isinstance(value, Mapping):
        kind = args[1] if len(args) == 2 else Any
        return {k: checked(kind, v, f"{where}.{k}", problems) for k, v in value.items()}
    return _plain(base, value, where, problems)


def _plain(base: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    if base is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if base is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if base not in _PLAIN:
        return value
    wrong = (base is int and isinstance(value, bool)) or not isinstance(value, base)
    kind = _PLAIN[base]
    return _expect(not wrong, f"has to be of type {kind}, got {value!r}", value, where, problems)


def _one_of(options: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    first: list[Problem] = []
    for option in options:
        tried: list[Problem] = []
        found = checked(option, value, where, tried)
        if not tried:
            return found
        first = first or tried
    problems.extend(first)
    return value


def _attempt(make: Callable[[Any], Any], value: Any, where: str, problems: list[Problem]) -> Any:
    try:
        return make(value)
    except (TypeError, ValueError) as error:
        problems.append((where, str(error)))
        return value


def _expect(fits: bool, what: str, value: Any, where: str, problems: list[Problem]) -> Any:
    if not fits:
        problems.append((where, what))
    return value
