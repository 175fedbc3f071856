"""Messages as fields of pydantic models; imported by pydantic's asking only."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anystep.messages._base import BaseMessage


def message_schema(cls: "type[BaseMessage]") -> Any:
    """A schema that takes a `cls`, or a dict with the type and fields of one."""
    from pydantic_core import core_schema

    def validate(value: Any) -> Any:
        fields: dict[str, Any] = value
        if isinstance(value, cls):
            return value
        if isinstance(value, dict) and "type" in value:
            from anystep.messages._convert import message_from_fields

            message = message_from_fields(fields)
            if isinstance(message, cls):
                return message
        raise ValueError(f"expected a {cls.__name__} or a dict with its 'type' and fields")

    return core_schema.no_info_plain_validator_function(
        validate,
        serialization=core_schema.plain_serializer_function_ser_schema(
            lambda message: message.model_dump()
        ),
        json_schema_input_schema=core_schema.dict_schema(),
    )
