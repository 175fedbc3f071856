"""Pictures and tables say what the results file says: escaped, the same bytes, light and dark."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from bench.measures import recorded
from bench.timing import Sample, Timing

from bench import plots, publish, svg

_SVG = "{http://www.w3.org/2000/svg}"


def engine(cpu: float, units: int = 100) -> dict[str, Any]:
    """What a results file keeps of three rounds."""
    samples = [Sample(cpu * units * factor, cpu * units) for factor in (1.0, 1.1, 0.9)]
    return recorded(Timing(units, 1, samples, 12.0, 30_000_000))


def results(**scenarios: Any) -> dict[str, Any]:
    """A results file with these scenarios."""
    return {
        "machine": {
            "implementation": "CPython",
            "load": 2.5,
            "processors": 2,
            "python": "3.11.7",
            "system": "Linux",
            "time": "2026-11-21T10:00:00Z",
            "versions": {"anystep": "0.1.0", "langgraph": "1.2.22"},
        },
        "quick": False,
        "scenarios": scenarios,
        "columns": {},
    }


def chain(ours: float, theirs: float) -> dict[str, Any]:
    """A scenario's entry."""
    return {"unit": "step", "engines": {"anystep": engine(ours), "langgraph": engine(theirs)}}


def words(picture: str) -> list[str]:
    """Every text of a picture, which must be XML."""
    return [node.text or "" for node in ElementTree.fromstring(picture).iter(f"{_SVG}text")]


def test_names_are_escaped() -> None:
    """A label is text, whatever is in it."""
    label = "<script>alert('&')</script>"

    drawn = plots.bars(results(chain_100=chain(2e-6, 2e-4)), {"chain_100": label})

    assert label in words(drawn)
    assert "<script>" not in drawn


def test_bars_say_cost_and_ratio() -> None:
    """Both engines' microseconds, and how many times less ours are."""
    drawn = plots.bars(results(chain_100=chain(2e-6, 2e-4)))

    assert words(drawn)[-3:] == [
        "chain_100",
        "anystep 2.0 µs, 100 times less",
        "langgraph 200.0 µs",
    ]


def test_a_longer_bar_is_a_larger_cost() -> None:
    """Bars grow with the logarithm: a hundred times is two decades."""
    drawn = plots.bars(results(chain_100=chain(1e-5, 1e-3)))
    bars = [
        node for node in ElementTree.fromstring(drawn).iter(f"{_SVG}rect") if "rx" in node.attrib
    ]

    assert [float(bar.attrib["width"]) for bar in bars] == [160.0, 480.0]


def test_the_same_results_are_the_same_bytes() -> None:
    """No clock, no order of a set: a picture in a repository changes only when figures do."""
    found = results(chain_100=chain(2e-6, 2e-4), chain_1000=chain(1.5e-6, 4e-4))
    again = json.loads(json.dumps(found))

    assert publish.pictures(found) == publish.pictures(again)


@pytest.mark.parametrize("ink", [svg.TEXT, svg.OURS, svg.PEER])
def test_dark_readers_get_dark_colours(ink: svg.Ink) -> None:
    """Every role has a colour for dark systems; the attribute is for light ones."""
    drawn = plots.bars(results(chain_100=chain(2e-6, 2e-4)))

    assert f".{ink.name}{{fill:{ink.dark}}}" in drawn
    assert f'class="{ink.name}" fill="{ink.light}"' in drawn


def test_pictures_of_an_empty_run_are_pictures() -> None:
    """Whatever was chosen, what is written is XML with a title."""
    for drawn in publish.pictures(results()).values():
        assert ElementTree.fromstring(drawn).find(f"{_SVG}title") is not None


def test_curves_stay_on_the_paper() -> None:
    """Points lie inside the axes, the dearest highest."""
    curve = plots.Line("ours", svg.OURS, [(100, 2.0), (1000, 3.0), (100_000, 50.0)])
    drawn = plots.curves([curve], "t", "µs", "nodes")
    dots = list(ElementTree.fromstring(drawn).iter(f"{_SVG}circle"))
    heights = [float(dot.attrib["cy"]) for dot in dots]

    assert heights == sorted(heights, reverse=True)
    assert all(30 <= height <= 290 for height in heights)
    assert all(84 <= float(dot.attrib["cx"]) <= 604 for dot in dots)


def test_a_kept_file_is_judged_as_the_run_judged_it() -> None:
    """The table of the page is made of the samples, not of verdicts that were written down."""
    kept, lost = chain(2e-6, 2e-4), chain(2e-6, 4e-5)

    rows = publish.rows_of(results(chain_100=kept, loop_router=lost))

    assert [(row.name, row.kept) for row in rows] == [("chain_100", True), ("loop_router", False)]
    assert "**missed:** 20x >= 60x" in publish.markdown(rows)


def test_a_section_is_replaced_and_nothing_else() -> None:
    """Other headings keep what is below them; a page without the heading is an error."""
    page = "# Speed\n\n## One\n\nold\n\n### Deeper\n\n## Two\n\nkept\n"

    assert publish.section(page, "One", "new") == "# Speed\n\n## One\n\nnew\n\n## Two\n\nkept\n"
    assert publish.section(page, "Two", "new").endswith("### Deeper\n\n## Two\n\nnew\n")
    with pytest.raises(LookupError, match="no heading 'Three'"):
        publish.section(page, "Three", "new")


def test_the_page_and_its_pictures_are_the_kept_results() -> None:
    """What the documentation shows was measured: it is made of the file in the repository."""
    kept = json.loads(publish.REFERENCE.read_text("utf-8"))
    page = publish.PAGE.read_text("utf-8")

    assert publish.written(page, kept) == page
    for name, drawn in publish.pictures(kept).items():
        assert (publish.PLOTS / name).read_text("utf-8") == drawn
