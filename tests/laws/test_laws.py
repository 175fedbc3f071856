"""Random graphs keep the laws, whatever happens on the way.

Many more seeds: ``python -m tests.laws 0 100000``.
"""

import pytest

from ._laws import same_result

pytestmark = pytest.mark.host


@pytest.mark.parametrize("tens", range(20))
def test_interrupted_and_resumed_is_uninterrupted(tens: int) -> None:
    """Faults, crashes, order and questions change no result, no history, and run nothing twice."""
    for seed in range(10 * tens, 10 * tens + 10):
        same_result(seed)
