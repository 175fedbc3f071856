"""JSON schemas of a graph's input and output, as pydantic makes them."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

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
            described: dict[str, Any] = describe(schema)
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
