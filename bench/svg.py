"""Pictures as SVG text: escaped, the same bytes for the same figures, light and dark.

Colours stand in attributes for a light page; a style sheet changes them where the reader's
system is dark, so that a viewer which knows no style sheets still shows a readable picture.
"""

from collections.abc import Iterable
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr


class Ink(NamedTuple):
    """A role that a colour plays: its class, and the colour in the light and in the dark."""

    name: str
    light: str
    dark: str


PAPER = Ink("paper", "#fffefb", "#191c21")
TEXT = Ink("text", "#1c2024", "#e9e7e1")
SOFT = Ink("soft", "#596169", "#a0a8b0")
LINE = Ink("line", "#e2dfd5", "#2e333b")
OURS = Ink("ours", "#0b6e66", "#46cbb8")
PEER = Ink("peer", "#a9a294", "#6d7580")
RUST = Ink("rust", "#8a5206", "#f2c06c")
_INKS = (PAPER, TEXT, SOFT, LINE, OURS, PEER, RUST)


def number(value: float) -> str:
    """Return a coordinate: one digit behind the point, none where it would be 0."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, ink: Ink = TEXT, anchor: str = "start") -> str:
    """Return a line of words whose baseline is at *y*."""
    return (
        f'<text x="{number(x)}" y="{number(y)}" class="{ink.name}" fill="{ink.light}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )


def bar(x: float, y: float, width: float, height: float, ink: Ink) -> str:
    """Return a filled box."""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 2))}" '
        f'height="{number(height)}" rx="2" class="{ink.name}" fill="{ink.light}"/>'
    )


def line(points: Iterable[tuple[float, float]], ink: Ink, width: float = 1) -> str:
    """Return a line through points."""
    path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" class="{ink.name}-line" '
        f'stroke="{ink.light}" stroke-width="{number(width)}"/>'
    )


def dot(x: float, y: float, ink: Ink) -> str:
    """Return a point of a curve."""
    return (
        f'<circle cx="{number(x)}" cy="{number(y)}" r="3.5" class="{ink.name}" fill="{ink.light}"/>'
    )


def picture(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """Return a whole file of *parts*; *title* is what is read aloud."""
    dark = "".join(
        f".{ink.name}{{fill:{ink.dark}}}.{ink.name}-line{{stroke:{ink.dark}}}" for ink in _INKS
    )
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" '
                f'font-size="12" role="img" aria-label={quoteattr(title)}>'
            ),
            f"<title>{escape(title)}</title>",
            f"<style>@media (prefers-color-scheme: dark){{{dark}}}</style>",
            f'<rect width="{width}" height="{height}" class="paper" fill="{PAPER.light}"/>',
            *parts,
            "</svg>",
            "",
        ]
    )
