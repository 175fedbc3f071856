"""The ids that a run gives its checkpoints, one after another."""

from hypothesis import given
from hypothesis import strategies as st

from anystep._ids import IdSeries, uuid6


@given(
    st.integers(0, 2**48 - 1), st.lists(st.tuples(st.integers(0, 2**62), st.integers(-1, 2**20)))
)
def test_a_series_is_the_same_ids(node: int, moments: list[tuple[int, int]]) -> None:
    """As `uuid6` makes them one by one."""
    series = IdSeries(node)

    made = [series.next(now, step) for now, step in moments]

    assert made == [uuid6(now, step, node) for now, step in moments]
