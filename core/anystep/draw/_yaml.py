"""The little YAML that Mermaid's front matter needs: nested mappings, lists and scalars.

Block style, keys sorted, quoting as PyYAML does it, so that the text equals LangGraph's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, TypeGuard

__all__ = ["dump_yaml"]

#: Plain text that YAML 1.1 would read as something else than text.
_NOT_TEXT = re.compile(
    r"""(?x)
    yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF
    | ~|null|Null|NULL | = | <<
    | [-+]?0b[01_]+ | [-+]?0[0-7_]+ | [-+]?(0|[1-9][0-9_]*) | [-+]?0x[0-9a-fA-F_]+
    | [-+]?[1-9][0-9_]*(:[0-5]?[0-9])+
    | [-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)? | [-+]?\.[0-9][0-9_]*([eE][-+][0-9]+)?
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]* | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN)
    | [0-9]{4}-[0-9]{2}-[0-9]{2}
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}
      (\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?
    """
)
_QUOTED_START = re.compile(r"""^([,\[\]{}#&*!|>'"%@`]|[-?:]([ ]|$)|---|\.\.\.)""")
_QUOTED_INSIDE = re.compile(r": | #|:$|^ | $")
_ESCAPES = {
    0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r",
    27: "\\e", 34: '\\"', 92: "\\\\", 0x85: "\\N", 0xA0: "\\_", 0x2028: "\\L", 0x2029: "\\P",
}  # fmt: skip


def dump_yaml(value: Mapping[str, Any]) -> str:
    """`value` as YAML ending in a newline; "{}" when empty. Raises TypeError for other types."""
    if not value:
        return "{}\n"
    out: list[str] = []
    _mapping(value, "", out)
    return "".join(out)


def _mapping(value: Mapping[str, Any], indent: str, out: list[str]) -> None:
    for key in sorted(value):
        _entry(f"{indent}{_scalar(key)}:", value[key], indent, out)


def _entry(head: str, value: Any, indent: str, out: list[str]) -> None:
    if _is_map(value) and value:
        out.append(f"{head}\n")
        _mapping(value, indent + "  ", out)
    elif _is_list(value) and value:
        out.append(f"{head}\n")
        _sequence(value, indent, out)
    else:
        out.append(f"{head} {_scalar(value)}\n")


def _sequence(value: Sequence[Any], indent: str, out: list[str]) -> None:
    for item in value:
        lines: list[str] = []
        if _is_map(item) and item:
            _mapping(item, indent + "  ", lines)
        elif _is_list(item) and item:
            _sequence(item, indent + "  ", lines)
        else:
            lines.append(f"{indent}  {_scalar(item)}\n")
        lines[0] = f"{indent}- {lines[0][len(indent) + 2 :]}"
        out += lines


def _is_map(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return _text(value)
    if _is_map(value):
        return "{}"
    if _is_list(value):
        return "[]"
    kind = type(value).__name__
    raise TypeError(f"front matter holds {value!r} of type {kind}; use text, numbers, lists, dicts")


def _float(value: float) -> str:
    if isnan(value):
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value).lower()
    return text.replace("e", ".0e", 1) if "." not in text and "e" in text else text


def _text(value: str) -> str:
    if any(not _printable(ch) for ch in value):
        return '"' + "".join(_escaped(ch) for ch in value) + '"'
    unsafe = not value or _NOT_TEXT.fullmatch(value)
    if unsafe or _QUOTED_START.search(value) or _QUOTED_INSIDE.search(value):
        return "'" + value.replace("'", "''") + "'"
    return value


def _printable(ch: str) -> bool:
    return " " <= ch <= "~"


def _escaped(ch: str) -> str:
    code = ord(ch)
    if code in _ESCAPES:
        return _ESCAPES[code]
    if _printable(ch):
        return ch
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
