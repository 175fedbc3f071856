"""Verdicts and the printed table: what was measured, what was promised."""

import statistics
from typing import Any, NamedTuple

from .pair import Timing
from .scenario import Scenario


class Row(NamedTuple):
    """One line: a measure, its budget, and whether it is kept."""

    name: str
    ours: str
    peers: str
    ratio: str
    budget: str
    calls: str
    kept: bool | None


HEAD = Row("scenario", "anystep", "langgraph", "ratio", "budget", "calls", None)


def median_cpu(timing: Timing) -> float:
    """Median CPU seconds of one unit."""
    return statistics.median(sample.cpu for sample in timing.samples) / timing.units


def spread(timing: Timing) -> float:
    """How far the rounds lie apart, as a part of their median."""
    values = [sample.cpu for sample in timing.samples]
    return (max(values) - min(values)) / statistics.median(values)


def paired_ratio(ours: Timing, peers: Timing) -> float:
    """Median of the ratios of rounds that ran one after the other, per unit."""
    ratios = [
        (peer.cpu / peers.units) / (our.cpu / ours.units)
        for our, peer in zip(ours.samples, peers.samples, strict=True)
    ]
    return statistics.median(ratios)


def wall_ratio(ours: Timing, peers: Timing) -> float:
    """`paired_ratio` of wall time."""
    pairs = zip(ours.samples, peers.samples, strict=True)
    return statistics.median(
        (peer.wall / peers.units) / (our.wall / ours.units) for our, peer in pairs
    )


def row(scenario: Scenario, timings: dict[str, Timing]) -> Row:
    """Judge one scenario."""
    ours = timings["anystep"]
    peers = timings.get("langgraph")
    kept: list[bool] = []
    budgets: list[str] = []
    ratio = "-"
    if peers is not None:
        value = paired_ratio(ours, peers)
        ratio = f"{value:.0f}x"
        if scenario.ratio is not None:
            budgets.append(f">= {scenario.ratio:g}x")
            kept.append(value >= scenario.ratio)
        if scenario.wall is not None:
            waited = wall_ratio(ours, peers)
            budgets.append(f"wall {waited:.1f}x >= {scenario.wall:g}x")
            kept.append(waited >= scenario.wall)
    if scenario.milliseconds is not None:
        call = statistics.median(sample.cpu for sample in ours.samples) * 1e3
        budgets.append(f"{call:.2f} < {scenario.milliseconds:g} ms")
        kept.append(call < scenario.milliseconds)
    calls = "-"
    if ours.calls is not None:
        theirs = f" / {peers.calls:.0f}" if peers and peers.calls is not None else ""
        calls = f"{ours.calls:.1f}{theirs}"
        if scenario.calls is not None:
            budgets.append(f"<= {scenario.calls:g} calls")
            kept.append(ours.calls <= scenario.calls)
    return Row(
        scenario.name,
        _shown(ours, scenario.unit),
        _shown(peers, scenario.unit) if peers else "-",
        ratio,
        ", ".join(budgets) or "-",
        calls,
        all(kept) if kept else None,
    )


def _shown(timing: Timing, unit: str) -> str:
    return f"{median_cpu(timing) * 1e6:.2f} us/{unit} ±{spread(timing) * 50:.0f}%"


def printed(rows: list[Row]) -> str:
    """Return the rows as an aligned table."""
    lines = [HEAD, *rows]
    fields = [[str(field) for field in line[:6]] for line in lines]
    widths = [max(len(line[index]) for line in fields) for index in range(6)]
    shown = []
    for line, texts in zip(lines, fields, strict=True):
        verdict = {True: "PASS", False: "MISS", None: ""}[line.kept]
        cells = (text.ljust(width) for text, width in zip(texts, widths, strict=True))
        shown.append("  ".join([*cells, verdict]).rstrip())
    return "\n".join(shown)


def recorded(scenario: Scenario, timings: dict[str, Timing]) -> dict[str, Any]:
    """Return one scenario's figures for the results file."""
    return {
        "unit": scenario.unit,
        "size": scenario.size,
        "budget": {
            "ratio": scenario.ratio,
            "milliseconds": scenario.milliseconds,
            "calls": scenario.calls,
        },
        "engines": {
            name: {
                "units": timing.units,
                "repeat": timing.repeat,
                "calls_per_unit": timing.calls,
                "cpu_seconds_per_call": [sample.cpu for sample in timing.samples],
                "wall_seconds_per_call": [sample.wall for sample in timing.samples],
                "median_cpu_us_per_unit": median_cpu(timing) * 1e6,
            }
            for name, timing in timings.items()
        },
    }
