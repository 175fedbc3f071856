"""Answers of a declared type: its JSON schema for whoever asks, and the check."""

from __future__ import annotations

from typing import Any, Final

from anystep.errors import mark_invalid_resume

_PLAIN: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}


def describe(schema: Any) -> Any:
    """The JSON schema of a type; a schema that is one already is left as it is.

    Raises: `ImportError` for a type that only pydantic can describe, without pydantic.
    """
    if schema is None or isinstance(schema, dict):
        return schema
    if schema in _PLAIN:
        return {"type": _PLAIN[schema]}
    return _adapter(schema).json_schema()


def check(schema: Any, answer: Any) -> Any:
    """`answer` as the type asks for it. JSON schemas are for people: not checked.

    Raises: an error marked as an invalid resume, which leaves the question open.
    """
    if schema is None or isinstance(schema, dict):
        return answer
    try:
        return _adapter(schema).validate_python(answer)
    except ImportError:
        if isinstance(answer, schema):
            return answer
        wrong = TypeError(f"The answer has to be of type {schema.__name__}, got {answer!r}")
        mark_invalid_resume(wrong)
        raise wrong from None
    except ValueError as error:  # pydantic's ValidationError is one
        mark_invalid_resume(error)
        raise


def _adapter(schema: Any) -> Any:
    try:
        from pydantic import TypeAdapter
    except ImportError as error:
        raise ImportError(
            f"Checking answers against {schema!r} needs pydantic: pip install 'anystep[pydantic]'"
        ) from error
    return TypeAdapter(schema)
