"""Write what a kept results file says into the documentation: ``python -m bench.publish``.

Reads ``bench/results/reference.json`` (another file as the first word is kept as that first),
draws ``docs/plots`` and writes the tables of ``docs/performance.md``.  Same file, same bytes.
"""

import json
import pathlib
import re
import sys
from typing import Any

from . import plots
from .columns import Column
from .inside import NAMES
from .probing import PROBES
from .report import RESULTS
from .scenarios import SCENARIOS
from .scenarios.growth import CURVES
from .table import Row, curve_rows, row
from .timing import Sample, Timing
from .workers import ROOT

REFERENCE = RESULTS / "reference.json"
PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "plots"

#: Rows without a budget that the page shows as well.
_ALSO = ("interrupt_resume_10", "react_agent_100", "sync_nodes_async", "juncture_fanout_100")


def timing_of(kept: dict[str, Any]) -> Timing:
    """Return the timing that a results file keeps."""
    pairs = zip(kept["cpu_seconds_per_call"], kept["wall_seconds_per_call"], strict=True)
    samples = [Sample(cpu, wall) for cpu, wall in pairs]
    return Timing(
        kept["units"], kept["repeat"], samples, kept["calls_per_unit"], kept["peak_bytes"]
    )


def rows_of(results: dict[str, Any]) -> list[Row]:
    """Return the lines of the table that a results file stands for, judged again."""
    curves = {curve.name: curve for curve in CURVES}
    probes = {probe.name: probe for probe in PROBES}
    lines: list[Row] = []
    order = [*SCENARIOS, *curves, *probes]
    for name in sorted(results["scenarios"], key=order.index):
        kept = results["scenarios"][name]
        if "engines" in kept:
            timings = {engine: timing_of(found) for engine, found in kept["engines"].items()}
            lines.append(row(SCENARIOS[name], timings))
        elif "sizes" in kept:
            timings_by_size = {int(size): timing_of(found) for size, found in kept["sizes"].items()}
            lines += curve_rows(curves[name], timings_by_size)
        else:
            lines += probes[name].judge(kept["probe"])
    return lines


def markdown(lines: list[Row]) -> str:
    """Return the lines that have a budget, and a few more, as a table."""
    shown = [
        "| work | anystep | langgraph | CPU | wall | calls | peak MB | budget |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        if line.kept is None and line.name not in _ALSO:
            continue
        ours, peers = (field.replace("us/", "µs/") for field in (line.ours, line.peers))
        budget = f"**missed:** {line.budget}" if line.kept is False else line.budget
        fields = (f"`{line.name}`", ours, peers, line.ratio, line.wall, line.calls, line.memory)
        shown.append(f"| {' | '.join((*fields, budget))} |")
    return "\n".join(shown)


def columns_table(results: dict[str, Any]) -> str:
    """Return other engines and hosts as a table of microseconds a unit."""
    columns = [Column(**kept) for kept in results["columns"].values()]
    if not columns:
        return "(None were measured in this run.)"
    titles = [f"{column.version} ({column.clock})" for column in columns]
    shown = [
        f"| µs a unit | anystep | langgraph | {' | '.join(titles)} |",
        f"|---|---|---|{'---|' * len(columns)}",
    ]
    for name in NAMES:
        engines = results["scenarios"].get(name, {}).get("engines", {})
        costs = [
            engines.get(engine, {}).get("median_cpu_us_per_unit")
            for engine in ("anystep", "langgraph")
        ]
        costs += [column.costs.get(name) for column in columns]
        texts = ("" if cost is None else f"{cost:,.1f}" for cost in costs)
        shown.append(f"| `{name}` | {' | '.join(texts)} |")
    return "\n".join(shown)


def rust_table(results: dict[str, Any]) -> str:
    """Return our milliseconds of CPU beside those that Juncture publishes."""
    shown = [
        "| program | Juncture, published ms | anystep, ms (fastest round) | langgraph, ms | lower? |",
        "|---|---|---|---|---|",
    ]
    for name, scenario in SCENARIOS.items():
        kept = results["scenarios"].get(name)
        if scenario.rust is None or kept is None:
            continue
        engines = {engine: timing_of(found) for engine, found in kept["engines"].items()}
        ours, peers = engines["anystep"], engines.get("langgraph")
        milliseconds = [f"{ours.cpu * ours.units * 1e3:.3g} ({ours.fastest * 1e3:.3g})"]
        milliseconds += [f"{peers.cpu * peers.units * 1e3:,.3g}" if peers else "not run"]
        verdict = "yes" if ours.fastest * 1e3 < scenario.rust else "**no**"
        shown.append(f"| `{name}` | {scenario.rust:g} | {' | '.join(milliseconds)} | {verdict} |")
    return "\n".join(shown)


def machine(results: dict[str, Any]) -> str:
    """Return the sentence that says what the figures depend on."""
    about = results["machine"]
    day = about["time"].partition("T")[0]
    load = about["load"]
    busy = f", at a load of {load:.1f} at its end" if load is not None else ""
    versions = " and ".join(f"{name} {number}" for name, number in about["versions"].items())
    kind = "a quick run" if results["quick"] else "a full run"
    said = (
        f"Measured by {kind} on {day}: {versions}, {about['implementation']} {about['python']}, "
        f"{about['system']} on {about['processors']} processors{busy}."
    )
    # What whoever kept the run has to add: a row from elsewhere, a change since.
    return " ".join([said, *results.get("notes", ())])


def section(page: str, title: str, body: str) -> str:
    """Return *page* with everything below one second-level heading replaced.

    Raises LookupError if it has no such heading.
    """
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"{PAGE.relative_to(ROOT)} has no heading {title!r}")
    return f"{page[: found.start()]}## {title}\n\n{body}\n\n{page[found.end() :]}".rstrip() + "\n"


