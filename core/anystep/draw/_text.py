"""What is written into a node's box, and how wide text is in a character grid."""

from __future__ import annotations

from bisect import bisect_right

from ._graph import DrawNode
from ._ids import leaf
from ._mermaid import metadata_text

__all__ = ["columns", "node_lines", "printable"]

#: Ranges of characters that terminals draw two columns wide, and of marks drawn in none.
_WIDE = (
    (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xA960, 0xA97C), (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F),
    (0x1F680, 0x1F6FF), (0x1F900, 0x1FAFF), (0x20000, 0x3FFFD),
)  # fmt: skip
_NONE = (
    (0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x200B, 0x200F), (0x20D0, 0x20F0),
    (0xFE00, 0xFE0F), (0xFE20, 0xFE2F),
)  # fmt: skip


def node_lines(node: DrawNode) -> list[str]:
    """The name of a node and below it one line for each metadata value that can be shown."""
    lines = [printable(leaf(node.name)) or " "]
    for key, value in (node.metadata or {}).items():
        if (text := metadata_text(value)) is not None:
            lines.append(printable(_note(key, value, text)))
    return lines


def _note(key: str, value: object, text: str) -> str:
    if key == "__interrupt":
        return f"interrupt {text}"
    if key == "__tools":
        return f"tools: {text}"
    if key == "defer" and value is True:
        return "deferred"
    return f"{key} = {text}"


def printable(text: str) -> str:
    """`text` on one line: line breaks become spaces, other unprintable characters escapes."""
    return "".join(ch if ch.isprintable() else _escape(ch) for ch in text)


def _escape(ch: str) -> str:
    if ch in "\t\n\r\v\f":
        return " "
    return ch.encode("unicode_escape").decode("ascii") if ch != "\\" else ch


def columns(text: str) -> int:
    """How many columns a terminal needs for `text`."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(ord(ch)) for ch in text)


def _columns_of(code: int) -> int:
    if _within(code, _NONE):
        return 0
    return 2 if _within(code, _WIDE) else 1


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    place = bisect_right(ranges, (code, 0x110000)) - 1
    return place >= 0 and ranges[place][0] <= code <= ranges[place][1]
