"""Rows and the printed table: what was measured, what was promised."""

from typing import NamedTuple

from .scenario import Scenario
from .scenarios.growth import Curve
from .timing import Timing, cpu_ratio, growth, wall_ratio


class Row(NamedTuple):
    """One line: a measure, its budgets, and whether they are kept (None: it has none)."""

    name: str
    ours: str
    peers: str = "-"
    ratio: str = "-"
    wall: str = "-"
    calls: str = "-"
    memory: str = "-"
    budget: str = "-"
    kept: bool | None = None


HEAD = Row(
    "scenario", "anystep", "langgraph", "CPU ratio", "wall", "calls", "peak MB", "budget", None
)


class Verdict:
    """Budgets as they are judged, one after the other."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._kept: list[bool] = []

    def at_least(self, what: str, value: float, limit: float | None, unit: str = "x") -> None:
        """Judge a value that should be large; no limit, no judgement."""
        if limit is not None:
            self._add(f"{what}{value:.3g}{unit} >= {limit:g}{unit}", value >= limit)

    def at_most(self, what: str, value: float, limit: float | None, unit: str = "") -> None:
        """Judge a value that should be small; no limit, no judgement."""
        if limit is not None:
            self._add(f"{what}{value:.3g}{unit} <= {limit:g}{unit}", value <= limit)

    def _add(self, text: str, kept: bool) -> None:
        self._texts.append(text)
        self._kept.append(kept)

    @property
    def text(self) -> str:
        """What was asked and found, for the table."""
        return ", ".join(self._texts) or "-"

    @property
    def kept(self) -> bool | None:
        """Whether all of it is kept; None if there was nothing to judge."""
        return all(self._kept) if self._kept else None


def row(scenario: Scenario, timings: dict[str, Timing]) -> Row:
    """Judge one scenario."""
    ours = timings["anystep"]
    peers = timings.get("langgraph")
    verdict = Verdict()
    if peers is not None:
        verdict.at_least("", cpu_ratio(ours, peers), scenario.ratio)
        verdict.at_least("wall ", wall_ratio(ours, peers), scenario.wall)
    if scenario.rust is not None:
        verdict.at_most("Rust: ", ours.fastest * 1e3, scenario.rust, " ms")
    if ours.calls is not None:
        verdict.at_most("", ours.calls, scenario.calls, " calls")
    unit = scenario.unit
    return Row(
        scenario.name,
        shown(ours, unit),
        shown(peers, unit) if peers else "-",
        f"{cpu_ratio(ours, peers):.3g}x" if peers else "-",
        f"{wall_ratio(ours, peers):.3g}x" if peers else "-",
        _beside(ours.calls, peers.calls if peers else None),
        _beside(_mega(ours.peak), _mega(peers.peak) if peers else None),
        verdict.text,
        verdict.kept,
    )


def shown(timing: Timing, unit: str) -> str:
    """Return median and spread for people."""
    return f"{timing.cpu * 1e6:,.2f} us/{unit} ±{timing.spread * 100:.0f}%"


def _mega(size: int | None) -> float | None:
    return None if size is None else size / 1e6


def _beside(ours: float | None, peers: float | None) -> str:
    texts = [f"{value:.0f}" for value in (ours, peers) if value is not None]
    return " / ".join(texts) or "-"


def curve_rows(curve: Curve, timings: dict[int, Timing]) -> list[Row]:
    """Return a line for the curve, and one for each size."""
    factor = growth([timings[size] for size in curve.sizes])
    verdict = Verdict()
    verdict.at_most("", factor, curve.limit, "x")
    lines = [
        Row(f"  {size:,}", shown(timings[size], curve.unit), memory=_megabytes(timings[size]))
        for size in curve.sizes
    ]
    total = f"grows {factor:.2f}x"
    return [Row(curve.name, total, budget=verdict.text, kept=verdict.kept), *lines]


def _megabytes(timing: Timing) -> str:
    return "-" if timing.peak is None else f"{timing.peak / 1e6:.0f}"


def compared(
    name: str, values: dict[str, float], unit: str, limit: float | None, best: float | None = None
) -> Row:
    """Judge a value that should be small; *best* is judged instead of the median, if given."""
    ours, peers = values["anystep"], values.get("langgraph")
    verdict = Verdict()
    verdict.at_most("", ours if best is None else best, limit, f" {unit}")
    return Row(
        name,
        f"{ours:,.1f} {unit}",
        f"{peers:,.1f} {unit}" if peers is not None else "-",
        f"{peers / ours:.1f}x" if peers is not None else "-",
        budget=verdict.text,
        kept=verdict.kept,
    )


def printed(rows: list[Row]) -> str:
    """Return the rows as an aligned table."""
    lines = [HEAD, *rows]
    fields = [[str(field) for field in line[:-1]] for line in lines]
    widths = [max(len(texts[index]) for texts in fields) for index in range(len(fields[0]))]
    shown_lines = []
    for line, texts in zip(lines, fields, strict=True):
        verdict = {True: "PASS", False: "MISS", None: ""}[line.kept]
        cells = (text.ljust(width) for text, width in zip(texts, widths, strict=True))
        shown_lines.append("  ".join([*cells, verdict]).rstrip())
    return "\n".join(shown_lines)
