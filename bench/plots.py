"""A results file as a picture: what a unit of work costs on each engine, one bar each.

``python -m bench.plots [results.json [picture.svg]]``; the bench draws it by itself.
"""

import json
import math
import pathlib
import sys
from typing import Any
from xml.sax.saxutils import escape

_ROW, _LABELS, _BARS, _RIGHT = 34, 190, 520, 130
_COLOURS = {"anystep": "#2563eb", "langgraph": "#9ca3af"}


def bars(results: dict[str, Any]) -> str:
    """Return the SVG for a results file's scenarios; the scale is logarithmic."""
    rows = [
        (name, found["unit"], costs)
        for name, found in results["scenarios"].items()
        if isinstance(found, dict) and "engines" in found
        for costs in [_costs(found["engines"])]
        if len(costs) > 1
    ]
    most = max((max(costs.values()) for _, _, costs in rows), default=10.0)
    decades = max(1, math.ceil(math.log10(most)))
    width, height = _LABELS + _BARS + _RIGHT, 60 + _ROW * len(rows)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="system-ui, sans-serif" font-size="12" role="img">'
        ),
        "<title>CPU time of one unit of work, anystep beside langgraph</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for decade in range(decades + 1):
        x = _LABELS + _BARS * decade / decades
        parts.append(
            f'<path d="M{x:.1f} 30V{height - 20}" stroke="#e5e7eb"/>'
            f'<text x="{x:.1f}" y="22" text-anchor="middle" fill="#6b7280">'
            f"{10**decade:,} µs</text>"
        )
    for index, (name, unit, costs) in enumerate(rows):
        parts.extend(_row(40 + _ROW * index, name, unit, costs, decades))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _costs(engines: dict[str, Any]) -> dict[str, float]:
    return {name: found["median_cpu_us_per_unit"] for name, found in engines.items()}


def _row(top: int, name: str, unit: str, costs: dict[str, float], decades: int) -> list[str]:
    parts = [
        (
            f'<text x="{_LABELS - 8}" y="{top + 16}" text-anchor="end" fill="#111827">'
            f"{escape(name)}</text>"
        )
    ]
    for line, (engine, cost) in enumerate(costs.items()):
        length = max(2.0, _BARS * math.log10(max(cost, 1.0)) / decades)
        y = top + 12 * line
        parts.append(
            f'<rect x="{_LABELS}" y="{y}" width="{length:.1f}" height="10" rx="2" '
            f'fill="{_COLOURS.get(engine, "#d97706")}"/>'
            f'<text x="{_LABELS + length + 6:.1f}" y="{y + 9}" fill="#374151">'
            f"{cost:,.1f} µs/{escape(unit)} {escape(engine)}</text>"
        )
    return parts


def main() -> None:
    """Draw one results file."""
    folder = pathlib.Path(__file__).parent / "results"
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "latest.json"
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else source.with_suffix(".svg")
    target.write_text(bars(json.loads(source.read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main()
