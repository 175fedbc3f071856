"""What a graph says about itself: its name, its input and output types, their schemas.

Models and JSON schemas are made by pydantic, which is imported when somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anystep._planner import Program
    from anystep.channels.base import BaseChannel


class Described:
    """The part of `Pregel` that describes it."""

    name: str
    program: Program
    context_schema: type[Any] | None

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """The graph's name, or `name`; with a suffix as a class would be named after it."""
        found = name or self.name or type(self).__name__
        if not suffix:
            return found
        return found + suffix.title() if found[0].isupper() else f"{found}_{suffix.lower()}"

    @property
    def InputType(self) -> Any:  # LangGraph's name
        """The type of the input, where one channel takes it; None where several do."""
        keys = self.program.input_channels
        return self.program.channels[keys].UpdateType if isinstance(keys, str) else None

    @property
    def OutputType(self) -> Any:  # LangGraph's name
        """The type of the output, where it is one channel's; None where it is several'."""
        keys = self.program.output_keys
        return self.program.channels[keys].ValueType if isinstance(keys, str) else None

    def get_input_schema(self, config: Any = None) -> type[Any]:
        """A pydantic model of the input. Raises: `ImportError` without pydantic."""
        return self._model("Input", self.program.input_channels, "UpdateType")

    def get_output_schema(self, config: Any = None) -> type[Any]:
        """A pydantic model of the output. Raises: `ImportError` without pydantic."""
        return self._model("Output", self.program.output_keys, "ValueType")

    def get_input_jsonschema(self, config: Any = None) -> dict[str, Any]:
        """The JSON schema of the input. Raises: `ImportError` without pydantic."""
        schema: dict[str, Any] = self.get_input_schema(config).model_json_schema()
        return schema

    def get_output_jsonschema(self, config: Any = None) -> dict[str, Any]:
        """The JSON schema of the output. Raises: `ImportError` without pydantic."""
        schema: dict[str, Any] = self.get_output_schema(config).model_json_schema()
        return schema

    @property
    def input_schema(self) -> type[Any]:
        """`get_input_schema` without a config."""
        return self.get_input_schema()

    @property
    def output_schema(self) -> type[Any]:
        """`get_output_schema` without a config."""
        return self.get_output_schema()

    def get_context_jsonschema(self) -> dict[str, Any] | None:
        """The JSON schema of the context, None where there is none.

        Raises: `ValueError` for a context that is no model, TypedDict or dataclass; `ImportError`
        without pydantic.
        """
        schema = self.context_schema
        if schema is None:
            return None
        if not (hasattr(schema, "__annotations__") or hasattr(schema, "model_fields")):
            raise ValueError(
                f"Invalid context schema type: {schema}. Must be a BaseModel, TypedDict or dataclass."
            )
        from ._answers import describe

        return describe(schema)  # type: ignore[no-any-return]

    def config_schema(self, *, include: Sequence[str] | None = None) -> type[Any]:
        """A pydantic model of the config. Deprecated: ask for `get_context_jsonschema`."""
        _warn_of("config_schema")
        return self._config_model(include or ())

    def get_config_jsonschema(self, *, include: Sequence[str] | None = None) -> dict[str, Any]:
        """The JSON schema of the config. Deprecated: ask for `get_context_jsonschema`."""
        _warn_of("get_config_jsonschema")
        schema: dict[str, Any] = self._config_model(include or ()).model_json_schema()
        return schema

    def _config_model(self, include: Sequence[str]) -> type[Any]:
        from typing import get_type_hints

        from anystep.typing import RunnableConfig

        fields: dict[str, Any] = {}
        if self.context_schema:
            fields["configurable"] = (self.context_schema, None)
        for name, kind in get_type_hints(RunnableConfig).items():
            if name in include and name != "configurable":
                fields[name] = (kind, None)
        return model_of(self.get_name("Config"), fields)

    def _model(self, suffix: str, keys: str | Sequence[str], kind: str) -> type[Any]:
        name = self.get_name(suffix)
        channels: dict[str, BaseChannel[Any, Any, Any]] = self.program.channels
        if not isinstance(keys, str):
            return model_of(name, {k: (getattr(channels[k], kind), None) for k in keys})
        root = self.InputType if suffix == "Input" else self.OutputType
        if isinstance(root, type) and hasattr(root, "model_json_schema"):
            return root
        return root_model(name, root)


def model_of(name: str, fields: dict[str, Any]) -> type[Any]:
    """A pydantic model with these fields: name -> (type, default).

    Raises: `ImportError` that says how to install pydantic.
    """
    pydantic = _pydantic()
    config = pydantic.ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())
    model: type[Any] = pydantic.create_model(name, __config__=config, **_remapped(fields))
    return model


def _remapped(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields whose names pydantic keeps for itself, by another name and an alias."""
    pydantic = _pydantic()
    found: dict[str, Any] = {}
    for name, (kind, default) in fields.items():
        if name.startswith("_") or hasattr(pydantic.BaseModel, name):
            field = pydantic.Field(
                default=default, alias=name, serialization_alias=name, title=_titled(name)
            )
            found[f"private_{name.lstrip('_')}"] = (kind, field)
        else:
            found[name] = (kind, default)
    return found


def _titled(name: str) -> str:
    return name.replace("_", " ").strip().title()


def root_model(name: str, root: Any, **fields: Any) -> type[Any]:
    """A pydantic model of one value; `default=` is its value where none is given.

    Raises: `ImportError` that says how to install pydantic.
    """
    base: Any = _pydantic().RootModel
    body: dict[str, Any] = {
        "__annotations__": {"root": root},
        "__module__": __name__,
        "model_config": {"arbitrary_types_allowed": True},
    }
    if "default" in fields:
        body["root"] = fields["default"]
    model: type[Any] = type(name, (base,), body)
    return model


def _pydantic() -> Any:
    try:
        import pydantic
    except ImportError as error:
        raise ImportError(
            "Schemas of a graph are made by pydantic: pip install 'anystep[pydantic]'"
        ) from error
    return pydantic


def _warn_of(name: str) -> None:
    import warnings

    from anystep.warnings import LangGraphDeprecatedSinceV10

    warnings.warn(
        LangGraphDeprecatedSinceV10(
            f"`{name}` is deprecated. Use `get_context_jsonschema` instead."
        ),
        stacklevel=3,
    )


__all__ = ["Described", "model_of", "root_model"]
