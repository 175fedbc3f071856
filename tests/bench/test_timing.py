"""What rounds add up to: medians that a load does not move, and budgets judged by them."""

import pytest
from bench.scenario import Scenario, Work, both
from bench.scenarios.growth import Curve
from bench.table import Verdict, compared, curve_rows, printed, row
from bench.timing import Sample, Timing, cpu_ratio, growth, wall_ratio


def timing(*cpu: float, units: int = 1, calls: float | None = None) -> Timing:
    """Rounds of these CPU seconds, each twice as long by the wall."""
    return Timing(units, 1, [Sample(one, 2 * one) for one in cpu], calls)


def work(lib: object, size: int, is_async: bool) -> Work:
    """Never run here."""
    raise AssertionError


def test_a_load_that_comes_and_goes_does_not_move_the_ratio() -> None:
    """Rounds side by side meet the same load, so their ratio stays."""
    quiet = cpu_ratio(timing(1, 1, 1), timing(60, 60, 60))
    loaded = cpu_ratio(timing(1, 3, 1), timing(60, 180, 300))

    assert quiet == loaded == 60


def test_ratios_are_of_units() -> None:
    """Engines whose calls stand for different amounts of work are compared by the unit."""
    assert cpu_ratio(timing(1, units=8), timing(32, units=64)) == 4
    assert wall_ratio(timing(1, units=8), timing(32, units=64)) == 4


def test_median_spread_and_fastest() -> None:
    """The median is of one unit, the spread half of all rounds, the fastest of one call."""
    rounds = timing(2, 4, 8, units=2)

    assert (rounds.cpu, rounds.wall, rounds.fastest, rounds.spread) == (2, 4, 2, 0.75)


def test_growth_is_that_of_the_dearest_size() -> None:
    """A curve is judged by its worst size, by the median of rounds in turn with the smallest."""
    sizes = [timing(1, 2, 1), timing(1.5, 3, 9), timing(1.2, 2.4, 1.2)]

    assert growth(sizes) == 1.5


def test_a_ratio_below_its_budget_is_missed() -> None:
    """The verdict names what was found and what was asked."""
    scenario = Scenario("s", work, 1, "step", ratio=60, calls=40)

    kept = row(scenario, {"anystep": timing(1, calls=12), "langgraph": timing(61)})
    lost = row(scenario, {"anystep": timing(1, calls=12), "langgraph": timing(59)})
    dear = row(scenario, {"anystep": timing(1, calls=41), "langgraph": timing(61)})

    assert (kept.kept, lost.kept, dear.kept) == (True, False, False)
    assert lost.budget == "59x >= 60x, 12 calls <= 40 calls"


def test_the_rust_row_is_judged_by_the_fastest_round() -> None:
    """Other programs can only add to a time, and the published one is from a quiet machine."""
    scenario = Scenario("s", work, 1, "step", rust=16.9)

    assert row(scenario, {"anystep": timing(0.0168, 0.03, 0.04)}).kept is True
    assert row(scenario, {"anystep": timing(0.0170, 0.03, 0.04)}).kept is False


def test_work_that_waits_is_judged_by_the_wall() -> None:
    """A wall budget looks at wall time only."""
    scenario = Scenario("s", work, 1, "task", wall=1)
    slow = Timing(1, 1, [Sample(0.001, 2.0)])
    fast = Timing(1, 1, [Sample(1.0, 1.0)])

    assert row(scenario, {"anystep": slow, "langgraph": fast}).kept is False
    assert row(scenario, {"anystep": fast, "langgraph": slow}).kept is True


def test_no_budget_is_no_verdict() -> None:
    """What promises nothing neither passes nor misses, and neither does what had no peer."""
    assert row(Scenario("s", work, 1, "run"), {"anystep": timing(1)}).kept is None
    assert row(Scenario("s", work, 1, "run", ratio=60), {"anystep": timing(1)}).kept is None
    assert Verdict().text == "-"


def test_a_small_value_is_compared() -> None:
    """Bytes and milliseconds: theirs divided by ours, and the limit is ours to keep."""
    line = compared("import", {"anystep": 30.0, "langgraph": 600.0}, "ms", 25, best=24.0)

    assert (line.ours, line.peers, line.ratio, line.kept) == ("30.0 ms", "600.0 ms", "20.0x", True)


def test_a_curve_has_a_line_for_each_size() -> None:
    """The first line is judged; the others are its points."""
    curve = Curve("growth", work, (10, 1000), "step", False, 1.3)

    lines = curve_rows(curve, {10: timing(1), 1000: timing(2)})

    assert [line.kept for line in lines] == [False, None, None]
    assert [line.name.strip() for line in lines] == ["growth", "10", "1,000"]


def test_the_table_is_aligned_and_says_what_misses() -> None:
    """Columns stand below one another; a verdict ends its line."""
    scenario = Scenario("a_rather_long_name", work, 1, "step", ratio=60)
    lines = [
        row(scenario, {"anystep": timing(1), "langgraph": timing(59)}),
        row(Scenario("s", work, 1, "run"), {"anystep": timing(1)}),
    ]

    head, first, second = printed(lines).splitlines()

    assert first.endswith("MISS")
    assert head.index("anystep") == first.index("1,000,000.00") == second.index("1,000,000.00")


def test_a_twin_keeps_what_it_is_not_told() -> None:
    """The asynchronous twin has its own name and, where said so, its own budgets."""
    sync, twin = both(Scenario("s", work, 1, "step", ratio=50, calls=60), ratio=25)

    assert (sync.name, sync.is_async, sync.ratio) == ("s", False, 50)
    assert (twin.name, twin.is_async, twin.ratio, twin.calls) == ("s_async", True, 25, 60)


@pytest.mark.parametrize("limit", [None, 2.0])
def test_limits_are_optional(limit: float | None) -> None:
    """Without a limit there is nothing to keep."""
    verdict = Verdict()
    verdict.at_most("", 3.0, limit, " ms")

    assert verdict.kept is (None if limit is None else False)
