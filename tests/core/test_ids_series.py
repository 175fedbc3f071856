"""The ids that a run gives its checkpoints, one after another."""

from hypothesis import given
from hypothesis import strategies as st

from anystep._ids import IdSeries, uuid6


@given(
    st.integers(0, 2**48 - 1), st.lists(st.tuples(st.integers(0, 2**62), st.integers(-1, 2**20)))
)
def test_a_series_is_the_same_ids(node: int, moments: list[tuple[int, int]]) -> None:
    """As `uuid6` makes them one by one."""
    times = iter([now for now, _ in moments])
    series = IdSeries(node, lambda: next(times))

    made = [series.mark(step) for _, step in moments]

    assert made == [(uuid6(now, step, node), now) for now, step in moments]
