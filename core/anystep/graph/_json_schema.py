"""JSON schemas of a graph's input and output, as pydantic makes them."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, NotRequired, Required, Union, get_args, get_origin

from anystep._constants import ROOT
from anystep.pregel._answers import describe
from anystep.pregel._described import model_of, root_model

from ._schema import is_pydantic

if TYPE_CHECKING:
    from .state import StateGraph


def json_schema(builder: StateGraph[Any, Any, Any, Any], schema: Any, name: str) -> dict[str, Any]:
    """The JSON schema of one of a builder's schemas; `name` is for those without a name.

    Raises: `ImportError` without pydantic.
    """
    model: Any = schema
    if not is_pydantic(schema):
        if _is_typeddict(schema):
            described: dict[str, Any] = describe(_as_pydantic_has_it(schema))
            return described
        channels = builder.channels
        keys = [k for k in builder.schemas[schema] if k in channels]
        if keys == [ROOT]:
            model = root_model(name, channels[ROOT].UpdateType, default=None)
        else:
            fields = {
                k: (channels[k].UpdateType, _default(k, channels[k].UpdateType, schema))
                for k in keys
            }
            model = model_of(name, fields)
    found: dict[str, Any] = model.model_json_schema()
    return found


def _is_typeddict(schema: Any) -> bool:
    """Of `typing` or of `typing_extensions`, which makes classes of its own."""
    return isinstance(schema, type) and issubclass(schema, dict) and hasattr(schema, "__total__")


def _as_pydantic_has_it(schema: Any) -> Any:
    """A TypedDict as pydantic takes it: before Python 3.12 it refuses those of `typing`."""
    import sys

    if sys.version_info >= (3, 12) or type(schema).__module__ != "typing":
        return schema
    import typing_extensions

    qualified: dict[str, Any] = {}
    for key, hint in typing_extensions.get_type_hints(schema, include_extras=True).items():
        origin: Any = get_origin(hint)
        qualifier: Any = Required if key in schema.__required_keys__ else NotRequired
        qualified[key] = hint if origin in (Required, NotRequired) else qualifier[hint]
    make: Any = typing_extensions.TypedDict
    made = make(schema.__name__, qualified)
    for name in ("__doc__", "__module__", "__deprecated__", "__pydantic_config__"):
        if name in vars(schema):
            setattr(made, name, vars(schema)[name])
    return made


def _default(name: str, kind: Any, schema: Any) -> Any:
    """What a key is worth that is not given: `...` where it must be."""
    from dataclasses import MISSING

    field = getattr(schema, "__dataclass_fields__", {}).get(name)
    if field is not None:
        if field.default is not MISSING and field.default is not ...:
            return field.default
        if field.default_factory is not MISSING:
            return field.default_factory()
    optional = get_origin(kind) in (Union, UnionType) and type(None) in get_args(kind)
    return None if optional else ...


__all__ = ["json_schema"]
