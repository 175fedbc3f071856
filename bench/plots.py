"""Results as pictures: what a unit of work costs on each engine, and how costs grow."""

import math
from typing import Any, NamedTuple

from . import svg

_LABELS, _BARS, _RIGHT = 210, 480, 190

#: What the picture of the front page shows, and what it is called there.
HIGHLIGHTS = {
    "chain_100": "chain of 100 nodes, a step",
    "chain_1000": "chain of 1 000, a step",
    "chain_1000_async": "the same, async",
    "loop_router": "loop with a router, a step",
    "stream_updates": "streamed update, an event",
    "send_1000": "Send to 1 000, a task",
    "send_1000_async": "the same, async",
    "wide_100_keys": "state of 100 keys, a step",
    "saved_int": "checkpoint in memory, a step",
    "react_agent_100": "agent with tools, a step",
    "interrupt_resume_10": "question and answer",
    "compile_3000": "compiling, a node",
}


class Line(NamedTuple):
    """A curve: its name, its ink, and its points."""

    name: str
    ink: svg.Ink
    points: list[tuple[float, float]]


def _costs(found: dict[str, Any]) -> dict[str, float]:
    """Return microseconds of CPU time for a unit, by engine."""
    engines = found.get("engines", {})
    return {name: engine["median_cpu_us_per_unit"] for name, engine in engines.items()}


def bars(results: dict[str, Any], labels: dict[str, str] | None = None) -> str:
    """Draw both engines' cost of a unit as bars on a logarithmic scale.

    *labels* names the scenarios to show; without it all that both engines ran are.
    """
    scenarios = results["scenarios"]
    chosen = {name: name for name in scenarios} if labels is None else labels
    rows = [
        (label, costs)
        for name, label in chosen.items()
        if len(costs := _costs(scenarios.get(name, {}))) > 1
    ]
    most = max((max(costs.values()) for _, costs in rows), default=10.0)
    decades = max(1, math.ceil(math.log10(most)))
    width, height = _LABELS + _BARS + _RIGHT, 60 + 36 * len(rows)
    parts: list[str] = []
    for decade in range(decades + 1):
        x = _LABELS + _BARS * decade / decades
        parts.append(svg.line([(x, 30), (x, height - 20)], svg.LINE))
        parts.append(svg.text(x, 22, f"{10**decade:,} µs", svg.SOFT, "middle"))
    for index, (label, costs) in enumerate(rows):
        parts += _row(40 + 36 * index, label, costs, decades)
    title = "CPU time of one unit of work, anystep beside langgraph; shorter is better"
    return svg.picture(width, height, title, parts)


def _row(top: int, label: str, costs: dict[str, float], decades: int) -> list[str]:
    parts = [svg.text(_LABELS - 8, top + 16, label, svg.TEXT, "end")]
    for place, (engine, ink) in enumerate((("anystep", svg.OURS), ("langgraph", svg.PEER))):
        cost = costs[engine]
        length = _BARS * math.log10(max(cost, 1.0)) / decades
        y = top + 13 * place
        parts.append(svg.bar(_LABELS, y, length, 11, ink))
        times = f", {costs['langgraph'] / cost:.0f} times less" if engine == "anystep" else ""
        said = f"{engine} {cost:,.1f} µs{times}"
        parts.append(svg.text(_LABELS + max(length, 2) + 6, y + 9.5, said, svg.SOFT))
    return parts