def written(page: str, results: dict[str, Any]) -> str:
    """Return the documentation with the tables of *results* in it."""
    lines = rows_of(results)
    judged = [line for line in lines if line.kept is not None]
    lost = [f"`{line.name}`" for line in judged if not line.kept]
    verdict = f"{len(judged) - len(lost)} of {len(judged)} rows with a budget are kept"
    verdict += f"; missed: {', '.join(lost)}." if lost else "."
    body = f"{machine(results)}\n{verdict}\n\n{markdown(lines)}"
    page = section(page, "What it shows", body)
    page = section(page, "Beside Rust", f"{_RUST}\n\n{rust_table(results)}")
    return section(page, "Other engines, other hosts", f"{_COLUMNS}\n\n{columns_table(results)}")


_RUST = (
    "Juncture is LangGraph's model in Rust. Its published figures (2026-05-26) are wall time on its\n"
    "author's machine; ours are CPU time on the machine above, sync and async. Streaming 10 000 is left\n"
    "to anystep: langgraph takes minutes."
)
_COLUMNS = (
    "Each in an environment of its own, in turns with anystep; no budget is judged by them. Their\n"
    "semantics differ: Burr and pydantic-graph merge no writes and keep no checkpoints here. The hosts\n"
    "run the same wheel and have no clock of CPU time, so theirs is wall time."
)


def pictures(results: dict[str, Any]) -> dict[str, str]:
    """Return the pictures of the documentation by file name."""
    return {
        "speed.svg": plots.bars(results, plots.HIGHLIGHTS),
        "growth.svg": plots.growing(results),
        "chat.svg": plots.chatting(results),
    }


def main() -> None:
    """Write pictures and tables."""
    if len(sys.argv) > 1:
        REFERENCE.write_text(pathlib.Path(sys.argv[1]).read_text("utf-8"), "utf-8")
    results = json.loads(REFERENCE.read_text("utf-8"))
    PLOTS.mkdir(exist_ok=True)
    for name, drawn in pictures(results).items():
        (PLOTS / name).write_text(drawn, "utf-8")
    PAGE.write_text(written(PAGE.read_text("utf-8"), results), "utf-8")


if __name__ == "__main__":
    main()