class _Axes:
    """Logarithmic axes and where a value lies on them."""

    left, top, width, height = 84, 30, 520, 260

    def __init__(self, lines: list[Line]) -> None:
        points = [point for one in lines for point in one.points]
        self._x = _decades([x for x, _ in points])
        self._y = _decades([y for _, y in points])

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the coordinates of a value."""
        first, last = self._x
        low, high = self._y
        across = (math.log10(x) - first) / (last - first)
        up = (math.log10(y) - low) / (high - low)
        return self.left + self.width * across, self.top + self.height * (1 - up)

    def drawn(self, unit: str, across: str) -> list[str]:
        """Return the grid and what it says."""
        parts: list[str] = []
        for decade in range(self._x[0], self._x[1] + 1):
            x, bottom = self.place(10.0**decade, 10.0 ** self._y[0])
            parts.append(svg.line([(x, self.top), (x, bottom)], svg.LINE))
            parts.append(svg.text(x, bottom + 18, f"{10**decade:,}", svg.SOFT, "middle"))
        for decade in range(self._y[0], self._y[1] + 1):
            left, y = self.place(10.0 ** self._x[0], 10.0**decade)
            parts.append(svg.line([(left, y), (left + self.width, y)], svg.LINE))
            parts.append(svg.text(left - 8, y + 4, f"{10.0**decade:,g} {unit}", svg.SOFT, "end"))
        middle = self.left + self.width / 2
        parts.append(svg.text(middle, self.top + self.height + 38, across, svg.SOFT, "middle"))
        return parts


def _decades(values: list[float]) -> tuple[int, int]:
    first, last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return first, max(last, first + 1)


def curves(lines: list[Line], title: str, unit: str, across: str) -> str:
    """Draw curves on logarithmic axes, each with its name behind its last point."""
    lines = [one for one in lines if one.points]
    axes = _Axes(lines or [Line("", svg.OURS, [(1, 1)])])
    parts = axes.drawn(unit, across)
    for one in lines:
        places = [axes.place(x, y) for x, y in one.points]
        parts.append(svg.line(places, one.ink, 2))
        parts += [svg.dot(x, y, one.ink) for x, y in places]
        x, y = places[-1]
        parts.append(svg.text(x + 8, y + 4, one.name, svg.TEXT))
    return svg.picture(780, 350, title, parts)


def growing(results: dict[str, Any]) -> str:
    """Draw what a superstep and a task cost in ever larger graphs."""
    scenarios = results["scenarios"]
    ours = [
        Line(f"anystep, {label}", svg.OURS, _points(scenarios.get(name, {})))
        for name, label in (("growth_chain", "chain"), ("growth_send", "Send"))
    ]
    peers = [
        Line(f"langgraph, {label}", svg.PEER, _sizes(scenarios, name, sizes))
        for name, label, sizes in (
            ("chain", "chain", (100, 1000, 3000)),
            ("send", "Send", (100, 1000)),
        )
    ]
    title = "CPU time of a superstep or task in graphs of 100 to 100 000 nodes"
    return curves([*ours, *peers], title, "µs", "nodes or tasks")


def _points(curve: dict[str, Any]) -> list[tuple[float, float]]:
    sizes = curve.get("sizes", {}).items()
    return sorted((float(size), found["median_cpu_us_per_unit"]) for size, found in sizes)


def _sizes(
    scenarios: dict[str, Any], name: str, sizes: tuple[int, ...]
) -> list[tuple[float, float]]:
    found = ((size, _costs(scenarios.get(f"{name}_{size}", {}))) for size in sizes)
    return [(float(size), costs["langgraph"]) for size, costs in found if "langgraph" in costs]


def chatting(results: dict[str, Any]) -> str:
    """Draw what a chat keeps on the disk as it goes on, beside what was said."""
    probe = results["scenarios"].get("chat", {}).get("probe", {})
    lines = []
    for name, ink in (("anystep", svg.OURS), ("langgraph", svg.PEER)):
        for answer in probe.get(name, [])[:1]:
            stored = sorted((float(turn), size / 1e3) for turn, size in answer["bytes_at"].items())
            lines.append(Line(name, ink, stored))
            if name == "anystep":
                turns, raw = answer["turns"], answer["bytes_raw_json"] / 1e3
                said = [(turn, raw * turn / turns) for turn, _ in stored]
                lines.append(Line("what was said", svg.RUST, said))
    return curves(lines, "Kilobytes on the disk of a chat in SQLite", "KB", "turns")
